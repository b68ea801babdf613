"""The steps that bring a session book of an earlier version up to date, run by Alembic."""
