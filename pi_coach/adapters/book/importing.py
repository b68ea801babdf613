"""A session that was exported as JSON comes back, on this machine or another."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import insert, select

from pi_coach.adapters.book import schema
from pi_coach.adapters.book.digests import seal
from pi_coach.adapters.book.edits import athlete_number
from pi_coach.adapters.book.export import SCHEMA
from pi_coach.adapters.book.ledger import trace_values
from pi_coach.adapters.book.rows import INTERRUPTED, Sample
from pi_coach.adapters.book.shape import ListOf, check
from pi_coach.adapters.book.traces import KEPT, PIECE_SAMPLES, pack
from pi_coach.core.errors import UsageError
from pi_coach.core.types import LANDMARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

LARGEST_BYTES = 50_000_000
"""Of a file: an hour of sets with its movement has a third of it."""
LONGEST_NAME = 200
FIRST, LAST = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1970, 2100))
"""A clock that was never set begins in 1970."""
LONGEST_S = 7 * 86_400.0
HEAVIEST_KG = 1000.0
"""Twice what anybody has lifted from the floor."""
LONGEST_PIECE_S = 30.0
"""As much as fits; the coach writes pieces of five seconds."""

_TEXTS = ListOf(str, 100)
_SPAN = {"start_s": float, "bottom_s": float, "end_s": float}
_REP = {
    "number": int,
    **_SPAN,
    "score": (int, None),
    "quality": bool,
    "faults": _TEXTS,
    "severe": _TEXTS,
    "measures": dict,
}
_SET = {
    "number": int,
    "drill": str,
    "view": (str, None),
    "started_s": float,
    "ended_s": (float, None),
    "target_reps": int,
    "summary": (str, None),
    "side": (str, None),
    "silent": bool,
    "load_kg": (float, None),
    "reps": ListOf(_REP, 1000),
    "partials": ListOf(_SPAN, 1000),
}
_CUE = {"set": (int, None), "t_s": float, "text": str, "fault": (str, None), "slot": str, "reason": str}
_SAMPLE = {
    "t_s": float,
    "hip_flexion_deg": (float, None),
    "knee_flexion_deg": (float, None),
    "trunk_deg": (float, None),
    "points": (list, None),
}
_PIECE = {"aspect": (float, None), "samples": ListOf(_SAMPLE, PIECE_SAMPLES)}
_SESSION = {
    "schema": int,
    "id": int,
    "uuid": str,
    "athlete": str,
    "source": str,
    "version": str,
    "started_at": str,
    "ended_at": (str, None),
    "ending": (str, None),
    "length_s": (float, None),
    "settings": dict,
    "answers": {"comfortable": (bool, None), "pain": (bool, None)},
    "sets": ListOf(_SET, 500),
    "cues": ListOf(_CUE, 20_000),
    "events": ListOf({"t_s": float, "kind": str, "body": dict}, 200_000),
    "trace": ListOf(_PIECE, 20_000),
}

_READ = {
    "CueHeld": {"rep", "fault", "reason"},
    "FaultRaised": {"fault", "value"},
    "RepCompleted": {"number"},
}
"""What is looked up in the events of a session, to explain a rep."""

Session = dict[str, Any]
"""A session in the export's schema, checked."""


def parse(text: bytes) -> Session:
    """Return an exported session that fits into a book. Raises UsageError in one sentence where it does not."""
    return fitting(read(text))


def read(text: bytes) -> Any:  # noqa: ANN401  whatever somebody wrote
    """Return what a JSON text holds. Raises UsageError where it is too long, or is none."""
    if len(text) > LARGEST_BYTES:
        raise UsageError(f"it has more than {LARGEST_BYTES // 1_000_000} million bytes")
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UsageError("it is no JSON") from error


def fitting(told: Any) -> Session:  # noqa: ANN401
    """Return what was read as a session that fits into a book. Raises UsageError in one sentence where it does not."""
    if isinstance(told, dict):
        told.setdefault("trace", [])
        if told.get("schema") != SCHEMA:
            raise UsageError(f"it is no session in schema {SCHEMA}, as `pi-coach sessions export` writes it")
    check(told, _SESSION, "the session")
    return _meant(told)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _meant(told: Session) -> Session:
    """Return the session with its times and its number read, and refuse what contradicts itself."""
    try:
        told["uuid"] = str(uuid.UUID(told["uuid"]))
        for name in ("started_at", "ended_at"):
            told[name] = None if told[name] is None else _utc(told[name])
    except (ValueError, OverflowError) as error:
        raise UsageError("its uuid, started_at or ended_at cannot be read") from error
    _possible(told)
    sets = [one["number"] for one in told["sets"]]
    _once(sets, "sets")
    for one in told["sets"]:
        _once([rep["number"] for rep in one["reps"]], f"reps of set {one['number']}")
    if not {cue["set"] for cue in told["cues"]} <= {None, *sets}:
        raise UsageError("one of its cues is of a set that it has not")
    for piece in told["trace"]:
        times = [sample["t_s"] for sample in piece["samples"]]
        if times != sorted(times) or (times and times[-1] - times[0] > LONGEST_PIECE_S):
            raise UsageError(f"the times in a piece of its trace must rise, over {LONGEST_PIECE_S:g} s at most")
        piece["samples"] = [_sample(sample, piece["aspect"]) for sample in piece["samples"]]
    return told


