"""Signs that the set is long enough: the ascent slows, faults gather, scores fall, the lockout drifts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.events import Rep
    from pi_coach.core.phrases import Phrases

SENTENCE, NONE_CLEAN = "coaching.rest_here", "coaching.rest_now"
"""What is said when a set ends early."""

BEST = 2
"""The best and the latest so many reps are compared: one alone may be a slip of the measurement. All of the latest must
be slow: people vary by a tenth of a second and more, and the mean of two ended one steady set in nine."""


class Tired(StrEnum):
    """What shows it."""

    SLOWER = "the way up has slowed"
    FAULTS = "faults gather at the end"
    SCORES = "scores fall from rep to rep"
    LOCKOUT = "the lockout drifts"


@dataclass(frozen=True, slots=True, kw_only=True)
class FatigueLimits:
    """When a set is long enough; the reasons stand in programme.toml."""

    slower_warn_share: float = 0.2
    """Loss of the ascent's speed against the best reps that is worth a warning."""
    slower_end_share: float = 0.3
    """Loss that ends the set."""
    faults_times: float = 2.0
    """The last third's share of faulty reps is so many times the first third's."""
    faults_share: float = 0.4
    """And at least this."""
    slope_per_rep: float = -3.0
    """Points a rep."""
    slope_reps: int = 5
    """Over at least so many reps."""
    drift_deg: float = 8.0
    """Hip flexion left at the top, more than at the beginning."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of fatigue."""

    kind: Tired
    value: float
    """Shares 0 to 1, points a rep, or degrees."""
    limit: float
    ends: bool
    """Whether the set should end; else it is a warning."""


@dataclass(frozen=True, slots=True)
class Fatigue:
    """The signs of fatigue in a set, the strongest reason first."""

    signs: tuple[Sign, ...]

    @property
    def ends_set(self) -> bool:
        """Tell whether the set should end here."""
        return any(sign.ends for sign in self.signs)


STANDARD = FatigueLimits()


def signs(reps: Sequence[Rep], limits: FatigueLimits = STANDARD) -> Fatigue | None:
    """Return the signs of fatigue in the running set's reps so far; None where there are none."""
    seen = (_slower(reps, limits), _faults(reps, limits), _scores(reps, limits), _lockout(reps, limits))
    found = sorted((sign for sign in seen if sign is not None), key=lambda sign: not sign.ends)
    return Fatigue(tuple(found)) if found else None


def rest_here(phrases: Phrases, reps: Sequence[Rep]) -> str:
    """Return the sentence that ends the set: how many were clean, and to rest."""
    clean = sum(rep.quality for rep in reps)
    return phrases.say(SENTENCE, clean=phrases.number(clean)) if clean else phrases.say(NONE_CLEAN)


def ascent_deg_s(rep: Rep) -> float | None:
    """Return the mean speed of the way up, degrees of hip flexion a second; None where it was not seen."""
    range_deg, up_s = rep.measures.get("hip_flexion_deg"), rep.measures.get("up_s")
    return range_deg / up_s if range_deg is not None and up_s else None


def _slower(reps: Sequence[Rep], limits: FatigueLimits) -> Sign | None:
    speeds = [speed for speed in map(ascent_deg_s, reps) if speed is not None]
    if len(speeds) < 2 * BEST:
        return None
    best = mean(sorted(speeds)[-BEST:])
    loss = 1.0 - max(speeds[-BEST:]) / best if best > 0.0 else 0.0
    if loss < limits.slower_warn_share:
        return None
    ends = loss >= limits.slower_end_share
    return Sign(Tired.SLOWER, loss, limits.slower_end_share if ends else limits.slower_warn_share, ends)


def _faults(reps: Sequence[Rep], limits: FatigueLimits) -> Sign | None:
    third = len(reps) // 3
    if third < BEST:
        return None
    first, last = (mean(bool(rep.faults) for rep in part) for part in (reps[:third], reps[-third:]))
    gathers = last >= limits.faults_share and last >= limits.faults_times * first
    return Sign(Tired.FAULTS, last, limits.faults_share, ends=True) if gathers else None


def _scores(reps: Sequence[Rep], limits: FatigueLimits) -> Sign | None:
    scores = [(float(rep.number), float(rep.score)) for rep in reps if rep.score is not None]
    if len(scores) < limits.slope_reps:
        return None
    slope = _slope(scores)
    return Sign(Tired.SCORES, slope, limits.slope_per_rep, ends=True) if slope <= limits.slope_per_rep else None


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the straight line through the points (least squares)."""
    middle_x, middle_y = (mean(part) for part in zip(*points, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def _lockout(reps: Sequence[Rep], limits: FatigueLimits) -> Sign | None:
    left = [value for value in (rep.measures.get("lockout_residual_deg") for rep in reps) if value is not None]
    if len(left) < 2 * BEST:
        return None
    drift = mean(left[-BEST:]) - mean(left[:BEST])
    return Sign(Tired.LOCKOUT, drift, limits.drift_deg, ends=True) if drift > limits.drift_deg else None
