"""From a rep's frames to its reading: what happened at the bottom and at the lockout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.reps.reading import (
    LEAN_HELD_S,
    LEAST_DROP_LEG,
    LEAST_KNEE_DEG,
    Reading,
    deepest,
    down_time_s,
    held_at_least,
    hold_time_s,
    impact_leg_s,
    leaning_s,
    ratio,
    stoop_squat_index,
    tipping_deg,
    up_time_s,
    while_bent,
)
from pi_coach.core.sight.wall import TOUCH_GAP_LEG
from pi_coach.core.types import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.reps.drill import Drill, SquatLimits
    from pi_coach.core.sight.measures import Measures

OBLIQUE_RATIO_BELOW = 2.2
"""Seen obliquely both knee signs must agree, and more clearly: the projection shortens hip flexion more than the knee's
(at 45 degrees a rendered hinge reads 5 to 7, a squat 1.9)."""


def read_bottom(drill: Drill, view: View, frames: Sequence[Measures]) -> Reading:
    """Sum up a rep from its start to its lockout. From the front only its times can be told."""
    hip = deepest(frames, lambda m: m.hip_flexion_deg)
    knee = deepest(frames, lambda m: m.knee_flexion_deg)
    fold = deepest(frames, lambda m: m.fold_deg)
    back = deepest(frames, lambda m: m.hips_back_leg)
    drop = deepest(frames, lambda m: m.hip_drop_leg)
    gaps = [m.wall_gap_leg for m in frames if m.wall_gap_leg is not None]
    reading = Reading(
        hip_flexion_deg=hip,
        knee_flexion_deg=knee,
        trunk_deg=deepest(frames, lambda m: m.trunk_deg),
        shank_deg=deepest(frames, lambda m: m.shank_deg),
        shank_forward_deg=deepest(frames, lambda m: m.shank_forward_deg),
        hip_knee_ratio=ratio(hip, knee, LEAST_KNEE_DEG),
        hips_back_leg=back,
        back_drop_ratio=ratio(back, drop, LEAST_DROP_LEG),
        stoop_squat_index=stoop_squat_index(drop, deepest(frames, lambda m: m.shoulder_drop_leg)),
        knee_over_hip_leg=deepest(frames, lambda m: m.knee_over_hip_leg),
        knee_bend_deg=deepest(frames, lambda m: m.knee_deg),
        back_curve_pct=while_bent(frames, lambda m: m.back_curve_pct),
        back_doubt_pct=while_bent(frames, lambda m: m.back_doubt_pct),
        back_lower_pct=while_bent(frames, lambda m: m.back_lower_pct),
        chest_drop_pct=while_bent(frames, lambda m: m.chest_drop_pct),
        elbow_ahead_trunk=deepest(frames, lambda m: m.elbow_ahead_trunk),
        heel_rise_leg=deepest(frames, lambda m: m.heel_rise_leg),
        head_back_deg=deepest(frames, lambda m: m.head_back_deg),
        weight_foot=deepest(frames, lambda m: m.weight_foot),
        knee_gap_ratio=deepest(frames, lambda m: m.knee_gap_ratio),
        knee_splay=deepest(frames, lambda m: m.knee_splay),
        wall_gap_leg=min(gaps) if gaps else None,
        wall_speed_leg_s=impact_leg_s(frames, TOUCH_GAP_LEG),
        wall_lean_s=leaning_s(frames, TOUCH_GAP_LEG),
        hips_first_deg=tipping_deg(frames),
        depth_share=_depth_share(drill, view, fold, min(gaps) if gaps else None),
        down_s=down_time_s(frames),
        up_s=up_time_s(frames),
        hold_s=hold_time_s(frames),
    )
    return replace(reading, squat_votes=squat_votes(drill.squat, view, reading))


def _depth_share(drill: Drill, view: View, fold_deg: float | None, gap_leg: float | None) -> float | None:
    if gap_leg is not None and gap_leg <= TOUCH_GAP_LEG:
        return 1.0
    return None if fold_deg is None or view is View.FRONT else fold_deg / drill.target_deg


def squat_votes(limits: SquatLimits, view: View, reading: Reading) -> float | None:
    """Count the signs of a squat, each of which errs alone: hips back, for one, tells nothing (AUC 0.57, simulated).

    Two of five: 1.5 % false alarms, 98.9 % hits on a simulated body with 18 mm of landmark error. One of them must be
    a knee sign: the model's hip point sinks with the pelvis's tilt, so that good hinges lose the other signs too.
    """
    knee, share = reading.knee_flexion_deg, reading.hip_knee_ratio
    if knee is None or share is None:
        return None
    by_knee = (
        knee > limits.knee_above_deg,
        share < (min(limits.ratio_below, OBLIQUE_RATIO_BELOW) if view is View.OBLIQUE else limits.ratio_below),
    )
    by_place = (
        reading.stoop_squat_index is not None and reading.stoop_squat_index < limits.index_below,
        reading.back_drop_ratio is not None and reading.back_drop_ratio < limits.back_drop_below,
        reading.shank_forward_deg is not None and reading.shank_forward_deg > limits.shank_above_deg,
    )
    if view is View.OBLIQUE:
        return 2.0 * all(by_knee)
    return float(sum(by_knee) + sum(by_place)) if any(by_knee) else 0.0


def against_best(reading: Reading, best_pct: float | None) -> tuple[Reading, float | None]:
    """Compare the back with the athlete's own flattest rep so far; return the reading, and the flattest from here on.

    `best_pct` is its whole bulge, None before the first. What hanging arms left in doubt is settled by it: they hung
    alike in every rep. Against the own good hinge 20 degrees of lumbar flexion show with an AUC of 0.99 and a
    threshold of 2.3 % (rendered athletes); a flat back reads about 2.
    """
    certain, doubt = reading.back_curve_pct, reading.back_doubt_pct
    if certain is None or doubt is None:
        return reading, best_pct
    whole = certain + doubt
    if best_pct is not None:
        certain = min(max(certain, whole - best_pct + FLAT_PCT), whole)
    return replace(reading, back_curve_pct=certain), whole if best_pct is None else min(whole, best_pct)


FLAT_PCT = 2.0
"""What the bulge of a flat back reads, % of trunk length."""


def read_lockout(at_bottom: Reading, lockout: Sequence[Measures]) -> Reading:
    """Add what the lockout showed."""
    least = [m.fold_deg for m in lockout if m.fold_deg is not None]
    return replace(
        at_bottom,
        lean_back_deg=held_at_least(lockout, lambda m: m.lean_back_deg, LEAN_HELD_S),
        lockout_residual_deg=min(least) if least else None,
    )
