"""The wall behind the athlete: found by leaning the hips against it, then touched in every rep."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pi_coach.core.filters import Samples, middle, push, span_s, spread

CALIBRATE_S = 1.5
"""The hips rest against the wall this long."""

RESTING_SPREAD = 0.012
"""The seat's edge moves less than this while it rests, image heights (two pixels of noise at 480 lines each way)."""

MOVED = 0.05
"""The seat must have travelled this far first, image heights: who has not moved has not gone to the wall."""

TOUCH_GAP_LEG = 0.02
"""Within this of the wall, in leg lengths, the hips touch it."""

TOUCH_S = 0.15
"""A touch lasts at least this long."""


@dataclass(frozen=True, slots=True)
class WallWatch:
    """What is known about the wall."""

    wall_x: float | None = None
    """Its surface at hip height, image heights from the left; None before it is found."""
    first_x: float | None = None
    """Where the seat was when the search began."""
    travelled: bool = False
    seats: Samples = ()
    near_since_s: float | None = None
    """Since when the hips have been at the wall."""
    touched: bool = False
    """Whether this touch was told already."""


def search(watch: WallWatch, t: float, seat_x: float | None) -> WallWatch:
    """Look for the wall: the place where the seat comes to rest after having moved."""
    if watch.wall_x is not None or seat_x is None:
        return watch
    first = seat_x if watch.first_x is None else watch.first_x
    travelled = watch.travelled or abs(seat_x - first) > MOVED
    seats = push(watch.seats, t, seat_x, CALIBRATE_S) if travelled else ()
    if seats and spread(seats) > 2 * RESTING_SPREAD:
        seats = seats[-1:]
    rested = span_s(seats) >= 0.9 * CALIBRATE_S
    return replace(watch, first_x=first, travelled=travelled, seats=seats, wall_x=middle(seats) if rested else None)


def touch(watch: WallWatch, t: float, gap_leg: float | None) -> tuple[WallWatch, bool]:
    """Return the watch and whether the hips have just touched the wall."""
    if gap_leg is None or gap_leg > (2 * TOUCH_GAP_LEG if watch.touched else TOUCH_GAP_LEG):
        return replace(watch, near_since_s=None, touched=False), False
    since = t if watch.near_since_s is None else watch.near_since_s
    new = not watch.touched and t - since >= TOUCH_S
    return replace(watch, near_since_s=since, touched=watch.touched or new), new
