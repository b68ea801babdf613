"""A month as a calendar shows it."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.web.queries_sessions import DayLine

SHADES = (0.5, 0.8)
"""From these shares of clean reps on a day is shown darker."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a month."""

    date: dt.date
    inside: bool
    """Whether it belongs to the month; else it only fills its week."""
    sessions: int = 0
    reps: int = 0
    quality_reps: int = 0

    @property
    def shade(self) -> int:
        """How clean the day was: 0 without training, then 1 to 3."""
        if not self.sessions:
            return 0
        share = self.quality_reps / self.reps if self.reps else 0.0
        return 1 + sum(share >= least for least in SHADES)


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday to Sunday."""

    first: dt.date
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def before(self) -> dt.date:
        """The first day of the month before."""
        return (self.first - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date:
        """The first day of the next month."""
        return (self.first + dt.timedelta(days=32)).replace(day=1)


def span(first: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month."""
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def month(first: dt.date, lines: Iterable[DayLine]) -> Month:
    """Return a month with what was trained in it, in the machine's own time."""
    by_day: dict[dt.date, list[DayLine]] = defaultdict(list)
    for line in lines:
        by_day[line.started_at.astimezone().date()].append(line)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return Month(first, tuple(tuple(_day(day, first, by_day.get(day, [])) for day in week) for week in weeks))


def _day(date: dt.date, first: dt.date, lines: list[DayLine]) -> Day:
    inside = (date.year, date.month) == (first.year, first.month)
    reps, quality = sum(line.reps for line in lines), sum(line.quality_reps for line in lines)
    return Day(date, inside, len(lines), reps, quality)
