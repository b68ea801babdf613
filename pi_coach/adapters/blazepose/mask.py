"""The person's mask, from the region back onto the picture, as far as the outline is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.blazepose import warp
from pi_coach.adapters.blazepose.float32 import sigmoid
from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from pi_coach.adapters.blazepose.region import Square
    from pi_coach.adapters.blazepose.warp import Box

    Floats = NDArray[np.floating[Any]]

SHOULDERS = [Joint.L_SHOULDER, Joint.R_SHOULDER]
HIPS = [Joint.L_HIP, Joint.R_HIP]
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

    `logits` (256, 256) are the network's; the outline is not measured elsewhere, and laying back less is quicker.
    """
    mask = np.zeros(shape, np.float32)
    box = around_trunk(points_px, square, shape)
    if mask[box].size:
        person = SHARES.take(np.clip(logits * STEPS + 128.5, 0, 255).astype(np.uint8))
        np.multiply(warp.laid_back(person, square, box), np.float32(1 / 255), out=mask[box])
    return mask


def around_trunk(points_px: Floats, square: Square, shape: tuple[int, int]) -> Box:
    """Return the part of the picture in which the outline is measured."""
    shoulders, hips = points_px[SHOULDERS].mean(axis=0), points_px[HIPS].mean(axis=0)
    trunk = hips - shoulders
    aside, seat = ROOM * abs(float(trunk[0])), SEAT * float(np.hypot(*trunk))
    heights = (shoulders[1] - aside, shoulders[1] + aside, hips[1] - max(aside, seat), hips[1] + max(aside, seat))
    return _inside(heights, shape[0]), _inside(warp.corners_px(square)[:, 0], shape[1])


def _inside(places: Collection[float], side: int) -> slice:
    first, last = int(min(places)), int(max(places)) + 1
    return slice(min(max(first, 0), side), min(max(last, 0), side))
