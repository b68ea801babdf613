"""A pose with what the person's mask adds to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.sight import silhouette
from pi_coach.core.sight.body import facing_score, skeleton
from pi_coach.core.sight.contour import back_contour

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pi_coach.core.types import Pose


def outlined(pose: Pose, mask: NDArray[np.float32]) -> Pose:
    """Return the pose with its silhouette; `mask` has the picture's shape, a share of 0 to 1 where the person is."""
    seat = silhouette.outline(mask, pose.points, pose.aspect)
    forward = 1 if facing_score(skeleton(pose)) > 0 else -1
    return replace(pose, silhouette=replace(seat, back=back_contour(mask, pose.points, forward)))
