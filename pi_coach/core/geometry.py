"""Angles and lengths between points in a picture, in degrees and image heights."""

from __future__ import annotations

import math
from typing import NamedTuple


class Point(NamedTuple):
    """A place in the picture: x right, y down, both in image heights."""

    x: float
    y: float


def distance(a: Point, b: Point) -> float:
    """Return the length from `a` to `b`, image heights."""
    return math.hypot(b.x - a.x, b.y - a.y)


def midpoint(a: Point, b: Point) -> Point:
    """Return the point halfway between `a` and `b`."""
    return Point((a.x + b.x) / 2, (a.y + b.y) / 2)


def inclination_deg(low: Point, high: Point, forward: int) -> float | None:
    """Return how far the line from `low` to `high` leans forward from vertical, -180 to 180 degrees.

    `forward` is +1 where the athlete faces the right edge of the picture, -1 where the left.
    None where the two points coincide.
    """
    ahead, up = forward * (high.x - low.x), low.y - high.y
    if ahead == 0.0 and up == 0.0:
        return None
    return math.degrees(math.atan2(ahead, up))


def wrapped_deg(angle_deg: float) -> float:
    """Return the same direction between -180 and 180 degrees."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def cross(a: Point, b: Point, c: Point, d: Point) -> float:
    """Return the cross product of a→b and c→d; positive where c→d points clockwise of a→b in the picture."""
    return (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x)
