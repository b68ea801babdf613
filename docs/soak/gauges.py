"""What could grow in a program that runs for days, read from the system itself."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.step import Step

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Reading:
    """The gauges at one moment."""

    t_s: float
    """The gym's time."""
    memory_mb: float
    """Resident, as the system counts it."""
    objects: int
    """What Python's garbage collector knows of."""
    threads: int
    files: int
    """Open ones, sockets included."""
    waiting: int
    """Rows on their way to the disk."""
    book_mb: float
    """The session book with its log of changes."""
    sessions: int


class Gauges:
    """An Output that reads the gauges every so often."""

    def __init__(self, every_s: float, book: Path, waiting: Callable[[], int], sessions: Callable[[], int]) -> None:
        self._every_s = every_s
        self._book = book
        self._waiting = waiting
        self._sessions = sessions
        self._next_s = 0.0
        self.readings: list[Reading] = []

    def show(self, step: Step) -> None:
        """Read where it is time."""
        if step.t >= self._next_s:
            self._next_s = step.t + self._every_s
            gc.collect()
            self.readings.append(self._read(step.t))

    def close(self) -> None:
        """Nothing is held."""

    def _read(self, t_s: float) -> Reading:
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        kept = self._book.parent.glob(f"{self._book.name}*")
        return Reading(
            t_s=t_s,
            memory_mb=round(resident * PAGE_MB, 2),
            objects=len(gc.get_objects()),
            threads=threading.active_count(),
            files=len(list(Path("/proc/self/fd").iterdir())),
            waiting=self._waiting(),
            book_mb=round(sum(path.stat().st_size for path in kept) / 1e6, 3),
            sessions=self._sessions(),
        )


SETTLED = 0.25
"""The first quarter loads libraries and fills caches; growth is what comes after."""


def growth(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return what grew after the first quarter: straight lines through the gauges, and their highest values."""
    settled = [one for one in readings if one.t_s >= SETTLED * readings[-1].t_s]
    days = np.array([one.t_s for one in settled]) / 86_400
    sessions = max(settled[-1].sessions - settled[0].sessions, 1)

    def a_day(name: str) -> float:
        return round(float(np.polyfit(days, [getattr(one, name) for one in settled], 1)[0]), 3)

    return {
        "memory_mb_a_day": a_day("memory_mb"),
        "memory_mb_most": max(one.memory_mb for one in readings),
        "objects_a_day": a_day("objects"),
        "threads": sorted({one.threads for one in settled}),
        "files": sorted({one.files for one in settled}),
        "waiting_most": max(one.waiting for one in readings),
        "book_kb_a_session": round(1000 * (settled[-1].book_mb - settled[0].book_mb) / sessions, 1),
    }
