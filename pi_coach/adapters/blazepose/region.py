"""The square of the picture that a network looks at; it leans with the person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Box = tuple[slice, slice]
    """Rows and columns of the picture."""

MARGIN = 1.25
"""The landmark network was trained on squares this much larger than the circle around the person."""
LARGEST = 8.0
"""Picture sides; a square beyond this shows nobody, whatever the networks say."""

SEAM = 2
"""Pixels that interpolation wants beyond the square."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the picture, in its pixels."""

    x_px: float
    y_px: float
    """Its middle."""
    side_px: float
    lean_rad: float = 0.0
    """How far it is turned clockwise."""

    @classmethod
    def of_picture(cls, rows: int, columns: int) -> Region:
        """Return the smallest upright square around the whole picture."""
        return cls(columns / 2, rows / 2, float(max(rows, columns)))

    @classmethod
    def of_person(cls, points_px: NDArray[np.float32]) -> Region:
        """Return the square around a person, upright as they see it.

        `points_px`, shape (2, 2): the middle of the hips, and a point straight above it on the circle around the body.
        """
        (x, y), (rim_x, rim_y) = points_px.tolist()
        away_x, away_y = rim_x - x, rim_y - y
        return cls(x, y, 2 * MARGIN * math.hypot(away_x, away_y), math.pi / 2 - math.atan2(-away_y, away_x))

    def shows_somebody(self, rows: int, columns: int) -> bool:
        """Tell whether it has a size that a person in such a picture can have."""
        middle = math.isfinite(self.x_px) and math.isfinite(self.y_px)
        return middle and 1.0 < self.side_px < LARGEST * max(rows, columns)

    def to_picture(self, size: int) -> NDArray[np.float64]:
        """Return the matrix, shape (2, 3), from pixels of a crop with `size` rows and columns to the picture's."""
        along, across = (self.side_px / size * turn(self.lean_rad) for turn in (math.cos, math.sin))
        middle = size / 2
        return np.array((
            (along, -across, self.x_px - middle * (along - across)),
            (across, along, self.y_px - middle * (across + along)),
        ))  # fmt: skip

    def box(self) -> Box:
        """Return rows and columns that hold all of it; they may lie outside the picture."""
        half = self.side_px / 2 * (abs(math.cos(self.lean_rad)) + abs(math.sin(self.lean_rad))) + SEAM
        rows, columns = (slice(math.floor(at - half), math.ceil(at + half)) for at in (self.y_px, self.x_px))
        return rows, columns

    def placed(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return points given in sides of the square, shape (n, 2), in the picture's pixels."""
        matrix = self.to_picture(1)
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)
