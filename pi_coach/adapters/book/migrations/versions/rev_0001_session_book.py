"""The session book begins: athletes, sessions, sets, reps, partials, cues, events, calibrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create the tables."""
    _people_and_sessions()
    _sets_and_reps()
    _attempts_and_cues()
    _events_and_calibrations()


def _people_and_sessions() -> None:
    op.create_table(
        "athletes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_athletes"),
        sa.UniqueConstraint("name", name="uq_athletes_name"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("uuid", sa.Uuid, nullable=False),
        sa.Column("athlete_id", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("length_s", sa.Float),
        sa.Column("ending", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("uuid", name="uq_sessions_uuid"),
        sa.ForeignKeyConstraint(["athlete_id"], ["athletes.id"], name="fk_sessions_athlete_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_athlete_id", "sessions", ["athlete_id"])


def _sets_and_reps() -> None:
    op.create_table(
        "sets",
        sa.Column("session_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("drill", sa.Text, nullable=False),
        sa.Column("view", sa.Text),
        sa.Column("started_s", sa.Float, nullable=False),
        sa.Column("ended_s", sa.Float),
        sa.Column("target_reps", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text),
        sa.PrimaryKeyConstraint("session_id", "number", name="pk_sets"),
        _session_key("sets"),
    )
    op.create_table(
        "reps",
        sa.Column("session_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("set_number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("bottom_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("quality", sa.Boolean, nullable=False),
        sa.Column("measures", sa.JSON, nullable=False),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "set_number", "number", name="pk_reps"),
        _set_key("reps"),
    )


def _attempts_and_cues() -> None:
    op.create_table(
        "partials",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("set_number", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("bottom_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partials"),
        _set_key("partials"),
    )
    op.create_index("ix_partials_session_id_set_number", "partials", ["session_id", "set_number"])
    op.create_table(
        "cues",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("set_number", sa.Integer),
        sa.Column("t_s", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("slot", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cues"),
        _session_key("cues"),
        _set_key("cues"),
    )
    op.create_index("ix_cues_session_id_set_number", "cues", ["session_id", "set_number"])


def _events_and_calibrations() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("t_s", sa.Float, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        _session_key("events"),
    )
    op.create_index("ix_events_session_id_t_s", "events", ["session_id", "t_s"])
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
    )
    op.create_index("ix_calibrations_kind", "calibrations", ["kind"])


def _session_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=f"fk_{table}_session_id", ondelete="CASCADE")


def _set_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id", "set_number"],
        ["sets.session_id", "sets.number"],
        name=f"fk_{table}_session_id_set_number",
        ondelete="CASCADE",
    )
