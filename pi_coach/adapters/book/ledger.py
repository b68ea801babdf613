"""Turn the outcome of a frame into rows for the book: no file, no thread."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, exists, insert, select, update

from pi_coach.adapters.book import schema
from pi_coach.adapters.book.traces import FORMAT, Tracer
from pi_coach.core.events import (
    RepAborted,
    RepCompleted,
    SetCompleted,
    SetStarted,
    ViewLatched,
)
from pi_coach.core.session_events import AthleteChosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.dml import UpdateBase

    from pi_coach.adapters.book.traces import Piece
    from pi_coach.core.events import Cue, Event, Partial, Rep
    from pi_coach.core.step import Step

_THIS_SET = (schema.sets.c.session_id == bindparam("of_session")) & (schema.sets.c.number == bindparam("of_set"))
_SET = insert(schema.sets)
_SET_VIEW = update(schema.sets).where(_THIS_SET).values(view=bindparam("view"))
_SET_END = update(schema.sets).where(_THIS_SET).values(ended_s=bindparam("ended_s"), summary=bindparam("summary"))
_REP = insert(schema.reps)
_PARTIAL = insert(schema.partials)
_CUE = insert(schema.cues)
_EVENT = insert(schema.events)
_TRACE = insert(schema.traces)
_NAME = schema.athletes.c.name == bindparam("athlete")
_ATHLETE = insert(schema.athletes).from_select(
    ["name"], select(bindparam("athlete", type_=Text)).where(~exists().where(_NAME))
)
_SESSION_ATHLETE = (
    update(schema.sessions)
    .where(schema.sessions.c.id == bindparam("of_session"))
    .values(athlete_id=select(schema.athletes.c.id).where(_NAME).scalar_subquery())
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be written."""

    statement: UpdateBase
    values: Mapping[str, object]
    essential: bool = False
    """Other rows refer to it, so it waits for the disk even where the queue is full."""
    samples: int = 0
    """How many samples of the movement it holds; 0 for a fact."""
    seals: int | None = None
    """The session that ends with it; None for all other rows."""


class Ledger:
    """Knows the running session's set and its first frame's time, and writes everything relative to them."""

    def __init__(self, session_id: int) -> None:
        self._session_id = session_id
        self._origin_s: float | None = None
        self._set_number = 0
        self._view: str | None = None
        self._tracer = Tracer()

    def entries(self, step: Step) -> list[Entry]:
        """Return what the book has to say about a frame, mostly nothing."""
        if self._origin_s is None:
            self._origin_s = step.t
        entries = [entry for event in step.events for entry in self._of_event(event)]
        if step.cue is not None:
            entries.append(self._cue(step.cue))
        return entries + [self._piece(piece) for piece in self._tracer.pieces(step, self._since(step.t))]

    def rest(self) -> list[Entry]:
        """Return what has not been handed over when the session ends."""
        return [self._piece(piece) for piece in self._tracer.rest()]

    def _of_event(self, event: Event) -> list[Entry]:
        entries = [self._timeline(event)]
        match event:
            case SetStarted():
                entries.insert(0, self._set(event))
            case ViewLatched():
                self._view = event.view.value
                entries.append(Entry(_SET_VIEW, self._this_set() | {"view": self._view}))
            case RepCompleted():
                entries.append(self._rep(event.rep))
            case RepAborted():
                entries.append(self._partial(event.partial))
            case AthleteChosen():
                entries += self._athlete(event)
            case SetCompleted():
                end = {"ended_s": self._since(event.t), "summary": event.summary}
                entries.append(Entry(_SET_END, self._this_set() | end))
            case _:
                pass  # the timeline says it all
        return entries

    def _piece(self, piece: Piece) -> Entry:
        return Entry(_TRACE, trace_values(self._session_id, piece), samples=piece.samples)

    def _since(self, t: float) -> float:
        # To the microsecond: more digits are rounding noise of the camera's large clock.
        return round(t - (self._origin_s or 0.0), 6)

    def _this_set(self) -> dict[str, object]:
        return {"of_session": self._session_id, "of_set": self._set_number}

    def _key(self) -> dict[str, object]:
        return {"session_id": self._session_id, "set_number": self._set_number}

    def _timeline(self, event: Event) -> Entry:
        values = {"t_s": self._since(event.t), "kind": type(event).__name__, "body": _body(event)}
        return Entry(_EVENT, {"session_id": self._session_id} | values)

    def _athlete(self, event: AthleteChosen) -> list[Entry]:
        whose = {"athlete": event.athlete, "of_session": self._session_id}
        return [
            Entry(_ATHLETE, {"athlete": event.athlete}, essential=True),
            Entry(_SESSION_ATHLETE, whose, essential=True),
        ]

    def _set(self, event: SetStarted) -> Entry:
        self._set_number += 1
        values = {
            "session_id": self._session_id,
            "number": self._set_number,
            "drill": event.drill,
            # The camera rarely moves between sets; a new look at the athlete overwrites this.
            "view": self._view,
            "started_s": self._since(event.t),
            "target_reps": event.target_reps,
            "side": None if event.side is None else event.side.value,
            "silent": event.silent,
            "load_kg": _finite(event.load_kg),
        }
        return Entry(_SET, values, essential=True)

    def _rep(self, rep: Rep) -> Entry:
        values = {
            "number": rep.number,
            "score": rep.score,
            "quality": rep.quality,
            "measures": {name: _finite(value) for name, value in rep.measures.items()},
            "faults": list(rep.faults),
            "severe": list(rep.severe),
        }
        return Entry(_REP, self._key() | self._span(rep) | values)

    def _partial(self, partial: Partial) -> Entry:
        return Entry(_PARTIAL, self._key() | self._span(partial))

    def _span(self, attempt: Rep | Partial) -> dict[str, object]:
        return {
            "start_s": self._since(attempt.start_s),
            "bottom_s": self._since(attempt.bottom_s),
            "end_s": self._since(attempt.end_s),
        }

    def _cue(self, cue: Cue) -> Entry:
        values = {
            "session_id": self._session_id,
            "set_number": self._set_number or None,
            "t_s": self._since(cue.t),
            "text": cue.text,
            "fault": cue.fault,
            "slot": cue.slot.value,
            "reason": cue.reason,
        }
        return Entry(_CUE, values)


def _body(event: Event) -> dict[str, object]:
    """Return an event's own facts, without what has a row of its own elsewhere."""
    match event:
        case RepCompleted():
            return {"number": event.rep.number}
        case RepAborted():
            return {}
        case _:
            return {field.name: _finite(getattr(event, field.name)) for field in fields(event) if field.name != "t"}


def _finite(value: object) -> object:
    """Return the value, None for a number that JSON cannot hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def trace_values(session_id: int, piece: Piece) -> dict[str, object]:
    """Return a piece of the movement as the columns of its table."""
    return {
        "session_id": session_id,
        "from_s": piece.from_s,
        "to_s": piece.to_s,
        "aspect": piece.aspect,
        "samples": piece.samples,
        "size": len(piece.body),
        "format": FORMAT,
        "body": piece.body,
    }
