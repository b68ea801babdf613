"""Every set summed up as its reps arrive, by the database itself: a page over years reads sets, not reps.

The sums follow in the same transaction as the rep, whoever writes it, so they cannot be out of step with it. Reps leave
the book only together with their set, and the sums go with it too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

# ruff: noqa: S608 - every part of the statements stands here

_THIS = "session_id = NEW.session_id AND set_number = NEW.set_number"

_MEASURES = {
    "hip": "measures->>'hip_flexion_deg'",
    "ratio": "measures->>'hip_knee_ratio'",
    "lockout": "measures->>'lockout_residual_deg'",
    "down": "measures->>'down_s'",
    "up": "measures->>'up_s'",
}

_READ = ", ".join(f"CAST({value} AS double precision) AS {name}" for name, value in _MEASURES.items())

_RUN = f"""
SELECT coalesce(max(length), 0) FROM (
 SELECT count(*) AS length FROM (
  SELECT number - row_number() OVER (ORDER BY number) AS place FROM reps WHERE {_THIS} AND quality) AS clean
 GROUP BY place) AS runs"""

_SUMS = f"""
DELETE FROM set_figures WHERE {_THIS};
INSERT INTO set_figures (session_id, set_number, reps, quality_reps, scored, score_sum, best_run,
 hip_seen, hip_sum, hip_best, ratio_seen, ratio_sum, lockout_seen, lockout_sum, tempo_seen, tempo_sum, tempo_squares)
SELECT session_id, set_number, count(*), sum(CASE WHEN quality THEN 1 ELSE 0 END),
 count(score), coalesce(sum(score), 0), ({_RUN}),
 count(hip), coalesce(sum(hip), 0), max(CASE WHEN quality THEN hip END),
 count(ratio), coalesce(sum(ratio), 0),
 count(lockout), coalesce(sum(lockout), 0),
 count(down + up), coalesce(sum(down + up), 0), coalesce(sum((down + up) * (down + up)), 0)
FROM (SELECT session_id, set_number, quality, score, {_READ} FROM reps WHERE {_THIS}) AS read
GROUP BY session_id, set_number;
DELETE FROM set_faults WHERE {_THIS};
INSERT INTO set_faults (session_id, set_number, fault, reps)
SELECT session_id, set_number, named.value, count(*) FROM reps, {{each}} AS named
WHERE {_THIS} GROUP BY session_id, set_number, named.value;
"""
"""Runs for a new rep: sums its whole set up again, which has a dozen reps, so that nothing can drift."""

_SQLITE = "CREATE TRIGGER reps_{event}ed AFTER {verb} ON reps BEGIN {sums} END"
_FUNCTION = "CREATE FUNCTION sum_set() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {sums} RETURN NULL; END $$"
_POSTGRESQL = "CREATE TRIGGER reps_summed AFTER INSERT OR UPDATE ON reps FOR EACH ROW EXECUTE FUNCTION sum_set()"


def upgrade() -> None:
    """Add the tables, let the database keep them, and sum up what is already there."""
    make_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION.format(sums=_SUMS.format(each="json_array_elements_text(reps.faults)")))
        op.execute(_POSTGRESQL)
    else:
        sums = _SUMS.format(each="json_each(reps.faults)")
        op.execute(_SQLITE.format(event="insert", verb="INSERT", sums=sums))
        op.execute(_SQLITE.format(event="updat", verb="UPDATE", sums=sums))
    # One rep of a set makes the trigger sum up all of them.
    op.execute(
        "UPDATE reps SET score = score WHERE number = (SELECT min(number) FROM reps AS one "
        "WHERE one.session_id = reps.session_id AND one.set_number = reps.set_number)"
    )


def make_tables() -> None:
    """Add the tables."""
    whole, real = sa.Integer, sa.Float
    op.create_table(
        "set_figures",
        *_key(),
        *(sa.Column(name, whole, nullable=False) for name in ("reps", "quality_reps", "scored", "score_sum")),
        sa.Column("best_run", whole, nullable=False),
        sa.Column("hip_seen", whole, nullable=False),
        sa.Column("hip_sum", real, nullable=False),
        sa.Column("hip_best", real),
        sa.Column("ratio_seen", whole, nullable=False),
        sa.Column("ratio_sum", real, nullable=False),
        sa.Column("lockout_seen", whole, nullable=False),
        sa.Column("lockout_sum", real, nullable=False),
        sa.Column("tempo_seen", whole, nullable=False),
        sa.Column("tempo_sum", real, nullable=False),
        sa.Column("tempo_squares", real, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "set_number", name="pk_set_figures"),
        _set_key("set_figures"),
    )
    op.create_table(
        "set_faults",
        *_key(),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("reps", whole, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "set_number", "fault", name="pk_set_faults"),
        _set_key("set_faults"),
    )


def _key() -> list[sa.Column[int]]:
    names = ("session_id", "set_number")
    return [sa.Column(name, sa.Integer, autoincrement=False, nullable=False) for name in names]


def _set_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id", "set_number"],
        ["sets.session_id", "sets.number"],
        name=f"fk_{table}_session_id_set_number",
        ondelete="CASCADE",
    )
