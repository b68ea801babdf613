"""A clock, a voice, a button and a recorder that obey the real rules and are driven by verbs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pi_coach.ports import Press

if TYPE_CHECKING:
    from pi_coach.core.events import Cue, Event
    from pi_coach.core.signals.tones import Tone
    from pi_coach.core.step import Step

CHARACTERS_S = 15.0
"""How many characters a voice of 175 words a minute speaks in a second."""


class ManualClock:
    """A clock that moves when it is told to, and never back."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._now_s

    def wall(self) -> dt.datetime:
        """Return a date in 2026 that goes on with `now`."""
        return dt.datetime(2026, 5, 12, 16, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=self._now_s)

    def advance_to(self, now_s: float) -> None:
        """Let the time go on to `now_s`."""
        self._now_s = max(self._now_s, now_s)


class FakeSpeaker:
    """A voice that is not heard: says one sentence at a time, as fast as a real one, in the time of its clock."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._until_s = 0.0
        self._waiting: str | None = None
        self._broken = False
        self.said: list[str] = []
        """Every sentence that was begun."""
        self.rung: list[Tone] = []
        """Every tone that sounded."""
        self.closed = False

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said."""
        self._go_on()
        return self._clock.now() < self._until_s

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Begin the sentence; while another is being said it waits, in place of any older one, unless it is urgent."""
        self._go_on()
        if self._broken:
            return
        if urgent:
            self.hush()
        if self._clock.now() < self._until_s:
            self._waiting = text
        else:
            self._begin(text, self._clock.now())

    def hush(self) -> None:
        """Stop what is being said, and forget what waits."""
        self._go_on()
        self._waiting = None
        self._until_s = min(self._until_s, self._clock.now())

    def tone(self, tone: Tone) -> None:
        """Sound a tone."""
        if not self._broken:
            self.rung.append(tone)

    def _go_on(self) -> None:
        """Begin the sentence that waited, at the end of the one before."""
        if self._waiting is not None and self._clock.now() >= self._until_s:
            text, self._waiting = self._waiting, None
            self._begin(text, self._until_s)

    def _begin(self, text: str, at_s: float) -> None:
        self._until_s = at_s + len(text) / CHARACTERS_S
        self.said.append(text)

    def close(self) -> None:
        """Nothing more is said."""
        self.closed = self._broken = True

    def break_down(self) -> None:
        """Lose the sound: like the real speaker it goes on taking sentences, and nothing is heard."""
        self._broken = True
        self._waiting = None
        self._until_s = self._clock.now()


class FakeButtons:
    """A button that tests press."""

    def __init__(self) -> None:
        self._pressed: list[Press] = []

    def press(self, press: Press) -> None:
        """Press it."""
        self._pressed.append(press)

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first."""
        pressed, self._pressed = self._pressed, []
        return pressed

    def held_on(self) -> bool:
        """Tell whether a very long press waits to be seen."""
        return Press.SHUTDOWN in self.presses()

    def close(self) -> None:
        """Nothing is held."""


class Recorder:
    """An Output that remembers every step."""

    def __init__(self, fails_at: int | None = None) -> None:
        """Let the `fails_at`-th step fail, counted from 0, as an output does whose disk is full."""
        self._fails_at = fails_at
        self.steps: list[Step] = []
        self.closed = False

    def show(self, step: Step) -> None:
        """Take one frame's outcome. Raises OSError where it was told to."""
        if len(self.steps) == self._fails_at:
            raise OSError("No space left on device")
        self.steps.append(step)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [event for step in self.steps for event in step.events]

    @property
    def cues(self) -> list[Cue]:
        """Every sentence that the coach decided to say, in order."""
        return [step.cue for step in self.steps if step.cue is not None]
