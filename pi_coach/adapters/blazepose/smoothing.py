"""Landmarks smoothed over time: calm while the athlete stands still, prompt while they move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

CUTOFF_HZ = 0.05
"""What passes while a point stands still."""
CUTOFF_PER_SPEED = 80.0
"""How much more passes the faster it moves, Hz for each region side a second."""
SPEED_CUTOFF_HZ = 1.0
"""What passes of the speed itself."""
VISIBILITY_SHARE = 0.1
"""Share of a new visibility in the smoothed one."""
LEAST_STEP_S = 1e-3
"""Two pictures are taken to be this far apart at the least."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """Where the landmarks are, and what the next picture's are compared with."""

    points_px: Floats
    visibility: Floats
    raw_px: Floats
    speed: Floats | float = 0.0
    """Region sides a second."""

    @classmethod
    def first(cls, points_px: Floats, visibility: Floats) -> Smoothed:
        """Begin with a person who was not followed before."""
        return cls(points_px, visibility, points_px)

    def followed_by(self, points_px: Floats, visibility: Floats, step_s: float, side_px: float) -> Smoothed:
        """Return what follows `step_s` later; speeds count in sides of the region, `side_px`."""
        step_s = max(step_s, LEAST_STEP_S)
        now = (points_px - self.raw_px) / (side_px * step_s)
        speed = self.speed + _share(SPEED_CUTOFF_HZ, step_s) * (now - self.speed)
        share = _share(CUTOFF_HZ + CUTOFF_PER_SPEED * np.abs(speed), step_s)
        return Smoothed(
            points_px=self.points_px + share * (points_px - self.points_px),
            visibility=self.visibility + VISIBILITY_SHARE * (visibility - self.visibility),
            raw_px=points_px,
            speed=speed,
        )


def _share(cutoff_hz: Floats | float, step_s: float) -> Floats | float:
    """Return the share of the new value in a low pass of that cut-off."""
    return 1 / (1 + 1 / (2 * math.pi * step_s * cutoff_hz))
