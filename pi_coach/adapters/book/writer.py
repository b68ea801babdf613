"""Keep a session: whatever happens is on the disk before the next rep can end, and the loop never waits for it."""

from __future__ import annotations

import logging
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from pi_coach.adapters.book import schema
from pi_coach.adapters.book.database import WRITING, make_engine
from pi_coach.adapters.book.digests import changing_sessions, seal
from pi_coach.adapters.book.edits import athlete_number, calibration_values
from pi_coach.adapters.book.healing import heal
from pi_coach.adapters.book.ledger import Entry, Ledger
from pi_coach.adapters.book.mending import mend
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, told
from pi_coach.adapters.book.queries import unfinished_sessions
from pi_coach.adapters.book.rows import FINISHED, INTERRUPTED, SessionRow
from pi_coach.adapters.book.scribe import Scribe

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.rows import Calibration
    from pi_coach.clock import Clock
    from pi_coach.core.step import Step

log = logging.getLogger(__name__)

NEWEST_SESSIONS = 100
"""So many are looked through at each start, a tenth of a second or two on a PC; all of them with every backup."""

_END = (
    update(schema.sessions)
    .where(schema.sessions.c.id == bindparam("of_session"))
    .values(ended_at=bindparam("ended_at"), length_s=bindparam("length_s"), ending=bindparam("ending"))
)
_CALIBRATION = insert(schema.calibrations)


def _surplus() -> Select[Any]:
    """Return what finds the sessions whose traces are beyond a size and a number of sessions."""
    of, newest = schema.traces.c.session_id, schema.traces.c.session_id.desc()
    heaps = (
        select(
            of,
            func.sum(func.sum(schema.traces.c.size)).over(order_by=newest).label("so_far"),
            func.row_number().over(order_by=newest).label("place"),
        )
        .group_by(of)
        .subquery()
    )
    too_much = (heaps.c.so_far > bindparam("budget")) | (heaps.c.place > bindparam("sessions"))
    return select(heaps.c.session_id).where(too_much)


_SURPLUS = _surplus()
PRUNE = delete(schema.traces).where(schema.traces.c.session_id.in_(_SURPLUS))
"""Deletes the oldest movement beyond a budget (bytes) and a number of sessions."""


@dataclass(frozen=True, slots=True)
class SessionStart:
    """What is known of a session when it begins."""

    athlete: str
    source: str
    """"camera", or the name of the file that is played."""
    version: str
    """Of this program."""
    settings: Mapping[str, object]
    """Everything that was set, as JSON can hold it."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much of the disk and of the memory the book may take."""

    queue_events: int = 10_000
    """Rows that may wait for a slow disk."""
    trace_mb: float = 300.0
    """What all recorded movement may weigh: past it the oldest goes first."""
    trace_sessions: int = 500
    """The last so many sessions keep theirs. Sessions and not days, for a clock that jumps must not delete anything."""


USUAL = Keeping()


class SessionWriter:
    """An Output that keeps a session in the book.

    Opening raises StoreError in one sentence, before anything is written. From then on no trouble with the disk
    reaches the loop: `trouble` tells it and `unsaved` counts it, and saving goes on as soon as the disk lets it.
    """

    def __init__(self, path: Path, start: SessionStart, clock: Clock, keeping: Keeping = USUAL) -> None:
        with ExitStack() as opening, told(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            presence = Presence(path)
            opening.callback(presence.close)
            self.mended = mend(path, clock.wall()) if presence.alone else []
            """What was damaged and what was done about it, a sentence each."""
            bring_up_to_date(path, alone=presence.alone)
            self.mended += heal(path, clock.wall(), NEWEST_SESSIONS) if presence.alone else []
            engine = make_engine(path, WRITING)
            opening.callback(engine.dispose)
            with engine.begin() as connection:
                self.recovered = _mark_interrupted(connection) if presence.alone else []
                _prune(connection, keeping)
                self.session_id = _begin(connection, start, clock.wall())
            presence.share()
            self._held = opening.pop_all()
        self._clock = clock
        self._started_s = clock.now()
        self._ledger = Ledger(self.session_id)
        self._scribe = Scribe(engine, keeping.queue_events)
        self._closed = False

    @property
    def trouble(self) -> str | None:
        """What keeps the session from being saved, as a sentence to say; None while all is well."""
        return self._scribe.trouble

    @property
    def unsaved(self) -> int:
        """How many rows are not in the book: those lost for good and, in trouble, those that wait for the disk."""
        return self._scribe.unsaved

    @property
    def samples_dropped(self) -> int:
        """How many samples of the movement were left out because the disk could not take them in time."""
        return self._scribe.samples_dropped

    @property
    def waiting(self) -> int:
        """How many rows wait for the disk."""
        return self._scribe.waiting

    @property
    def attempts(self) -> int:
        """How often writing was tried to an end, well or badly; one that hangs ends neither way."""
        return self._scribe.attempts

    def show(self, step: Step) -> None:
        """Keep what happened in a frame; return at once."""
        entries = self._ledger.entries(step)
        if entries:
            self._scribe.take(entries)

    def save_calibration(self, calibration: Calibration) -> None:
        """Keep a calibration that was made during the session; return at once."""
        self._scribe.take([Entry(_CALIBRATION, calibration_values(calibration))])

    def close(self, ending: str = FINISHED) -> None:
        """Note how the session ended, write what waits within a bound, and free the file.

        Afterwards `unsaved` and `trouble` tell what the disk did not take. Raises StuckThreadError where it hangs.
        """
        if self._closed:
            return
        self._closed = True
        length_s = self._clock.now() - self._started_s
        self._scribe.take(self._ledger.rest())
        end = {"ended_at": self._clock.wall(), "length_s": length_s, "ending": ending, "of_session": self.session_id}
        self._scribe.take([Entry(_END, end, essential=True, seals=self.session_id)])
        with self._held:
            self._scribe.close()
        if self.unsaved:
            log.error("%s %d rows of session %d are not saved", self.trouble, self.unsaved, self.session_id)


def _mark_interrupted(connection: Connection) -> list[SessionRow]:
    """Return the sessions whose process died, having marked them so."""
    dead = unfinished_sessions(connection)
    for row in dead:
        this = schema.sessions.c.id == row.id
        connection.execute(update(schema.sessions).where(this).values(ending=INTERRUPTED))
        seal(connection, row.id)
    return dead


def _prune(connection: Connection, keeping: Keeping) -> None:
    """Delete the oldest movement."""
    bounds = {"budget": keeping.trace_mb * 1e6, "sessions": keeping.trace_sessions}
    with changing_sessions(connection, connection.scalars(_SURPLUS, bounds).all()):
        connection.execute(PRUNE, bounds)


def _begin(connection: Connection, start: SessionStart, wall: dt.datetime) -> int:
    values = {
        "uuid": str(uuid.uuid4()),
        "athlete_id": athlete_number(connection, start.athlete),
        "started_at": wall,
        "source": start.source,
        "version": start.version,
        "settings": dict(start.settings),
    }
    begun = insert(schema.sessions).values(values).returning(schema.sessions.c.id)
    return int(connection.execute(begun).scalar_one())
