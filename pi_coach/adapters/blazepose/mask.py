"""The person's mask, from the region back onto the picture, as far as the outline is measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.blazepose import warp
from pi_coach.adapters.blazepose.float32 import sigmoid
from pi_coach.adapters.blazepose.landmarks import SIZE
from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.adapters.blazepose.region import Square
    from pi_coach.adapters.blazepose.warp import Box

    Floats = NDArray[np.floating[Any]]

TILE = slice(26, 98), slice(32, 96)
"""Rows and columns of the features that the mask is painted from; the whole has 128 of each, half the crop's.

In the network's squares the hips lie in the middle and the shoulders straight above, whichever way the athlete leans,
and the trunk is 0.2 to 0.27 sides long.  On 9686 pictures of 33 films the whole mask gives the same seat to the
ten-thousandth of an image height, and the same back in all but three.
"""
TILE_SIDES = (TILE[0].stop - TILE[0].start, TILE[1].stop - TILE[1].start)
FRAYED = 4
"""So many pixels at the tile's edge would look otherwise in the whole: the network looks at a pixel's neighbours."""
CORNER = (2 * TILE[1].start + FRAYED, 2 * TILE[0].start + FRAYED)
"""The column and the row of the crop at which the mask begins."""
ROOM = 0.8
"""Trunk lengths on either side of the line from hips to shoulders; the back is looked for up to 0.75 away."""
SEAT = 0.2
"""Trunk lengths above and below the hips; the seat is looked for up to 0.15 away."""
STEPS = 16
"""Steps in which a logit is told apart: its share of a person is then off by 0.01 at the most."""
SHARES = np.rint(255 * sigmoid((np.arange(256, dtype=np.float32) - 128) / STEPS)).astype(np.uint8)
"""How much of a person each step means, 0 to 255: the mask is turned in bytes."""


def trunk_mask(
    logits: NDArray[np.float32], square: Square, points_px: Floats, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Return a mask of the picture, whose `shape` is rows and columns: 0 to 1 around the trunk, 0 elsewhere.

    `logits`, shape (144, 128), are what the network paints of the tile; the outline is not measured elsewhere.
    """
    mask = np.zeros(shape, np.float32)
    person = _person(logits[FRAYED:-FRAYED, FRAYED:-FRAYED])
    placed = warp.onto_picture(square, SIZE, CORNER)
    box = _around_trunk(points_px, warp.corners_px(person, placed), shape)
    if mask[box].size:
        np.multiply(warp.laid_back(person, placed, box), np.float32(1 / 255), out=mask[box])
    return mask


def _person(logits: NDArray[np.float32]) -> NDArray[np.uint8]:
    library = warp.opencv()
    steps = library.addWeighted(logits, STEPS, logits, 0, 128, dtype=library.CV_8U)
    return np.asarray(library.LUT(steps, SHARES))


def _around_trunk(points_px: Floats, corners_px: Floats, shape: tuple[int, int]) -> Box:
    """Return the part of the picture in which the outline is measured, as far as the mask reaches."""
    shoulder_x, shoulder_y = ((points_px[Joint.L_SHOULDER] + points_px[Joint.R_SHOULDER]) / 2).tolist()
    hip_x, hip_y = ((points_px[Joint.L_HIP] + points_px[Joint.R_HIP]) / 2).tolist()
    aside, seat = ROOM * abs(hip_x - shoulder_x), SEAT * math.hypot(hip_x - shoulder_x, hip_y - shoulder_y)
    top = min(shoulder_y - aside, hip_y - max(aside, seat))
    bottom = max(shoulder_y + aside, hip_y + max(aside, seat))
    columns, rows = corners_px.T.tolist()
    return _inside(max(top, min(rows)), min(bottom, max(rows)), shape[0]), _inside(min(columns), max(columns), shape[1])


def _inside(first: float, last: float, side: int) -> slice:
    return slice(min(max(int(first), 0), side), min(max(int(last) + 1, 0), side))
