"""Sessions of many stations in a gym's book, and deletions on their way there. Before this a book had one station."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Add the station to the sessions, and the two tables of what was taken back."""
    op.add_column("sessions", sa.Column("station", sa.Text))
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("uuid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawals"),
    )
    op.create_table(
        "withdrawn",
        sa.Column("uuid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", "station", name="pk_withdrawn"),
    )
