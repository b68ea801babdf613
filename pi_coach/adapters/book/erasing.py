"""Forget: take a session or a whole athlete out of the book and out of its backups, down to the last byte."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from pi_coach.adapters.book.backups import BACKUPS, backups_in
from pi_coach.adapters.book.database import READING, WRITING, connect, make_engine
from pi_coach.adapters.book.digests import changing_sessions
from pi_coach.adapters.book.edits import compact, remove, send_again
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, stored_version, told
from pi_coach.adapters.book.rows import back_of
from pi_coach.adapters.book.schema import athletes, calibrations, sessions
from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.engine import Connection


def forget_athlete(path: Path, name: str) -> int:
    """Delete an athlete with all sessions, self-tests and calibrations; return how many sessions that were.

    Raises CoachError if nobody of that name is known or one of the sessions may still be running, StoreError.
    """
    if stored_version(path) is None:
        raise _unknown(name)
    with told(path), Presence(path) as presence:
        bring_up_to_date(path, alone=presence.alone)
        engine = make_engine(path, WRITING)
        try:
            with engine.begin() as connection:
                count = _forget(connection, name, alone=presence.alone)
        finally:
            engine.dispose()
    compact(path, f"{name} is deleted")
    return count


def _forget(connection: Connection, name: str, *, alone: bool) -> int:
    number = connection.scalar(select(athletes.c.id).where(athletes.c.name == name))
    if number is None:
        raise _unknown(name)
    theirs = sessions.c.athlete_id == number
    if not alone and connection.scalar(select(sessions.c.id).where(theirs, sessions.c.ending.is_(None))) is not None:
        raise CoachError(f"A session of {name} may still be running: end it first.")
    count = remove(connection, theirs)
    connection.execute(delete(athletes).where(athletes.c.id == number))
    connection.execute(delete(calibrations).where(calibrations.c.kind == back_of(name)))
    unname(connection, name)
    return count


def unname(connection: Connection, name: str) -> None:
    """Take the name out of the settings that the sessions of others were held with, wherever those were sent too."""
    for session_id, settings in connection.execute(select(sessions.c.id, sessions.c.settings)).all():
        coach = settings.get("coach")
        if isinstance(coach, dict) and name in (coach.get("athlete"), *(coach.get("athletes") or ())):
            others = [one for one in coach.get("athletes") or () if one != name]
            kept = coach | {"athletes": others} | ({"athlete": ""} if coach.get("athlete") == name else {})
            changed = update(sessions).where(sessions.c.id == session_id).values(settings=settings | {"coach": kept})
            with changing_sessions(connection, [session_id]):
                connection.execute(changed)
            send_again(connection, [session_id])


def _unknown(name: str) -> CoachError:
    return CoachError(f"Nobody called {name!r} is in the session book: `pi-coach sessions list` shows who is.")


def copies(book: Path) -> list[Path]:
    """Return the book's backups, and the books that were put aside when they were damaged or replaced."""
    patterns = ("damaged-*.db", "damaged-*.json", "replaced-*.db")
    aside = (file for pattern in patterns for file in book.parent.glob(f"{book.stem}.{pattern}"))
    return [*sorted(aside), *backups_in(book.parent / BACKUPS)]


def with_athlete(books: Iterable[Path], name: str) -> list[Path]:
    """Return those of some books that know an athlete; one that cannot be read may know everybody."""
    return [book for book in books if _numbers(book, "SELECT id FROM athletes WHERE name = ?", name) != []]


def with_session(books: Iterable[Path], uuid: str) -> dict[Path, int | None]:
    """Return those of some books that hold a session, with its number there; None where a book cannot be read."""
    found = {book: _numbers(book, "SELECT id FROM sessions WHERE uuid = ?", uuid.replace("-", "")) for book in books}
    return {book: None if numbers is None else numbers[0] for book, numbers in found.items() if numbers != []}


def _numbers(book: Path, question: str, given: str) -> list[int] | None:
    try:
        with closing(connect(book, READING)) as connection:
            return [number for (number,) in connection.execute(question, (given,))]
    except sqlite3.Error:
        return None
