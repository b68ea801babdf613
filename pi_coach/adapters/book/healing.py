"""A session that is not any more as it was written comes back from a backup, or is marked: none is used in silence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from pi_coach.adapters.book.backups import BACKUPS, backups_in
from pi_coach.adapters.book.database import READING, WRITING, connect, make_engine
from pi_coach.adapters.book.digests import PARTS, SEALED_SINCE, damaged, is_intact, seal, seal_the_rest
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, stored_version, told
from pi_coach.adapters.book.queries import session_detail
from pi_coach.adapters.book.rows import DAMAGED
from pi_coach.adapters.book.salvage import KEPT_BY_THE_DATABASE
from pi_coach.adapters.book.schema import sessions
from pi_coach.core.errors import CoachError, StoreError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

Rows = dict[str, list[dict[str, Any]]]

_COPIED = tuple(table.name for table in PARTS if table.name not in KEPT_BY_THE_DATABASE)
_SAME = "SELECT id FROM sessions WHERE digest <> '' AND ending <> ? AND (uuid = ? OR (id = ? AND started_at = ?))"


@dataclass(frozen=True, slots=True)
class _Copy:
    """A session in a backup, as it was written."""

    number: int
    backup: str
    rows: Rows


def heal_alone(path: Path, wall: dt.datetime) -> list[str]:
    """Put all damaged sessions right where nobody trains; else nothing is done. Raises StoreError."""
    if stored_version(path) is None:
        return []
    with told(path), Presence(path) as presence:
        if not presence.alone:
            return []
        bring_up_to_date(path, alone=True)
        return heal(path, wall)


def heal(path: Path, wall: dt.datetime, newest: int | None = None) -> list[str]:
    """Look for damaged sessions among all or so many, and put them right; return what happened, a sentence each.

    What was damaged is kept as JSON beside the book. Only for whoever is alone with the book, which is up to date.
    Raises StoreError.
    """
    if not path.exists():
        return []
    with told(path), _opened(path, writing=True) as connection:
        seal_the_rest(connection)
        found = damaged(connection, newest)
    return [sentence for number in found for sentence in _heal_one(path, number, wall)]


@contextmanager
def _opened(path: Path, *, writing: bool = False) -> Iterator[Connection]:
    engine = make_engine(path, WRITING if writing else READING)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _heal_one(path: Path, number: int, wall: dt.datetime) -> list[str]:
    with told(path), _opened(path) as connection:
        if is_intact(connection, number):
            # An athlete's name that came back with one session is that of the others too.
            return []
    rows = _as_found(path, number)
    aside = path.with_name(f"{path.stem}.damaged-{wall:%Y%m%d-%H%M%S}-session-{number}.json")
    with told(path):
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(rows, indent=1, default=repr), encoding="utf-8")
    kept = f"what is left of it is kept as {aside.name}"
    copy = _good_copy(path, number, rows)
    if copy is not None and _bring_back(path, number, copy):
        return [f"Session {number} was damaged and is again as in the backup {copy.backup}; {kept}."]
    with told(path):
        if _mark(path, number):
            return [f"Session {number} is damaged and no backup has it: it is marked and the plan ignores it; {kept}."]
        return [f"Session {number} is damaged beyond reading, no backup has it, and it is taken out; {kept}."]


def _as_found(path: Path, number: int) -> Rows:
    """Return what can be read of a damaged session, by table."""
    with closing(connect(path, READING)) as book:
        # Damaged text may be none; so it can be told all the same.
        book.text_factory = lambda stored: stored.decode(errors="backslashreplace")
        return {name: _rows(book, name, number) for name in ("sessions", *_COPIED)}


def _rows(book: sqlite3.Connection, table: str, number: int) -> list[dict[str, Any]]:
    key = "id" if table == "sessions" else "session_id"
    found: list[dict[str, Any]] = []
    with suppress(sqlite3.Error):
        cursor = book.execute(f"SELECT * FROM {table} WHERE {key} = ? ORDER BY rowid", (number,))  # noqa: S608 - a table of the schema
        names = [column for column, *_ in cursor.description]
        found.extend(dict(zip(names, values, strict=True)) for values in cursor)
    return found


def _good_copy(path: Path, number: int, rows: Rows) -> _Copy | None:
    """Return the session from the newest backup that has it as it was written."""
    head = rows["sessions"][0] if rows["sessions"] else {}
    for backup in backups_in(path.parent / BACKUPS):
        # One that cannot be read is passed over for the one before.
        with suppress(StoreError, DBAPIError, sqlite3.Error):
            if (stored_version(backup) or "") < SEALED_SINCE:
                continue
            with _opened(backup) as connection:
                same = (DAMAGED, head.get("uuid"), number, head.get("started_at"))
                for (found,) in connection.exec_driver_sql(_SAME, same):
                    if is_intact(connection, found):
                        return _Copy(found, backup.name, _whole(backup, found))
    return None


def _whole(backup: Path, number: int) -> Rows:
    with closing(connect(backup, READING)) as book:
        whose = "SELECT athletes.id, name FROM athletes JOIN sessions ON athletes.id = athlete_id WHERE sessions.id = ?"
        named = [{"id": athlete, "name": name} for athlete, name in book.execute(whose, (number,))]
        return {"athletes": named} | {name: _rows(book, name, number) for name in ("sessions", *_COPIED)}


def _bring_back(path: Path, number: int, copy: _Copy) -> bool:
    """Put the copy in the damaged session's place; tell whether it fits."""
    try:
        with _opened(path, writing=True) as connection:
            _take_out(connection, number)
            _take_out(connection, copy.number)
            for table, rows in copy.rows.items():
                for row in rows:
                    _put(connection, table, row)
            seal(connection, copy.number)
    except DBAPIError:
        return False
    return True


def _put(connection: Connection, table: str, row: dict[str, Any]) -> None:
    # A row's own number may be another one's by now.
    values = {name: value for name, value in row.items() if name != "id" or table in ("athletes", "sessions")}
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    known = " ON CONFLICT (id) DO UPDATE SET name = excluded.name" if table == "athletes" else ""
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks}){known}", tuple(values.values()))  # noqa: S608 - names of the schema


def _take_out(connection: Connection, number: int) -> None:
    for table in reversed(PARTS):
        connection.execute(delete(table).where(table.c.session_id == number))
    connection.execute(delete(sessions).where(sessions.c.id == number))


def _mark(path: Path, number: int) -> bool:
    """Mark a session as damaged; one that would break every list it is in goes. Tell whether it stays."""
    with _opened(path, writing=True) as connection:
        try:
            session_detail(connection, number)
        except (CoachError, DBAPIError, ValueError, TypeError):
            _take_out(connection, number)
            return False
        connection.execute(update(sessions).where(sessions.c.id == number).values(ending=DAMAGED))
        seal(connection, number)
        return True
