"""The square of the picture that the landmark network looks at; it leans with the person.

Everything here is float32, in MediaPipe's own order: a last bit decides which 32nd of a pixel is looked at, and where
the network is in doubt it answers such a grain by another place for a hidden arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Square = tuple[tuple[float, float], tuple[float, float], float]
    """Middle and sides in the picture's pixels, degrees clockwise: OpenCV's own form of a turned rectangle."""

MARGIN = 1.25
"""The landmark network was trained on squares this much larger than the circle around the person."""
FARTHEST_PX = 2.0**14
"""A square whose place and sides add up to more than this shows nobody, whatever the networks say."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A square of the picture, in shares of the picture's columns and rows."""

    middle: Floats
    """Shape (2,), x and y."""
    sides: Floats
    """Shape (2,), along the picture's columns and along its rows."""
    lean_rad: np.float32
    """How far it is turned clockwise."""

    @classmethod
    def of_person(cls, points: Floats, size_px: Floats) -> Region:
        """Return the square around a person, upright as they see it; `size_px` are the picture's columns and rows.

        `points`, shape (2, 2): the middle of the hips, and a point straight above it on the circle around the body.
        """
        hips, rim = points * size_px
        away_x, away_y = rim - hips
        sides = 2 * np.sqrt(away_x * away_x + away_y * away_y) / size_px
        turn = float(np.float32(math.pi / 2) - np.float32(math.atan2(-away_y, away_x)))
        lean_rad = np.float32(turn - math.tau * math.floor((turn + math.pi) / math.tau))
        return cls(hips / size_px, (sides * size_px).max() / size_px * MARGIN, lean_rad)

    def square(self, size_px: Floats) -> Square:
        """Return it in the pixels of a picture of so many columns and rows."""
        (x, y), (width, height) = (self.middle * size_px).tolist(), (self.sides * size_px).tolist()
        return (x, y), (width, height), float(self.lean_rad * np.float32(180)) / math.pi

    def shows_somebody(self, size_px: Floats) -> bool:
        """Tell whether it has a size and a place that a person in such a picture can have."""
        middle, sides, _ = self.square(size_px)
        # One that is no number makes the sum none, which is not within reach either.
        return min(sides) > 1.0 and sum(map(abs, middle + sides)) < FARTHEST_PX

    def placed(self, points: Floats) -> Floats:
        """Return points given in sides of the square, shape (n, 2), in shares of the picture."""
        along, across = np.float32(math.cos(self.lean_rad)), np.float32(math.sin(self.lean_rad))
        x, y = (points - 0.5).T
        turned = np.stack((along * x - across * y, across * x + along * y), axis=1)
        return np.asarray(turned * self.sides + self.middle, np.float32)
