"""One connection to the book's file, and the reasons for which a disk may refuse."""

from __future__ import annotations

import functools
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

BUSY_S = 2.0
"""How long another program's write lock is waited for: its transactions take milliseconds."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection is for."""

    mode: str
    """SQLite's open mode."""
    begin: str
    """The statement that begins a transaction."""
    pragmas: tuple[str, ...]
    """What is set on opening."""


_DURABLE = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns, whatever happens to the power
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten, whichever SQLite this is
)
READING = Access("ro", "BEGIN", ())
# A writer asks for the lock at once: one that begins by reading may find itself unable to write after all.
WRITING = Access("rwc", "BEGIN IMMEDIATE", (*_DURABLE, "PRAGMA foreign_keys = ON"))
# A step that rebuilds a table drops the old one, which would take every row that refers to it along.
MIGRATING = Access("rwc", "BEGIN IMMEDIATE", (*_DURABLE, "PRAGMA foreign_keys = OFF"))

_WHY = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_LOCKED: "another program has locked it",
    sqlite3.SQLITE_CANTOPEN: "its folder is read-only or missing",
    sqlite3.SQLITE_PERM: "this user may not write it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is not a database",
}


def connect(path: Path, access: Access) -> sqlite3.Connection:
    """Return a plain connection that begins no transaction by itself. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        _address(path, access),
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,  # opened by one thread and handed to the writer
    )
    try:
        for pragma in access.pragmas:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _address(path: Path, access: Access) -> str:
    address = f"file:{quote(str(path))}?mode={access.mode}"
    log_of_changes = path.with_name(f"{path.name}-wal")
    if access is READING and not os.access(path.parent, os.W_OK) and not log_of_changes.exists():
        # On a card that turned read-only nobody writes, and SQLite need not make the files by which it would notice.
        address += "&immutable=1"
    return address


def make_engine(path: Path, access: Access) -> Engine:
    """Return SQLAlchemy's way to the file, with one connection; nothing is opened yet."""
    return _beginning(
        create_engine(
            "sqlite://", creator=lambda: connect(path, access), poolclass=QueuePool, pool_size=1, max_overflow=0
        ),
        access,
    )


@functools.lru_cache(maxsize=4)
def reading_engine(path: Path) -> Engine:
    """Return a way to read the file that all readers of this process share; each opens and closes its own connection.

    Pages ask the same questions again and again, and SQLAlchemy keeps their SQL as long as an engine lives.
    """
    return _beginning(create_engine("sqlite://", creator=lambda: connect(path, READING), poolclass=NullPool), READING)


def _beginning(engine: Engine, access: Access) -> Engine:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(access.begin)

    return engine


def why(error: Exception) -> str:
    """Return the reason of a failed access as half a sentence about the book or its disk."""
    original = error.orig if isinstance(error, DBAPIError) else error
    kind = _kind(error)
    if kind is not None:
        return _WHY.get(kind, str(original))
    if isinstance(original, OSError) and original.strerror:
        return original.strerror.lower()
    # A server tells long stories; its first line is the reason.
    return str(original).partition("\n")[0]


def is_busy(error: Exception) -> bool:
    """Tell whether only another program's lock was in the way."""
    return _kind(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_damage(error: Exception) -> bool:
    """Tell whether what SQLite has stored cannot be read; it has no code for text that is none."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, sqlite3.Error) and _kind(error) in {None, sqlite3.SQLITE_CORRUPT}


def _kind(error: Exception) -> int | None:
    """Return SQLite's kind of failure; None for an error that is not SQLite's."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    # The low byte is the kind of failure; the rest tells variants apart.
    return None if code is None else code & 0xFF
