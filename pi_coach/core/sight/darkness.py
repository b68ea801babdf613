"""Whether a picture shows anything at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLACK = 24
"""Of 255. Video's own black is 16, and a covered sensor adds its noise to that; a lit place has far brighter spots."""
BRIGHTEST_PCT = 99.0
"""Spots smaller than the rest of these may be a lamp's glow or broken pixels."""
EVERY_PX = 16
"""Every so many rows and columns are looked at."""


def is_black(image: NDArray[np.uint8]) -> bool:
    """Tell whether nothing can be seen: the lens is covered, or there is no light. Rows by columns by colours."""
    return bool(np.percentile(image[::EVERY_PX, ::EVERY_PX], BRIGHTEST_PCT) < BLACK)
