"""The loop: a frame in, a pose, what the coach makes of it, a sentence and the lights out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pi_coach.ports import Press

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose
    from pi_coach.ports import Buttons, FrameSource, Output, PoseEstimator, Speaker

ENDS = (Press.END, Press.SHUTDOWN)


class Coaching(Protocol):
    """A coach, or a whole session, as the loop needs it."""

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame."""

    def press(self, t: float, press: Press) -> Step:
        """Do what the button asks for."""

    def finish(self, t: float) -> Step:
        """End what is under way."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Everything outside the coach; live, demo, analysis and replay differ in nothing else."""

    source: FrameSource
    estimator: PoseEstimator
    speaker: Speaker
    buttons: Buttons
    outputs: Sequence[Output]


def run(ends: Ends, coach: Coaching) -> None:
    """Coach until the frames end or the button ends the session."""
    t = 0.0
    for frame in ends.source.frames():
        t = frame.t
        pose = None if frame.blind else ends.estimator.find(frame)
        _deliver(ends, coach.see(t, pose, speaking=ends.speaker.speaking))
        for press in ends.buttons.presses():
            _deliver(ends, coach.press(t, press))
            if press in ENDS:
                ends.source.close()
    _deliver(ends, coach.finish(t))


def _deliver(ends: Ends, step: Step) -> None:
    if step.cue is not None:
        ends.speaker.say(step.cue.text, urgent=step.cue.urgent)
    for output in ends.outputs:
        output.show(step)
