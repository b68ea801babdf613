"""A mailbox for one item where the newest wins."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class SlotClosedError(Exception):
    """The slot was closed and is empty: nothing more will come."""


class LatestSlot(Generic[T]):
    """Hand the newest item from one thread to another; what was not taken in time is dropped and counted."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: list[T] = []
        self._closed = False
        self.put_count = 0
        self.dropped = 0

    def put(self, item: T) -> None:
        """Store an item, overwriting one that nobody took."""
        with self._ready:
            if self._closed:
                return
            self.put_count += 1
            if self._item:
                self.dropped += 1
            self._item[:] = [item]
            self._ready.notify()

    def take(self, timeout_s: float) -> T:
        """Return the newest item; wait for one if need be.

        Raises TimeoutError after `timeout_s` without an item, SlotClosedError once closed and empty.
        """
        with self._ready:
            if not self._ready.wait_for(lambda: self._item or self._closed, timeout_s):
                raise TimeoutError
            if not self._item:
                raise SlotClosedError
            return self._item.pop()

    def close(self) -> None:
        """Let no more in; a waiting `take` ends at once."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
