"""What the landmark network says, read: points, and how visible they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pi_coach.adapters.blazepose.sigmoid import sigmoid
from pi_coach.core.types import LANDMARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SIZE = 256
"""Rows and columns that the network looks at."""
POINTS = 39
"""The landmarks, then two that say where to look in the next picture, then four of no use here."""
CHANNELS = np.arange(POINTS)[:, None, None]
NEXT = slice(LANDMARKS, LANDMARKS + 2)
AROUND = np.arange(-3, 4)
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
    cells = (points * side).astype(np.intp)
    near = cells[..., None] + AROUND
    inside, seen = (near >= 0) & (near < side), near.clip(0, side - 1)
    warmth = sigmoid(heat[seen[:, 1, :, None], seen[:, 0, None, :], CHANNELS])
    warmth *= inside[:, 1, :, None] & inside[:, 0, None, :]
    across, along = warmth.sum(axis=1), warmth.sum(axis=2)
    total = np.maximum(across.sum(axis=1), np.finfo(np.float32).tiny)
    warm = np.stack(((across * near[:, 0]).sum(axis=1), (along * near[:, 1]).sum(axis=1)), axis=1) / total[:, None]
    sure = ((cells >= 0) & (cells < side)).all(axis=1) & (warmth.max(axis=(1, 2)) >= LEAST_HEAT)
    return np.where(sure[:, None], warm / side, points).astype(np.float32)
