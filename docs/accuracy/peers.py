"""The usual rules of open-source form checkers, written anew, on the same poses as the coach.

Each gets more than its original had: the pose of the athlete only, and for faults the true times of each rep.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from pi_coach.core.types import Pose

    from .tracks import Track
    from .truth import TrueRep

LEFT = (Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE, Joint.L_ANKLE)
RIGHT = (Joint.R_SHOULDER, Joint.R_HIP, Joint.R_KNEE, Joint.R_ANKLE)

FULL_CIRCLE, STRAIGHT = 360.0, 180.0

STANDING_S = 1.0
"""A clip begins with the athlete standing for about this long."""

LEAST_HEIGHT = 0.01
"""Image heights; a thigh that is less high than this has no ratio."""

BENT_SHARE = 0.7
"""A rep is bent where the trunk leans at least this share of the rep's largest lean."""


def near_side(poses: Sequence[Pose]) -> tuple[Joint, Joint, Joint, Joint]:
    """Return shoulder, hip, knee and ankle of the side that is seen better over the whole film."""
    if not poses:
        return RIGHT
    seen = np.mean([pose.visibility for pose in poses], axis=0)
    return LEFT if seen[list(LEFT)].mean() > seen[list(RIGHT)].mean() else RIGHT


def included_deg(points: NDArray[np.float32], a: Joint, b: Joint, c: Joint) -> float:
    """Return the angle at b between a and c, 0 to 180 degrees."""
    (ax, ay), (bx, by), (cx, cy) = points[[a, b, c]].tolist()
    turn = abs(math.degrees(math.atan2(cy - by, cx - bx) - math.atan2(ay - by, ax - bx))) % FULL_CIRCLE
    return FULL_CIRCLE - turn if turn > STRAIGHT else turn


def hip_angles_deg(track: Track) -> list[float]:
    """Return the near hip's angle in every frame with a pose; 180 is straight."""
    poses = _seen(track)
    shoulder, hip, knee, _ = near_side(poses)
    return [included_deg(pose.points, shoulder, hip, knee) for pose in poses]


def two_thresholds(angles_deg: Iterable[float], down_deg: float, up_deg: float) -> int:
    """Count as most projects do: below one fixed angle, then above another one, is a rep."""
    count, down = 0, False
    for angle in angles_deg:
        if angle < down_deg:
            down = True
        elif angle > up_deg and down:
            count, down = count + 1, False
    return count


def gym_counter(angles_deg: Iterable[float], down_deg: float = 90.0, up_deg: float = 145.0) -> int:
    """Count on the way down, as Ultralytics' AIGym does with its default angles."""
    count, up = 0, False
    for angle in angles_deg:
        if angle < down_deg:
            count, up = count + up, False
        elif angle > up_deg:
            up = True
    return count


def zigzag(values: Iterable[float], step: float) -> int:
    """Count valleys: a fall of at least `step` from a peak, then a rise of at least `step`."""
    count, falling, turn = 0, False, None
    for value in values:
        if turn is None:
            turn = value
        turn = min(turn, value) if falling else max(turn, value)
        if falling and value - turn >= step:
            count, falling, turn = count + 1, False, value
        elif not falling and turn - value >= step:
            falling, turn = True, value
    return count


def shoulder_heights(track: Track) -> list[float]:
    """Return the height of the shoulders in every frame with a pose, in trunk lengths of the standing athlete."""
    poses = _seen(track)
    unit = standing_trunk(track) or 1.0
    return [-_middle(pose, Joint.L_SHOULDER)[1] / unit for pose in poses]


COUNTERS: dict[str, Callable[[Track], int]] = {
    "hip under 120, then over 160 degrees": lambda track: two_thresholds(hip_angles_deg(track), 120.0, 160.0),
    "hip under 90 after over 145 degrees": lambda track: gym_counter(hip_angles_deg(track)),
    "zigzag of the hip, 25 degrees": lambda track: zigzag(hip_angles_deg(track), 25.0),
    "zigzag of the shoulders' height, 0.25 trunk": lambda track: zigzag(shoulder_heights(track), 0.25),
}
"""Rules that count, by name."""


def standing_trunk(track: Track) -> float | None:
    """Return shoulder to hip at the start of the film, image heights; None where nobody was seen then."""
    lengths = [trunk_length(pose) for t, pose in track.frames if pose is not None and t < STANDING_S]
    return median(lengths) if lengths else None


def trunk_length(pose: Pose) -> float:
    """Return the distance from between the hips to between the shoulders, image heights."""
    return math.dist(_middle(pose, Joint.L_SHOULDER), _middle(pose, Joint.L_HIP))


def trunk_ratio(track: Track, rep: TrueRep) -> float | None:
    """Return shoulder to hip in the bent part of a rep over its length in standing; None where it was not seen.

    The usual limits are 0.80 and 0.85.
    """
    whole, poses = standing_trunk(track), _within(track, rep)
    if not whole or not poses:
        return None
    leans = [_lean_deg(pose) for pose in poses]
    bent = [pose for pose, lean in zip(poses, leans, strict=True) if lean > BENT_SHARE * max(leans)]
    return median(trunk_length(pose) for pose in bent) / whole if bent else None


def height_ratio(track: Track, rep: TrueRep) -> float | None:
    """Return the least height of the near shoulder over the hip, over the hip's over the knee; None where unseen.

    LiftRR, an open-source app, calls a back round below 0.85.
    """
    shoulder, hip, knee, _ = near_side(_seen(track))
    heights = [pose.points[[shoulder, hip, knee], 1].tolist() for pose in _within(track, rep)]
    ratios = [abs(s - h) / abs(h - k) for s, h, k in heights if abs(h - k) > LEAST_HEIGHT]
    return min(ratios, default=None)


def least_knee_deg(track: Track, rep: TrueRep) -> float | None:
    """Return the near knee's smallest angle in a rep, 180 straight; None where it was not seen."""
    _, hip, knee, ankle = near_side(_seen(track))
    return min((included_deg(pose.points, hip, knee, ankle) for pose in _within(track, rep)), default=None)


def _seen(track: Track) -> list[Pose]:
    return [pose for _, pose in track.frames if pose is not None]


def _within(track: Track, rep: TrueRep) -> list[Pose]:
    return [pose for t, pose in track.frames if pose is not None and rep.start_s <= t <= rep.end_s]


def _middle(pose: Pose, left: Joint) -> tuple[float, float]:
    x, y = pose.points[[left, left + 1]].mean(axis=0).tolist()
    return x, y


def _lean_deg(pose: Pose) -> float:
    (x, y), (hip_x, hip_y) = _middle(pose, Joint.L_SHOULDER), _middle(pose, Joint.L_HIP)
    return abs(math.degrees(math.atan2(x - hip_x, hip_y - y)))
