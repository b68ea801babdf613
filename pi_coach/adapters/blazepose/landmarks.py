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
POINTS = 39
"""The landmarks, then two that say where to look in the next picture, then four of no use here."""
CHANNELS = np.arange(POINTS)
NEXT = slice(LANDMARKS, LANDMARKS + 2)
AROUND = np.arange(-3, 4)[:, None]
"""The cells of the heat map on either side of a point that may move it."""
LEAST_HEAT = 0.5
"""A heat map that is nowhere surer than this around a point leaves it where it is."""


class Marks(NamedTuple):
    """What one picture shows."""

    points: NDArray[np.float32]
    """Shape (39, 2), in sides of the region."""
    visibility: NDArray[np.float32]
    """Shape (33,), 0 to 1."""


def marks(raw: NDArray[np.float32], heat: NDArray[np.float32]) -> Marks:
    """Read the network's outputs: `raw` holds 39 times x, y, z, visibility and presence; `heat` is (64, 64, 39)."""
    table = raw.reshape(POINTS, 5)
    return Marks(_refined(table[:, :2] / SIZE, heat), sigmoid(table[:LANDMARKS, 3]))


def _refined(points: Floats, heat: Floats) -> NDArray[np.float32]:
    """Move each point to the middle of the warmth around it."""
    side = len(heat)
    # Towards zero, as the network was tuned with: a point just outside counts as in the first cell.
    cells = (points.T * side).astype(np.intp)
    columns, rows = cells[0] + AROUND, cells[1] + AROUND
    inside = _within(rows, side)[:, None] & _within(columns, side)
    warmth = inside * sigmoid(heat[rows.clip(0, side - 1)[:, None], columns.clip(0, side - 1), CHANNELS])
    # Row after row and cell after cell: the order decides the last bit.
    parts = np.stack((warmth * columns, warmth * rows[:, None], warmth), axis=2).astype(np.float32)
    along, across, total = added_up(parts.reshape(-1, 3, POINTS))
    warm = np.stack((along, across)) / side / np.maximum(total, np.finfo(np.float32).tiny)
    sure = _within(cells, side).all(axis=0) & (warmth.max(axis=(0, 1)) >= LEAST_HEAT)
    return np.where(sure, warm, points.T).T


def _within(cells: NDArray[np.intp], side: int) -> NDArray[np.bool_]:
    return (cells >= 0) & (cells < side)
