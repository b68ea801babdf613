"""Which sessions were taken by which broker or address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, select

from pi_coach.adapters.book.edits import changing
from pi_coach.adapters.book.opening import stored_version
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.schema import deliveries, sessions

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


def waiting(path: Path, target: str) -> list[int]:
    """Return the numbers of the sessions that are over and that a place has not taken yet, the oldest first.

    Raises StoreError.
    """
    if stored_version(path) is None:
        return []
    taken = exists().where(deliveries.c.session_id == sessions.c.id, deliveries.c.target == target)
    over = select(sessions.c.id).where(sessions.c.ending.is_not(None), ~taken).order_by(sessions.c.id)
    with SessionBook(path) as book, book.asking() as connection:
        return [int(number) for number in connection.scalars(over)]


def note(path: Path, session_id: int, target: str, at: dt.datetime) -> None:
    """Keep that a place has taken a session. Raises StoreError."""
    with changing(path) as connection:
        # It may have been deleted meanwhile, and then there is nothing to note.
        if connection.scalar(select(sessions.c.id).where(sessions.c.id == session_id)) is not None:
            values = {"session_id": session_id, "target": target, "delivered_at": at}
            connection.execute(insert(deliveries).values(values))
