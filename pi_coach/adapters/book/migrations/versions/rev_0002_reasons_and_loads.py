"""What the programme and the explanations need: loads, sides, silent sets, severe faults, reasons, answers, screens.

A null in a new column says that an earlier pi-coach did not keep it. It had no silent sets, and nobody on basics only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Add the columns and the table of screens."""
    op.add_column("athletes", sa.Column("body_kg", sa.Float))
    op.add_column("athletes", sa.Column("stature_cm", sa.Float))
    op.add_column("athletes", sa.Column("basics_only", sa.Boolean, server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("comfortable", sa.Boolean))
    op.add_column("sessions", sa.Column("pain", sa.Boolean))
    op.add_column("sets", sa.Column("side", sa.Text))
    op.add_column("sets", sa.Column("silent", sa.Boolean, server_default=sa.false(), nullable=False))
    op.add_column("sets", sa.Column("load_kg", sa.Float))
    op.add_column("reps", sa.Column("severe", sa.JSON))
    op.add_column("cues", sa.Column("reason", sa.Text))
    op.create_table(
        "screens",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("athlete_id", sa.Integer, nullable=False),
        sa.Column("screen", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("passed", sa.Boolean),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_screens"),
        sa.ForeignKeyConstraint(["athlete_id"], ["athletes.id"], name="fk_screens_athlete_id", ondelete="CASCADE"),
    )
    op.create_index("ix_screens_athlete_id", "screens", ["athlete_id"])
