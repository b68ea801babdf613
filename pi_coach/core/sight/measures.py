"""What the rules may look at: the body against the athlete's own tall stance, one named number each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.sight.stick import contact_gap

if TYPE_CHECKING:
    from pi_coach.core.sight.contour import BackShape
    from pi_coach.core.sight.posture import Posture, Stance

UPRIGHT_DEG = 45.0
"""A trunk further from vertical does not lean back: it lies or is bent over."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One frame's measures; None is "not seen"."""

    t: float
    """Seconds."""
    fold_deg: float | None = None
    """How far the athlete is folded from tall, smoothed: hip flexion, or the trunk's bow seen from the front."""
    fold_speed_deg_s: float | None = None
    """Its speed, positive on the way down."""
    hip_flexion_deg: float | None = None
    """Hip flexion beyond the tall stance."""
    knee_flexion_deg: float | None = None
    """Knee flexion beyond the tall stance."""
    knee_deg: float | None = None
    """Knee flexion itself, 0 straight."""
    trunk_deg: float | None = None
    """Trunk inclination from vertical, forward positive."""
    shank_deg: float | None = None
    """Shank inclination from vertical, knee forward positive."""
    shank_forward_deg: float | None = None
    """Shank inclination beyond the tall stance."""
    lean_back_deg: float | None = None
    """Trunk behind the tall stance and behind vertical, whichever is less; positive backwards."""
    hips_back_leg: float | None = None
    """Hips behind where they stood, leg lengths."""
    hip_drop_leg: float | None = None
    """Hips below where they stood, leg lengths."""
    shoulder_drop_leg: float | None = None
    """Shoulders below where they stood, leg lengths."""
    knee_over_hip_leg: float | None = None
    """Knees above the hips, leg lengths; negative while the hips are higher."""
    wall_gap_leg: float | None = None
    """Buttocks to the wall, leg lengths; negative beyond it; None without a known wall."""
    hands_ahead_trunk: float | None = None
    """Wrists before the hips, trunk lengths."""
    back_curve_pct: float | None = None
    """How much further the back's outline bulges than in the tall stance, % of trunk length: at least so much, for arms
    that hung over the back's edge in the tall stance may have made the rest."""
    back_doubt_pct: float | None = None
    """What those arms may have made of it, and is not counted."""
    back_lower_pct: float | None = None
    """How much further its lower half does."""
    chest_drop_pct: float | None = None
    """How much further its upper half does than a bent lumbar spine takes it along."""
    elbow_ahead_trunk: float | None = None
    """Near elbow before the line from hip to shoulder, trunk lengths."""
    heel_rise_leg: float | None = None
    """Heel above where it stood, the toe staying, leg lengths."""
    head_back_deg: float | None = None
    """Head tilted back against the trunk beyond the tall stance; a dropped head is negative."""
    weight_foot: float | None = None
    """Where the centre of mass stands over the foot: 0 heel, 1 toe."""
    knee_gap_ratio: float | None = None
    """Knee width over ankle width against the tall stance, seen from the front."""
    knee_splay: float | None = None
    """Knees wider than the feet and wider than in the tall stance: 1 is as wide as a good hinge allows."""
    contact_gap_trunk: float | None = None
    """How far head or hips have left a taped dowel, trunk lengths; None where no tape is seen."""


def without_feet(now: Measures) -> Measures:
    """Return the measures without those that rest on feet, for a picture that cuts them off: the model only guesses."""
    return replace(
        now,
        knee_flexion_deg=None,
        knee_deg=None,
        shank_deg=None,
        shank_forward_deg=None,
        hips_back_leg=None,
        hip_drop_leg=None,
        shoulder_drop_leg=None,
        weight_foot=None,
        knee_gap_ratio=None,
        knee_splay=None,
        heel_rise_leg=None,
        knee_over_hip_leg=None,
    )


def _less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _over(a: float | None, unit: float) -> float | None:
    return None if a is None else a / unit


Fold = tuple[float | None, float | None]
"""How far the athlete is folded, degrees, and how fast, degrees a second; smoothed."""


