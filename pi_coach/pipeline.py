"""The loop: a frame in, a pose, what the coach makes of it, a sentence and the lights out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pi_coach.ports import Press

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.coach import Assignment
    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose
    from pi_coach.ports import Buttons, FrameSource, Output, PoseEstimator, Speaker


class Coaching(Protocol):
    """The coach, as the loop needs it."""

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame."""

    def assign(self, t: float, assignment: Assignment) -> Step:
        """End the set and begin another drill."""

    def finish(self, t: float) -> Step:
        """End the set."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Everything outside the coach; live, demo, analysis and replay differ in nothing else."""

    source: FrameSource
    estimator: PoseEstimator
    speaker: Speaker
    buttons: Buttons
    outputs: Sequence[Output]
    next_drill: Callable[[], Assignment]
    """What a short press leads to."""


def run(ends: Ends, coach: Coaching) -> None:
    """Coach until the frames end or the button ends the session."""
    t = 0.0
    for frame in ends.source.frames():
        t = frame.t
        pose = ends.estimator.find(frame)
        _deliver(ends, coach.see(t, pose, speaking=ends.speaker.speaking))
        for press in ends.buttons.presses():
            if press is Press.END:
                ends.source.close()
            else:
                _deliver(ends, coach.assign(t, ends.next_drill()))
    _deliver(ends, coach.finish(t))


def _deliver(ends: Ends, step: Step) -> None:
    if step.cue is not None:
        ends.speaker.say(step.cue.text)
    for output in ends.outputs:
        output.show(step)
