"""An athlete's past as the programme wants it, with two queries for all sets and reps."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, select

from pi_coach.adapters.book.rows import DAMAGED
from pi_coach.adapters.book.schema import athletes, reps, screens, sessions, sets
from pi_coach.core.planning.history import DAY_S, History, PastRep, PastScreen, PastSession, PastSet, Profile

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

Place = tuple[int, int]
"""Session id and set number."""

Known = dict[str, tuple[PastSet, ...]]
"""The sets of sessions that have ended, by the session's uuid: they do not change any more."""


def day_of(moment: dt.datetime) -> float:
    """Return a point in time as days since 1970 UTC."""
    return moment.timestamp() / DAY_S


def history_of(connection: Connection, athlete: str, known: Known | None = None) -> History:
    """Return what the programme needs to know; an unknown athlete has an empty past. Damaged sessions are left out.

    Sessions that are in `known` are not read again, and those that have ended are put there: of years of training the
    last session is read in milliseconds, all of it in seconds.
    """
    person = select(athletes).where(athletes.c.name == athlete)
    row = connection.execute(person).first()
    if row is None:
        return History()
    return History(
        sessions=_sessions(connection, row.id, {} if known is None else known),
        screens=_screens(connection, row.id),
        profile=Profile(row.body_kg, row.stature_cm, row.basics_only),
    )


def _sessions(connection: Connection, athlete_id: int, known: Known) -> tuple[PastSession, ...]:
    columns = sessions.c
    asked = select(columns.id, columns.uuid, columns.started_at, columns.ending, columns.comfortable, columns.pain)
    sound = columns.ending.is_distinct_from(DAMAGED)
    theirs = asked.where(columns.athlete_id == athlete_id, sound).order_by(columns.started_at, columns.id)
    rows = connection.execute(theirs).all()
    first_new = min((row.id for row in rows if row.uuid not in known), default=None)
    sets_of = {} if first_new is None else _sets(connection, athlete_id, first_new)
    past = {row.uuid: known.get(row.uuid) or tuple(sets_of.get(row.id, ())) for row in rows}
    known.update({row.uuid: past[row.uuid] for row in rows if row.ending is not None})
    return tuple(PastSession(day_of(row.started_at), past[row.uuid], row.comfortable, row.pain) for row in rows)


def _sets(connection: Connection, athlete_id: int, first_id: int) -> dict[int, list[PastSet]]:
    """Return the sets by session, from a session's number on."""
    reps_of = _reps(connection, athlete_id, first_id)
    asked = select(sets.c.session_id, sets.c.number, sets.c.drill, sets.c.target_reps, sets.c.silent, sets.c.load_kg)
    theirs = asked.join_from(sets, sessions).where(sessions.c.athlete_id == athlete_id, sessions.c.id >= first_id)
    by_session: dict[int, list[PastSet]] = defaultdict(list)
    for row in connection.execute(theirs.order_by(sets.c.session_id, sets.c.number)):
        done = tuple(reps_of[row.session_id, row.number])
        by_session[row.session_id].append(PastSet(row.drill, row.target_reps, done, row.silent, row.load_kg))
    return by_session


def _reps(connection: Connection, athlete_id: int, first_id: int) -> dict[Place, list[PastRep]]:
    # The database picks the two measures: a year of reps has megabytes of others.
    asked = select(
        reps.c.session_id,
        reps.c.set_number,
        reps.c.score,
        reps.c.quality,
        cast(reps.c.faults, Text).label("faults"),
        cast(reps.c.severe, Text).label("severe"),
        _measure("hip_flexion_deg").label("hip_flexion_deg"),
        _measure("back_curve_pct").label("back_curve_pct"),
    )
    theirs = asked.join_from(reps, sessions, reps.c.session_id == sessions.c.id)
    theirs = theirs.where(sessions.c.athlete_id == athlete_id, sessions.c.id >= first_id)
    by_set: dict[Place, list[PastRep]] = defaultdict(list)
    for row in connection.execute(theirs.order_by(reps.c.session_id, reps.c.set_number, reps.c.number)).all():
        by_set[row.session_id, row.set_number].append(
            PastRep(
                score=row.score,
                quality=row.quality,
                faults=_ids(row.faults),
                severe=_ids(row.severe),
                hip_flexion_deg=row.hip_flexion_deg,
                back_curve_pct=row.back_curve_pct,
            )
        )
    return by_set


@functools.lru_cache(maxsize=1000)
def _ids(text: str | None) -> tuple[str, ...]:
    """Return a list of faults as it is stored; thousands of reps share a few of them."""
    return tuple(json.loads(text) or ()) if text else ()


def _measure(name: str) -> ColumnElement[float]:
    found: ColumnElement[float] = reps.c.measures[name].as_float()
    return found


def _screens(connection: Connection, athlete_id: int) -> tuple[PastScreen, ...]:
    theirs = select(screens).where(screens.c.athlete_id == athlete_id).order_by(screens.c.done_at, screens.c.id)
    return tuple(
        PastScreen(row.screen, day_of(row.done_at), row.value, row.passed) for row in connection.execute(theirs)
    )
