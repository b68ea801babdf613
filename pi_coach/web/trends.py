"""Progress in figures a person can read: weeks or months, milestones, bests, sides and loads."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pi_coach.web.queries_progress import Best, Figures, Part, Trained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

DAYS_A_WEEK = 7
LEAST_REPS = 10
"""Fewer reps with a load or on a side say nothing about it."""


@dataclass(frozen=True, slots=True)
class Period:
    """How far back the page looks."""

    id: str
    title: str
    days: int | None
    """None for everything."""
    by_month: bool = False


PERIODS = (
    Period("12w", "12 weeks", 84),
    Period("1y", "1 year", 365),
    Period("all", "All", None, by_month=True),
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A week or a month of training."""

    start: dt.date
    sessions: int
    figures: Figures


def buckets(trained: Sequence[Trained], *, by_month: bool) -> list[Bucket]:
    """Return the weeks or months with training, in the machine's own time, the first one first."""
    start = _month if by_month else _week
    by_start: dict[dt.date, list[Trained]] = defaultdict(list)
    for one in trained:
        by_start[start(one.started_at.astimezone().date())].append(one)
    return [Bucket(day, len(some), total(some)) for day, some in sorted(by_start.items())]


def total(trained: Iterable[Trained]) -> Figures:
    """Add sessions up."""
    columns = zip(*(one.sums for one in trained), strict=True)
    return Figures(*map(sum, columns))


def _week(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


# What sums mean. Each is None where nothing of it was seen.


def clean_pct(figures: Figures) -> float | None:
    """Return the share of quality reps, %."""
    return 100 * figures.quality_reps / figures.reps if figures.reps else None


def score(figures: Figures) -> float | None:
    """Return the mean score."""
    return figures.score_sum / figures.scored if figures.scored else None


def range_deg(figures: Figures) -> float | None:
    """Return the mean hip flexion at the bottom."""
    return figures.hip_sum / figures.hip_seen if figures.hip_seen else None


def hip_knee(figures: Figures) -> float | None:
    """Return the mean ratio of hip to knee bend."""
    return figures.ratio_sum / figures.ratio_seen if figures.ratio_seen else None


def lockout_deg(figures: Figures) -> float | None:
    """Return the mean hip flexion that is left at the top."""
    return figures.lockout_sum / figures.lockout_seen if figures.lockout_seen else None


def tempo_scatter_pct(figures: Figures) -> float | None:
    """Return the scatter of a rep's length against its mean, %: the lower, the more even the tempo."""
    if figures.tempo_seen < 2 or not figures.tempo_sum:  # noqa: PLR2004 - one rep does not scatter
        return None
    mean = figures.tempo_sum / figures.tempo_seen
    variance = max(figures.tempo_squares / figures.tempo_seen - mean * mean, 0.0)
    return 100 * math.sqrt(variance) / mean


@dataclass(frozen=True, slots=True)
class Trend:
    """One quantity over time."""

    id: str
    title: str
    unit: str
    decimals: int
    told: str
    """What more or less of it means, for somebody who has never seen it."""
    of: Callable[[Figures], float | None]


TRENDS = (
    Trend("clean", "Clean reps", "%", 0, "Reps that score 80 or more without a serious fault.", clean_pct),
    Trend("range", "Range", "°", 0, "Hip bend at the bottom, on average.", range_deg),
    Trend("ratio", "Hip to knee", "", 1, "About 5 is a hinge, 1 is a squat.", hip_knee),
    Trend("lockout", "Left at the top", "°", 1, "Hip bend that stays when you stand: less is better.", lockout_deg),
    Trend("tempo", "Tempo scatter", "%", 0, "How unlike each other your reps' lengths are: less is better.",
          tempo_scatter_pct),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Milestone:
    """How far it is to the next round number of clean reps."""

    done: int
    goal: int | None
    """None beyond the last one."""
    goals: tuple[int, ...]


def milestone(parts: Sequence[Part], goals: Sequence[int]) -> Milestone:
    """Return the lifetime quality reps and the next milestone."""
    done = sum(part.quality_reps for part in parts)
    return Milestone(done, next((goal for goal in goals if goal > done), None), tuple(goals))


@dataclass(frozen=True, slots=True)
class Bests:
    """Personal bests; None where there is none."""

    run: Best | None
    depth: Best | None
    load: Best | None

    @property
    def session_ids(self) -> set[int]:
        """The sessions they were reached in."""
        return {best.session_id for best in (self.run, self.depth, self.load) if best is not None}


def bests(parts: Sequence[Part]) -> Bests:
    """Return the best of all parts, the latest of equals."""

    def most(found: Iterable[Best | None]) -> Best | None:
        known = [best for best in found if best is not None and best.value]
        return max(known, key=lambda best: (best.value, best.session_id), default=None)

    return Bests(
        most(part.run for part in parts), most(part.depth for part in parts), most(part.load for part in parts)
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Reps that have something in common."""

    name: str
    reps: int
    quality_reps: int
    range_deg: float | None

    @property
    def clean_pct(self) -> float:
        """The share of quality reps, %."""
        return 100 * self.quality_reps / self.reps


def sides(parts: Sequence[Part]) -> list[tuple[str, list[Group]]]:
    """Return the first and second side of each drill that has sides."""
    sided = [part for part in parts if part.side is not None]
    return [
        (drill, _grouped(of_drill, lambda part: str(part.side)))
        for drill, of_drill in groupby(sided, lambda part: part.drill)
    ]


def loads(parts: Sequence[Part]) -> list[tuple[float, Group]]:
    """Return how clean each load was lifted, the lightest first."""
    by_load: dict[float, list[Part]] = defaultdict(list)
    for part in parts:
        if part.load_kg is not None:
            by_load[part.load_kg].append(part)
    groups = [(load, _group(f"{load:g} kg", some)) for load, some in sorted(by_load.items())]
    return [(load, group) for load, group in groups if group.reps >= LEAST_REPS]


def _grouped(parts: Iterable[Part], name: Callable[[Part], str]) -> list[Group]:
    ordered = sorted(parts, key=name)
    return [_group(key, list(some)) for key, some in groupby(ordered, name)]


def _group(name: str, parts: Sequence[Part]) -> Group:
    seen = sum(part.hip_seen for part in parts)
    depth = sum(part.hip_sum for part in parts) / seen if seen else None
    return Group(name, sum(part.reps for part in parts), sum(part.quality_reps for part in parts), depth)


@dataclass(frozen=True, slots=True)
class Streak:
    """Weeks in a row with training."""

    now: int
    longest: int


def streak(days: Iterable[dt.datetime], today: dt.date) -> Streak:
    """Return the running and the longest streak; a week that has just begun does not end one."""
    weeks = sorted({_week_number(day.astimezone()) for day in days})
    runs: list[list[int]] = []
    for week in weeks:
        if runs and week == runs[-1][-1] + 1:
            runs[-1].append(week)
        else:
            runs.append([week])
    running = bool(runs) and _week_number(today) <= runs[-1][-1] + 1
    return Streak(len(runs[-1]) if running else 0, max(map(len, runs), default=0))


def _week_number(day: dt.date) -> int:
    """Return how many Mondays have passed since the calendar's beginning: day 1 of year 1 was one."""
    return (day.toordinal() - 1) // DAYS_A_WEEK
