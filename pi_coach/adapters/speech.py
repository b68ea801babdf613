"""Says one sentence at a time, on a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Protocol

from pi_coach.adapters.rendering import RenderThread, parts
from pi_coach.core.errors import StuckThreadError
from pi_coach.core.signals.tones import UNDER_SPEECH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pi_coach.adapters.rendering import Voice
    from pi_coach.core.signals.sound import Pcm
    from pi_coach.core.signals.tones import Tone
    from pi_coach.core.step import Step

log = logging.getLogger(__name__)

END_S = 12.0
"""How long `close` lets the last sentence go on; the longest summary takes nine seconds."""
CUT_S = 3.0
"""How long a sentence that was cut, and its device, may take to end."""
CHARACTERS_S = 15.0
"""How many characters a voice of 175 words a minute speaks in a second."""


class Playback(Protocol):
    """Brings sound to the athlete's ear."""

    where: str
    """Where the sound goes, for the person at the machine."""
    trouble: str | None
    """Why nothing is heard; None where it works."""

    def play(self, pcm: Pcm, over: threading.Event) -> None:
        """Return when the sound was heard, or once `over` is set; where it cannot be heard, it is left out."""

    def ring(self, pcm: Pcm) -> None:
        """Let the sound be heard over whatever is, and return at once; where it cannot be heard, it is left out."""

    def close(self) -> None:
        """Free the device."""


class SpeechThread:
    """The live speaker: plays what is rendered, and lets the rest be rendered.

    While something is being said the newest text asked for waits, in place of any older one; nothing queues up. An
    urgent text does not wait.
    """

    def __init__(
        self, voice: Voice, open_playback: Callable[[], Playback], tones: Mapping[Tone, Pcm] | None = None
    ) -> None:
        self._renderer = RenderThread(voice)
        self._open_playback = open_playback
        self._tones = tones or {}
        self._playback: Playback | None = None
        self._changed = threading.Condition()
        self._saying: str | None = None
        self._urgent: str | None = None
        self._waiting: str | None = None
        self._cut = False
        self._over = threading.Event()
        self._closing = False
        self._ended = False
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        self._thread.start()

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said or is about to be."""
        return self._saying is not None or self._urgent is not None or self._waiting is not None

    @property
    def trouble(self) -> str | None:
        """Tell in one sentence why not everything is heard; None where all is well."""
        playback = self._playback
        return self._trouble or self._renderer.trouble or (playback.trouble if playback is not None else None)

    def where(self, timeout_s: float) -> str:
        """Return where the sound goes; waits until the sound device was looked for."""
        with self._changed:
            self._changed.wait_for(lambda: self._playback is not None, timeout_s)
            return self._playback.where if self._playback is not None else "nowhere yet"

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Start to say the text and return at once; an urgent one cuts what is being said."""
        with self._changed:
            if not text.strip() or self._ended:
                return
            if urgent:
                self._stop()
                self._urgent = text
            else:
                self._waiting = text
            self._changed.notify_all()

    def hush(self) -> None:
        """Cut the sentence that is being said, and forget those that wait."""
        with self._changed:
            self._stop()

    def tone(self, tone: Tone) -> None:
        """Sound a tone, softer over a sentence, and return at once."""
        sound, playback = self._tones.get(tone), self._playback
        if sound is not None and playback is not None:
            playback.ring(sound if self._saying is None else sound.at_volume(UNDER_SPEECH))

    def prepare(self, texts: Iterable[str]) -> None:
        """Let the sentences be rendered ahead; return at once."""
        self._renderer.prepare(texts)

    def close(self) -> None:
        """Let what was asked for be said, within a bound, and free the device.

        Raises StuckThreadError where the device or the engine does not let go.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._renderer.forget()
        self._thread.join(timeout=END_S)
        self.hush()
        self._thread.join(timeout=CUT_S)
        self._renderer.close()
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the sound device hangs.")

    def _stop(self) -> None:
        self._urgent = self._waiting = None
        self._cut = True
        self._over.set()
        self._changed.notify_all()
        self._renderer.wake()

    def _run(self) -> None:
        try:
            with contextlib.closing(self._open_playback()) as playback:
                with self._changed:
                    self._playback = playback
                    self._changed.notify_all()
                while self._turn(playback):
                    pass
        except Exception as error:
            log.exception("speech ended")
            self._trouble = f"Speech has ended: {error}"
        finally:
            with self._changed:
                self._ended = True
                self._saying = self._urgent = self._waiting = None
                self._changed.notify_all()

    def _turn(self, playback: Playback) -> bool:
        """Say the next text; return False once closed and all is said."""
        with self._changed:
            self._changed.wait_for(lambda: self._urgent or self._waiting or self._closing)
            self._cut = False
            urgent = self._urgent is not None
            if urgent:
                self._saying, self._urgent = self._urgent, None
            else:
                self._saying, self._waiting = self._waiting, None
        if self._saying is None:
            return False
        self._say_parts(parts(self._saying), playback, urgent=urgent)
        with self._changed:
            self._saying = None
        return True

    def _say_parts(self, texts: list[str], playback: Playback, *, urgent: bool) -> None:
        for number, part in enumerate(texts):
            pcm = self._renderer.sound(part, lambda: self._cut)
            with self._changed:
                # Rendering a new sentence takes a while, and by now a newer one may be worth more.
                overtaken = number == 0 and not urgent and self._waiting is not None
                if self._cut or overtaken:
                    return
                self._over = over = threading.Event()
            if pcm is not None:
                playback.play(pcm, over)


class TimedSpeaker:
    """A speaker that says nothing but takes as long as a voice, in the time of the data: for replay and analysis."""

    def __init__(self) -> None:
        self._t = 0.0
        self._until_t = 0.0
        self._waiting: str | None = None

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence would be heard now."""
        return self._t < self._until_t

    def show(self, step: Step) -> None:
        """Follow the data's time, as an Output."""
        self.advance(step.t)

    def advance(self, t: float) -> None:
        """Let the time of the data go on to `t`, seconds; call it with each frame."""
        self._t = t
        if self._waiting is not None and not self.speaking:
            text, self._waiting = self._waiting, None
            self.say(text)

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Start to say the sentence; while another is being said it waits, in place of any older one, unless urgent."""
        if urgent:
            self.hush()
        if self.speaking:
            self._waiting = text
        else:
            self._until_t = self._t + len(text) / CHARACTERS_S

    def hush(self) -> None:
        """Stop what would be said, and forget what waits."""
        self._waiting = None
        self._until_t = min(self._until_t, self._t)

    def tone(self, tone: Tone) -> None:
        """Nothing is heard."""

    def close(self) -> None:
        """Nothing to free."""
