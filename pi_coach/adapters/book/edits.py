"""Change the book outside a session."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from pi_coach.adapters.book.database import WRITING, connect, make_engine, why
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, stored_version, told
from pi_coach.adapters.book.queries import unknown_session
from pi_coach.adapters.book.schema import athletes, calibrations, sessions
from pi_coach.core.errors import CoachError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.rows import Calibration


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Keep a calibration; begin the book if need be. Raises StoreError."""
    stored_version(path)
    with told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Presence(path) as presence:
            bring_up_to_date(path, alone=presence.alone)
        engine = make_engine(path, WRITING)
        try:
            with engine.begin() as connection:
                connection.execute(insert(calibrations).values(calibration_values(calibration)))
        finally:
            engine.dispose()


def calibration_values(calibration: Calibration) -> dict[str, object]:
    """Return a calibration as the columns of its table."""
    return {
        "kind": calibration.kind,
        "value": dict(calibration.value),
        "fingerprint": calibration.fingerprint,
        "made_at": calibration.made_at,
    }


def delete_session(path: Path, session_id: int) -> None:
    """Delete a session so that nothing of it stays, in unused parts of the file neither.

    Raises CoachError if there is none of that number or if it may still be running, StoreError if the file cannot be
    written or another program keeps it from being compacted.
    """
    if stored_version(path) is None:
        raise unknown_session(session_id)
    with told(path), Presence(path) as presence:
        bring_up_to_date(path, alone=presence.alone)
        engine = make_engine(path, WRITING)
        try:
            with engine.begin() as connection:
                _delete_rows(connection, session_id, alone=presence.alone)
        finally:
            engine.dispose()
    _compact(path, session_id)


def _delete_rows(connection: Connection, session_id: int, *, alone: bool) -> None:
    this = sessions.c.id == session_id
    found = connection.execute(select(sessions.c.ending).where(this)).first()
    if found is None:
        raise unknown_session(session_id)
    if found.ending is None and not alone:
        raise CoachError(f"Session {session_id} may still be running: end it first.")
    connection.execute(delete(sessions).where(this))
    # A name without a session is a trace too.
    connection.execute(delete(athletes).where(athletes.c.id.not_in(select(sessions.c.athlete_id))))


def _compact(path: Path, session_id: int) -> None:
    """Write the file afresh without what was deleted, and empty the log of changes beside it."""
    try:
        with closing(connect(path, WRITING)) as book:
            book.execute("VACUUM")
            others_read = book.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        raise _traces_stay(session_id, why(error)) from error
    if others_read:
        raise _traces_stay(session_id, "another program is reading it")


def _traces_stay(session_id: int, reason: str) -> StoreError:
    return StoreError(
        f"Session {session_id} is deleted, but traces stay in the file until a next delete can compact it: {reason}."
    )
