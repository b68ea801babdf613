"""The athletes' pasts, kept between two looks at the plan: years of reps are read once, not with every page."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from pi_coach import plan
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.schema import sessions
from pi_coach.core.planning.history import DAY_S
from pi_coach.core.planning.ladder import standing
from pi_coach.core.planning.plan import AS_PLANNED

if TYPE_CHECKING:
    from pathlib import Path

    from pi_coach.adapters.book.history import Known
    from pi_coach.assembly import Setting
    from pi_coach.core.planning.history import History
    from pi_coach.core.planning.ladder import Standing
    from pi_coach.core.planning.plan import Plan, Wish
    from pi_coach.places import Places

MOST = 20
"""So many outlooks are kept."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the plan's page shows of an athlete."""

    plan: Plan
    place: Standing
    clean_reps: int
    milestones: tuple[int, ...]


class Pasts:
    """Remembers the sessions that have ended; may be asked from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}
        self._outlooks: dict[tuple[object, ...], Outlook] = {}

    def of(self, book: SessionBook, athlete: str) -> History:
        """Return an athlete's past as it is in the book now. Raises StoreError."""
        with self._lock:
            known = self._known.get(athlete, {})
            past = book.history(athlete, known)
            if known:
                self._known[athlete] = known
            return past

    def outlook(self, setting: Setting, book: SessionBook, athlete: str, wish: Wish = AS_PLANNED) -> Outlook:
        """Return today's plan; the one worked out last where neither book, config nor hour has changed since.

        Raises StoreError, and DrillError where programme.toml is wrong.
        """
        config, wall = setting.config, setting.clock.wall()
        key = (athlete, wish, id(config), f"{wall:%Y-%m-%d %H}", *_state(setting.places, book))
        found = self._outlooks.get(key)
        if found is None:
            syllabus, past = plan.read_syllabus(config), self.of(book, athlete)
            place = standing(syllabus, past, wall.timestamp() / DAY_S)
            today = plan.todays(syllabus, past, wall, wish)
            if len(self._outlooks) >= MOST:
                self._outlooks.clear()
            found = self._outlooks[key] = Outlook(today, place, past.quality_reps(), syllabus.rules.milestones)
        return found

    def read_ahead(self, setting: Setting) -> None:
        """Read the pasts of all who train here, so that nobody waits for it later. Raises StoreError."""
        coach = setting.config.settings.coach
        with SessionBook(setting.places.shown_book) as book:
            for athlete in coach.athletes or (coach.athlete,):
                self.outlook(setting, book, athlete)


def _state(places: Places, book: SessionBook) -> tuple[object, ...]:
    """Return what changes with the book."""
    if not places.hub:
        return _written(places.book)
    with book.asking() as connection:
        return tuple(connection.execute(select(func.count(), func.max(sessions.c.id)).select_from(sessions)).one())


def _written(book: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return what changes with every commit: size and time of writing of the book and of its log of changes."""
    found: list[tuple[int, int] | None] = []
    for path in (book, book.with_name(f"{book.name}-wal")):
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)
