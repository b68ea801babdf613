"""The one place that names the system's clock."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """Time for adapters and the composition root; the core gets its time with its data."""

    def now(self) -> float:
        """Return monotonic seconds."""

    def wall(self) -> dt.datetime:
        """Return the current date and time in UTC, for labels only."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def wall(self) -> dt.datetime:
        """Return the current date and time in UTC."""
        return dt.datetime.now(dt.UTC)