def _possible(told: Session) -> None:
    """Refuse what no coach could have written: the pages and the other forms of export count on it."""
    if not told["athlete"].strip() or len(told["athlete"]) > LONGEST_NAME:
        raise UsageError(f"it names no athlete in 1 to {LONGEST_NAME} letters")
    if not FIRST <= told["started_at"] <= LAST or not 0 <= (told["length_s"] or 0) <= LONGEST_S:
        raise UsageError("its started_at or length_s cannot be")
    for one in told["sets"]:
        where = f"set {one['number']}"
        if not 0 <= one["started_s"] <= (one["ended_s"] or one["started_s"]) <= LONGEST_S:
            raise UsageError(f"{where} ends before it begins, or after {LONGEST_S:g} s")
        if not 0 <= (one["load_kg"] or 0) <= HEAVIEST_KG:
            raise UsageError(f"the load of {where} is not 0 to {HEAVIEST_KG:g} kg")
        for rep in one["reps"]:
            check(list(rep["measures"].values()), ListOf((float, bool, None), 200), f"measures of {where}")
        if min(one["number"], *(rep["number"] for rep in one["reps"]), 1) < 1:
            raise UsageError("its sets and reps must be counted from 1")
    for event in told["events"]:
        if not _READ.get(event["kind"], set()) <= event["body"].keys():
            raise UsageError(f"the body of one of its events {event['kind']} does not say what it must")


def _utc(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a point in time without its zone")
    return moment.astimezone(dt.UTC)


def _once(numbers: list[int], what: str) -> None:
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"two of its {what} have the same number")


def _sample(told: dict[str, Any], aspect: float | None) -> Sample:
    points = None
    if told["points"] is not None:
        points = np.zeros((LANDMARKS, 3), np.float32)
        try:
            points[KEPT] = np.array(told["points"], np.float32).reshape(len(KEPT), 3)
        except (ValueError, TypeError) as error:
            raise UsageError(f"the points of its trace must be {len(KEPT)} times x, y, visibility") from error
    angles = (told["hip_flexion_deg"], told["knee_flexion_deg"], told["trunk_deg"])
    return Sample(told["t_s"], points, *angles, None if points is None else aspect)


def add(connection: Connection, told: Session, **more: object) -> tuple[int, bool]:
    """Write a session into the book; return its number there, and whether it is new: one that is there stays as it is.

    `more` are columns that the session does not bring along: its station, at a hub. Raises sqlalchemy.exc.DBAPIError.
    """
    known = connection.scalar(select(schema.sessions.c.id).where(schema.sessions.c.uuid == told["uuid"]))
    if known is not None:
        return int(known), False
    session_id = _begin(connection, told, more)
    for table, rows in _rows(session_id, told):
        if rows:
            connection.execute(insert(table), rows)
    seal(connection, session_id)
    return session_id, True


def _begin(connection: Connection, told: Session, more: dict[str, object]) -> int:
    names = ("uuid", "started_at", "ended_at", "length_s", "source", "version", "settings")
    values = {name: told[name] for name in names} | told["answers"] | more
    # One that was running when it was exported ended somewhere else.
    values |= {"athlete_id": athlete_number(connection, told["athlete"]), "ending": told["ending"] or INTERRUPTED}
    return int(connection.execute(insert(schema.sessions).values(values).returning(schema.sessions.c.id)).scalar_one())


def _rows(session_id: int, told: Session) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    this = {"session_id": session_id}
    yield schema.sets, [this | _without(one, "reps", "partials") for one in told["sets"]]
    for table, name in ((schema.reps, "reps"), (schema.partials, "partials")):
        yield table, [this | {"set_number": one["number"]} | row for one in told["sets"] for row in one[name]]
    yield schema.cues, [this | {"set_number": cue["set"]} | _without(cue, "set") for cue in told["cues"]]
    yield schema.events, [this | event for event in told["events"]]
    pieces = (pack(piece["samples"]) for piece in told["trace"] if piece["samples"])
    yield schema.traces, [trace_values(session_id, piece) for piece in pieces]


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
