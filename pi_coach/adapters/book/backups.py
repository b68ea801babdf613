"""The book once more in one file, with the owner's config in it.

A backup is a session book like any other, and beside its tables it holds the owner's *.toml files, in the table `sqlar`
of SQLite's own archives. Nothing secret is among them: a password has a file of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sqlite3
import zlib
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING

from pi_coach.adapters.book.database import READING, connect, make_engine, why
from pi_coach.adapters.book.digests import SEALED_SINCE, damaged
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, stored_version, told
from pi_coach.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

BACKUPS = "backups"
"""The folder beside the book where its backups lie."""
DAYS, WEEKS = 7, 13
"""Of so many days and of so many weeks, a week and three months, the last backup is kept. Days without one do not
count, so a clock that jumps deletes nothing."""
LARGEST_FILE = 1_000_000
"""Bytes of a config file; a thousandth of it is usual."""

_NAMED = re.compile(r"sessions-(\d{8})-\d{6}\.db")
_ARCHIVE = "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)"
_FILES = "SELECT name, data FROM sqlar WHERE sz <= ? AND typeof(name) = 'text' AND typeof(data) = 'blob'"
_OWNED = re.compile(r"(?:[\w-]+/){0,2}[\w-]+\.toml", re.ASCII)


def backups_in(folder: Path) -> list[Path]:
    """Return the backups that were made here, the newest first."""
    return sorted((path for path in folder.glob("sessions-*.db") if _NAMED.fullmatch(path.name)), reverse=True)


def backup_name(wall: dt.datetime) -> str:
    """Return the name of a backup that is made at a point in time."""
    return f"sessions-{wall:%Y%m%d-%H%M%S}.db"


def back_up(book: Path, target: Path, files: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Write the book as it is now into one verified file, whole or not at all; sessions may go on meanwhile.

    `files` are *.toml files to go with it, by the names that they get inside. Raises StoreError.
    """
    if stored_version(book) is None:
        raise StoreError(f"There is no session book at {book} yet: nothing to back up.")
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(book, part, files)
        _refuse_damaged(part)
        part.replace(target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"The backup {target} cannot be made: {why(error)}.") from error
    finally:
        part.unlink(missing_ok=True)


