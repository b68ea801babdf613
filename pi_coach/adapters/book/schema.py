"""The tables of the session book, the same on SQLite and PostgreSQL.

Times named `_s` are seconds since the session's first frame; points in time are UTC.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    false,
)
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A point in time with its zone: SQLite forgets the zone, so it is UTC on the way in and again on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - the base class names it
        """Return the time in UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - the base class names it
        """Return the time in UTC with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _of_session() -> Column[int]:
    return Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False)


def _of_set() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["session_id", "set_number"], ["sets.session_id", "sets.number"], ondelete="CASCADE")


athletes = Table(
    "athletes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("body_kg", Float),
    Column("stature_cm", Float),
    Column("basics_only", Boolean, server_default=false(), nullable=False),  # no loaded drills: minors, first-timers
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", Uuid(as_uuid=False), nullable=False, unique=True),  # the same on whichever machine it is copied to
    Column("athlete_id", ForeignKey("athletes.id"), nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # unknown for an interrupted session
    Column("length_s", Float),  # by the monotonic clock, for the wall clock may jump
    Column("ending", Text),  # "finished", "interrupted" or what went wrong; null while it runs
    Column("source", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("comfortable", Boolean),  # what the athlete said afterwards; null where not asked
    Column("pain", Boolean),
    Column("station", Text),  # at a gym's hub, where it was held; null on the station itself
    Column("digest", Text),  # of all that belongs to it, see digests.py; null while it runs
    sqlite_autoincrement=True,  # the number of a deleted session is never given again
)

sets = Table(
    "sets",
    metadata,
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("drill", Text, nullable=False),
    Column("view", Text),
    Column("started_s", Float, nullable=False),
    Column("ended_s", Float),
    Column("target_reps", Integer, nullable=False),
    Column("summary", Text),
    Column("side", Text),  # null for a drill that is done on both sides at once
    Column("silent", Boolean, server_default=false(), nullable=False),
    Column("load_kg", Float),  # null where it was not told
)

reps = Table(
    "reps",
    metadata,
    Column("session_id", Integer, primary_key=True, autoincrement=False),
    Column("set_number", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start_s", Float, nullable=False),
    Column("bottom_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("score", Integer),
    Column("quality", Boolean, nullable=False),
    Column("measures", JSON, nullable=False),
    Column("faults", JSON, nullable=False),
    Column("severe", JSON),  # those of the faults that were; null before version 0002
    _of_set(),
)

partials = Table(
    "partials",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, nullable=False),
    Column("set_number", Integer, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("bottom_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    _of_set(),
    Index(None, "session_id", "set_number"),
)

cues = Table(
    "cues",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_session(),
    Column("set_number", Integer),  # null before the first set
    Column("t_s", Float, nullable=False),
    Column("text", Text, nullable=False),
    Column("fault", Text),
    Column("slot", Text, nullable=False),
    Column("reason", Text),  # null before version 0002
    _of_set(),
    Index(None, "session_id", "set_number"),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_session(),
    Column("t_s", Float, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Index(None, "session_id", "t_s"),
)

traces = Table(
    "traces",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_session(),
    Column("from_s", Float, nullable=False),
    Column("to_s", Float, nullable=False),
    Column("aspect", Float),  # image width over image height; null where nobody was seen
    Column("samples", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # of the body, bytes
    Column("format", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # see traces.py
    Index(None, "session_id", "to_s"),
    Index(None, "session_id", "size"),  # what all traces weigh is read from here
)

set_figures = Table(
    "set_figures",  # kept by the database itself, see version 0004: sums over the reps of a set
    metadata,
    Column("session_id", Integer, primary_key=True, autoincrement=False),
    Column("set_number", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Integer, nullable=False) for name in ("reps", "quality_reps", "scored", "score_sum")),
    Column("best_run", Integer, nullable=False),  # most quality reps in a row
    Column("hip_seen", Integer, nullable=False),  # in so many reps the measure was seen, and their sum
    Column("hip_sum", Float, nullable=False),
    Column("hip_best", Float),  # of quality reps; null where there is none
    Column("ratio_seen", Integer, nullable=False),
    Column("ratio_sum", Float, nullable=False),
    Column("lockout_seen", Integer, nullable=False),
    Column("lockout_sum", Float, nullable=False),
    Column("tempo_seen", Integer, nullable=False),  # seconds of the way down and up together
    Column("tempo_sum", Float, nullable=False),
    Column("tempo_squares", Float, nullable=False),
    _of_set(),
)

set_faults = Table(
    "set_faults",  # kept like set_figures: in how many reps of a set each fault showed
    metadata,
    Column("session_id", Integer, primary_key=True, autoincrement=False),
    Column("set_number", Integer, primary_key=True, autoincrement=False),
    Column("fault", Text, primary_key=True),
    Column("reps", Integer, nullable=False),
    _of_set(),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("target", Text, primary_key=True),  # the broker or the address that took it
    Column("delivered_at", UtcDateTime, nullable=False),
)

withdrawals = Table(
    "withdrawals",  # at a station: sessions that were deleted here after others had taken them
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", Uuid(as_uuid=False), nullable=False),
    Column("target", Text, nullable=False),  # who is still to be told
)

withdrawn = Table(
    "withdrawn",  # at a hub: sessions that their station has deleted; one that comes late is not taken any more
    metadata,
    Column("uuid", Uuid(as_uuid=False), primary_key=True),
    Column("station", Text, primary_key=True),
    Column("withdrawn_at", UtcDateTime, nullable=False),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False, index=True),
    Column("value", JSON, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

screens = Table(
    "screens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("athlete_id", ForeignKey("athletes.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("screen", Text, nullable=False),
    Column("value", Float),
    Column("passed", Boolean),
    Column("done_at", UtcDateTime, nullable=False),
)
