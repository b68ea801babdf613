"""Pose to body: the joints of one leg and the trunk, and the angles between them, as the camera sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pi_coach.core.geometry import Point, cross, distance, inclination_deg, midpoint, wrapped_deg
from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from pi_coach.core.types import Pose

BONE_TOLERANCE = 0.2
"""A thigh or shank seen this much shorter or longer than it is was misplaced by the model: bones do not change."""

LEAST = 1e-6
"""Image heights; a shorter bone is joints in one place."""

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
    shoulder: Point
    """Between the shoulders."""
    hip: Point
    """Between the hips."""
    aspect: float

    @property
    def trunk_length(self) -> float:
        """From between the hips to between the shoulders, image heights."""
        return distance(self.hip, self.shoulder)


def skeleton(pose: Pose) -> Skeleton:
    """Name the landmarks of a pose."""
    points = pose.points.tolist()

    def at(joint: int) -> Point:
        return Point._make(points[joint])

    def leg(hip: Joint) -> Leg:
        return Leg(at(hip), at(hip + 2), at(hip + 4), at(hip + 6), at(hip + 8))

    left, right = leg(Joint.L_HIP), leg(Joint.R_HIP)
    shoulders = at(Joint.L_SHOULDER), at(Joint.R_SHOULDER)
    return Skeleton(
        pose.t,
        at(Joint.NOSE),
        (at(Joint.L_EAR), at(Joint.R_EAR)),
        shoulders,
        (at(Joint.L_ELBOW), at(Joint.R_ELBOW)),
        (at(Joint.L_WRIST), at(Joint.R_WRIST)),
        (left, right),
        midpoint(*shoulders),
        midpoint(left.hip, right.hip),
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


def thigh_misfit(leg: Leg, bones: Bones) -> float:
    """Return by how much a thigh differs from what it is, as a fraction of its length."""
    return abs(leg.thigh / max(bones.thigh, LEAST) - 1.0)


def misfit(leg: Leg, bones: Bones) -> float:
    """Return by how much a leg's bones differ from what they are, as a fraction of their length."""
    return max(thigh_misfit(leg, bones), abs(leg.shank / max(bones.shank, LEAST) - 1.0))


def knee_deg(leg: Leg) -> float | None:
    """Return knee flexion as of an athlete who faces right, the other sign facing left; None where joints coincide."""
    hip, knee, ankle = leg.hip, leg.knee, leg.ankle
    thigh_x, thigh_y = hip.x - knee.x, hip.y - knee.y
    shank_x, shank_y = knee.x - ankle.x, knee.y - ankle.y
    across, along = thigh_x * shank_y - thigh_y * shank_x, thigh_x * shank_x + thigh_y * shank_y
    return None if across == along == 0.0 else math.degrees(math.atan2(across, along))


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles in the plane of the picture, degrees; forward and flexion positive."""

    trunk_deg: float
    """Shoulder before hip, from vertical."""
    thigh_deg: float
    """Hip behind knee is negative, from vertical."""
    shank_deg: float
    """Knee before ankle, from vertical."""

    @property
    def hip_deg(self) -> float:
        """Hip flexion: 0 straight, negative beyond straight."""
        return wrapped_deg(self.trunk_deg - self.thigh_deg)

    @property
    def knee_deg(self) -> float:
        """Knee flexion: 0 straight."""
        return wrapped_deg(self.shank_deg - self.thigh_deg)


def angles(body: Skeleton, leg: Leg, forward: int) -> Angles | None:
    """Measure the angles of trunk, thigh and shank; None where two joints coincide."""
    trunk = inclination_deg(body.hip, body.shoulder, forward)
    thigh = inclination_deg(leg.knee, leg.hip, forward)
    shank = inclination_deg(leg.ankle, leg.knee, forward)
    return None if trunk is None or thigh is None or shank is None else Angles(trunk, thigh, shank)