def _copy(book: Path, part: Path, files: Mapping[str, Path]) -> None:
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with closing(connect(book, READING)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        copy.execute("DROP TABLE IF EXISTS sqlar")
        copy.execute(_ARCHIVE)
        for name, file in files.items():
            content = file.read_bytes()
            values = (name, 0o100644, int(file.stat().st_mtime), len(content), zlib.compress(content))
            copy.execute("INSERT INTO sqlar VALUES (?, ?, ?, ?, ?)", values)
        copy.commit()
        verify(copy)
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _refuse_damaged(part: Path) -> None:
    """Raise StoreError where a session is not as it was written: a damaged backup would take a good one's place."""
    found = damaged_in(part)
    if found:
        which = ", ".join(map(str, found[:10])) + (", ..." if len(found) > 10 else "")  # noqa: PLR2004
        raise StoreError(
            f"No backup was made, for these sessions are damaged: {which}; the coach's next start mends it."
        )


def sync_folder(folder: Path) -> None:
    """Put the names of its files on the disk too, so that a power cut does not undo a rename."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def archived(backup: Path) -> dict[str, str]:
    """Return the *.toml files that went with a backup, by name. Raises StoreError."""
    with told(backup), closing(connect(backup, READING)) as book:
        if book.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlar'").fetchone() is None:
            return {}
        rows = book.execute(_FILES, (LARGEST_FILE,)).fetchall()
        return {name: _content(data) for name, data in rows if _OWNED.fullmatch(name)}


def _content(packed: bytes) -> str:
    unpacking, trouble = zlib.decompressobj(), "The config inside the backup is damaged: take another backup."
    try:
        content = unpacking.decompress(packed, LARGEST_FILE).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise StoreError(trouble) from error
    if not unpacking.eof:  # it is cut off, or longer than any config
        raise StoreError(trouble)
    return content


def restore(book: Path, backup: Path, aside: Path) -> None:
    """Put a backup in the book's place, keeping the book that it replaces as `aside`.

    Raises StoreError where the backup is damaged or none, or where a coach runs.
    """
    if stored_version(backup) is None or not is_sound(backup):
        raise StoreError(f"{backup} is no whole backup of a session book: name another file.")
    part = book.with_name(f".{book.name}.part")
    with told(book):
        book.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Presence(book) as presence:
            if not presence.alone:
                raise StoreError("A coach is using the session book: end it first (`sudo systemctl stop pi-coach`).")
            try:
                place(backup, part)
                supplant(book, part, aside)
                bring_up_to_date(book, alone=True)
            finally:
                part.unlink(missing_ok=True)


def place(backup: Path, part: Path) -> None:
    """Write a backup as a book, without the config in it. Raises sqlite3.Error, OSError."""
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with closing(connect(backup, READING)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        copy.execute("DROP TABLE IF EXISTS sqlar")
        copy.commit()
        copy.execute("VACUUM")
        verify(copy)
    with part.open("rb") as written:
        os.fsync(written.fileno())


def supplant(book: Path, part: Path, aside: Path) -> None:
    """Put a book in the place of another, which stays as `aside` with its log of changes. Raises OSError.

    At no moment is there no book: one that was begun in a gap would hide the loss.
    """
    log = book.with_name(f"{book.name}-wal")
    if book.exists():
        aside.hardlink_to(book)
    if log.exists():
        log.replace(aside.with_name(f"{aside.name}-wal"))
    # Only an index into that log.
    book.with_name(f"{book.name}-shm").unlink(missing_ok=True)
    part.replace(book)
    sync_folder(book.parent)


def verify(book: sqlite3.Connection) -> None:
    """Read every page and every row. Raises sqlite3.DatabaseError where the file is damaged."""
    (found,) = book.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"it is damaged: {found.splitlines()[0]}")
    if book.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise sqlite3.DatabaseError("it is damaged: rows are missing")


def is_sound(path: Path) -> bool:
    """Tell whether a file is a session book without damage."""
    try:
        with closing(connect(path, READING)) as book:
            verify(book)
        return stored_version(path) is not None and not damaged_in(path)
    except (sqlite3.Error, StoreError, UnicodeDecodeError):
        return False


def newest_sound(folder: Path) -> Path | None:
    """Return the newest backup that is without damage; None where there is none."""
    return next((path for path in backups_in(folder) if is_sound(path)), None)


def prune(folder: Path) -> list[Path]:
    """Delete the backups beyond DAYS and WEEKS and return them."""
    found = backups_in(folder)
    kept = _newest_of_each(found, _day, DAYS) | _newest_of_each(found, _week, WEEKS)
    surplus = [path for path in found if path not in kept]
    for path in surplus:
        path.unlink()
    return surplus


def damaged_in(path: Path) -> list[int]:
    """Return the sessions of a book or a backup that are not as they were written; none for one without digests.

    Raises StoreError.
    """
    if (stored_version(path) or "") < SEALED_SINCE:
        return []
    with told(path):
        engine = make_engine(path, READING)
        try:
            with engine.begin() as connection:
                return damaged(connection)
        finally:
            engine.dispose()


def _newest_of_each(found: list[Path], period: Callable[[Path], object], count: int) -> set[Path]:
    newest: dict[object, Path] = {}
    for path in found:
        newest.setdefault(period(path), path)
    return set(list(newest.values())[:count])


def _day(path: Path) -> str:
    named = _NAMED.fullmatch(path.name)
    return named.group(1) if named else path.name


def _week(path: Path) -> object:
    return dt.date.fromisoformat(_day(path)).isocalendar()[:2]
