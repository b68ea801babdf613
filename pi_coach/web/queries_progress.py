"""What the page of progress asks of the book: sums a session, a load and a fault, never single reps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, case, cast, func, select

from pi_coach.adapters.book.schema import athletes, sessions, set_faults, set_figures, sets

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

CLEAN_OF_FIVE = 4
"""A load counts as lifted well in a set with so many quality reps of five: exact on any database."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose training, of which drill, from when on."""

    athlete: str
    drill: str | None = None
    """None for all drills."""
    since: dt.datetime | None = None
    """None for all of it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over reps: means are formed when all that belongs together is added."""

    reps: int = 0
    quality_reps: int = 0
    scored: int = 0
    score_sum: int = 0
    hip_seen: int = 0
    hip_sum: float = 0.0
    """Degrees."""
    ratio_seen: int = 0
    ratio_sum: float = 0.0
    lockout_seen: int = 0
    lockout_sum: float = 0.0
    """Degrees."""
    tempo_seen: int = 0
    tempo_sum: float = 0.0
    """Seconds."""
    tempo_squares: float = 0.0
    lifted_kg: float = 0.0
    """Load times reps."""


SUMMED = tuple(Figures.__slots__)[:-1]
"""Columns of set_figures that are added up; what was lifted is worked out."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One session in sums."""

    id: int
    started_at: dt.datetime
    sums: tuple[float, ...]
    """In the order of Figures."""


@dataclass(frozen=True, slots=True)
class Best:
    """The most of something, and the latest session that reached it."""

    value: float
    session_id: int


@dataclass(frozen=True, slots=True)
class Part:
    """All reps of a drill with one load on one side."""

    drill: str
    side: str | None
    load_kg: float | None
    reps: int
    quality_reps: int
    hip_seen: int
    hip_sum: float
    """Degrees."""
    run: Best
    """Most quality reps in a row."""
    depth: Best | None
    """Deepest quality rep, degrees; None where there is none."""
    load: Best | None
    """Most that was lifted well, kg; None where nothing was."""


_LIFTED = func.coalesce(func.sum(sets.c.load_kg * set_figures.c.reps), 0.0)
_JOINED = (
    sessions.join(athletes)
    .join(sets, sets.c.session_id == sessions.c.id)
    .join(set_figures, (set_figures.c.session_id == sets.c.session_id) & (set_figures.c.set_number == sets.c.number))
)

SHIFT = 1 << 32
TENTHS = 10


def _best(value: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the largest value with its session in one number: the database finds both in one pass.

    Above SHIFT stand the tenths of the value, below it the session.
    """
    tenths = cast(func.round(value * TENTHS), BigInteger)
    return func.max(tenths * SHIFT + sessions.c.id)


_WELL = set_figures.c.quality_reps * 5 >= set_figures.c.reps * CLEAN_OF_FIVE
_BESTS = (
    _best(set_figures.c.best_run),
    _best(set_figures.c.hip_best),
    _best(case((_WELL, sets.c.load_kg))),
)


def trained(connection: Connection, scope: Scope) -> list[Trained]:
    """Return every session of the scope that has a rep, the first one first."""
    sums = (*(func.sum(set_figures.c[name]) for name in SUMMED), _LIFTED)
    asked = _within(select(sessions.c.id, sessions.c.started_at, *sums).select_from(_JOINED), scope)
    found = connection.execute(asked.group_by(sessions.c.id).order_by(sessions.c.id)).all()
    return [Trained(row[0], row[1], tuple(row[2:])) for row in found]


def parts(connection: Connection, athlete: str) -> list[Part]:
    """Return all reps of an athlete by drill, side and load."""
    key = (sets.c.drill, sets.c.side, sets.c.load_kg)
    sums = (func.sum(set_figures.c[name]) for name in ("reps", "quality_reps", "hip_seen", "hip_sum"))
    asked = _within(select(*key, *sums, *_BESTS).select_from(_JOINED), Scope(athlete))
    found = connection.execute(asked.group_by(*key).order_by(*key))
    return [
        Part(
            drill=row[0],
            side=row[1],
            load_kg=row[2],
            reps=row[3],
            quality_reps=row[4],
            hip_seen=row[5],
            hip_sum=row[6],
            run=_unpacked(row[7]) or NONE_YET,
            depth=_unpacked(row[8]),
            load=_unpacked(row[9]),
        )
        for row in found
    ]


NONE_YET = Best(0.0, 0)


def _unpacked(number: int | None) -> Best | None:
    if number is None:
        return None
    tenths, session_id = divmod(number, SHIFT)
    return Best(tenths / TENTHS, session_id)


def faults(connection: Connection, scope: Scope) -> list[tuple[str, int]]:
    """Return in how many reps each fault showed, the most frequent first."""
    reps: ColumnElement[int] = func.sum(set_faults.c.reps)
    joined = set_faults.join(sessions, sessions.c.id == set_faults.c.session_id).join(athletes)
    if scope.drill is not None:
        this_set = (sets.c.session_id == set_faults.c.session_id) & (sets.c.number == set_faults.c.set_number)
        joined = joined.join(sets, this_set)
    asked = _within(select(set_faults.c.fault, reps).select_from(joined), scope)
    found = connection.execute(asked.group_by(set_faults.c.fault).order_by(reps.desc(), set_faults.c.fault))
    return [(row[0], row[1]) for row in found]


def days(connection: Connection, athlete: str) -> list[dt.datetime]:
    """Return when each session of an athlete began, the first one first."""
    theirs = select(sessions.c.started_at).join_from(sessions, athletes).where(athletes.c.name == athlete)
    return list(connection.scalars(theirs.order_by(sessions.c.started_at)).all())


def began(connection: Connection, session_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """Return when sessions began."""
    asked = select(sessions.c.id, sessions.c.started_at).where(sessions.c.id.in_(list(session_ids)))
    return {row[0]: row[1] for row in connection.execute(asked)}


def _within(query: Select[Any], scope: Scope) -> Select[Any]:
    query = query.where(athletes.c.name == scope.athlete)
    if scope.drill is not None:
        query = query.where(sets.c.drill == scope.drill)
    if scope.since is not None:
        query = query.where(sessions.c.started_at >= scope.since)
    return query
