"""A pose engine behind a wide lens: what it finds is straightened before anybody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.sight.lens import straightened

if TYPE_CHECKING:
    from pi_coach.core.sight.lens import Lens
    from pi_coach.core.types import Frame, Pose
    from pi_coach.ports import PoseEstimator


class StraightPoses:
    """A PoseEstimator around another one: pictures stay as they are, 33 points cost less than 300,000 pixels."""

    def __init__(self, estimator: PoseEstimator, lens: Lens) -> None:
        self._estimator = estimator
        self._lens = lens

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose as a straight lens would have shown it, or None where nobody is seen."""
        pose = self._estimator.find(frame)
        return None if pose is None else straightened(pose, self._lens)

    def close(self) -> None:
        """Free the model."""
        self._estimator.close()
