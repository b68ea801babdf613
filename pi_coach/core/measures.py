"""What the rules may look at: the body against the athlete's own tall stance, one named number each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.body import angles, clearer_leg
from pi_coach.core.contour import BackShape, back_shape
from pi_coach.core.geometry import cross, inclination_deg, midpoint, wrapped_deg
from pi_coach.core.mass import foot_share
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.body import Angles, Bones, Leg, Skeleton
    from pi_coach.core.types import Silhouette

FRONT_DEAD_DEG = 12.0
"""Trunk inclination read off its shortening starts here: the cosine of a smaller angle is lost in landmark noise."""


UPRIGHT_DEG = 45.0
"""A trunk further from vertical does not lean back: it lies or is bent over."""


@dataclass(frozen=True, slots=True)
class Posture:
    """One body in one frame, before it is compared with anything."""

    t: float
    hip_deg: float | None
    """Hip flexion, 0 straight; None in a front view, where it does not show."""
    knee_deg: float | None
    """Knee flexion, 0 straight; None where the leg is not clearly seen."""
    trunk_deg: float | None
    """Trunk inclination from vertical, forward positive."""
    shank_deg: float | None
    """Shank inclination from vertical, knee forward positive."""
    bow_deg: float
    """Trunk inclination from its shortening, whichever way the athlete bows: works from the front."""
    hip_ahead: float | None
    """Hip before ankle, image heights."""
    hip_height: float | None
    """Hip above ankle, image heights."""
    shoulder_height: float | None
    """Shoulder above ankle, image heights."""
    hands_ahead: float | None
    """Wrists before the hip, image heights."""
    seat_x: float | None
    """The rearmost edge of the outline at hip height, image heights from the left."""
    feet_x: float
    """Between the ankles, image heights from the left."""
    back: BackShape | None = None
    """How the back's outline is curved."""
    neck_deg: float | None = None
    """The head before the trunk's line, from neck and face: tilted back it reads less."""
    weight_foot: float | None = None
    """Where the centre of mass stands over the foot: 0 heel, 1 toe."""
    knee_gap: float | None = None
    """Knee width over ankle width, seen from the front."""
    knee_over_hip: float | None = None
    """Knee above hip, image heights; negative while the hips are higher."""
    heel_up: float | None = None
    """Heel above toe, image heights."""
    toe_x: float | None = None
    """The toe, image heights from the left."""
    elbow_ahead: float | None = None
    """Near elbow before the line from hip to shoulder, image heights."""


@dataclass(frozen=True, slots=True)
class Stance:
    """The athlete standing tall: everything else is measured against it."""

    t: float
    hip_deg: float
    knee_deg: float
    trunk_deg: float
    shank_deg: float
    bow_deg: float
    trunk_length: float
    """Image heights."""
    leg_length: float
    """Image heights."""
    hip_ahead: float | None = None
    hip_height: float | None = None
    shoulder_height: float | None = None
    back: BackShape | None = None
    """How the back is curved in the tall stance; None where it was not clearly seen."""
    neck_deg: float | None = None
    knee_gap: float | None = None
    heel_up: float | None = None
    toe_x: float | None = None
    feet_x: float = 0.0
    """Where the feet stood, image heights from the left."""


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
    """How much further the back's outline bulges than in the tall stance, % of trunk length."""
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


@dataclass(frozen=True, slots=True)
class Sight:
    """How a body is looked at."""

    view: View
    forward: int
    """+1 where the athlete faces the right edge of the picture, -1 the left."""
    load_share: float | None = 0.0
    """Weight in the hands as a share of the body's; None where there is one and nobody said how much."""


def posture(body: Skeleton, bones: Bones, sight: Sight, outline: Silhouette | None) -> Posture | None:
    """Measure one body; None where its joints coincide."""
    view, forward = sight.view, sight.forward
    leg, misfit = clearer_leg(body, bones, forward)
    # Seen obliquely a bent leg points at the camera and looks short by right, so its length gives nothing away.
    seen = angles(body, leg, 0.0 if view is View.OBLIQUE else misfit, forward)
    if seen is None:
        return None
    bow = _bow_deg(body, bones)
    feet_x = (body.legs[0].ankle.x + body.legs[1].ankle.x) / 2
    if view is View.FRONT:
        return Posture(
            body.t,
            None,
            None,
            None,
            None,
            bow,
            None,
            None,
            None,
            None,
            None,
            feet_x,
            knee_gap=_knee_gap(body),
            knee_over_hip=body.hip.y - leg.knee.y,
        )
    return Posture(
        body.t,
        seen.hip_deg,
        seen.knee_deg if seen.leg_seen else None,
        seen.trunk_deg,
        seen.shank_deg if seen.leg_seen else None,
        bow,
        *_places(body, leg, seen, forward),
        _seat_x(outline, forward),
        feet_x,
        None if outline is None or outline.back is None else back_shape(outline.back),
        _neck_deg(body, seen, forward),
        _weight(body, leg, sight) if seen.leg_seen else None,
        knee_over_hip=body.hip.y - leg.knee.y if seen.leg_seen else None,
        heel_up=leg.toe.y - leg.heel.y if seen.leg_seen else None,
        toe_x=leg.toe.x if seen.leg_seen else None,
        elbow_ahead=_elbow_ahead(body, forward),
    )


