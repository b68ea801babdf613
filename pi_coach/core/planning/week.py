"""The week and the wave: when a load may come again, when a heavy day, when an easy week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.planning.history import WEEK_DAYS

if TYPE_CHECKING:
    from pi_coach.core.planning.history import History, PastSession, PastSet
    from pi_coach.core.planning.rules import Heavy
    from pi_coach.core.planning.syllabus import Syllabus


def trained_sessions(history: History) -> list[PastSession]:
    """Return the sessions in which the athlete did at least one rep."""
    return [session for session in history.sessions if any(one.reps for one in session.sets)]


def loaded_days(syllabus: Syllabus, history: History) -> list[float]:
    """Return when the athlete lifted a load."""
    return [session.day for session in history.sessions if _is_loaded(syllabus, session)]


def _is_loaded(syllabus: Syllabus, session: PastSession) -> bool:
    least = syllabus.rules.week.loaded_tier
    light = {rung.drill for rung in syllabus.rules.ladder.values() if rung.tier < least}
    drills = {one.drill for one in session.sets if one.reps}
    # A drill of the owner's own stands on no rung; whether it is loaded says its file.
    return any(
        drill not in light and (drill not in syllabus.drills or syllabus.drills[drill].loaded) for drill in drills
    )


def heavy_days(syllabus: Syllabus, history: History) -> list[float]:
    """Return when the athlete lifted heavily."""
    lifts = {rung.drill for rung in syllabus.rules.ladder.values() if rung.heavy}
    best: dict[str, float] = {}
    days: list[float] = []
    for session in history.sessions:
        sets = [one for one in session.sets if one.drill in lifts and one.reps]
        if any(_is_heavy(syllabus.rules.heavy, one, best.get(one.drill)) for one in sets):
            days.append(session.day)
        for one in sets:
            best[one.drill] = max(best.get(one.drill, 0.0), one.load_kg or 0.0)
    return days


def _is_heavy(rule: Heavy, one: PastSet, best_kg: float | None) -> bool:
    """Tell whether a set of a heavy lift was heavy. `best_kg` is the best load before it, None or 0 where unknown."""
    few = one.target_reps <= rule.top_reps
    return few or bool(one.load_kg and best_kg and one.load_kg >= rule.load_share * best_kg)


def wait_days(days: list[float], now_day: float, apart_days: float) -> float | None:
    """Return how long to wait until the last of the days is far enough away; None where it is."""
    left = max(days) + apart_days - now_day if days else 0.0
    return left if left > 0.0 else None


def sessions_this_week(history: History, now_day: float) -> int:
    """Return how often the athlete trained in the last seven days."""
    return sum(0.0 <= now_day - session.day < WEEK_DAYS for session in trained_sessions(history))


@dataclass(frozen=True, slots=True)
class WavePlace:
    """Where in a wave of loads the athlete is."""

    since_day: float
    """When this wave began."""
    week: int
    """From 0."""
    easy: bool
    """Whether this is the week after the climb."""
    later: bool
    """Whether a wave came before this one."""


def wave_at(syllabus: Syllabus, history: History, now_day: float) -> WavePlace:
    """Return where in the waves since the last pause the athlete is."""
    rule = syllabus.rules.wave
    since, last = now_day, None
    for day in (*loaded_days(syllabus, history), now_day):
        if last is None or day - last >= rule.pause_days:
            since = day
        last = day
    weeks = max(int((now_day - since) // WEEK_DAYS), 0)
    number, week = divmod(weeks, rule.weeks_up + 1)
    begun = since + number * (rule.weeks_up + 1) * WEEK_DAYS
    return WavePlace(begun, week, week == rule.weeks_up, number > 0)
