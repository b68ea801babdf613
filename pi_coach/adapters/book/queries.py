"""What can be asked of the book, on any connection to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from pi_coach.adapters.book.digests import is_intact
from pi_coach.adapters.book.rows import (
    DAMAGED,
    Answers,
    Calibration,
    CueRow,
    EventRow,
    SessionDetail,
    SessionRow,
    SetRow,
)
from pi_coach.adapters.book.schema import athletes, calibrations, cues, events, partials, reps, sessions, sets, traces
from pi_coach.core.errors import CoachError
from pi_coach.core.events import Partial, Rep

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause, Row, ScalarSelect, Select
    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.rows import Sample
    from pi_coach.adapters.book.traces import Piece


def _per_session(what: ColumnElement[Any], table: FromClause, *also: ColumnElement[bool]) -> ScalarSelect[Any]:
    return select(what).select_from(table).where(table.c.session_id == sessions.c.id, *also).scalar_subquery()


_SESSIONS = (
    select(
        sessions,
        athletes.c.name.label("athlete"),
        func.coalesce(sessions.c.length_s, _per_session(func.max(events.c.t_s), events)).label("known_length_s"),
        _per_session(func.count(), sets).label("sets"),
        _per_session(func.count(), reps).label("reps"),
        _per_session(func.count(), reps, reps.c.quality).label("quality_reps"),
        _per_session(func.avg(reps.c.score), reps).label("score"),
    )
    .join_from(sessions, athletes)
    # The number, not the time: a clock may have jumped, and the athlete wants the last one first.
    .order_by(sessions.c.id.desc())
)


def latest_sessions(connection: Connection, limit: int) -> list[SessionRow]:
    """Return the newest sessions, the last one first."""
    return _session_rows(connection, _SESSIONS.limit(limit))


def unfinished_sessions(connection: Connection) -> list[SessionRow]:
    """Return the sessions without an ending, the last one first."""
    return _session_rows(connection, _SESSIONS.where(sessions.c.ending.is_(None), sessions.c.digest.is_(None)))


def session_detail(connection: Connection, session_id: int) -> SessionDetail:
    """Return all that is known of a session. Raises CoachError if there is none of that number."""
    found = _session_rows(connection, _SESSIONS.where(sessions.c.id == session_id))
    if not found:
        raise unknown_session(session_id)
    more = select(sessions.c.settings, sessions.c.comfortable, sessions.c.pain).where(sessions.c.id == session_id)
    settings, comfortable, pain = connection.execute(more).one()
    return SessionDetail(
        row=found[0] if is_intact(connection, session_id) else replace(found[0], ending=DAMAGED),
        settings=settings,
        sets=_sets(connection, session_id),
        cues=_cues(connection, session_id),
        events=_events(connection, session_id),
        answers=Answers(comfortable, pain),
    )


def unknown_session(session_id: int) -> CoachError:
    """Return the error for a number that no session has."""
    return CoachError(f"There is no session {session_id}: `pi-coach sessions list` shows those there are.")


def latest_calibration(connection: Connection, kind: str) -> Calibration | None:
    """Return the last calibration of a kind, None where there was none."""
    of_kind = select(calibrations).where(calibrations.c.kind == kind).order_by(calibrations.c.id.desc()).limit(1)
    row = connection.execute(of_kind).first()
    if row is None:
        return None
    return Calibration(kind=row.kind, value=row.value, fingerprint=row.fingerprint, made_at=row.made_at)


def trace(connection: Connection, session_id: int, from_s: float, to_s: float) -> tuple[Sample, ...]:
    """Return the athlete's movement between two times; empty where none is kept."""
    from pi_coach.adapters.book.traces import unpack  # noqa: PLC0415  a list of sessions needs no arithmetic

    within = (traces.c.to_s >= from_s) & (traces.c.from_s <= to_s)
    found = _pieces(connection, (traces.c.session_id == session_id) & within)
    return tuple(sample for piece in found for sample in unpack(piece) if from_s <= sample.t_s <= to_s)


def movement(connection: Connection, session_id: int) -> list[Piece]:
    """Return the athlete's whole movement in a session, packed as it is stored."""
    return _pieces(connection, traces.c.session_id == session_id)


