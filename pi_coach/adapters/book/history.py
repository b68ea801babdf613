"""An athlete's past as the programme wants it, with two queries for all sets and reps."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from pi_coach.adapters.book.schema import athletes, reps, screens, sessions, sets
from pi_coach.core.planning.history import DAY_S, History, PastRep, PastScreen, PastSession, PastSet, Profile

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

Place = tuple[int, int]
"""Session id and set number."""


def day_of(moment: dt.datetime) -> float:
    """Return a point in time as days since 1970 UTC."""
    return moment.timestamp() / DAY_S


def history_of(connection: Connection, athlete: str) -> History:
    """Return everything the programme needs to know; an unknown athlete has an empty past."""
    person = select(athletes).where(athletes.c.name == athlete)
    row = connection.execute(person).first()
    if row is None:
        return History()
    return History(
        sessions=_sessions(connection, row.id),
        screens=_screens(connection, row.id),
        profile=Profile(row.body_kg, row.stature_cm, row.basics_only),
    )


def _sessions(connection: Connection, athlete_id: int) -> tuple[PastSession, ...]:
    sets_of = _sets(connection, athlete_id)
    asked = select(sessions.c.id, sessions.c.started_at, sessions.c.comfortable, sessions.c.pain)
    theirs = asked.where(sessions.c.athlete_id == athlete_id).order_by(sessions.c.started_at, sessions.c.id)
    return tuple(
        PastSession(day_of(row.started_at), tuple(sets_of[row.id]), row.comfortable, row.pain)
        for row in connection.execute(theirs)
    )


def _sets(connection: Connection, athlete_id: int) -> dict[int, list[PastSet]]:
    reps_of = _reps(connection, athlete_id)
    asked = select(sets.c.session_id, sets.c.number, sets.c.drill, sets.c.target_reps, sets.c.silent, sets.c.load_kg)
    theirs = asked.join_from(sets, sessions).where(sessions.c.athlete_id == athlete_id)
    by_session: dict[int, list[PastSet]] = defaultdict(list)
    for row in connection.execute(theirs.order_by(sets.c.session_id, sets.c.number)):
        done = tuple(reps_of[row.session_id, row.number])
        by_session[row.session_id].append(PastSet(row.drill, row.target_reps, done, row.silent, row.load_kg))
    return by_session


def _reps(connection: Connection, athlete_id: int) -> dict[Place, list[PastRep]]:
    # The database picks the two measures: a year of reps has megabytes of others.
    asked = select(
        reps.c.session_id,
        reps.c.set_number,
        reps.c.score,
        reps.c.quality,
        reps.c.faults,
        reps.c.severe,
        _measure("hip_flexion_deg").label("hip_flexion_deg"),
        _measure("back_curve_pct").label("back_curve_pct"),
    )
    theirs = asked.join_from(reps, sessions, reps.c.session_id == sessions.c.id)
    theirs = theirs.where(sessions.c.athlete_id == athlete_id)
    by_set: dict[Place, list[PastRep]] = defaultdict(list)
    for row in connection.execute(theirs.order_by(reps.c.session_id, reps.c.set_number, reps.c.number)).all():
        by_set[row.session_id, row.set_number].append(
            PastRep(
                score=row.score,
                quality=row.quality,
                faults=tuple(row.faults),
                severe=tuple(row.severe or ()),
                hip_flexion_deg=row.hip_flexion_deg,
                back_curve_pct=row.back_curve_pct,
            )
        )
    return by_set


def _measure(name: str) -> ColumnElement[float]:
    found: ColumnElement[float] = reps.c.measures[name].as_float()
    return found


def _screens(connection: Connection, athlete_id: int) -> tuple[PastScreen, ...]:
    theirs = select(screens).where(screens.c.athlete_id == athlete_id).order_by(screens.c.done_at, screens.c.id)
    return tuple(
        PastScreen(row.screen, day_of(row.done_at), row.value, row.passed) for row in connection.execute(theirs)
    )
