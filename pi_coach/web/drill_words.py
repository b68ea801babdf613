"""Drills and what is judged about them, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach import plan
from pi_coach.core.reps.fault import Judged, Severity
from pi_coach.core.units import NAMES, told

if TYPE_CHECKING:
    from pi_coach.config import Config
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault, Limit

TIERS = ("On the knees and the bench", "The pattern, standing", "Light loads", "Off the floor", "Heavy", "The deadlift")
"""What the rungs of the ladder have in common."""

COUNTS = {
    Severity.CRITICAL: "stops the set under load",
    Severity.MAJOR: "a rep with it is not clean",
    Severity.MODERATE: "costs points",
    Severity.MINOR: "costs a few points",
}
"""What a fault does to a rep."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One fault in words."""

    title: str
    limit: str
    """From where it counts: "back curve above 4.3 % of the trunk"."""
    severe: str
    """From where it is severe, and what that means; empty where it never is."""
    counts: str
    cues: tuple[str, ...]
    spoken: bool
    """Whether it is named during the set; else it is told afterwards."""
    reason: str


def judged(fault: Fault) -> Judgement:
    """Return a fault in words."""
    severe = (
        "" if fault.severe is None else f"{_side(fault)} {told(fault.measure, fault.severe)}: {COUNTS[fault.severe_as]}"
    )
    return Judgement(
        title=fault.title,
        limit=_limit(fault),
        severe=severe,
        counts=COUNTS[fault.severity],
        cues=fault.words.cues,
        spoken=fault.spoken,
        reason=fault.reason,
    )


def _limit(fault: Fault) -> str:
    text = _beyond(fault, fault.limit)
    if fault.judged is Judged.FRAME and fault.for_s:
        text += f" for {told('for_s', fault.for_s)}"
    if fault.over_reps > 1:
        text += f", the middle of {fault.over_reps} reps"
    if fault.supports:
        text += f", together with {_any(fault.supports)}"
    if fault.instead:
        text += f"; or {_any(fault.instead)}"
    return text


def _any(limits: tuple[Limit, ...]) -> str:
    return " or ".join(_beyond(one, one.above if one.above is not None else one.below or 0.0) for one in limits)


def _beyond(limit: Fault | Limit, value: float) -> str:
    return f"{NAMES.get(limit.measure, limit.measure.replace('_', ' '))} {_side(limit)} {told(limit.measure, value)}"


def _side(limit: Fault | Limit) -> str:
    return "above" if limit.above is not None else "below"


def ladder(config: Config) -> list[tuple[str, list[Drill]]]:
    """Return the drills by rung, the first rung first; those on none come last."""
    rungs = plan.read_syllabus(config).rules.ladder.values()
    groups: list[tuple[str, list[Drill]]] = []
    left = dict(config.drills)
    for tier, name in enumerate(TIERS):
        own = [left.pop(rung.drill) for rung in rungs if rung.tier == tier and rung.drill in left]
        groups.append((name, own))
    groups.append(("More", sorted(left.values(), key=lambda drill: drill.name)))
    return [(name, own) for name, own in groups if own]
