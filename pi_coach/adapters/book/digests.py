"""A digest of everything that belongs to a session: it tells of a bit that flipped inside a healthy page.

SQLite's checks find a broken page, not a score of 88 that became 24. So a session is sealed in the transaction that
ends it, and once more in every later one that changes it. While it runs it has no digest.

Columns without a value are left out, so that a new one that may be empty leaves old digests as they are.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, type_coerce, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from pi_coach.adapters.book.database import is_damage
from pi_coach.adapters.book.schema import (
    athletes,
    cues,
    events,
    partials,
    reps,
    sessions,
    set_faults,
    set_figures,
    sets,
    traces,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Select, Table
    from sqlalchemy.engine import Connection

SEALED_SINCE = "0007"
"""The version of the book from which on every session that has ended has a digest."""
NOT_YET = ""
"""The digest of a session from before, until it is made."""
PARTS = (sets, reps, partials, cues, events, traces, set_figures, set_faults)
"""The tables that hold a session, by `session_id`."""


def _plain(columns: Iterable[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return columns as the database has them: what the program makes of them may hide a difference."""
    return [type_coerce(column, NullType()).label(column.key) for column in columns]


def _rows_of(table: Table) -> Select[Any]:
    # A row's own number says nothing but the order, and an import gives new ones.
    told = [column for column in table.c if column.name != "id"]
    return select(*_plain(told)).where(table.c.session_id == bindparam("of")).order_by(*table.primary_key)


_HEAD = (
    select(*_plain(column for column in sessions.c if column.name != "digest"), athletes.c.name.label("athlete"))
    .join_from(sessions, athletes)
    .where(sessions.c.id == bindparam("of"))
)
_EVERYTHING = (_HEAD, *map(_rows_of, PARTS))
_STATE = select(sessions.c.ending, sessions.c.digest).where(sessions.c.id == bindparam("of"))


def digest_of(connection: Connection, session_id: int) -> str:
    """Return the digest of a session as it is stored now. Raises sqlalchemy.exc.DBAPIError."""
    digest = hashlib.blake2b(digest_size=16)
    for query in _EVERYTHING:
        found = connection.execute(query, {"of": session_id})
        names = list(found.keys())
        for row in found:
            told = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            digest.update(json.dumps(told, sort_keys=True, default=_text).encode() + b"\n")
    return digest.hexdigest()


def _text(value: object) -> str:
    """Return what JSON does not know as text: movement, and what PostgreSQL has types of its own for."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def seal(connection: Connection, session_id: int) -> None:
    """Keep the digest of a session that has ended or was changed."""
    digest = digest_of(connection, session_id)
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(digest=digest))


def is_intact(connection: Connection, session_id: int) -> bool:
    """Tell whether a session is as it was written; one that runs is. Raises DBAPIError where it cannot be asked."""
    try:
        state = connection.execute(_STATE, {"of": session_id}).one()
        if state.digest is None:
            return state.ending is None
        return state.ending is not None and state.digest in (NOT_YET, digest_of(connection, session_id))
    except UnicodeDecodeError:
        return False
    except DBAPIError as error:
        if is_damage(error):
            return False
        raise


def numbers(connection: Connection, newest: int | None = None) -> list[int]:
    """Return the numbers of the sessions, or of so many, the newest first."""
    return list(connection.scalars(select(sessions.c.id).order_by(sessions.c.id.desc()).limit(newest)))


def damaged(connection: Connection, newest: int | None = None) -> list[int]:
    """Return the sessions that are not as they were written, of all or of so many, the newest first."""
    return [number for number in numbers(connection, newest) if not is_intact(connection, number)]


@contextmanager
def changing_sessions(connection: Connection, session_ids: Iterable[int]) -> Iterator[None]:
    """Seal sessions anew after a change to them; one that was damaged before stays found out."""
    sound = [number for number in session_ids if is_intact(connection, number)]
    yield
    for number in sound:
        if connection.scalar(select(sessions.c.digest).where(sessions.c.id == number)) is not None:
            seal(connection, number)


def seal_the_rest(connection: Connection) -> None:
    """Seal the sessions of a book that had no digests."""
    for number in connection.scalars(select(sessions.c.id).where(sessions.c.digest == NOT_YET)).all():
        seal(connection, number)
