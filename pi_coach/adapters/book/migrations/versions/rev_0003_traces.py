"""The movement itself: poses about ten times a second, in compressed pieces. Earlier sessions have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Add the table of traces."""
    op.create_table(
        "traces",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("from_s", sa.Float, nullable=False),
        sa.Column("to_s", sa.Float, nullable=False),
        sa.Column("aspect", sa.Float),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_traces"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_traces_session_id", ondelete="CASCADE"),
    )
    op.create_index("ix_traces_session_id_to_s", "traces", ["session_id", "to_s"])
    op.create_index("ix_traces_session_id_size", "traces", ["session_id", "size"])
