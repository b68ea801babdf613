"""Which finished sessions a broker or a web address has taken. Before this nobody was told of any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Add the table of deliveries."""
    op.create_table(
        "deliveries",
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "target", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_deliveries_session_id", ondelete="CASCADE"),
    )