def _weight(body: Skeleton, leg: Leg, sight: Sight) -> float | None:
    if sight.load_share is None:
        return None
    return foot_share(body, leg, 1 if sight.forward > 0 else 0, sight.load_share)


def _elbow_ahead(body: Skeleton, forward: int) -> float:
    """Return how far the near elbow lies on the belly's side of the line from hip to shoulder."""
    elbow = body.elbows[1 if forward > 0 else 0]
    return forward * cross(body.hip, body.shoulder, body.hip, elbow) / max(body.trunk_length, 1e-6)


def _neck_deg(body: Skeleton, seen: Angles, forward: int) -> float | None:
    """Return the mean of two lines against the trunk, each noisy alone: shoulder to ear, and ear to nose."""
    ears = midpoint(*body.ears)
    neck = inclination_deg(body.shoulder, ears, forward)
    face = inclination_deg(ears, body.nose, forward)
    if neck is None or face is None:
        return None
    return (wrapped_deg(neck - seen.trunk_deg) + wrapped_deg(face - seen.trunk_deg)) / 2


def _knee_gap(body: Skeleton) -> float | None:
    left, right = body.legs
    ankles = abs(left.ankle.x - right.ankle.x)
    return abs(left.knee.x - right.knee.x) / ankles if ankles > LEAST_STANCE * body.trunk_length else None


LEAST_STANCE = 0.15
"""Ankles nearer than this, in trunk lengths, give no width to compare the knees with."""


def _bow_deg(body: Skeleton, bones: Bones) -> float:
    upright = (body.hip.y - body.shoulder.y) / max(bones.trunk, 1e-6)
    return max(math.degrees(math.acos(min(max(upright, -1.0), 1.0))) - FRONT_DEAD_DEG, 0.0)


def _places(
    body: Skeleton, leg: Leg, seen: Angles, forward: int
) -> tuple[float | None, float | None, float | None, float | None]:
    hands = forward * ((body.wrists[0].x + body.wrists[1].x) / 2 - body.hip.x)
    if not seen.leg_seen:
        return None, None, None, hands
    return (
        forward * (body.hip.x - leg.ankle.x),
        leg.ankle.y - body.hip.y,
        leg.ankle.y - body.shoulder.y,
        hands,
    )


def _seat_x(outline: Silhouette | None, forward: int) -> float | None:
    if outline is None:
        return None
    return outline.seat_left_x if forward > 0 else outline.seat_right_x


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


def compare(now: Posture, tall: Stance, forward: int, wall_x: float | None) -> Measures:
    """Measure a posture against the tall stance; the fold is added by whoever smooths it."""
    leg, trunk = max(tall.leg_length, 1e-6), max(tall.trunk_length, 1e-6)
    back = _less(now.hip_ahead, tall.hip_ahead)
    upright = now.trunk_deg is not None and abs(now.trunk_deg) < UPRIGHT_DEG
    lean = min(tall.trunk_deg - now.trunk_deg, -now.trunk_deg) if upright and now.trunk_deg is not None else None
    gap = None if now.seat_x is None or wall_x is None else forward * (now.seat_x - wall_x)
    return Measures(
        t=now.t,
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
        **_back(now.back, tall.back),
        elbow_ahead_trunk=_over(now.elbow_ahead, trunk),
        heel_rise_leg=_heel_rise(now, tall, leg),
        head_back_deg=_less(tall.neck_deg, now.neck_deg),
        weight_foot=now.weight_foot,
        **_knees(now.knee_gap, tall.knee_gap),
    )


def _back(now: BackShape | None, tall: BackShape | None) -> dict[str, float]:
    if now is None or tall is None:
        return {}
    lower, upper = now.lower_pct - tall.lower_pct, now.upper_pct - tall.upper_pct
    return {
        "back_curve_pct": now.bulge_pct - tall.bulge_pct,
        "back_lower_pct": lower,
        "chest_drop_pct": upper - UPPER_OF_LOWER * lower,
    }


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