def compare(now: Posture, tall: Stance, forward: int, wall_x: float | None, fold: Fold = (None, None)) -> Measures:
    """Measure a posture against the tall stance; `fold` and its speed come from whoever smooths them."""
    leg, trunk = max(tall.leg_length, 1e-6), max(tall.trunk_length, 1e-6)
    back = _less(now.hip_ahead, tall.hip_ahead)
    upright = now.trunk_deg is not None and abs(now.trunk_deg) < UPRIGHT_DEG
    lean = min(tall.trunk_deg - now.trunk_deg, -now.trunk_deg) if upright and now.trunk_deg is not None else None
    gap = None if now.seat_x is None or wall_x is None else forward * (now.seat_x - wall_x)
    return Measures(
        t=now.t,
        fold_deg=fold[0],
        fold_speed_deg_s=fold[1],
        hip_flexion_deg=_less(now.hip_deg, tall.hip_deg),
        knee_flexion_deg=_less(now.knee_deg, tall.knee_deg),
        knee_deg=now.knee_deg,
        trunk_deg=now.trunk_deg,
        shank_deg=now.shank_deg,
        shank_forward_deg=_less(now.shank_deg, tall.shank_deg),
        lean_back_deg=lean,
        hips_back_leg=None if back is None else -back / leg,
        hip_drop_leg=_over(_less(tall.hip_height, now.hip_height), leg),
        shoulder_drop_leg=_over(_less(tall.shoulder_height, now.shoulder_height), leg),
        knee_over_hip_leg=_over(now.knee_over_hip, leg),
        wall_gap_leg=_over(gap, leg),
        hands_ahead_trunk=_over(now.hands_ahead, trunk),
        **_back(now.back, tall.back, _arms_doubt_pct(tall, trunk)),
        elbow_ahead_trunk=_over(now.elbow_ahead, trunk),
        heel_rise_leg=_heel_rise(now, tall, leg),
        contact_gap_trunk=contact_gap(now.contact, tall.contact, trunk, _less(now.hip_deg, tall.hip_deg)),
        head_back_deg=_less(tall.neck_deg, now.neck_deg),
        weight_foot=now.weight_foot,
        **_knees(now.knee_gap, tall.knee_gap),
    )


def _back(now: BackShape | None, tall: BackShape | None, doubt_pct: float) -> dict[str, float]:
    if now is None or tall is None:
        return {}
    lower, upper = now.lower_pct - tall.lower_pct, now.upper_pct - tall.upper_pct
    return {
        "back_curve_pct": now.bulge_pct - tall.bulge_pct - doubt_pct,
        "back_doubt_pct": doubt_pct,
        "back_lower_pct": lower,
        "chest_drop_pct": upper - UPPER_OF_LOWER * lower,
    }


def _arms_doubt_pct(tall: Stance, trunk: float) -> float:
    """Return how much of a bulge may be due to arms that hung over the edge of the back in the tall stance."""
    clear = tall.elbow_ahead is None or tall.elbow_ahead / trunk >= CLEAR_ELBOW_TRUNK
    return 0.0 if clear else ARMS_DOUBT_PCT


CLEAR_ELBOW_TRUNK, ARMS_DOUBT_PCT = 0.16, 3.0
"""Elbows of crossed arms lie 0.18 to 0.27 trunk lengths before the back's line, those of hanging arms -0.03 to 0.13;
flat backs read up to 2.8 % after a stance with crossed arms, up to 6.2 % after one with hanging arms (rendered
athletes)."""

UPPER_OF_LOWER = 0.6
"""A lumbar spine that bends takes this share of its bulge along to the ribs (rendered athletes, 20 to 38 degrees)."""


def _knees(now: float | None, tall: float | None) -> dict[str, float]:
    if now is None or not tall:
        return {}
    return {"knee_gap_ratio": now / tall, "knee_splay": min(now / WIDE_KNEES, now / tall / WIDER_KNEES)}


WIDE_KNEES, WIDER_KNEES = 1.5, 1.3
"""Knees splay when they are this much wider than the ankles, and than in the tall stance (this project's choice)."""


def _heel_rise(now: Posture, tall: Stance, leg: float) -> float | None:
    if now.heel_up is None or now.toe_x is None or tall.heel_up is None or tall.toe_x is None:
        return None
    stays = abs(now.toe_x - tall.toe_x) <= STILL_TOE_LEG * leg
    return (now.heel_up - tall.heel_up) / leg if stays else None


STILL_TOE_LEG = 0.06
"""A toe that has moved further has taken a step (foot landmarks scatter by 0.01 to 0.02 leg lengths)."""
