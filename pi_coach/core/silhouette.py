"""From the person's mask to where the buttocks end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.types import Silhouette

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def outline(mask: NDArray[np.float32] | NDArray[np.bool_], points: NDArray[np.float32], aspect: float) -> Silhouette:
    """d."""
    return Silhouette(None, None)
