"""Says one sentence at a time, on a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Protocol

from pi_coach.core.errors import CoachError, StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pi_coach.core.sound import Pcm
    from pi_coach.core.step import Step

log = logging.getLogger(__name__)

END_S = 12.0
"""How long `close` lets the last sentence go on; the longest summary takes nine seconds."""
CUT_S = 3.0
"""How long a sentence that was cut, and its device, may take to end."""
CHARACTERS_S = 15.0
"""How many characters a voice of 175 words a minute speaks in a second."""


class Voice(Protocol):
    """Turns text into sound."""

    def pcm(self, text: str) -> Pcm:
        """Return the sentence as sound. Raises CoachError where it cannot be rendered."""

    def close(self) -> None:
        """Free the engine."""


class Playback(Protocol):
    """Brings sound to the athlete's ear."""

    where: str
    """Where the sound goes, for the person at the machine."""
    trouble: str | None
    """Why nothing is heard; None where it works."""

    def play(self, pcm: Pcm, cut: threading.Event) -> None:
        """Return when the sound was heard, or soon after `cut` is set; where it cannot be heard, it is left out."""

    def close(self) -> None:
        """Free the device."""


class SpeechThread:
    """The live speaker: renders what is not in the cache, and plays.

    While a sentence is being said the newest one asked for waits, in place of any older one; nothing queues up.
    """

    def __init__(self, voice: Voice, open_playback: Callable[[], Playback]) -> None:
        self._voice = voice
        self._open_playback = open_playback
        self._playback: Playback | None = None
        self._changed = threading.Condition()
        self._saying: str | None = None
        self._waiting: str | None = None
        self._to_prepare: list[str] = []
        self._closing = False
        self._ended = False
        self._cut = threading.Event()
        self._voice_trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        self._thread.start()

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said or is about to be."""
        return self._saying is not None or self._waiting is not None

    @property
    def trouble(self) -> str | None:
        """Tell in one sentence why not everything is heard; None where all is well."""
        playback = self._playback
        return self._voice_trouble or (playback.trouble if playback is not None else None)

    def where(self, timeout_s: float) -> str:
        """Return where the sound goes; waits until the sound device was looked for."""
        with self._changed:
            self._changed.wait_for(lambda: self._playback is not None, timeout_s)
            return self._playback.where if self._playback is not None else "nowhere yet"

    def say(self, text: str) -> None:
        """Start to say the sentence and return at once."""
        with self._changed:
            if text.strip() and not self._ended:
                self._waiting = text
                self._changed.notify_all()

    def hush(self) -> None:
        """Cut the sentence that is being said, and forget the one that waits."""
        with self._changed:
            self._waiting = None
            self._cut.set()

    def prepare(self, texts: Iterable[str]) -> None:
        """Render the sentences ahead while nothing is to be said; return at once."""
        with self._changed:
            self._to_prepare.extend(texts)
            self._changed.notify_all()

    def close(self) -> None:
        """Let what was asked for be said, within a bound, and free the device.

        Raises StuckThreadError where the device or the engine does not let go.
        """
        with self._changed:
            self._closing = True
            self._to_prepare.clear()
            self._changed.notify_all()
        self._thread.join(timeout=END_S)
        self.hush()
        self._thread.join(timeout=CUT_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the sound device hangs.")

    def _run(self) -> None:
        try:
            with contextlib.closing(self._voice), contextlib.closing(self._open_playback()) as playback:
                with self._changed:
                    self._playback = playback
                    self._changed.notify_all()
                while self._turn(playback):
                    pass
        except Exception as error:
            log.exception("speech ended")
            self._voice_trouble = f"Speech has ended: {error}"
        finally:
            with self._changed:
                self._ended = True
                self._saying = self._waiting = None

    def _turn(self, playback: Playback) -> bool:
        """Say the next sentence, or prepare one; return False once closed and all is said."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._to_prepare or self._closing)
            self._cut.clear()
            self._saying, self._waiting = self._waiting, None
            ahead = self._to_prepare.pop(0) if self._saying is None and self._to_prepare else None
            if self._saying is None and ahead is None:
                return False
        if self._saying is not None:
            self._say_now(self._saying, playback)
        elif ahead is not None:
            self._rendered(ahead)
        with self._changed:
            self._saying = None
        return True

    def _say_now(self, text: str, playback: Playback) -> None:
        pcm = self._rendered(text)
        # Rendering a new sentence takes a while, and by now a newer one may be worth more.
        if pcm is not None and self._waiting is None:
            playback.play(pcm, self._cut)

    def _rendered(self, text: str) -> Pcm | None:
        """Return the sound, or None where it cannot be had; log the first failure and the first success after it."""
        try:
            pcm = self._voice.pcm(text)
        except CoachError as error:
            if self._voice_trouble is None:
                log.warning("%s", error)
            self._voice_trouble = str(error)
            return None
        if self._voice_trouble is not None:
            log.info("the voice works again")
        self._voice_trouble = None
        return pcm


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

    def say(self, text: str) -> None:
        """Start to say the sentence; while another is being said it waits, in place of any older one."""
        if self.speaking:
            self._waiting = text
        else:
            self._until_t = self._t + len(text) / CHARACTERS_S

    def close(self) -> None:
        """Nothing to free."""
