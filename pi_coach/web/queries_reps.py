"""What the page of a rep asks of the book: the best rep of a drill whose movement is still kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from pi_coach.adapters.book.schema import reps, sessions, sets, traces

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rep is in the book, and when it was in its session."""

    session_id: int
    set_number: int
    number: int
    start_s: float
    bottom_s: float
    end_s: float
    score: int | None


def best_rep(connection: Connection, like: Place, drill: str) -> Place | None:
    """Return the same athlete's best quality rep of a drill, the latest of equals; None where none has a movement."""
    kept = select(traces.c.session_id).distinct()
    athlete = select(sessions.c.athlete_id).where(sessions.c.id == like.session_id).scalar_subquery()
    this_set = (sets.c.session_id == reps.c.session_id) & (sets.c.number == reps.c.set_number)
    covered = (traces.c.session_id == reps.c.session_id) & (traces.c.from_s <= reps.c.bottom_s)
    seen = select(traces.c.id).where(covered & (traces.c.to_s >= reps.c.bottom_s)).exists()
    asked = (
        select(*(reps.c[name] for name in Place.__slots__))
        .join_from(reps, sets, this_set)
        .join(sessions, sessions.c.id == reps.c.session_id)
        .where(reps.c.session_id.in_(kept), sessions.c.athlete_id == athlete, sets.c.drill == drill)
        .where(reps.c.quality, seen)
        .order_by(reps.c.score.desc(), reps.c.session_id.desc(), reps.c.set_number, reps.c.number)
        .limit(1)
    )
    row = connection.execute(asked).first()
    return None if row is None else Place(*row)
