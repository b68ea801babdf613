"""What the detector's network says, read: where a person stands, if there is one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.blazepose.float32 import added_up, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SIZE = 224
"""Rows and columns that the network looks at."""
LAYERS = ((8, 2), (16, 2), (32, 6))
"""The network's grids: pixels between two cells, guesses in each cell."""
SAME = 0.5
"""Two guesses whose boxes overlap by more than this, intersection over union, mean the same person."""


@functools.cache
def anchors() -> NDArray[np.float32]:
    """Return the middles of the cells that guesses are relative to, shares of a side, shape (2254, 2)."""
    grids = []
    for stride, guesses in LAYERS:
        cells = SIZE // stride
        middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        x, y = np.meshgrid(middles, middles)
        grids.append(np.repeat(np.stack((x.ravel(), y.ravel()), axis=1), guesses, axis=0))
    return np.concatenate(grids)


def person(guesses: NDArray[np.float32], logits: NDArray[np.float32], least: float) -> NDArray[np.float32] | None:
    """Return the hips' middle and the point above it of the surest person, sides of the crop, shape (2, 2).

    `guesses` (2254, 12) and `logits` (2254, 1) are the network's; None where nobody scores `least`, 0 to 1.
    """
    scores = sigmoid(logits[:, 0])
    kept = np.flatnonzero(scores >= least)
    if not len(kept):
        return None
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    found = guesses[kept] / SIZE
    middles = anchors()[kept]
    points = (found[:, 4:8].reshape(-1, 2, 2) + middles[:, None]).astype(np.float32)
    half = found[:, 2:4] / 2
    boxes = np.concatenate((found[:, :2] + middles - half, found[:, :2] + middles + half), axis=1)
    alike = _overlaps(boxes, boxes[0]) > SAME
    alike[0] = True
    # All guesses at one person are averaged by their scores, which is steadier than the best one alone.
    weights = scores[kept][alike][:, None, None]
    return np.asarray(added_up(points[alike] * weights) / added_up(weights))


def without_bars(points: NDArray[np.float32], size_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return points in shares of the picture's columns and rows; in the crop there are black bars beside the picture.

    `points`, shape (n, 2), sides of the crop; `size_px` are the picture's columns and rows.
    """
    columns, rows = size_px
    upright = rows / columns
    bars = ((1 - 1 / upright) / 2, 0) if upright > 1 else (0, (1 - upright) / 2)
    bar = np.array(bars, np.float32)
    return np.asarray((points - bar) / (1 - (bar + bar)))


def _overlaps(boxes: Floats, one: Floats) -> Floats:
    """Return how far each box overlaps with the one, intersection over union."""
    shared = np.minimum(boxes[:, 2:], one[2:]) - np.maximum(boxes[:, :2], one[:2])
    common = np.maximum(shared, 0).prod(axis=1)
    return np.asarray(common / np.maximum(_areas(boxes) + _areas(one) - common, np.finfo(np.float32).tiny))


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[..., 2:] - boxes[..., :2]).prod(axis=-1))
