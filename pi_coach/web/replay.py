"""A rep's movement as the page draws it: a stick figure and three curves, with another rep as a ghost over it.

The ghost is moved and scaled so that its feet and bones fall on the athlete's, and in time so that both are at the
bottom together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pi_coach.adapters.book.rows import Sample

    Points = NDArray[np.float64]

AROUND_S = 0.5
"""So much is shown before and after a rep."""

UNITS = 1000
"""Drawing units to an image height: half a pixel of the camera."""

MARGIN = 60
"""Drawing units around the figure."""

HEAD = 0.32
"""Radius of the head, in lengths from ear to shoulder."""

PARTS = ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE", "HEEL", "TOE")
SIDES = (
    tuple(Joint[f"L_{part}"] for part in PARTS),
    tuple(Joint[f"R_{part}"] for part in PARTS),
)
EARS = (Joint.L_EAR, Joint.R_EAR)

CURVES = (("hip", "Hip", "hip_flexion_deg"), ("knee", "Knee", "knee_flexion_deg"), ("trunk", "Trunk", "trunk_deg"))
"""Id, title and what is drawn."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a rep was in its session, seconds."""

    start_s: float
    bottom_s: float
    end_s: float

    @property
    def span(self) -> tuple[float, float]:
        """From when until when it is shown."""
        return self.start_s - AROUND_S, self.end_s + AROUND_S


@dataclass(frozen=True, slots=True)
class Movement:
    """Samples with times from the bottom of the rep on, and points where they are drawn."""

    times_s: tuple[float, ...]
    """0 at the bottom."""
    points: tuple[Points | None, ...]
    """Shape (33, 2), image heights."""
    angles: tuple[tuple[float | None, ...], ...]
    """Hip, knee, trunk, in the order of CURVES; degrees."""
    near: int
    """Which of SIDES faces the camera."""


def movement(samples: Sequence[Sample], bottom_s: float) -> Movement | None:
    """Return what was recorded of a rep; None where nothing is kept."""
    if not any(sample.points is not None for sample in samples):
        return None
    return Movement(
        tuple(round(sample.t_s - bottom_s, 3) for sample in samples),
        tuple(None if s.points is None else np.asarray(s.points[:, :2], np.float64) for s in samples),
        tuple(tuple(getattr(sample, name) for _, _, name in CURVES) for sample in samples),
        _near(samples),
    )


def _near(samples: Sequence[Sample]) -> int:
    """Return the side whose joints are seen better."""
    seen = [sample.points[:, 2] for sample in samples if sample.points is not None]
    sums = [sum(float(visibility[list(side)].sum()) for visibility in seen) for side in SIDES]
    return int(sums[1] > sums[0])


def fitted(ghost: Movement, athlete: Movement) -> Movement:
    """Return a movement moved, scaled and, where it faces the other way, mirrored onto another one."""
    ours, theirs = (_stand(one) for one in (athlete, ghost))
    scale = ours[1] / theirs[1] if theirs[1] else 1.0
    flip = -1.0 if ours[2] != theirs[2] else 1.0
    stretch = np.array((flip * scale, scale))
    points = tuple(None if one is None else (one - theirs[0]) * stretch + ours[0] for one in ghost.points)
    return Movement(ghost.times_s, points, ghost.angles, ghost.near)


def _stand(one: Movement) -> tuple[Points, float, bool]:
    """Return where the ankles are, how long leg and trunk are, and whether the toes point right."""
    points = next(points for points in one.points if points is not None)
    side = list(SIDES[one.near])
    ankle, toe, heel = points[side[5]], points[side[7]], points[side[6]]
    bones = points[[side[0], side[3], side[4], side[5]]]
    return ankle, float(np.linalg.norm(np.diff(bones, axis=0), axis=1).sum()), bool(toe[0] > heel[0])


@dataclass(frozen=True, slots=True)
class Stage:
    """The part of the picture that is drawn, drawing units."""

    left: int
    top: int
    width: int
    height: int


def stage(movements: Sequence[Movement]) -> Stage:
    """Return a frame around all that moves."""
    drawn = [points[_used()] for one in movements for points in one.points if points is not None]
    corners = np.concatenate(drawn) * UNITS
    left, top = corners.min(axis=0) - MARGIN - _head(drawn[0])
    right, bottom = corners.max(axis=0) + MARGIN
    return Stage(int(left), int(top), int(right - left), int(bottom - top))


def _head(points: Points) -> float:
    return float(np.ptp(points[:, 1])) * UNITS * 0.05


def _used() -> list[int]:
    return [*EARS, *(joint for side in SIDES for joint in side)]


def as_json(one: Movement) -> dict[str, Any]:
    """Return a movement for the page's script: whole drawing units, null where nobody was seen."""
    return {
        "t": list(one.times_s),
        "figures": [None if points is None else figure(points, one.near) for points in one.points],
        "angles": [[None if angle is None else round(angle, 1) for angle in row] for row in one.angles],
    }


def figure(points: Points, near: int) -> list[list[int]]:
    """Return a stick figure: far arm and leg, near arm and leg, trunk as lines, and the head as a circle."""
    units = np.rint(points * UNITS).astype(int)
    far_side, near_side = SIDES[1 - near], SIDES[near]

    def path(*joints: int) -> list[int]:
        return [int(value) for joint in joints for value in units[joint]]

    def limbs(side: tuple[Joint, ...]) -> list[list[int]]:
        shoulder, elbow, wrist, hip, knee, ankle, heel, toe = side
        return [path(shoulder, elbow, wrist), path(hip, knee, ankle, heel, toe, ankle)]

    ear = units[list(EARS)].mean(axis=0)
    neck = float(np.linalg.norm(ear - units[near_side[0]]))
    head = [int(ear[0]), int(ear[1]), max(round(HEAD * neck), 1)]
    return [*limbs(far_side), *limbs(near_side), path(near_side[0], near_side[3]), head]


@dataclass(frozen=True, slots=True)
class Curves:
    """Hip, knee and trunk over time, in a drawing of WIDE by HIGH."""

    paths: tuple[tuple[str, str], ...]
    """Id of the curve and the points of its line; a ghost's come first and are called so."""
    from_s: float
    to_s: float
    top_deg: int
    """Where the y axis ends; it begins at 0."""
    marks: tuple[tuple[int, float], ...]
    """Degrees and y of the lines across."""


WIDE, HIGH, STEP_DEG = 360, 160, 30


def curves(athlete: Movement, ghost: Movement | None) -> Curves:
    """Return the curves of a rep, and those of a ghost under them."""
    both = [one for one in (ghost, athlete) if one is not None]
    seen = [angle for one in both for row in one.angles for angle in row if angle is not None]
    top = STEP_DEG * (int(max(seen, default=0) // STEP_DEG) + 1)
    from_s, to_s = athlete.times_s[0], athlete.times_s[-1]
    long_s = max(to_s - from_s, 0.1)

    def line(one: Movement, column: int) -> str:
        pairs = ((t, row[column]) for t, row in zip(one.times_s, one.angles, strict=True) if from_s <= t <= to_s)
        return " ".join(
            f"{(t - from_s) / long_s * WIDE:.1f},{HIGH - max(y, 0.0) / top * HIGH:.1f}"
            for t, y in pairs
            if y is not None
        )

    paths = tuple(
        (f"{'ghost ' if one is ghost else ''}{name}", line(one, column))
        for one in both
        for column, (name, _, _) in enumerate(CURVES)
    )
    marks = tuple((deg, HIGH - deg / top * HIGH) for deg in range(0, top + 1, STEP_DEG))
    return Curves(paths, from_s, to_s, top, marks)
