"""One body in one frame, in the plane of the picture: angles and places, before they are compared with anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.geometry import cross, inclination_deg, midpoint, wrapped_deg
from pi_coach.core.sight.body import angles
from pi_coach.core.sight.contour import BackShape, back_shape
from pi_coach.core.sight.legs import Choice, clearer_leg, longer_leg
from pi_coach.core.sight.mass import foot_share
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.sight.body import Angles, Bones, Leg, Skeleton
    from pi_coach.core.sight.legs import LegWatch
    from pi_coach.core.sight.stick import Contact
    from pi_coach.core.types import Silhouette

FRONT_DEAD_DEG = 12.0
"""Trunk inclination read off its shortening starts here: the cosine of a smaller angle is lost in landmark noise."""


@dataclass(frozen=True, slots=True)
class Posture:
    """One body in one frame, before it is compared with anything."""

    t: float
    bow_deg: float
    """Trunk inclination from its shortening, whichever way the athlete bows: works from the front."""
    feet_x: float
    """Between the ankles, image heights from the left."""
    hip_deg: float | None = None
    """Hip flexion, 0 straight; None in a front view, where it does not show."""
    knee_deg: float | None = None
    """Knee flexion, 0 straight; None where the leg is not clearly seen."""
    trunk_deg: float | None = None
    """Trunk inclination from vertical, forward positive."""
    shank_deg: float | None = None
    """Shank inclination from vertical, knee forward positive."""
    hip_ahead: float | None = None
    """Hip before ankle, image heights."""
    hip_height: float | None = None
    """Hip above ankle, image heights."""
    shoulder_height: float | None = None
    """Shoulder above ankle, image heights."""
    hands_ahead: float | None = None
    """Wrists before the hip, image heights."""
    seat_x: float | None = None
    """The rearmost edge of the outline at hip height, image heights from the left."""
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
    contact: Contact | None = None
    """Head and hips against a taped stick."""


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
    elbow_ahead: float | None = None
    """Near elbow before the line from hip to shoulder, image heights."""
    contact: Contact | None = None
    """Head and hips against a taped stick while standing; None where none was clearly seen."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a body is looked at."""

    view: View
    forward: int
    """+1 where the athlete faces the right edge of the picture, -1 the left."""
    load_share: float | None = 0.0
    """Weight in the hands as a share of the body's; None where there is one and nobody said how much."""


def posture(body: Skeleton, bones: Bones, legs: LegWatch, sight: Sight, outline: Silhouette | None) -> Posture | None:
    """Measure one body; None where its joints coincide."""
    choice = _choice(body, bones, legs, sight)
    leg, seen = choice.leg, angles(body, choice.leg, sight.forward)
    if seen is None:
        return None
    bow, feet_x = _bow_deg(body, bones), (body.legs[0].ankle.x + body.legs[1].ankle.x) / 2
    if sight.view is View.FRONT:
        return Posture(body.t, bow, feet_x, knee_gap=_knee_gap(body), knee_over_hip=body.hip.y - leg.knee.y)
    whole = Posture(
        body.t,
        bow,
        feet_x,
        hip_deg=seen.hip_deg,
        trunk_deg=seen.trunk_deg,
        hands_ahead=sight.forward * ((body.wrists[0].x + body.wrists[1].x) / 2 - body.hip.x),
        seat_x=_seat_x(outline, sight.forward),
        back=None if outline is None or outline.back is None else back_shape(outline.back),
        neck_deg=_neck_deg(body, seen, sight.forward),
        elbow_ahead=_elbow_ahead(body, sight.forward),
    )
    return _with_leg(whole, body, leg, sight, seen) if choice.seen else whole


def _choice(body: Skeleton, bones: Bones, legs: LegWatch, sight: Sight) -> Choice:
    if sight.view in (View.LEFT, View.RIGHT):
        return clearer_leg(body, bones, legs, sight.forward)
    return Choice(longer_leg(body, bones, sight.forward), seen=True)


def _with_leg(whole: Posture, body: Skeleton, leg: Leg, sight: Sight, seen: Angles) -> Posture:
    """Return the posture with what rests on a leg that is clearly seen."""
    return replace(
        whole,
        knee_deg=seen.knee_deg,
        shank_deg=seen.shank_deg,
        hip_ahead=sight.forward * (body.hip.x - leg.ankle.x),
        hip_height=leg.ankle.y - body.hip.y,
        shoulder_height=leg.ankle.y - body.shoulder.y,
        weight_foot=_weight(body, leg, sight),
        knee_over_hip=body.hip.y - leg.knee.y,
        heel_up=leg.toe.y - leg.heel.y,
        toe_x=leg.toe.x,
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


def _seat_x(outline: Silhouette | None, forward: int) -> float | None:
    if outline is None:
        return None
    return outline.seat_left_x if forward > 0 else outline.seat_right_x
