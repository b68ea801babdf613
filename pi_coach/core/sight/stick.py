"""The stick along the back: how far the head and the hips are from the line that it draws."""

from __future__ import annotations

from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from pi_coach.core.geometry import Point, cross, distance, midpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.sight.body import Skeleton
    from pi_coach.core.types import Stick

HIP_SLIDE, SLID_DEG = 0.04, 60.0
"""In a good hinge the model's hip point moves this far from the back, trunk lengths, over so many degrees of hip
flexion, while the hip itself does not: rendered athletes, full model 0.01 to 0.07, lite 0.02 to 0.08 at the bottom."""


class StickColour(StrEnum):
    """The colours of tape that can be told from clothes, skin and walls."""

    GREEN = "green"
    PINK = "pink"
    ORANGE = "orange"


class Contact(NamedTuple):
    """How far the stick's line lies behind two points of the body, image heights; negative where before them."""

    head: float
    """Behind the ears."""
    hip: float
    """Behind the hips."""


def contact(body: Skeleton, stick: Stick | None, forward: int) -> Contact | None:
    """Measure the body against the stick; None where no stick was found.

    `forward` is +1 where the athlete faces the right edge of the picture, -1 where the left.
    """
    if stick is None:
        return None
    low, high = Point(stick.x0, stick.y0), Point(stick.x1, stick.y1)
    length = distance(low, high)
    if length == 0.0:
        return None

    def behind(point: Point) -> float:
        return forward * cross(low, high, low, point) / length

    return Contact(behind(midpoint(*body.ears)), behind(body.hip))


def usual_contact(seen: Sequence[Contact | None]) -> Contact | None:
    """Return the median contact of a quiet stand; None where the stick was not seen for most of it."""
    found = [each for each in seen if each is not None]
    if 2 * len(found) <= len(seen):
        return None
    return Contact(median(each.head for each in found), median(each.hip for each in found))


def contact_gap(now: Contact | None, tall: Contact | None, trunk: float, hip_flexion_deg: float | None) -> float | None:
    """Return how much further head or hips are from the stick than in the tall stance, trunk lengths.

    The larger counts: it is the one that lost contact. What the hip point slides by itself in a fold is taken off.
    `trunk` is in image heights, the flexion beyond the tall stance. None where the stick or the hips were not seen.
    """
    if now is None or tall is None or hip_flexion_deg is None or trunk <= 0.0:
        return None
    slide = HIP_SLIDE * min(max(hip_flexion_deg / SLID_DEG, 0.0), 1.0)
    return max((now.head - tall.head) / trunk, (now.hip - tall.hip) / trunk - slide)
