"""Pose to body: the joints of one leg and the trunk, and the angles between them, as the camera sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pi_coach.core.geometry import Point, cross, distance, inclination_deg, midpoint, wrapped_deg
from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from pi_coach.core.types import Pose

HIDDEN_BELOW = 0.1
"""A landmark less visible than this is the model's guess at a limb behind another."""

BONE_TOLERANCE = 0.2
"""A thigh or shank seen this much shorter or longer than it is was misplaced by the model: bones do not change."""

GROW_S, SHRINK_S = 0.5, 8.0
"""Time constants of the remembered bone lengths: they follow the longer reading, for a bone looks shorter than it is
whenever it points at the camera or the model loses its end."""


class Leg(NamedTuple):
    """One leg's joints."""

    hip: Point
    knee: Point
    ankle: Point
    heel: Point
    toe: Point
    visibility: float
    """The least visible of knee and ankle, 0 to 1."""

    @property
    def thigh(self) -> float:
        """Length from hip to knee, image heights."""
        return distance(self.hip, self.knee)

    @property
    def shank(self) -> float:
        """Length from knee to ankle, image heights."""
        return distance(self.knee, self.ankle)


@dataclass(frozen=True, slots=True)
class Bones:
    """Lengths learnt while watching, image heights; 0 before anything was seen."""

    t: float = 0.0
    trunk: float = 0.0
    thigh: float = 0.0
    shank: float = 0.0

    @property
    def leg(self) -> float:
        """Hip to ankle with a straight knee."""
        return self.thigh + self.shank


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The joints that the coach reads, both sides."""

    t: float
    nose: Point
    ears: tuple[Point, Point]
    shoulders: tuple[Point, Point]
    elbows: tuple[Point, Point]
    wrists: tuple[Point, Point]
    legs: tuple[Leg, Leg]
    """Left, right."""
    aspect: float

    @property
    def shoulder(self) -> Point:
        """Between the shoulders."""
        return midpoint(*self.shoulders)

    @property
    def hip(self) -> Point:
        """Between the hips."""
        return midpoint(self.legs[0].hip, self.legs[1].hip)

    @property
    def trunk_length(self) -> float:
        """From between the hips to between the shoulders, image heights."""
        return distance(self.hip, self.shoulder)


def skeleton(pose: Pose) -> Skeleton:
    """Name the landmarks of a pose."""
    points = [Point(x, y) for x, y in pose.points.tolist()]
    seen: list[float] = pose.visibility.tolist()

    def leg(hip: Joint) -> Leg:
        knee, ankle, heel, toe = hip + 2, hip + 4, hip + 6, hip + 8
        return Leg(points[hip], points[knee], points[ankle], points[heel], points[toe], min(seen[knee], seen[ankle]))

    return Skeleton(
        pose.t,
        points[Joint.NOSE],
        (points[Joint.L_EAR], points[Joint.R_EAR]),
        (points[Joint.L_SHOULDER], points[Joint.R_SHOULDER]),
        (points[Joint.L_ELBOW], points[Joint.R_ELBOW]),
        (points[Joint.L_WRIST], points[Joint.R_WRIST]),
        (leg(Joint.L_HIP), leg(Joint.R_HIP)),
        pose.aspect,
    )


def facing_score(body: Skeleton) -> float:
    """Return how clearly the athlete faces the right (+) or the left (-) edge of the picture; about -1 to 1.

    The nose lies before the ears, the toes before the heels and the knees before the line from ankle to hip,
    each across the body's own axis, so it holds lying down and kneeling too.
    """
    ears = midpoint(*body.ears)
    total = cross(body.hip, body.shoulder, ears, body.nose)
    for leg in body.legs:
        total += cross(leg.ankle, leg.knee, leg.heel, leg.toe) + cross(leg.ankle, leg.hip, leg.ankle, leg.knee)
    return total / max(body.trunk_length**2, 1e-6)


def learn_bones(known: Bones, body: Skeleton) -> Bones:
    """Return the bone lengths after one more look."""
    seen = Bones(
        body.t,
        body.trunk_length,
        max(leg.thigh for leg in body.legs),
        max(leg.shank for leg in body.legs),
    )
    if known.trunk == 0.0:
        return seen
    gap_s = max(seen.t - known.t, 0.0)

    def follow(old: float, new: float) -> float:
        weight = min(gap_s / (GROW_S if new > old else SHRINK_S), 1.0)
        return old + weight * (new - old)

    return Bones(
        seen.t,
        follow(known.trunk, seen.trunk),
        follow(known.thigh, seen.thigh),
        follow(known.shank, seen.shank),
    )


def misfit(leg: Leg, bones: Bones) -> float:
    """Return by how much a leg's bones differ from what they are, as a fraction of their length."""
    return max(abs(leg.thigh / bones.thigh - 1.0), abs(leg.shank / bones.shank - 1.0))


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles in the plane of the picture, degrees; forward and flexion positive."""

    trunk_deg: float
    """Shoulder before hip, from vertical."""
    thigh_deg: float
    """Hip behind knee is negative, from vertical."""
    shank_deg: float
    """Knee before ankle, from vertical."""
    leg_seen: bool
    """Whether the leg's bones have their true lengths, so that its angles may be judged."""

    @property
    def hip_deg(self) -> float:
        """Hip flexion: 0 straight, negative beyond straight."""
        return wrapped_deg(self.trunk_deg - self.thigh_deg)

    @property
    def knee_deg(self) -> float:
        """Knee flexion: 0 straight."""
        return wrapped_deg(self.shank_deg - self.thigh_deg)


def clearer_leg(body: Skeleton, bones: Bones, forward: int) -> tuple[Leg, float]:
    """Return the leg to measure and its misfit: the near one unless plates or hands hide it and the far one is seen.

    `forward` is +1 for an athlete who faces right, whose right leg is near.
    """
    near, far = (body.legs[1], body.legs[0]) if forward > 0 else body.legs
    near_misfit, far_misfit = misfit(near, bones), misfit(far, bones)
    if near_misfit <= BONE_TOLERANCE or near_misfit <= far_misfit:
        return near, near_misfit
    return far, far_misfit


def angles(body: Skeleton, leg: Leg, leg_misfit: float, forward: int) -> Angles | None:
    """Measure the angles of trunk, thigh and shank; None where two joints coincide."""
    trunk = inclination_deg(body.hip, body.shoulder, forward)
    thigh = inclination_deg(leg.knee, leg.hip, forward)
    shank = inclination_deg(leg.ankle, leg.knee, forward)
    if trunk is None or thigh is None or shank is None:
        return None
    return Angles(trunk, thigh, shank, leg_misfit <= BONE_TOLERANCE)
