"""Turned squares cut out of pictures, and masks laid back onto them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.adapters.blazepose.region import Region

    Pixels = NDArray[np.uint8]

SEAM = 2
"""Pixels that interpolation wants beyond the square."""


def cut(picture: Pixels, region: Region, size: int, *, black: bool = False) -> Pixels:
    """Return the region as a crop of `size` rows and columns, shape (size, size, 3).

    Beyond the picture's edge its last pixels go on, or all is black.
    """
    matrix = region.to_picture(size)
    corners = matrix @ np.array(((0, size, 0, size), (0, 0, size, size), (1, 1, 1, 1)))
    left, top = (math.floor(low) - SEAM for low in corners.min(axis=1).tolist())
    right, bottom = (math.ceil(high) + SEAM for high in corners.max(axis=1).tolist())
    rows, columns, _ = picture.shape
    if left < 0 or top < 0 or right > columns or bottom > rows:
        picture = _widened(picture, (slice(top, bottom), slice(left, right)), black=black)
        matrix[:, 2] -= left, top
    return _warped(picture, _inverse(matrix), (size, size))


def laid_back(mask: Pixels, region: Region, rows: int, columns: int) -> Pixels:
    """Return a mask of the whole picture, shape (rows, columns), from the region's own; 0 outside of it."""
    size = mask.shape[0]
    return _warped(mask[..., None], region.to_picture(size), (rows, columns))[..., 0]


def _widened(picture: Pixels, box: tuple[slice, slice], *, black: bool) -> Pixels:
    """Return the box of the picture, which reaches beyond its edges."""
    around = [(max(-part.start, 0), max(part.stop - side, 0)) for part, side in zip(box, picture.shape, strict=False)]
    inside = tuple(slice(max(part.start, 0), max(part.stop, 0)) for part in box)
    part = picture[inside]
    if not part.size:
        return np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start, 3), np.uint8)
    return np.pad(part, (*around, (0, 0)), mode="constant" if black else "edge")


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    turn = np.linalg.inv(matrix[:, :2])
    return np.column_stack((turn, -turn @ matrix[:, 2]))


def _warped(pixels: Pixels, matrix: NDArray[np.float64], shape: tuple[int, int]) -> Pixels:
    """Return an image of that shape; the matrix leads from the old pixels to the new ones."""
    from kornia_rs.imgproc import warp_affine  # noqa: PLC0415 (only those who look at pictures need it)

    return np.asarray(warp_affine(np.ascontiguousarray(pixels), matrix.ravel().tolist(), shape, "bilinear"))
