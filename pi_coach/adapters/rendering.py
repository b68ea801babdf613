"""Renders sentences on a thread of its own, so that an engine that hangs holds up nothing that is ready."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

from pi_coach.core.errors import CoachError, StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pi_coach.core.signals.sound import Pcm

log = logging.getLogger(__name__)

LATE_S = 3.0
"""A sentence that is not rendered after this time comes too late to help; an engine takes a second to start on a Pi."""
CUT_S = 3.0
"""How long an engine that was interrupted may take to end."""
MAX_AHEAD = 2000
"""Sentences that may wait to be rendered; all that the drills of the catalogue can say are a few hundred."""


class Voice(Protocol):
    """Turns text into sound."""

    def ready(self, text: str) -> Pcm | None:
        """Return the sentence as sound at once; None where it was not rendered yet."""

    def pcm(self, text: str) -> Pcm:
        """Return the sentence as sound. Raises CoachError where it cannot be rendered."""

    def interrupt(self) -> None:
        """Let a sentence that is being rendered fail at once."""

    def close(self) -> None:
        """Free the engine."""


def parts(text: str) -> list[str]:
    """Return the sentences of a text: the first can be heard while the rest is rendered."""
    return re.split(r"(?<=[.!?])\s+", text.strip())


class RenderThread:
    """Gives sounds: at once where they were ever rendered, else as soon as the engine made them."""

    def __init__(self, voice: Voice) -> None:
        self.trouble: str | None = None
        """Why the last sentence could not be rendered; None where it could."""
        self._voice = voice
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque(maxlen=MAX_AHEAD)
        self._rendering: str | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="render", daemon=True)
        self._thread.start()

    def prepare(self, texts: Iterable[str]) -> None:
        """Let texts be rendered ahead, sentence by sentence, and return at once."""
        with self._changed:
            self._waiting.extend(part for text in texts for part in parts(text))
            self._changed.notify_all()

    def forget(self) -> None:
        """Render nothing ahead any more."""
        with self._changed:
            self._waiting.clear()

    def sound(self, part: str, unwanted: Callable[[], bool]) -> Pcm | None:
        """Return one sentence as sound; None where that fails, is late or, after a `wake`, is unwanted."""
        ready = self._voice.ready(part)
        if ready is not None:
            return ready
        with self._changed:
            self._waiting.appendleft(part)
            self._changed.notify_all()
            self._changed.wait_for(lambda: unwanted() or not self._is_awaited(part), LATE_S)
        return self._voice.ready(part)

    def wake(self) -> None:
        """Let whoever waits for a sound look whether it is still wanted."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Free the engine, whatever it does. Raises StuckThreadError where it does not let go."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._voice.interrupt()
        self._thread.join(timeout=CUT_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the speech engine hangs.")

    def _is_awaited(self, part: str) -> bool:
        return part == self._rendering or part in self._waiting

    def _run(self) -> None:
        with contextlib.closing(self._voice):
            while self._turn():
                pass

    def _turn(self) -> bool:
        """Render one sentence; return False once closed."""
        with self._changed:
            self._rendering = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return False
            self._rendering = self._waiting.popleft()
        self._render(self._rendering)
        return True

    def _render(self, part: str) -> None:
        """Render a sentence; log the first failure and the first success after it."""
        try:
            self._voice.pcm(part)
        except CoachError as error:
            if self.trouble is None:
                log.warning("%s", error)
            self.trouble = str(error)
        except Exception as error:
            log.exception("a sentence met something unforeseen")
            self.trouble = f"A sentence could not be rendered: {error}"
        else:
            if self.trouble is not None:
                log.info("the voice works again")
            self.trouble = None
