"""Open the book: refuse what is none, bring an earlier version up to date, know whether others have it open."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import DBAPIError

from pi_coach.adapters.book.database import MIGRATING, READING, connect, make_engine, why
from pi_coach.adapters.book.digests import seal_the_rest
from pi_coach.core.errors import CoachError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

log = logging.getLogger(__name__)

NEWEST = "0007"
"""The last step in migrations/versions; a test compares."""


class Presence:
    """A sign on the book's folder that a writer is here; the system takes it away with the process.

    `alone` tells whether no other writer was here at the time of opening.
    """

    def __init__(self, path: Path) -> None:
        self._folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except BlockingIOError:
            self.alone = False
            self.share()

    def share(self) -> None:
        """Let other writers in; wait for one that is just opening the book."""
        fcntl.flock(self._folder, fcntl.LOCK_SH)

    def close(self) -> None:
        """Take the sign away."""
        os.close(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def told(path: Path | str) -> Iterator[None]:
    """Turn what the database or the disk raises within into a StoreError of one sentence."""
    try:
        yield
    except CoachError:
        raise
    # A date that is none, or JSON that is none, is a ValueError of SQLAlchemy's.
    except (DBAPIError, sqlite3.Error, OSError, ValueError) as error:
        raise StoreError(
            f"The session book {path} cannot be used: {why(error)}; `pi-coach doctor` checks the disk."
        ) from error


def stored_version(path: Path) -> str | None:
    """Return the version of the book's tables, None where there is no book yet.

    Raises StoreError if the file holds something else than a session book.
    """
    if not path.exists():
        return None
    with told(path), closing(connect(path, READING)) as book:
        tables = {name for (name,) in book.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if "alembic_version" in tables:
            return _only(book.execute("SELECT version_num FROM alembic_version").fetchone())
    if tables:
        raise StoreError(f"{path} is the database of another program: name another file for the session book.")
    return None


def _only(row: tuple[str] | None) -> str | None:
    return None if row is None else row[0]


def bring_up_to_date(path: Path, *, alone: bool) -> None:
    """Create the book's tables or change those of an earlier version; return fast where nothing is to do.

    Raises StoreError where the book is newer than this program or in use by an older one.
    """
    stored = stored_version(path)
    if stored == NEWEST:
        return
    if stored is not None and stored > NEWEST:
        raise StoreError(f"The session book {path} was written by a newer pi-coach: update this one.")
    if stored is not None and not alone:
        raise StoreError(f"An earlier pi-coach still uses the session book {path}: stop it and try again.")
    _keep_earlier(path, stored)
    engine = make_engine(path, MIGRATING)
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


def _keep_earlier(path: Path, stored: str | None) -> None:
    """Keep the book as it was before its tables change, in place of the one that was kept the last time; say so."""
    if stored is None or not path.stem.isalpha():
        return  # nothing yet, or itself a copy: those have a time or a number in their names
    from pi_coach.adapters.book.backups import back_up  # noqa: PLC0415  it opens books itself

    kept = path.with_name(f"{path.stem}.replaced-{stored}{path.suffix}")
    back_up(path, kept)
    for older in path.parent.glob(f"{path.stem}.replaced-????{path.suffix}"):
        if older != kept:
            older.unlink()
    log.warning("The session book of an earlier pi-coach was brought up to date; as it was, it is kept as %s.", kept)


def migrate(connection: Connection) -> None:
    """Run the steps that are missing, on whichever database this is. Raises sqlalchemy.exc.DBAPIError."""
    # Alembic takes longer to import than all else here, and most starts have nothing to change.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "pi_coach.adapters.book:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    with connection.begin_nested() if connection.in_transaction() else connection.begin():
        seal_the_rest(connection)
