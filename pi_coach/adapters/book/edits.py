"""Change the book outside a session."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from pi_coach.adapters.book.database import WRITING, connect, make_engine, why
from pi_coach.adapters.book.digests import changing_sessions
from pi_coach.adapters.book.opening import Presence, bring_up_to_date, stored_version, told
from pi_coach.adapters.book.queries import unknown_session
from pi_coach.adapters.book.schema import (
    athletes,
    calibrations,
    deliveries,
    screens,
    sessions,
    withdrawals,
)
from pi_coach.core.errors import CoachError, StoreError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.rows import Answers, Calibration
    from pi_coach.core.planning.history import Profile


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Keep a calibration; begin the book if need be. Raises StoreError."""
    with changing(path) as connection:
        connection.execute(insert(calibrations).values(calibration_values(calibration)))


def save_profile(path: Path, athlete: str, profile: Profile) -> None:
    """Keep what an athlete told about the body; begin the book if need be. Raises StoreError."""
    told_of = {
        "body_kg": profile.body_kg,
        "stature_cm": profile.stature_cm,
        "basics_only": profile.basics_only,
    }
    with changing(path) as connection:
        athlete_id = athlete_number(connection, athlete)
        connection.execute(update(athletes).where(athletes.c.id == athlete_id).values(told_of))


def save_screen(path: Path, athlete: str, done: ScreenDone) -> None:
    """Log a self-test; begin the book if need be. Raises StoreError."""
    values = {"screen": done.screen, "value": done.value, "passed": done.passed, "done_at": done.at}
    with changing(path) as connection:
        connection.execute(insert(screens).values(values | {"athlete_id": athlete_number(connection, athlete)}))


def save_answers(path: Path, session_id: int, answers: Answers) -> None:
    """Keep what the athlete said after a session. Raises CoachError if there is none of that number, StoreError."""
    if stored_version(path) is None:
        raise unknown_session(session_id)
    said = {"comfortable": answers.comfortable, "pain": answers.pain}
    with changing(path) as connection:
        if connection.scalar(select(sessions.c.id).where(sessions.c.id == session_id)) is None:
            raise unknown_session(session_id)
        with changing_sessions(connection, [session_id]):
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(said))
        send_again(connection, [session_id])


@dataclass(frozen=True, slots=True)
class ScreenDone:
    """A self-test that was done."""

    screen: str
    """Its id in programme.toml."""
    at: dt.datetime
    value: float | None = None
    """In the screen's own unit; None where only passed or not is known."""
    passed: bool | None = None


def athlete_number(connection: Connection, name: str) -> int:
    """Return the number of an athlete, who is entered if need be."""
    known = connection.scalar(select(athletes.c.id).where(athletes.c.name == name))
    if known is not None:
        return int(known)
    return int(connection.execute(insert(athletes).values(name=name).returning(athletes.c.id)).scalar_one())


@contextmanager
def changing(path: Path) -> Iterator[Connection]:
    """Open the book for one change, beginning it if need be."""
    stored_version(path)
    with told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Presence(path) as presence:
            bring_up_to_date(path, alone=presence.alone)
        engine = make_engine(path, WRITING)
        try:
            with engine.begin() as connection:
                yield connection
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
    compact(path, f"Session {session_id} is deleted")


def _delete_rows(connection: Connection, session_id: int, *, alone: bool) -> None:
    this = sessions.c.id == session_id
    found = connection.execute(select(sessions.c.ending, sessions.c.athlete_id).where(this)).first()
    if found is None:
        raise unknown_session(session_id)
    if found.ending is None and not alone:
        raise CoachError(f"Session {session_id} may still be running: end it first.")
    remove(connection, this)
    # A name without a session is a trace too; somebody who has only told a profile so far is none.
    orphaned = (athletes.c.id == found.athlete_id) & athletes.c.id.not_in(select(sessions.c.athlete_id))
    connection.execute(delete(athletes).where(orphaned))


def remove(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete sessions, note who has taken them and is to be told of that, and return how many they were."""
    taken = select(sessions.c.uuid, deliveries.c.target).join_from(sessions, deliveries).where(which)
    connection.execute(insert(withdrawals).from_select(["uuid", "target"], taken))
    return connection.execute(delete(sessions).where(which)).rowcount


def send_again(connection: Connection, session_ids: Sequence[int]) -> None:
    """Let sessions that have changed since they were sent go out once more."""
    connection.execute(delete(deliveries).where(deliveries.c.session_id.in_(session_ids)))


def compact(path: Path, done: str) -> None:
    """Write the file afresh without what was deleted, and empty the log of changes beside it.

    Raises StoreError that begins with what was `done` all the same.
    """
    try:
        with closing(connect(path, WRITING)) as book:
            book.execute("VACUUM")
            others_read = book.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        raise _traces_stay(done, why(error)) from error
    if others_read:
        raise _traces_stay(done, "another program is reading it")


def _traces_stay(done: str, reason: str) -> StoreError:
    return StoreError(f"{done}, but traces stay in the file until a next delete can compact it: {reason}.")
