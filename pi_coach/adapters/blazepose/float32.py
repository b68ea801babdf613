"""Arithmetic in float32, rounded where MediaPipe's compiled loops round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LOWEST_LOGIT = -80.0
"""Lower ones mean the same, and would overflow."""


def sigmoid(logits: NDArray[np.floating[Any]]) -> Floats:
    """Return shares of 0 to 1; the power is rounded once, as the C library does, and not as numpy's quick one."""
    powers = np.exp(-np.maximum(logits, LOWEST_LOGIT), dtype=np.float64).astype(np.float32)
    return np.asarray(1 / (1 + powers))


def added_up(values: Floats) -> Floats:
    """Return the sum over the first axis, each added after the one before it; numpy's own adds up in pairs."""
    return np.asarray(np.cumsum(values, axis=0)[-1])
