"""Rows on their way to the disk."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.adapters.book.ledger import Entry


SAMPLES = 600
"""Samples that may wait, about a minute of them: they are second class and never take the room of a rep."""


class Backlog:
    """First in, first out, bounded; a row stays until the disk has it, so a failed write forgets no fact."""

    def __init__(self, capacity: int) -> None:
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._capacity = capacity
        self._closed = False
        self._lost = 0
        self._samples_waiting = 0
        self._samples_dropped = 0

    def put(self, entries: Iterable[Entry]) -> bool:
        """Take rows in and return at once; what finds no room is lost and counted. Tell if all facts found room."""
        with self._changed:
            lost_before = self._lost
            for entry in entries:
                if self._has_room(entry):
                    self._entries.append(entry)
                    self._samples_waiting += entry.samples
                else:
                    self._lose(entry)
            self._changed.notify()
            return self._lost == lost_before

    def _has_room(self, entry: Entry) -> bool:
        if self._closed:
            return False
        if entry.samples:
            return self._samples_waiting + entry.samples <= SAMPLES
        return entry.essential or len(self._entries) < self._capacity

    def _lose(self, entry: Entry) -> None:
        self._samples_dropped += entry.samples
        self._lost += not entry.samples

    def oldest(self, limit: int) -> list[Entry]:
        """Return the oldest rows without taking them out; wait for one. Empty only once closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closed)
            return list(islice(self._entries, limit))

    def written(self, count: int) -> None:
        """Take out the oldest rows, which the disk has now."""
        with self._changed:
            for _ in range(count):
                self._samples_waiting -= self._entries.popleft().samples

    def give_up(self) -> None:
        """Take out the oldest row, which can never be written."""
        with self._changed:
            entry = self._entries.popleft()
            self._samples_waiting -= entry.samples
            self._lose(entry)

    def drop_samples(self) -> None:
        """Take out all samples: what room the disk has is for facts."""
        with self._changed:
            self._entries = deque(entry for entry in self._entries if not entry.samples)
            self._samples_dropped += self._samples_waiting
            self._samples_waiting = 0

    def close(self) -> None:
        """Let no more in; what is inside stays to be written."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """How many rows wait for the disk, samples aside."""
        with self._changed:
            return sum(not entry.samples for entry in self._entries)

    @property
    def lost(self) -> int:
        """How many rows will never be written, samples aside."""
        with self._changed:
            return self._lost

    @property
    def samples_dropped(self) -> int:
        """How many samples of the movement will never be written."""
        with self._changed:
            return self._samples_dropped
