"""Take out of a damaged book what can still be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from pi_coach.adapters.book.database import READING, connect
from pi_coach.adapters.book.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT_BY_THE_DATABASE = frozenset({"set_figures", "set_faults"})
"""Sums that triggers write anew with every rep."""

Rows = list[dict[str, Any]]


def salvage(damaged: Path, book: sqlite3.Connection) -> None:
    """Add every row that can be read in a damaged book to a sound one.

    The sound book is empty or an earlier state of the damaged one, so that numbers mean the same in both; a session
    of another history under the same number is left out. Raises sqlite3.Error where nothing at all can be read, or the
    sound one not be written.
    """
    with closing(connect(damaged, READING)) as source:
        tables = [table.name for table in metadata.sorted_tables if table.name not in KEPT_BY_THE_DATABASE]
        found = {name: _rows(source, name) for name in tables}
    foreign = _foreign_sessions(book, found["sessions"])
    for name in tables:
        columns = {column for _, column, *_ in book.execute(f"PRAGMA table_info({name})")}
        for row in found[name]:
            if row.get("id" if name == "sessions" else "session_id") not in foreign:
                _add(book, name, {column: value for column, value in row.items() if column in columns})


def _rows(source: sqlite3.Connection, table: str) -> Rows:
    """Return the rows before the first damaged page and those behind the last one."""
    found = {row["rowid"]: row for order in ("ASC", "DESC") for row in _until_damage(source, table, order)}
    return [found[number] for number in sorted(found)]


def _until_damage(source: sqlite3.Connection, table: str, order: str) -> Iterator[dict[str, Any]]:
    # A damaged row may also hold text that is none.
    with suppress(sqlite3.Error, UnicodeDecodeError):
        cursor = source.execute(f"SELECT rowid AS rowid, * FROM {table} ORDER BY rowid {order}")  # noqa: S608 - a table of the schema
        names = [column for column, *_ in cursor.description]
        for values in cursor:
            yield dict(zip(names, values, strict=True))


def _foreign_sessions(book: sqlite3.Connection, found: Rows) -> set[int]:
    known = dict(book.execute("SELECT id, uuid FROM sessions"))
    return {row["id"] for row in found if known.get(row["id"], row["uuid"]) != row["uuid"]}


def _add(book: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    # A session or a set may have ended since the backup; a row whose owner was lost cannot be kept.
    newer = ", ".join(f"{name} = excluded.{name}" for name in row)
    with suppress(sqlite3.IntegrityError, sqlite3.InterfaceError):
        book.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {newer}", row)  # noqa: S608 - names of the schema
