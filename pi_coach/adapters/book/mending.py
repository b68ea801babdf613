"""A damaged book is put aside and a sound one takes its place, from the last backup and what can still be read."""

from __future__ import annotations

import logging
import mmap
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pi_coach.adapters.book.backups import BACKUPS, newest_sound, place, supplant
from pi_coach.adapters.book.change_log import lost_commits
from pi_coach.adapters.book.database import READING, WRITING, connect
from pi_coach.adapters.book.opening import bring_up_to_date
from pi_coach.adapters.book.salvage import salvage

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

log = logging.getLogger(__name__)

_OURS = (b"alembic_version", b"set_number", b"hip_flexion_deg")
"""Words of a book's tables and rows, which lie on different pages of it."""


def damage(path: Path) -> str | None:
    """Return what is wrong with the book's file, None where nothing is or where it is no book at all.

    Reads every page and holds every index against its table. Raises sqlite3.OperationalError where the disk or a lock
    is in the way.
    """
    try:
        with closing(connect(path, READING)) as book:
            (found,) = book.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # Where a table's name is damaged, the message that quotes it is no text either.
        return str(error) if _was_a_book(path) else None
    return None if found == "ok" else str(found)


def _was_a_book(path: Path) -> bool:
    """Tell a book whose beginning was lost from another program's file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(words) >= 0 for words in _OURS)


def mend(path: Path, wall: dt.datetime) -> list[str]:
    """Look for damage and mend it; return what happened, a sentence each, nothing where the book was sound.

    A damaged book is put aside, never deleted, and built anew. Only for whoever is alone with the book.
    """
    if not path.exists() or path.stat().st_size == 0:
        return []
    cut = _keep_cut_log(path, wall)
    return cut if damage(path) is None else [*cut, _rebuild(path, wall)]


def _keep_cut_log(path: Path, wall: dt.datetime) -> list[str]:
    """Keep a copy of a log of changes that is only whole up to a point: SQLite stops there and says nothing."""
    lost = lost_commits(path)
    if lost is None:
        return []
    if lost == 0:
        return ["The last entry in the session book was cut off: at most one rep of the last session is missing."]
    log_file = path.with_name(f"{path.name}-wal")
    aside = path.with_name(f"{path.stem}.damaged-{wall:%Y%m%d-%H%M%S}{path.suffix}-wal")
    shutil.copyfile(log_file, aside)
    told = f"The last entries of the session book were damaged and are kept as {aside.name}"
    return [f"{told}: at least {lost} of the last session are missing."]


def _rebuild(path: Path, wall: dt.datetime) -> str:
    """Put the damaged book aside and build a new one from the last backup and what can be read; say so."""
    aside = path.with_name(f"{path.stem}.damaged-{wall:%Y%m%d-%H%M%S}{path.suffix}")
    part = path.with_name(f".{path.name}.part")
    backup = newest_sound(path.parent / BACKUPS)
    try:
        if backup is not None:
            place(backup, part)
        bring_up_to_date(part, alone=True)
        saved = _reps(part)
        _salvage(path, part)
        found = _reps(part)
        supplant(path, part, aside)
    finally:
        for suffix in ("", "-wal", "-shm"):
            part.with_name(part.name + suffix).unlink(missing_ok=True)
    source = "there was no backup" if backup is None else f"{_counted(saved)} from the backup {backup.name}"
    return (
        f"The session book was damaged and is kept as {aside.name}: the new one has {_counted(found)}, {source}, "
        f"{_counted(found - saved)} read from the damaged one; what is missing is lost."
    )


def _salvage(damaged: Path, part: Path) -> None:
    with closing(connect(part, WRITING)) as book:
        book.execute("BEGIN IMMEDIATE")
        try:
            salvage(damaged, book)
        except sqlite3.DatabaseError:
            log.warning("nothing can be read in %s", damaged, exc_info=True)
            book.execute("ROLLBACK")
        else:
            book.execute("COMMIT")
        book.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _reps(path: Path) -> int:
    with closing(connect(path, READING)) as book:
        (count,) = book.execute("SELECT count(*) FROM reps").fetchone()
        return int(count)


def _counted(reps: int) -> str:
    return "1 rep" if reps == 1 else f"{reps} reps"
