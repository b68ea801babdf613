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
    onto_crop = library.getPerspectiveTransform(corners_px(square), _crop_corners(size))
    _, onto_picture = library.invert(onto_crop)
    onto_picture[:2] *= PARTS
    places = library.perspectiveTransform(_grid(size), onto_picture)
    places = np.rint(places, out=places).astype(np.int32)
    parts = places & (PARTS - 1)
    return (places >> PARTS_BITS).astype(np.int16), (parts[..., 0] | parts[..., 1] << PARTS_BITS).astype(np.uint16)


@functools.cache
def _grid(size: int) -> NDArray[np.float64]:
    """Return x and y of every pixel of a crop, shape (size, size, 2)."""
    along = np.arange(float(size))
    return np.stack(np.meshgrid(along, along), axis=-1)


def _crop_corners(size: int) -> NDArray[np.float32]:
    return np.array(((0, size), (0, 0), (size, 0), (size, size)), np.float32)
