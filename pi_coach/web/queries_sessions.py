"""What the pages about sessions ask of the book: one row a session, summed up by the database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, union_all

from pi_coach.adapters.book.schema import athletes, events, sessions, set_figures, sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select
    from sqlalchemy.engine import Connection

PAGE = 20
"""Sessions on a page of the list: a few thumb strokes on a phone."""

RUNNING = "running"
"""How the ending of a session that goes on is called."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions to list; None wants all."""

    drill: str | None = None
    athlete: str | None = None
    ending: str | None = None
    """As stored, or RUNNING."""
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, itself included."""
    station: str | None = None
    """At a gym's hub, where it was held."""
    by_time: bool = False
    """Whether the latest stand first by the stations' clocks: at a hub they arrive in any order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One session in a list."""

    id: int
    athlete: str
    started_at: dt.datetime
    length_s: float | None
    """Up to its last event where its end is unknown; None where nothing happened."""
    ending: str | None
    """None while it runs."""
    sets: int
    reps: int
    quality_reps: int
    score: float | None
    """Mean of the scored reps; None where none was."""
    drills: tuple[str, ...]
    """In the order of their first set."""
    station: str | None
    """None for a session of this machine's own."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """One session in a calendar."""

    id: int
    started_at: dt.datetime
    reps: int
    quality_reps: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be filtered by."""

    drills: tuple[str, ...]
    athletes: tuple[str, ...]
    endings: tuple[str, ...]
    stations: tuple[str, ...]
    """Empty but at a gym's hub."""


def _of_session(what: ColumnElement[Any], table: FromClause) -> ScalarSelect[Any]:
    return select(what).select_from(table).where(table.c.session_id == sessions.c.id).scalar_subquery()


_LINES = select(
    sessions.c.id,
    sessions.c.started_at,
    sessions.c.ending,
    sessions.c.station,
    athletes.c.name.label("athlete"),
    func.coalesce(sessions.c.length_s, _of_session(func.max(events.c.t_s), events)).label("length_s"),
    _of_session(func.count(), sets).label("sets"),
    func.coalesce(_of_session(func.sum(set_figures.c.reps), set_figures), 0).label("reps"),
    func.coalesce(_of_session(func.sum(set_figures.c.quality_reps), set_figures), 0).label("quality_reps"),
    _of_session(func.sum(set_figures.c.scored), set_figures).label("scored"),
    _of_session(func.sum(set_figures.c.score_sum), set_figures).label("score_sum"),
).join_from(sessions, athletes)


def lines(connection: Connection, wanted: Wanted, page: int = 1) -> list[Line]:
    """Return one page of the wanted sessions, the last session first."""
    # The number, not the time: a clock may have jumped, and the athlete wants the last one first.
    order = (sessions.c.started_at, sessions.c.id) if wanted.by_time else (sessions.c.id,)
    asked = _only(_LINES, wanted).order_by(*(column.desc() for column in order)).limit(PAGE).offset(PAGE * (page - 1))
    return _lines(connection, asked)


def line(connection: Connection, session_id: int) -> Line | None:
    """Return one session; None where there is none of that number."""
    return next(iter(_lines(connection, _LINES.where(sessions.c.id == session_id))), None)


def count(connection: Connection, wanted: Wanted) -> int:
    """Return how many sessions are wanted."""
    return int(connection.scalar(_only(select(func.count()).select_from(sessions.join(athletes)), wanted)) or 0)


def days(connection: Connection, wanted: Wanted) -> list[DayLine]:
    """Return all wanted sessions for a calendar, the first one first."""
    sums = (func.sum(set_figures.c.reps), func.sum(set_figures.c.quality_reps))
    reps, quality = (func.coalesce(_of_session(total, set_figures), 0) for total in sums)
    asked = select(sessions.c.id, sessions.c.started_at, reps, quality).join_from(sessions, athletes)
    found = connection.execute(_only(asked, wanted).order_by(sessions.c.id))
    return [DayLine(*row) for row in found]


def last_day(connection: Connection) -> dt.datetime | None:
    """Return when the last session began; None in an empty book."""
    newest: dt.datetime | None = connection.scalar(
        select(sessions.c.started_at).order_by(sessions.c.id.desc()).limit(1)
    )
    return newest


def choices(connection: Connection) -> Choices:
    """Return what there is to choose from."""
    known = union_all(
        select(literal("drill").label("kind"), sets.c.drill.label("name")).distinct(),
        select(literal("athlete"), athletes.c.name),
        select(literal("ending"), func.coalesce(sessions.c.ending, RUNNING)).distinct(),
        select(literal("station"), sessions.c.station).where(sessions.c.station.is_not(None)).distinct(),
    )
    names: dict[str, list[str]] = defaultdict(list)
    for kind, name in connection.execute(known.order_by("name")):
        names[kind].append(name)
    return Choices(*(tuple(names[kind]) for kind in ("drill", "athlete", "ending", "station")))


def _only(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.athlete is not None:
        query = query.where(athletes.c.name == wanted.athlete)
    if wanted.drill is not None:
        theirs = (sets.c.session_id == sessions.c.id) & (sets.c.drill == wanted.drill)
        query = query.where(select(sets.c.number).where(theirs).exists())
    if wanted.ending is not None:
        query = query.where(func.coalesce(sessions.c.ending, RUNNING) == wanted.ending)
    if wanted.station is not None:
        query = query.where(sessions.c.station == wanted.station)
    if wanted.since is not None:
        query = query.where(sessions.c.started_at >= _midnight(wanted.since))
    if wanted.until is not None:
        query = query.where(sessions.c.started_at < _midnight(wanted.until + dt.timedelta(days=1)))
    return query


def _midnight(day: dt.date) -> dt.datetime:
    """Return the beginning of a day on this machine's own clock."""
    return dt.datetime.combine(day, dt.time.min).astimezone()


def _lines(connection: Connection, query: Select[Any]) -> list[Line]:
    found = connection.execute(query).all()
    drills = _drills(connection, [row.id for row in found])
    return [
        Line(
            id=row.id,
            athlete=row.athlete,
            started_at=row.started_at,
            length_s=row.length_s,
            ending=row.ending,
            sets=row.sets,
            reps=row.reps,
            quality_reps=row.quality_reps,
            score=row.score_sum / row.scored if row.scored else None,
            drills=tuple(drills[row.id]),
            station=row.station,
        )
        for row in found
    ]


def _drills(connection: Connection, session_ids: Sequence[int]) -> dict[int, dict[str, None]]:
    """Return each session's drills in the order of their first set (a dict is a set that keeps it)."""
    of_these = select(sets.c.session_id, sets.c.drill).where(sets.c.session_id.in_(session_ids))
    drills: dict[int, dict[str, None]] = defaultdict(dict)
    for session_id, drill in connection.execute(of_these.order_by(sets.c.session_id, sets.c.number)):
        drills[session_id][drill] = None
    return drills
