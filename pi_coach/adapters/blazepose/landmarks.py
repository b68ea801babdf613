"""What the landmark network says, read: points, and how visible they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pi_coach.adapters.blazepose.float32 import added_up, sigmoid
from pi_coach.core.types import LANDMARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SIZE = 256
"""Rows and columns that the network looks at."""
POINTS = LANDMARKS + 2
"""The landmarks, and two that say where to look in the next picture; the network's last four are of no use here."""
NEXT = slice(LANDMARKS, POINTS)
FIELDS = 5
"""The network says x, y, z, visibility and presence of each point."""
CHANNELS = np.arange(POINTS)
FAR = 3
"""So many cells of the heat map on either side of a point may move it."""
AROUND = np.arange(-FAR, FAR + 1)[:, None]
LEAST_HEAT = 0.5
"""A heat map that is nowhere surer than this around a point leaves it where it is."""


class Marks(NamedTuple):
    """What one picture shows."""

    points: NDArray[np.float32]
    """Shape (35, 2), in sides of the region."""
    visibility: NDArray[np.float32]
    """Shape (33,), 0 to 1."""


def marks(raw: NDArray[np.float32], heat: NDArray[np.float32]) -> Marks:
    """Read the network's outputs: `raw` holds 39 times five fields; `heat` is (64, 64, 39)."""
    table = raw.reshape(-1, FIELDS)
    return Marks(_refined(table[:POINTS, :2] / SIZE, heat), sigmoid(table[:LANDMARKS, 3]))


def _refined(points: Floats, heat: Floats) -> NDArray[np.float32]:
    """Move each point to the middle of the warmth around it."""
    side = len(heat)
    # Towards zero, as the network was tuned with: a point just outside counts as in the first cell.
    cells = (points.T * side).astype(np.intp)[:, None] + AROUND
    columns, rows = cells.clip(0, side - 1)
    there = (cells >= 0) & (cells < side)
    warmth = sigmoid(heat[rows[:, None], columns, CHANNELS]) * (there[1][:, None] & there[0])
    x, y = cells.astype(np.float32)
    # Row after row and cell after cell: the order decides the last bit.
    parts = np.stack((warmth * x, warmth * y[:, None], warmth), axis=2)
    sums = added_up(parts.reshape(-1, 3, POINTS))
    warm = sums[:2] / side / np.maximum(sums[2], np.finfo(np.float32).tiny)
    sure = there[:, FAR].all(axis=0) & (warmth.max(axis=(0, 1)) >= LEAST_HEAT)
    return np.where(sure, warm, points.T).T
