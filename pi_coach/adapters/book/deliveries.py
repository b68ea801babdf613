"""Which sessions were taken by which broker or address, and which of those were deleted here since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select

from pi_coach.adapters.book.edits import changing
from pi_coach.adapters.book.opening import stored_version
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.schema import deliveries, sessions, withdrawals

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


def withdrawn(path: Path, target: str) -> list[str]:
    """Return the uuids of the sessions that were deleted here, and of which a place is still to be told.

    Raises StoreError.
    """
    if stored_version(path) is None:
        return []
    asked = select(withdrawals.c.uuid).where(withdrawals.c.target == target).order_by(withdrawals.c.id)
    with SessionBook(path) as book, book.asking() as connection:
        return list(dict.fromkeys(connection.scalars(asked)))


def note_withdrawn(path: Path, uuid: str, target: str) -> None:
    """Forget that a place is to be told of a deletion, once it was. Raises StoreError."""
    with changing(path) as connection:
        these = (withdrawals.c.uuid == uuid) & (withdrawals.c.target == target)
        connection.execute(delete(withdrawals).where(these))
