"""What the session has to say and nobody interrupts: one sentence after another, few of them, none of them late."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import Slot

if TYPE_CHECKING:
    from pi_coach.core.phrases import Phrases

KEPT = 6
"""More sentences than this are a speech: the oldest is given up."""

FRESH_S = 20.0
"""A sentence that could not be said for this long is of no use any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that waits to be said."""

    key: str
    """Where it stands among the phrases; empty for one that does not."""
    text: str
    until_s: float
    """Later than this it is not said."""
    slot: Slot = Slot.SESSION


class Announcer:
    """The sentences that wait; mutable because they come and go."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._lines: deque[Line] = deque(maxlen=KEPT)

    @property
    def waits(self) -> bool:
        """Tell whether something is still to be said."""
        return bool(self._lines)

    def say(self, t: float, key: str, *, fresh_s: float = FRESH_S, **values: object) -> None:
        """Let a phrase be said, filled in."""
        self._lines.append(Line(key, self._phrases.say(key, **values), t + fresh_s))

    def say_text(self, t: float, text: str, slot: Slot = Slot.SESSION) -> None:
        """Let another sentence be said."""
        self._lines.append(Line("", text, t + FRESH_S, slot))

    def next(self, t: float) -> Line | None:
        """Take the sentence to say now; None where there is none, or where all came too late."""
        while self._lines:
            line = self._lines.popleft()
            if line.until_s >= t:
                return line
        return None

    def drop(self) -> tuple[str, ...]:
        """Say nothing of it; return the keys of what will not be heard."""
        dropped = tuple(line.key for line in self._lines)
        self._lines.clear()
        return dropped
