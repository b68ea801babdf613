"""Self-tests: which are due, and what the reps say about those that the coach can read by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.planning.dose import wall_place

if TYPE_CHECKING:
    from pi_coach.core.planning.history import History
    from pi_coach.core.planning.rules import Screen
    from pi_coach.core.planning.syllabus import Syllabus

WAITERS_BOW, WALL_REACH = "waiters_bow", "wall_reach"
"""The screens that the coach reads off the reps."""

FLAT_BACK_PCT = 5.0
"""A back that bulges less than this counts as long in the waiter's bow: half of the backs at 25 degrees of lumbar
flexion read more (simulated outline)."""


class Verdict(StrEnum):
    """What a value means."""

    GOOD = "good"
    FAIR = "fair"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class ScreenState:
    """One self-test and what is known of it."""

    name: str
    """Its id in programme.toml."""
    screen: Screen
    value: float | None
    """The last, in the screen's own unit; None where there is none."""
    verdict: Verdict | None
    due: bool
    """Whether it is time to do it."""


def states(syllabus: Syllabus, history: History, now_day: float) -> tuple[ScreenState, ...]:
    """Return every screen with what is known of it."""
    return tuple(_state(syllabus, history, now_day, name) for name in syllabus.rules.screens)


def _state(syllabus: Syllabus, history: History, now_day: float, name: str) -> ScreenState:
    screen = syllabus.rules.screens[name]
    if screen.measured:
        value = _measured(syllabus, history, now_day, name)
        return ScreenState(name, screen, value, _verdict(screen, value), due=False)
    done = [one for one in history.screens if one.screen == name]
    if not done:
        return ScreenState(name, screen, None, None, due=True)
    told = Verdict.LIMITED if done[-1].passed is False else Verdict.GOOD if done[-1].passed else None
    due = now_day - done[-1].day >= syllabus.rules.screen_every_days
    return ScreenState(name, screen, done[-1].value, _verdict(screen, done[-1].value) or told, due)


def _verdict(screen: Screen, value: float | None) -> Verdict | None:
    if value is None:
        return None
    return Verdict.GOOD if value >= screen.good else Verdict.FAIR if value >= screen.fair else Verdict.LIMITED


def _measured(syllabus: Syllabus, history: History, now_day: float, name: str) -> float | None:
    if name == WAITERS_BOW:
        return _bow_deg(syllabus, history, now_day)
    return _reach(syllabus, history) if name == WALL_REACH else None


def _bow_deg(syllabus: Syllabus, history: History, now_day: float) -> float | None:
    """Return the deepest hinge with a long back of the last weeks, standing and without a load; None where unseen."""
    bows = [
        rep.hip_flexion_deg
        for session in history.sessions
        if 0.0 <= now_day - session.day <= syllabus.rules.screen_every_days
        for one in session.sets
        if _stands_unloaded(syllabus, one.drill)
        for rep in one.reps
        if rep.hip_flexion_deg is not None and rep.back_curve_pct is not None and rep.back_curve_pct <= FLAT_BACK_PCT
    ]
    return max(bows, default=None)


def _stands_unloaded(syllabus: Syllabus, drill: str) -> bool:
    known = syllabus.drills.get(drill)
    return known is not None and not known.loaded and known.squat_limits is not None and not known.arms_rise


def _reach(syllabus: Syllabus, history: History) -> float | None:
    """Return the furthest mastered distance from the wall over the stature; None where either is unknown."""
    wall = syllabus.rules.wall
    passed_cm = wall_place(wall, syllabus.rung(wall.rung).drill, history).passed_cm
    stature_cm = history.profile.stature_cm
    return passed_cm / stature_cm if passed_cm and stature_cm else None
