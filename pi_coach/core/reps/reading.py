"""One rep in numbers: its frames' measures summed up at the bottom and at the lockout."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pi_coach.core.filters import slope_per_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.sight.measures import Measures

BOTTOM_SHARE = 0.9
"""The bottom is where the fold is at least this share of its peak."""

LEAST_SEEN_SHARE = 0.35
"""A measure seen in fewer of the frames at the bottom is not told: glimpses of a leg behind a plate mislead."""

MIDDLE_SHARE = 0.53
"""A movement that starts and ends smoothly spends this share of its time between 10 and 90 % of its way: 0.51 with the
least jerk (Flash and Hogan 1985), 0.59 as half a cosine."""

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
    knee_over_hip_leg: float | None = None
    """Knees above the hips at the bottom, leg lengths; a height, so the camera's direction does not matter."""
    squat_votes: float | None = None
    """How many of five signs look like a squat; None where neither hip nor knee was seen."""
    knee_bend_deg: float | None = None
    """Knee flexion itself at the bottom, 0 straight."""
    back_curve_pct: float | None = None
    """How far the back bulges beyond the tall stance, % of trunk length: at least so much."""
    back_doubt_pct: float | None = None
    """What arms that hung in the tall stance may have made of the bulge, and is not counted."""
    back_lower_pct: float | None = None
    """How far its lower half does."""
    chest_drop_pct: float | None = None
    """How far its upper half does beyond what a bent lumbar spine takes along."""
    elbow_ahead_trunk: float | None = None
    """Near elbow before the trunk's line at the bottom, trunk lengths."""
    heel_rise_leg: float | None = None
    """How high the heel was off the floor at the bottom, leg lengths."""
    head_back_deg: float | None = None
    """Head tilted back against the trunk at the bottom, beyond the tall stance; negative for a dropped head."""
    weight_foot: float | None = None
    """Where the centre of mass stands over the foot at the bottom: 0 heel, 1 toe."""
    knee_gap_ratio: float | None = None
    """Knee width over ankle width against the tall stance, seen from the front: below 1 the knees come in."""
    knee_splay: float | None = None
    """Knees wider than the feet and than in the tall stance at the bottom: 1 is as wide as a good hinge allows."""
    wall_gap_leg: float | None = None
    """Least distance from the wall, leg lengths."""
    wall_speed_leg_s: float | None = None
    """How fast the hips met the wall, leg lengths a second; None where they did not."""
    wall_lean_s: float | None = None
    """How long the athlete leaned on the wall, the weight behind the heel, seconds."""
    hips_first_deg: float | None = None
    """How much further the trunk tipped in the first third of the way up, while the hips rose."""
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


def middle_reading(readings: Sequence[Reading]) -> Reading:
    """Return the median of each measure over several reps; None where fewer than half of them saw it."""
    if len(readings) == 1:
        return readings[0]

    def middle(name: str) -> float | None:
        seen = [value for value in (getattr(reading, name) for reading in readings) if value is not None]
        return median(seen) if 2 * len(seen) > len(readings) else None

    return Reading(**{part.name: middle(part.name) for part in fields(Reading)})


def bottom_frames(frames: Sequence[Measures]) -> list[Measures]:
    """Return the frames at the bottom of a rep."""
    peak = max((m.fold_deg for m in frames if m.fold_deg is not None), default=0.0)
    return [m for m in frames if m.fold_deg is not None and m.fold_deg >= BOTTOM_SHARE * peak]


def deepest(frames: Sequence[Measures], of: Callable[[Measures], float | None]) -> float | None:
    """Return the median of a measure at the bottom; None where it was hidden for most of it."""
    values = [of(m) for m in bottom_frames(frames)]
    seen = [value for value in values if value is not None]
    return median(seen) if len(seen) > LEAST_SEEN_SHARE * len(values) else None


def while_bent(frames: Sequence[Measures], of: Callable[[Measures], float | None]) -> float | None:
    """Return the median of a measure of the back's outline over the bent part of the rep.

    None where the trunk stayed too upright for the outline to tell, or the back was hidden for half of the time.
    """
    most_bent = max((m.trunk_deg for m in frames if m.trunk_deg is not None), default=0.0)
    if most_bent < LEAST_BENT_DEG:
        return None
    bent = [of(m) for m in frames if m.trunk_deg is not None and m.trunk_deg > BENT_SHARE * most_bent]
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


def impact_leg_s(frames: Sequence[Measures], touch_gap_leg: float) -> float | None:
    """Return how fast the gap to the wall closed before the first touch, leg lengths a second; None without one."""
    gaps = [(m.t, m.wall_gap_leg) for m in frames if m.wall_gap_leg is not None]
    touch_s = next((t for t, gap in gaps if gap <= touch_gap_leg), None)
    if touch_s is None:
        return None
    slope = slope_per_s(tuple(gap for gap in gaps if touch_s - IMPACT_S <= gap[0] <= touch_s))
    return None if slope is None else max(-slope, 0.0)


def leaning_s(frames: Sequence[Measures], touch_gap_leg: float) -> float | None:
    """Return the longest time at the wall with the weight behind the heel; None where wall or weight were not seen."""
    longest, since_s, seen = 0.0, None, False
    for m in frames:
        if m.wall_gap_leg is None or m.weight_foot is None:
            continue
        seen = True
        leans = m.wall_gap_leg <= touch_gap_leg and m.weight_foot < LEAN_FOOT
        since_s = (m.t if since_s is None else since_s) if leans else None
        longest = max(longest, m.t - since_s if since_s is not None else 0.0)
    return longest if seen else None


def tipping_deg(frames: Sequence[Measures]) -> float | None:
    """Return how much further the trunk tipped in the first part of the way up; None where it was not seen."""
    seen = [
        (m.t, m.hip_drop_leg, m.trunk_deg) for m in frames if m.hip_drop_leg is not None and m.trunk_deg is not None
    ]
    lowest = max((drop for _, drop, _ in seen), default=0.0)
    if lowest < LEAST_PULL_LEG:
        return None
    start = max(i for i, (_, drop, _) in enumerate(seen) if drop >= LOW_SHARE * lowest)
    until_s = seen[start][0] + PULL_SHARE * (seen[-1][0] - seen[start][0])
    return max(trunk for t, _, trunk in seen[start:] if t <= until_s) - seen[start][2]


IMPACT_S = 0.2
"""The speed at the wall is told over this long before the touch."""

LEAN_FOOT = 0.05
"""A centre of mass behind this share of the foot, heel to toe, is held up by the wall."""

LEAST_PULL_LEG, LOW_SHARE, PULL_SHARE = 0.08, 0.95, 0.3
"""A pull whose hips start less than this below the tall stance has nothing to rise; it starts when they leave their
lowest place, and its first part is this share of its time."""


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
