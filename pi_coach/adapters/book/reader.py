"""Read the session book, without being able to change it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from pi_coach.adapters.book import digests, queries
from pi_coach.adapters.book.database import reading_engine
from pi_coach.adapters.book.history import history_of
from pi_coach.adapters.book.hub import is_url, reading_hub
from pi_coach.adapters.book.opening import NEWEST, Presence, bring_up_to_date, stored_version, told
from pi_coach.adapters.book.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

    from pi_coach.adapters.book.history import Known
    from pi_coach.adapters.book.rows import Calibration, Sample, SessionDetail, SessionRow
    from pi_coach.adapters.book.traces import Piece
    from pi_coach.core.planning.history import History


class SessionBook:
    """The sessions of the past; a book that was never begun reads as an empty one.

    A book of an earlier version is brought up to date on opening. Raises StoreError in one sentence, as do all reads.
    """

    def __init__(self, where: Path | str) -> None:
        """Open the book at a path, or a hub's at its address (postgresql://...)."""
        # An address may hold a password, which no message may show.
        self._path = "of the hub" if is_url(where) else where
        self._engine = reading_hub(str(where)) if is_url(where) else _open_file(Path(where))

    def sessions(self, limit: int = 20) -> list[SessionRow]:
        """Return the newest sessions, the last one first."""
        with self.asking() as connection:
            return queries.latest_sessions(connection, limit)

    def session(self, session_id: int) -> SessionDetail:
        """Return all that is known of a session. Raises CoachError if there is none of that number."""
        with self.asking() as connection:
            return queries.session_detail(connection, session_id)

    def numbers(self) -> list[int]:
        """Return the numbers of all sessions, the newest first."""
        with self.asking() as connection:
            return digests.numbers(connection)

    def is_intact(self, session_id: int) -> bool:
        """Tell whether a session is as it was written."""
        with self.asking() as connection:
            return digests.is_intact(connection, session_id)

    def trace(self, session_id: int, from_s: float, to_s: float) -> tuple[Sample, ...]:
        """Return the athlete's movement between two times, as they stand in reps; empty where none is kept any more."""
        with self.asking() as connection:
            return queries.trace(connection, session_id, from_s, to_s)

    def movement(self, session_id: int) -> list[Piece]:
        """Return the athlete's whole movement in a session, packed as it is stored, for an export."""
        with self.asking() as connection:
            return queries.movement(connection, session_id)

    def latest_calibration(self, kind: str) -> Calibration | None:
        """Return the last calibration of a kind, None where there was none."""
        with self.asking() as connection:
            return queries.latest_calibration(connection, kind)

    def history(self, athlete: str, known: Known | None = None) -> History:
        """Return an athlete's past as the programme wants it; empty for an unknown athlete.

        Who asks often keeps `known` from one time to the next: what is in it is not read again.
        """
        with self.asking() as connection:
            return history_of(connection, athlete, known)

    def close(self) -> None:
        """Free the file."""
        self._engine.dispose()

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """Open a connection for questions of one's own, with errors in one sentence."""
        with told(self._path), self._engine.connect() as connection:
            yield connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_file(path: Path) -> Engine:
    if not path.exists():
        # A page is made by several threads, one after the other, and each would have an empty book of its own.
        empty = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        metadata.create_all(empty)
        return empty
    if stored_version(path) != NEWEST:
        with told(path), Presence(path) as presence:
            bring_up_to_date(path, alone=presence.alone)
    return reading_engine(path)
