"""Where the body's centre of mass stands over the foot, seen from the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.core.sight.body import Leg, Skeleton

SEGMENTS = {
    "trunk": (0.430, 0.405),
    "thigh": (0.289, 0.385),
    "shank": (0.091, 0.437),
    "foot": (0.027, 0.421),
    "upper arm": (0.053, 0.576),
    "forearm and hand": (0.042, 0.550),
}
"""Mass of the body's part, both sides together, as a share of the whole, and its centre's way from the first end to the
second: de Leva (1996), mean of women and men; the head's 0.068 lies between the ears."""

HEAD = 0.068
"""Share of the head."""


def foot_share(body: Skeleton, leg: Leg, near: int, load_share: float = 0.0) -> float | None:
    """Return where the centre of mass stands over the near foot: 0 heel, 1 toe; None for a foot seen end on or cut off.

    `near` is 0 for the left side and 1 for the right. The far limbs are taken to be where the near ones are. A load in
    the hands, as a share of the body's mass, moves the centre towards the wrist.
    """
    length = leg.toe.x - leg.heel.x
    if max(leg.heel.y, leg.toe.y) > 1.0 or abs(length) < LEAST_FOOT * max(body.trunk_length, 1e-6):
        return None
    elbow, wrist, shoulder = body.elbows[near], body.wrists[near], body.shoulders[near]
    ends = {
        "trunk": (body.shoulder, body.hip),
        "thigh": (leg.hip, leg.knee),
        "shank": (leg.knee, leg.ankle),
        "foot": (leg.heel, leg.toe),
        "upper arm": (shoulder, elbow),
        "forearm and hand": (elbow, wrist),
    }
    x = HEAD * (body.ears[0].x + body.ears[1].x) / 2
    whole = HEAD
    for name, (share, way) in SEGMENTS.items():
        first, second = ends[name]
        x += share * (first.x + way * (second.x - first.x))
        whole += share
    x += load_share * wrist.x
    return (x / (whole + load_share) - leg.heel.x) / length


LEAST_FOOT = 0.2
"""A foot that looks shorter than this, in trunk lengths, points at the camera."""
