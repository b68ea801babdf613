"""The one thread that writes into the book."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError, StatementError

from pi_coach.adapters.book.backlog import Backlog
from pi_coach.adapters.book.database import is_busy, why
from pi_coach.adapters.book.digests import seal
from pi_coach.core.errors import StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Engine

    from pi_coach.adapters.book.ledger import Entry

log = logging.getLogger(__name__)

BATCH = 200
"""Rows in one transaction at most: on a slow disk several reps share one write."""
RETRY_S = 1.0
"""Pause after a failed write: a disk in trouble is not helped by being asked more often."""
CLOSE_S = 3.0
"""How long closing goes on trying; then what was not saved is told."""
STUCK_S = 5.0
"""How long a last attempt may take after that, the wait for another program's lock included."""

_HOPELESS = (IntegrityError, DataError, InterfaceError, ProgrammingError)


class Scribe:
    """Writes rows in their order, each batch in one transaction, again and again until the disk has them."""

    def __init__(self, engine: Engine, capacity: int) -> None:
        self._engine = engine
        self._backlog = Backlog(capacity)
        self._abandoned = threading.Event()
        self._trouble: str | None = None
        self.attempts = 0
        """How often writing was tried to an end, well or badly; one that hangs ends neither way."""
        self._thread = threading.Thread(target=self._run, name="book-writer", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """What keeps rows from being saved, as a sentence to say; None while all is well."""
        return self._trouble

    @property
    def unsaved(self) -> int:
        """How many rows are not in the book: those lost for good and, in trouble, those that wait for the disk."""
        return self._backlog.lost + (self._backlog.waiting if self._trouble else 0)

    @property
    def samples_dropped(self) -> int:
        """How many samples of the movement were left out, so that the facts get through."""
        return self._backlog.samples_dropped

    @property
    def waiting(self) -> int:
        """How many rows wait for the disk."""
        return self._backlog.waiting

    def take(self, entries: Iterable[Entry]) -> None:
        """Take rows to be written and return at once."""
        if not self._backlog.put(entries):
            self._trouble = self._trouble or "I cannot save: the disk is too slow."

    def close(self) -> None:
        """Write what waits, within a bound; afterwards `unsaved` counts what the disk did not take.

        Raises StuckThreadError where a write hangs.
        """
        self._backlog.close()
        self._thread.join(CLOSE_S)
        self._abandoned.set()
        self._thread.join(STUCK_S)
        if self._thread.is_alive():
            raise StuckThreadError("The disk does not answer: the end of the session may not be saved.")

    def _run(self) -> None:
        while entries := self._backlog.oldest(BATCH):
            trouble = self._attempt(entries)
            self.attempts += 1
            if trouble != self._trouble:
                log.warning("%s %d rows wait", trouble or "Saving again.", self._backlog.waiting)
            self._trouble = trouble
            if trouble and self._abandoned.wait(RETRY_S):
                return

    def _attempt(self, entries: Sequence[Entry]) -> str | None:
        """Write the rows; return why that failed, None if it did not."""
        try:
            self._save(entries)
        except DBAPIError as error:
            if not is_busy(error):
                self._backlog.drop_samples()
            return f"I cannot save: {why(error)}."
        except Exception:
            log.exception("the session book's writer failed")
            return "I cannot save: the log says why."
        return None

    def _save(self, entries: Sequence[Entry]) -> None:
        try:
            with self._engine.begin() as connection:
                for entry in entries:
                    connection.execute(entry.statement, entry.values)
                    if entry.seals is not None:
                        seal(connection, entry.seals)
        except StatementError as error:
            if isinstance(error, DBAPIError) and not isinstance(error, _HOPELESS):
                raise
            self._save_one_by_one(entries, error)
        else:
            self._backlog.written(len(entries))

    def _save_one_by_one(self, entries: Sequence[Entry], error: StatementError) -> None:
        """Find the row that no attempt can write, so that it does not keep all others from the disk."""
        if len(entries) > 1:
            for entry in entries:
                self._save([entry])
            return
        log.error("a row cannot be stored and is left out", exc_info=error)
        self._backlog.give_up()
