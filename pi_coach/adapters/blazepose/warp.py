"""Turned squares cut out of pictures, and masks laid back onto them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.adapters.blazepose.region import Box, Region

    Pixels = NDArray[np.uint8]


def cut(picture: Pixels, region: Region, size: int, *, black: bool = False) -> Pixels:
    """Return the region as a crop of `size` rows and columns, shape (size, size, 3).

    Beyond the picture's edge its last pixels go on, or all is black.
    """
    matrix = region.to_picture(size)
    rows, columns = box = region.box()
    if rows.start < 0 or columns.start < 0 or rows.stop > picture.shape[0] or columns.stop > picture.shape[1]:
        picture = _widened(picture, box, black=black)
        matrix[:, 2] -= columns.start, rows.start
    return _warped(picture, _inverse(matrix), (size, size))


def laid_back(mask: Pixels, region: Region, box: Box) -> Pixels:
    """Return what the region's own mask says of a box of the picture; 0 outside of the region."""
    rows, columns = box
    matrix = region.to_picture(mask.shape[0])
    matrix[:, 2] -= columns.start, rows.start
    return _warped(mask[..., None], matrix, (rows.stop - rows.start, columns.stop - columns.start))[..., 0]


def _widened(picture: Pixels, box: Box, *, black: bool) -> Pixels:
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
