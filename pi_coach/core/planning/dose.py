"""How many sets and reps, with which load, how far from the wall."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pi_coach.core.planning.history import WEEK_DAYS, quality_share
from pi_coach.core.planning.week import trained_sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.planning.history import History, PastSession
    from pi_coach.core.planning.rules import Rung, WallLadder, Wave
    from pi_coach.core.planning.syllabus import Syllabus
    from pi_coach.core.planning.week import WavePlace

ROUNDING = "back_rounding"
"""The fault that takes weight off."""
MISSED = "wall_missed"
"""The fault that brings the heels closer to the wall."""


@dataclass(frozen=True, slots=True)
class Dose:
    """How much of a drill."""

    sets: int
    reps: int
    load_kg: float | None
    """None where no load was ever told."""
    why: str


def dose(syllabus: Syllabus, name: str, history: History, wave: WavePlace, now_day: float) -> Dose:
    """Return today's dose of a rung: first reps, then sets, then weight, each after a good session."""
    rung, rule = syllabus.rung(name), syllabus.rules.wave
    past = [session.only({rung.drill}) for session in history.sessions]
    past = [session for session in past if any(one.reps for one in session.sets)]
    loaded = rung.tier >= syllabus.rules.week.loaded_tier
    steps = sum(_good(rule, session) for session in past if not loaded or session.day >= wave.since_day)
    sets, reps = _volume(rung, steps)
    if not loaded:
        return Dose(sets, reps, None, rung.note)
    if wave.easy:
        sets = rung.sets[0]
    full = sets == rung.sets[1] and steps > 0
    lift = _Lift(rung, rule, wave, full, _paused(syllabus, history, past, now_day))
    load_kg, why = _load(lift, past)
    return Dose(sets, reps, load_kg, "; ".join(part for part in (rung.note, why) if part))


def _paused(syllabus: Syllabus, history: History, past: Sequence[PastSession], now_day: float) -> bool:
    """Tell whether there was a break from all training since the drill was done last."""
    if not past:
        return False
    days = [session.day for session in trained_sessions(history) if session.day >= past[-1].day]
    return any(later - day >= syllabus.rules.layoff.weeks * WEEK_DAYS for day, later in pairwise((*days, now_day)))


def _good(rule: Wave, session: PastSession) -> bool:
    return (quality_share(session.scored) or 0.0) >= rule.quality_share and not _rounded(session)


def _rounded(session: PastSession) -> bool:
    return any(ROUNDING in rep.severe for one in session.sets for rep in one.reps)


def _volume(rung: Rung, steps: int) -> tuple[int, int]:
    """Return sets and reps after so many good sessions; a heavy lift keeps its reps, for fewer would be heavier."""
    if rung.heavy or rung.reps[0] == rung.reps[1]:
        return min(rung.sets[0] + steps, rung.sets[1]), rung.reps[1]
    if steps == 0:
        return rung.sets[0], rung.reps[0]
    return min(rung.sets[0] + steps - 1, rung.sets[1]), rung.reps[1]


@dataclass(frozen=True, slots=True)
class _Lift:
    """The circumstances in which a load is chosen."""

    rung: Rung
    rule: Wave
    wave: WavePlace
    full: bool
    """Whether all sets are done, so that only weight is left to add."""
    after_break: bool


def _load(lift: _Lift, past: Sequence[PastSession]) -> tuple[float | None, str]:
    """Return the load and why; None where none is known, or where a bell has no size for it."""
    known = [(session, load) for session in past if (load := _top_kg(session)) is not None]
    if not known:
        return None, "take a weight that leaves two reps in hand" if lift.rung.heavy else "a weight you move with ease"
    last, kg = known[-1]
    if lift.rung.range_first:
        return _bell(lift, last, kg)
    less = _less(lift, last)
    if less is not None:
        share, of_best, why = less
        most = max(load for _, load in known) if of_best else kg
        return min(kg, _to_plates(lift.rule, share * most)), why
    return _one_step_up(lift.rule, kg) if lift.full and _good(lift.rule, last) else (kg, "the weight stays")


def _less(lift: _Lift, last: PastSession) -> tuple[float, bool, str] | None:
    """Return the share that is left of the load, whether of the best or the last one, and why; None where it stays."""
    rule, wave = lift.rule, lift.wave
    reasons = (
        (lift.after_break, rule.after_break_share, False, "less weight after the break"),
        (_rounded(last), rule.after_rounding_share, False, "less weight: the back rounded last time"),
        (wave.easy, rule.reset_share, True, "the easy week: fewer sets, less weight"),
        (wave.later and last.day < wave.since_day, rule.reset_share, True, "a new wave: a little back, then up again"),
    )
    return next(((share, of_best, why) for holds, share, of_best, why in reasons if holds), None)


def _bell(lift: _Lift, last: PastSession, kg: float) -> tuple[float | None, str]:
    if lift.after_break or _rounded(last):
        return None, "a lighter bell or a shorter range than last time"
    if lift.full and _good(lift.rule, last):
        return kg, "more range before more weight; the next bell once the range is full"
    return kg, "the same bell"


def _one_step_up(rule: Wave, kg: float) -> tuple[float, str]:
    more = max(_to_plates(rule, kg * (1.0 + rule.step_share)), kg + rule.rounding_kg)
    if more > kg * (1.0 + rule.most_step_share):
        return kg, "the weight stays: the smallest step would be too large"
    return more, "a little more weight: the last session was clean"


def _top_kg(session: PastSession) -> float | None:
    return max((one.load_kg for one in session.sets if one.load_kg), default=None)


def _to_plates(rule: Wave, kg: float) -> float:
    return round(kg / rule.rounding_kg) * rule.rounding_kg


@dataclass(frozen=True, slots=True)
class WallPlace:
    """How far from the wall the heels stand."""

    cm: float
    """Today."""
    passed_cm: float | None
    """The furthest that was mastered; None where none was."""
    stuck: bool
    """Whether even the shortest distance was missed: mobility first."""


def wall_place(rule: WallLadder, drill: str, history: History) -> WallPlace:
    """Return the distance after all sessions at the wall, each done at the distance that was due."""
    most = rule.basics_most_cm if history.profile.basics_only else rule.most_cm
    place = WallPlace(min(rule.start_cm, most), None, stuck=False)
    for session in history.sessions:
        own = session.only({drill})
        if _keeps_missing(rule, own):
            place = WallPlace(max(place.cm - rule.step_cm, rule.start_cm), place.passed_cm, place.cm <= rule.start_cm)
        elif len(own.scored) >= rule.reps and (quality_share(own.scored) or 0.0) >= rule.quality_share:
            passed = max(place.cm, place.passed_cm or 0.0)
            place = WallPlace(min(place.cm + rule.step_cm, most), passed, stuck=False)
    return place


def _keeps_missing(rule: WallLadder, session: PastSession) -> bool:
    missed = [MISSED in rep.faults for one in session.sets for rep in one.reps]
    return any(sum(missed[i : i + rule.misses_of]) >= rule.misses for i in range(len(missed)))
