"""A digest of every session that has ended, see digests.py.

Those of earlier sessions are empty at first: they are made once the tables have all columns that this program knows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Add the column, and note which sessions are still to be sealed."""
    op.add_column("sessions", sa.Column("digest", sa.Text))
    op.execute("UPDATE sessions SET digest = '' WHERE ending IS NOT NULL")
