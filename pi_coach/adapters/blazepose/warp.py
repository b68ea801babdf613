"""Turned squares cut out of pictures, and masks laid back onto them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.pose_engine import unloadable
from pi_coach.core.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.adapters.blazepose.region import Square

    Pixels = NDArray[np.uint8]
    Box = tuple[slice, slice]
    """Rows and columns of the picture."""

PARTS_BITS = 5
"""Places in the picture are rounded to 32nds of a pixel, as MediaPipe's build of OpenCV rounds them."""
PARTS = 1 << PARTS_BITS
BLOCK = 64
"""So many pixels of a row are counted on from the first of them."""


@functools.cache
def opencv() -> Any:  # noqa: ANN401 (its types change from version to version)
    """Return OpenCV; raise ModelError where it is not there.  Only those who look at pictures need it."""
    try:
        import cv2  # noqa: PLC0415 (as just said)
    except (ImportError, OSError) as error:
        raise ModelError(unloadable("OpenCV", error)) from error
    return cv2


def cut(picture: Pixels, square: Square, size: int, *, black: bool = False) -> Pixels:
    """Return the square as a crop of `size` rows and columns, shape (size, size, 3).

    Beyond the picture's edge its last pixels go on, or all is black.
    """
    library = opencv()
    pixels, parts = _places(square, size)
    beyond = library.BORDER_CONSTANT if black else library.BORDER_REPLICATE
    return np.asarray(library.remap(picture, pixels, parts, library.INTER_LINEAR, borderMode=beyond))


def laid_back(mask: Pixels, square: Square, box: Box) -> Pixels:
    """Return what the square's own mask says of a box of the picture; 0 outside of the square."""
    library = opencv()
    rows, columns = box
    here = corners_px(square) - np.array((columns.start, rows.start), np.float32)
    matrix = library.getAffineTransform(_crop_corners(mask.shape[0])[:3], here[:3])
    return np.asarray(library.warpAffine(mask, matrix, (columns.stop - columns.start, rows.stop - rows.start)))


def corners_px(square: Square) -> NDArray[np.float32]:
    """Return x and y of the square's corners: lower left as the person stands, and on clockwise; shape (4, 2)."""
    return np.asarray(opencv().boxPoints(square))


def _places(square: Square, size: int) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Return where each pixel of a crop lies: x and y of a pixel, shape (size, size, 2), and how far to the next.

    OpenCV's own way from a square to a crop rounds to 32nds in some versions and builds only; its tables always do.
    """
    library = opencv()
    _, (to_x, to_y, to_scale) = library.invert(library.getPerspectiveTransform(corners_px(square), _crop_corners(size)))
    scale = PARTS / _swept(to_scale, size)
    x, y = (np.rint(_swept(row, size) * scale).astype(np.int32) for row in (to_x, to_y))
    pixels = np.stack((x >> PARTS_BITS, y >> PARTS_BITS), axis=-1, dtype=np.int16, casting="unsafe")
    parts = x & (PARTS - 1) | (y & (PARTS - 1)) << PARTS_BITS
    return pixels, parts.astype(np.uint16)


def _swept(row: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return what a row of a matrix makes of the place of each pixel, shape (size, size).

    Added up in OpenCV's order, for places half way between two 32nds are not rare: one in a thousand crops has one.
    """
    per_x, per_y, offset = row
    within = np.arange(BLOCK)
    blocks = per_x * np.arange(0, size, BLOCK) + per_y * np.arange(size)[:, None] + offset
    return np.asarray((blocks[..., None] + per_x * within).reshape(size, -1)[:, :size])


def _crop_corners(size: int) -> NDArray[np.float32]:
    return np.array(((0, size), (0, 0), (size, 0), (size, size)), np.float32)
