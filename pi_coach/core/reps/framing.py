"""What the coach cannot see, and what it asks the athlete to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import TrackingFound, TrackingLost
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.events import Event
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.sight.body import Skeleton

LOST_AFTER_S = 1.0
"""Something must be out of sight this long before it is said."""

NOT_VISIBLE = "not_visible"
"""The fault id under which a framing sentence is stored; it is never held against a rep."""

YOU, FEET, HEAD, SIDE, FRONT = "you", "your feet", "your head", "you from the side", "you from the front"
WALL = "the wall"

WAITED_FOR = frozenset({YOU, SIDE, FRONT})
"""Without these nothing can be counted; feet and head are asked for while hips and shoulders are followed."""

SETTLE_S = {None: 0.3, YOU: 1.5}
"""Other waits: what is back in sight is taken back sooner, and an athlete who steps aside or turns round is lost for a
second by whoever keeps strangers out."""

SENTENCES = {
    YOU: "framing.you",
    FEET: "framing.feet",
    HEAD: "framing.head",
    SIDE: "framing.side",
    FRONT: "framing.front",
    WALL: "framing.wall",
}
"""Which sentence is said about what is missing."""

WALL_FOUND = "framing.wall_found"
"""Said when the wall was found."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What is out of sight."""

    missing: str | None = None
    """What the athlete was told is missing; None while all is well."""
    rival: str | None = None
    """What the latest frames say instead."""
    rival_since_s: float | None = None


def ankles_in_sight(body: Skeleton) -> bool:
    """Tell whether an ankle is in the picture: below it the model only guesses, and the knees' angles with it."""
    return min(leg.ankle.y for leg in body.legs) <= 1.0


def missing_part(body: Skeleton | None, view: View | None, drill: Drill) -> str | None:
    """Return what cannot be seen in one frame; None where everything needed is in the picture."""
    if body is None:
        return YOU
    if view is not None and view not in drill.count_views:
        return FRONT if drill.judge_views == (View.FRONT,) else SIDE
    if min(leg.heel.y for leg in body.legs) > 1.0 or not ankles_in_sight(body):
        return FEET
    if body.nose.y < 0.0 and max(ear.y for ear in body.ears) < 0.0:
        return HEAD
    return None


def check(framing: Framing, t: float, now: str | None) -> tuple[Framing, tuple[Event, ...]]:
    """Return the framing after one more frame, with an event where it changed for good."""
    if now == framing.missing:
        return Framing(framing.missing), ()
    since = framing.rival_since_s if framing.rival == now and framing.rival_since_s is not None else t
    if t - since < SETTLE_S.get(now, LOST_AFTER_S):
        return Framing(framing.missing, now, since), ()
    return Framing(now), (TrackingFound(t) if now is None else TrackingLost(t, now),)
