"""Where on the ladder an athlete stands: the sessions of the past, one after the other, through the gates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.planning.gates import relapse, shortfalls
from pi_coach.core.planning.history import WEEK_DAYS, quality_share
from pi_coach.core.planning.rules import TOP_TIER

if TYPE_CHECKING:
    from pi_coach.core.planning.gates import Shortfall
    from pi_coach.core.planning.history import History, PastSession
    from pi_coach.core.planning.syllabus import Syllabus


class Move(StrEnum):
    """How the athlete came to stand there."""

    NEW = "new"
    STARTED = "started"
    UP = "up"
    DOWN = "down"
    BACK = "back"
    """After a break."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the athlete stands, and why."""

    tier: int | None = None
    """None where the screen has to say first."""
    move: Move = Move.NEW
    moved_day: float | None = None
    """When, in days since 1970; None before the first screen."""
    why: str = "nobody has seen you hinge yet"
    sessions: tuple[PastSession, ...] = ()
    """Those since then, with nothing but this tier's drills."""
    lacks: tuple[Shortfall, ...] = ()
    """What is missing for the next rung."""


def standing(syllabus: Syllabus, history: History, now_day: float) -> Standing:
    """Return where the athlete stands today."""
    place, last_day = Standing(), None
    for session in history.sessions:
        if not any(one.reps for one in session.sets):
            continue
        place = _after_break(syllabus, place, last_day, session.day)
        place = _after(syllabus, place, session, most=_most(syllabus, history))
        last_day = session.day
    place = _after_break(syllabus, place, last_day, now_day)
    if place.tier in {None, _most(syllabus, history)}:
        return place
    return replace(place, lacks=shortfalls(syllabus, place.sessions, _wait_days(syllabus, place, now_day)))


def _most(syllabus: Syllabus, history: History) -> int:
    return syllabus.rules.basics_tier if history.profile.basics_only else TOP_TIER


def _after_break(syllabus: Syllabus, place: Standing, last_day: float | None, day: float) -> Standing:
    if place.tier is None or last_day is None:
        return place
    weeks = (day - last_day) / WEEK_DAYS
    if weeks >= syllabus.rules.layoff.screen_weeks:
        return Standing(None, Move.BACK, day, f"{weeks:.0f} weeks away: show how you hinge now")
    if weeks >= syllabus.rules.layoff.weeks:
        lower = max(place.tier - 1, 0)
        why = f"{weeks:.0f} weeks away" + (": start one rung lower" if lower < place.tier else "")
        return Standing(lower, Move.BACK, day, why)
    return place


def _after(syllabus: Syllabus, place: Standing, session: PastSession, most: int) -> Standing:
    """Return where a session leads."""
    if place.tier is None:
        return _started(syllabus, place, session, most)
    tier = min(place.tier, most)
    why = relapse(syllabus.rules.down, syllabus.drills, session, syllabus.drills_of(range(tier, TOP_TIER + 1)))
    if why is not None:
        return Standing(max(tier - 1, 0), Move.DOWN, session.day, why)
    own = session.only(syllabus.drills_of(range(tier, tier + 1)))
    if not any(one.reps for one in own.sets):
        return replace(place, tier=tier)
    done = (*place.sessions, own)
    if tier < most and not shortfalls(syllabus, done, _wait_days(syllabus, place, session.day)):
        return Standing(
            tier + 1, Move.UP, session.day, f"everything on rung T{tier} holds, with and without corrections"
        )
    return replace(place, tier=tier, sessions=done)


def _wait_days(syllabus: Syllabus, place: Standing, day: float) -> float:
    """Return how long a loaded rung has to be kept yet; one that the athlete has come back to need not be."""
    back = place.move in {Move.DOWN, Move.BACK} or place.moved_day is None
    if back or place.tier is None or place.tier < syllabus.rules.week.loaded_tier:
        return 0.0
    return max(syllabus.rules.up.loaded_days - (day - (place.moved_day or day)), 0.0)


def _started(syllabus: Syllabus, place: Standing, session: PastSession, most: int) -> Standing:
    """Return where the screen puts somebody; the place as it was where the session has none."""
    start = syllabus.rules.start
    drill = syllabus.rung(start.rung).drill
    screens = [one.scored for one in session.sets if one.silent and one.drill == drill]
    reps = next((scored for scored in screens if len(scored) >= start.reps), ())
    share = quality_share(reps)
    if share is None:
        return place
    tier = start.good_tier if share >= start.good_share else start.fair_tier if share >= start.fair_share else 0
    clean = sum(rep.quality for rep in reps)
    return Standing(min(tier, most), Move.STARTED, session.day, f"{clean} of {len(reps)} reps of the screen were clean")
