"""A severely rounded back under load: a warning, then a stop; in doubt neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from pi_coach.core.reps.reading import LEAST_BENT_DEG

if TYPE_CHECKING:
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.sight.measures import Measures
    from pi_coach.core.speaking.cue_rules import Learner, SafetyRules

SPINE = "back_rounding"
"""The fault that stops a loaded set where it is severe."""

LOADED_LOST = "framing.loaded_lost"
"""Said to an athlete who goes out of sight in the middle of a loaded rep."""

MAX_GAP_S = 0.3
"""After a longer gap in the picture the windows start afresh, as every hold does."""

LEAST_FRAMES = 2
"""A window in which the back was seen less often has no middle."""


class Alarm(StrEnum):
    """What a severe back leads to."""

    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class SafetyWatch:
    """The windows of the rep under way, and the last warning."""

    frames: tuple[Measures, ...] = ()
    """Those of the window that is open."""
    votes: tuple[bool, ...] = ()
    """Whether each of the latest windows was severe; one without a clear outline was not."""
    warned_s: float | None = None
    warned_rep: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Lift:
    """The rep that is watched."""

    spine: Fault
    rep: int
    """From 1 within its set."""
    heavy: bool


def is_heavy(rules: SafetyRules, learner: Learner, load_kg: float | None, reps: int) -> bool:
    """Tell whether a load is heavy for the athlete; one that was not told is not."""
    if load_kg is None:
        return False
    best_kg = learner.best_load_kg
    return reps <= rules.heavy_reps or (best_kg is not None and load_kg >= rules.heavy_share * best_kg)


def rest(watch: SafetyWatch) -> SafetyWatch:
    """Return the watch while nothing can be judged: the athlete stands, or is not seen from the side."""
    return replace(watch, frames=(), votes=()) if watch.frames or watch.votes else watch


def look(
    rules: SafetyRules, watch: SafetyWatch, lift: Lift, now: Measures
) -> tuple[SafetyWatch, tuple[Alarm, float] | None]:
    """Take in one frame of a rep; return the watch, and what a severe back leads to with its value."""
    if now.trunk_deg is None or now.trunk_deg < LEAST_BENT_DEG:
        return rest(watch), None
    if watch.frames and now.t - watch.frames[-1].t > MAX_GAP_S:
        watch = rest(watch)
    if not watch.frames or now.t - watch.frames[0].t < rules.window_s:
        return replace(watch, frames=(*watch.frames, now)), None
    value = _severe(lift.spine, watch.frames)
    votes = (*watch.votes, value is not None)[-rules.windows :]
    watch = replace(watch, frames=(now,), votes=votes)
    if value is None or sum(votes) < rules.votes:
        return watch, None
    return _answer(rules, watch, lift, (now.t, value))


def _severe(spine: Fault, frames: tuple[Measures, ...]) -> float | None:
    """Return the middle of a window whose back is severely rounded, another sign agreeing; None for any other."""
    value = _middle(frames, spine.measure)
    if value is None or not spine.severe_at(value):
        return None
    agrees = any(limit.crossed_by(_middle(frames, limit.measure)) for limit in spine.supports)
    return value if agrees or not spine.supports else None


def _middle(frames: tuple[Measures, ...], measure: str) -> float | None:
    seen = [value for value in (getattr(m, measure) for m in frames) if value is not None]
    return median(seen) if len(seen) >= max(LEAST_FRAMES, len(frames) / 2) else None


def _answer(
    rules: SafetyRules, watch: SafetyWatch, lift: Lift, found: tuple[float, float]
) -> tuple[SafetyWatch, tuple[Alarm, float] | None]:
    t, value = found
    if watch.stopped:
        return watch, None
    warned = watch.warned_s is not None and lift.rep - watch.warned_rep <= 1
    if warned and watch.warned_s is not None and t - watch.warned_s < rules.again_s:
        return watch, None
    if warned or (lift.heavy and lift.rep == 1):
        return replace(watch, stopped=True), (Alarm.STOP, value)
    return replace(watch, warned_s=t, warned_rep=lift.rep), (Alarm.WARN, value)