def _pieces(connection: Connection, which: ColumnElement[bool]) -> list[Piece]:
    from pi_coach.adapters.book.traces import Piece  # noqa: PLC0415

    found = connection.execute(select(traces).where(which).order_by(traces.c.from_s, traces.c.id))
    return [Piece(row.from_s, row.to_s, row.aspect, row.samples, row.body) for row in found]


def _session_rows(connection: Connection, query: Select[Any]) -> list[SessionRow]:
    found = connection.execute(query).all()
    drills = _drills(connection, [row.id for row in found])
    return [_session_row(row, tuple(drills[row.id])) for row in found]


def _session_row(row: Row[Any], drills: tuple[str, ...]) -> SessionRow:
    return SessionRow(
        id=row.id,
        uuid=row.uuid,
        athlete=row.athlete,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ending=row.ending,
        length_s=row.known_length_s,
        source=row.source,
        version=row.version,
        drills=drills,
        sets=row.sets,
        reps=row.reps,
        quality_reps=row.quality_reps,
        score=None if row.score is None else float(row.score),
        station=row.station,
    )


def _drills(connection: Connection, session_ids: list[int]) -> dict[int, dict[str, None]]:
    """Return each session's drills in the order of their first set (a dict is a set that keeps it)."""
    of_these = select(sets.c.session_id, sets.c.drill).where(sets.c.session_id.in_(session_ids))
    drills: dict[int, dict[str, None]] = defaultdict(dict)
    for session_id, drill in connection.execute(of_these.order_by(sets.c.session_id, sets.c.number)):
        drills[session_id][drill] = None
    return drills


def _sets(connection: Connection, session_id: int) -> tuple[SetRow, ...]:
    reps_of = _reps(connection, session_id)
    partials_of = _partials(connection, session_id)
    of_session = select(sets).where(sets.c.session_id == session_id).order_by(sets.c.number)
    return tuple(
        SetRow(
            number=row.number,
            drill=row.drill,
            view=row.view,
            started_s=row.started_s,
            ended_s=row.ended_s,
            target_reps=row.target_reps,
            summary=row.summary,
            reps=tuple(reps_of[row.number]),
            partials=tuple(partials_of[row.number]),
            side=row.side,
            silent=row.silent,
            load_kg=row.load_kg,
        )
        for row in connection.execute(of_session)
    )


def _reps(connection: Connection, session_id: int) -> dict[int, list[Rep]]:
    of_session = select(reps).where(reps.c.session_id == session_id).order_by(reps.c.set_number, reps.c.number)
    by_set: dict[int, list[Rep]] = defaultdict(list)
    for row in connection.execute(of_session):
        rep = Rep(
            number=row.number,
            start_s=row.start_s,
            bottom_s=row.bottom_s,
            end_s=row.end_s,
            score=row.score,
            quality=row.quality,
            faults=tuple(row.faults),
            measures=row.measures,
            severe=tuple(row.severe or ()),
        )
        by_set[row.set_number].append(rep)
    return by_set


def _partials(connection: Connection, session_id: int) -> dict[int, list[Partial]]:
    of_session = select(partials).where(partials.c.session_id == session_id).order_by(partials.c.id)
    by_set: dict[int, list[Partial]] = defaultdict(list)
    for row in connection.execute(of_session):
        by_set[row.set_number].append(Partial(start_s=row.start_s, bottom_s=row.bottom_s, end_s=row.end_s))
    return by_set


def _cues(connection: Connection, session_id: int) -> tuple[CueRow, ...]:
    of_session = select(cues).where(cues.c.session_id == session_id).order_by(cues.c.id)
    return tuple(
        CueRow(row.set_number, row.t_s, row.text, row.fault, row.slot, row.reason or "")
        for row in connection.execute(of_session)
    )


def _events(connection: Connection, session_id: int) -> tuple[EventRow, ...]:
    of_session = select(events).where(events.c.session_id == session_id).order_by(events.c.id)
    return tuple(EventRow(t_s=row.t_s, kind=row.kind, body=row.body) for row in connection.execute(of_session))
