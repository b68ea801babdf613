"""The athletes' pasts, kept between two looks at the plan: years of reps are read once, not with every page."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pi_coach.adapters.book.reader import SessionBook

if TYPE_CHECKING:
    from pi_coach.adapters.book.history import Known
    from pi_coach.assembly import Setting
    from pi_coach.core.planning.history import History


class Pasts:
    """Remembers the sessions that have ended; may be asked from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}

    def of(self, book: SessionBook, athlete: str) -> History:
        """Return an athlete's past as it is in the book now. Raises StoreError."""
        with self._lock:
            known = self._known.get(athlete, {})
            past = book.history(athlete, known)
            if known:
                self._known[athlete] = known
            return past

    def read_ahead(self, setting: Setting) -> None:
        """Read the pasts of all who train here, so that nobody waits for it later. Raises StoreError."""
        coach = setting.config.settings.coach
        with SessionBook(setting.places.book) as book:
            for athlete in coach.athletes or (coach.athlete,):
                self.of(book, athlete)
