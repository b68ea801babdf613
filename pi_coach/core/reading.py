"""One rep in numbers: its frames' measures summed up at the bottom and at the lockout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.measures import Measures

BOTTOM_SHARE = 0.9
"""The bottom is where the fold is at least this share of its peak."""

LEAST_SEEN_SHARE = 0.35
"""A measure seen in fewer of the frames at the bottom is not told: glimpses of a leg behind a plate mislead."""

MIDDLE_SHARE = 0.59
"""A movement that starts and ends smoothly, as half a cosine, spends this share of its time between 10 and 90 %."""

LEAST_BENT_DEG, BENT_SHARE = 42.0, 0.7
"""The back's outline is judged where the trunk leans at least this much, in frames near the rep's largest lean: an
upright trunk's outline shows seat and belly instead (a rendered squat with a flat back reads as rounded)."""

LEAN_HELD_S = 0.3
"""A lean back counts as far as it was held this long."""

LEAST_KNEE_DEG, LEAST_DROP_LEG, LEAST_SHOULDER_DROP_LEG = 5.0, 0.02, 0.08
"""Below these the ratios divide by landmark noise (documented with each ratio's error in a simulated body)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A rep's measures; None is "not seen"."""

    hip_flexion_deg: float | None = None
    """At the deepest, beyond the tall stance."""
    knee_flexion_deg: float | None = None
    """At the bottom, beyond the tall stance."""
    trunk_deg: float | None = None
    """At the bottom, from vertical."""
    shank_deg: float | None = None
    """At the bottom, from vertical, knee forward positive."""
    shank_forward_deg: float | None = None
    """At the bottom, beyond the tall stance."""
    hip_knee_ratio: float | None = None
    """Hip over knee excursion: about 5 in a hinge, 1 in a squat."""
    hips_back_leg: float | None = None
    """Leg lengths."""
    back_drop_ratio: float | None = None
    """Hips back over hips down: above 6 in a hinge, about 1 in a squat."""
    stoop_squat_index: float | None = None
    """100 (1 - hip drop / shoulder drop), after Schmid 2022: above 85 in a stoop or hinge, below 38 in a squat; it
    rests on heights only, so the camera's direction does not matter."""
    squat_votes: float | None = None
    """How many of five signs look like a squat; None where neither hip nor knee was seen."""
    back_curve_pct: float | None = None
    """Dorsal curvature beyond the own flat back, % of trunk length."""
    head_back_deg: float | None = None
    """Head tilted back against the trunk at the bottom, beyond the tall stance; negative for a dropped head."""
    weight_foot: float | None = None
    """Where the centre of mass stands over the foot at the bottom: 0 heel, 1 toe."""
    knee_gap_ratio: float | None = None
    """Knee width over ankle width against the tall stance, seen from the front: below 1 the knees come in."""
    wall_gap_leg: float | None = None
    """Least distance from the wall, leg lengths."""
    lean_back_deg: float | None = None
    """Trunk behind the tall stance and behind vertical at the lockout."""
    lockout_residual_deg: float | None = None
    """Hip flexion left at the lockout."""
    depth_share: float | None = None
    """Depth over the drill's target."""
    down_s: float | None = None
    """How long the way down took; None where its start was not seen."""
    up_s: float | None = None
    """How long the way up took."""
    hold_s: float | None = None
    """How long the bottom was held."""


def bottom_frames(frames: Sequence[Measures]) -> list[Measures]:
    """Return the frames at the bottom of a rep."""
    peak = max((m.fold_deg for m in frames if m.fold_deg is not None), default=0.0)
    return [m for m in frames if m.fold_deg is not None and m.fold_deg >= BOTTOM_SHARE * peak]


def deepest(frames: Sequence[Measures], of: Callable[[Measures], float | None]) -> float | None:
    """Return the median of a measure at the bottom; None where it was hidden for most of it."""
    values = [of(m) for m in bottom_frames(frames)]
    seen = [value for value in values if value is not None]
    return median(seen) if len(seen) > LEAST_SEEN_SHARE * len(values) else None


def rounding_pct(frames: Sequence[Measures]) -> float | None:
    """Return how much further the back bulged than when standing, over the bent part of the rep, % of trunk length.

    None where the trunk stayed too upright for the outline to tell, or the back was hidden for half of the time.
    """
    most_bent = max((m.trunk_deg for m in frames if m.trunk_deg is not None), default=0.0)
    if most_bent < LEAST_BENT_DEG:
        return None
    bent = [m.back_curve_pct for m in frames if m.trunk_deg is not None and m.trunk_deg > BENT_SHARE * most_bent]
    seen = [value for value in bent if value is not None]
    return median(seen) if 2 * len(seen) > len(bent) else None


def held_at_least(frames: Sequence[Measures], of: Callable[[Measures], float | None], for_s: float) -> float | None:
    """Return the highest value that a measure kept for `for_s`; None where it was not seen that long."""
    best: float | None = None
    for first in range(len(frames)):
        lowest: float | None = None
        for m in frames[first:]:
            value = of(m)
            if value is None:
                break
            lowest = value if lowest is None else min(lowest, value)
            if best is not None and lowest <= best:
                break
            if m.t - frames[first].t >= for_s:
                best = lowest
                break
    return best


def ratio(top: float | None, bottom: float | None, least: float) -> float | None:
    """Return top over bottom, the bottom taken as at least `least`; None where either was not seen."""
    return None if top is None or bottom is None else top / max(bottom, least)


def stoop_squat_index(hip_drop_leg: float | None, shoulder_drop_leg: float | None) -> float | None:
    """Return the Stoop-Squat-Index; None where the shoulders hardly came down."""
    if hip_drop_leg is None or shoulder_drop_leg is None or shoulder_drop_leg <= LEAST_SHOULDER_DROP_LEG:
        return None
    return 100.0 * (1.0 - hip_drop_leg / shoulder_drop_leg)


def hold_time_s(frames: Sequence[Measures]) -> float | None:
    """Return how long the bottom was held: from its first frame to its last."""
    bottom = bottom_frames(frames)
    return bottom[-1].t - bottom[0].t if bottom else None


def down_time_s(frames: Sequence[Measures]) -> float | None:
    """Return how long the way down to the bottom took, from its middle part."""
    return _travel_s([(m.t, m.fold_deg) for m in frames if m.fold_deg is not None])


def up_time_s(frames: Sequence[Measures]) -> float | None:
    """Return how long the way up to the lockout took, from its middle part."""
    return _travel_s([(-m.t, m.fold_deg) for m in reversed(frames) if m.fold_deg is not None])


def _travel_s(folds: Sequence[tuple[float, float]]) -> float | None:
    """Return the duration of the rise to the peak: the time from 10 to 90 % of it over that part of a smooth movement.

    The ends of a movement are slow and drown in noise; its middle is sharp at any frame rate.
    """
    peak = max((fold for _, fold in folds), default=0.0)
    start, end = _crossing(folds, 0.1 * peak), _crossing(folds, 0.9 * peak)
    if start is None or end is None:
        return None
    return (end - start) / MIDDLE_SHARE


def _crossing(folds: Sequence[tuple[float, float]], level: float) -> float | None:
    """Return when the fold last rose through a level before it first reached 90 % of its peak, between two frames."""
    peak = max(fold for _, fold in folds)
    crossed: float | None = None
    for (t0, low), (t1, high) in pairwise(folds):
        if low < level <= high:
            crossed = t0 + (t1 - t0) * (level - low) / (high - low)
        if high >= 0.9 * peak:
            break
    return crossed
