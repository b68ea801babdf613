"""How Alembic runs the steps: on the connection it is given, each step in one transaction with its record."""

from __future__ import annotations

from alembic import context

from pi_coach.adapters.book.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Alembic takes SQLite for unable to undo a CREATE TABLE; it can, as long as BEGIN is sent (see database.py).
    transactional_ddl=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
