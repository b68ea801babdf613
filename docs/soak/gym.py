"""A gym day after day: somebody comes, trains two sets, leaves; the room is empty; the next one comes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.types import Frame
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged, squatted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.core.types import Pose
    from pi_coach.testing.fakes import ManualClock

FPS = 10.0
"""What a slow Pi manages; every frame of the day runs through the whole program."""
OUTSIDE = -2.0
"""A place beyond the left edge of the picture, image heights."""
EMPTY_S = 180.0
"""Between two visits: longer than the coach waits for somebody who went away."""


def visit() -> Script:
    """Return one visit: two sets, most reps good, a squat and half a rep among them, with a rest between."""
    good, half = hinged(84), hinged(38)
    sets = Script().walk(OUTSIDE, 0.1).hold(2.0).walk(0.65, 2.0).hold(20.0)
    for _ in range(2):
        sets = sets.reps(4, good).rep(squatted(80)).rep(half).reps(3, good).hold(70.0)
    return sets.walk(OUTSIDE, 2.0).hold(EMPTY_S)


class Gym:
    """The visits as a source of frames and the estimator that finds the athlete in them, each visit like the first."""

    def __init__(self, hours: float, clock: ManualClock) -> None:
        """Run for so many hours of the gym's time; the clock goes on with the frames."""
        self._clock = clock
        self._poses = [pose for _, pose in ScriptedBody(visit(), Filming(fps=FPS, jitter=0.001, outline=True)).poses()]
        self._frames = round(hours * 3600 * FPS)
        self.closed = False

    @property
    def visit_s(self) -> float:
        """How long one visit takes, the empty room after it included."""
        return len(self._poses) / FPS

    def frames(self) -> Iterator[Frame]:
        """Yield the frames, as fast as they are taken."""
        blank = np.zeros((1, 1, 3), np.uint8)
        for seq in range(self._frames):
            if self.closed:
                return
            self._clock.advance_to(seq / FPS)
            yield Frame(seq, seq / FPS, blank)

    def find(self, frame: Frame) -> Pose | None:
        """Return where the athlete is in a frame."""
        pose = self._poses[frame.seq % len(self._poses)]
        return None if pose is None else replace(pose, t=frame.t)

    def close(self) -> None:
        """End `frames`."""
        self.closed = True
