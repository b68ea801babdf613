"""From what a network says to how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_LOGIT = -80.0
"""Lower ones mean the same, and would overflow."""


def sigmoid(logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return shares of 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-np.maximum(logits, LOWEST_LOGIT))), np.float32)
