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
    Matrix = NDArray[np.float64]
    """Shape (2, 3): what x, y and 1 count for x and for y in the picture."""
    Box = tuple[slice, slice]
    """Rows and columns of the picture."""

PARTS = 32
"""Places in the picture are rounded to so many parts of a pixel, as MediaPipe's build of OpenCV rounds them."""
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


def onto_picture(square: Square, size: int, corner: tuple[int, int]) -> Matrix:
    """Return what takes a place in a crop of `size` to the picture, counted from a column and row of the crop."""
    library = opencv()
    placed: Matrix = library.getAffineTransform(_crop_corners(size)[:3], library.boxPoints(square)[:3])
    placed[:, 2] = placed @ (*corner, 1)
    return placed


def corners_px(mask: Pixels, placed: Matrix) -> NDArray[np.float64]:
    """Return x and y of a placed mask's corners in the picture, shape (4, 2)."""
    rows, columns = mask.shape
    return np.asarray(((0, 0, 1), (columns, 0, 1), (0, rows, 1), (columns, rows, 1)) @ placed.T)


def laid_back(mask: Pixels, placed: Matrix, box: Box) -> Pixels:
    """Return what a placed mask says of a box of the picture; 0 where the mask is not."""
    rows, columns = box
    moved = placed - ((0, 0, columns.start), (0, 0, rows.start))
    return np.asarray(opencv().warpAffine(mask, moved, (columns.stop - columns.start, rows.stop - rows.start)))


def _places(square: Square, size: int) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Return where each pixel of a crop lies: x and y of a pixel, shape (size, size, 2), and how far to the next.

    OpenCV's own way from a square to a crop rounds to 32nds in some versions and builds only; its tables always do.
    """
    library = opencv()
    onto_crop = library.getPerspectiveTransform(library.boxPoints(square), _crop_corners(size))
    _, (to_x, to_y, to_scale) = library.invert(onto_crop)
    scale = PARTS / _swept(to_scale, size)
    # Whole 32nds, which float32 holds without loss.
    x, y = (np.rint(_swept(row, size) * scale).astype(np.float32) / np.float32(PARTS) for row in (to_x, to_y))
    pixels, parts = library.convertMaps(x, y, library.CV_16SC2)
    return np.asarray(pixels), np.asarray(parts)


def _swept(row: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return what a row of a matrix makes of the place of each pixel, shape (size, size).

    Added up in OpenCV's order, for places half way between two 32nds are not rare: one in a thousand crops has one.
    """
    per_x, per_y, offset = row
    firsts, lines, within = _grid(size)
    blocks = per_x * firsts + per_y * lines + offset
    return np.asarray((blocks[..., None] + per_x * within).reshape(size, -1)[:, :size])


@functools.cache
def _grid(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the first column of each block, each row, and each column counted from the first of its block."""
    return np.arange(0.0, size, BLOCK), np.arange(float(size))[:, None], np.arange(float(BLOCK))


@functools.cache
def _crop_corners(size: int) -> NDArray[np.float32]:
    return np.array(((0, size), (0, 0), (size, 0), (size, size)), np.float32)
