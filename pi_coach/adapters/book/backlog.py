"""Rows on their way to the disk."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.adapters.book.ledger import Entry


class Backlog:
    """First in, first out, bounded; a row stays until the disk has it, so a failed write forgets nothing."""

    def __init__(self, capacity: int) -> None:
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._capacity = capacity
        self._closed = False
        self._lost = 0

    def put(self, entries: Iterable[Entry]) -> bool:
        """Take rows in and return at once; those that find no room are lost and counted. Tell if all found room."""
        lost = 0
        with self._changed:
            for entry in entries:
                if self._closed or (len(self._entries) >= self._capacity and not entry.essential):
                    lost += 1
                else:
                    self._entries.append(entry)
            self._lost += lost
            self._changed.notify()
        return lost == 0

    def oldest(self, limit: int) -> list[Entry]:
        """Return the oldest rows without taking them out; wait for one. Empty only once closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closed)
            return list(islice(self._entries, limit))

    def written(self, count: int) -> None:
        """Take out the oldest rows, which the disk has now."""
        with self._changed:
            for _ in range(count):
                self._entries.popleft()

    def give_up(self) -> None:
        """Take out the oldest row, which can never be written."""
        with self._changed:
            self._entries.popleft()
            self._lost += 1

    def close(self) -> None:
        """Let no more in; what is inside stays to be written."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """How many rows wait for the disk."""
        with self._changed:
            return len(self._entries)

    @property
    def lost(self) -> int:
        """How many rows will never be written."""
        with self._changed:
            return self._lost
