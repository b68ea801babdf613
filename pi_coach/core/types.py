"""The values that travel through the program: a frame, a pose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Joint(IntEnum):
    """BlazePose's 33 landmarks that the coach reads (left is the athlete's left)."""

    NOSE = 0
    L_EAR = 7
    R_EAR = 8
    L_SHOULDER = 11
    R_SHOULDER = 12
    L_ELBOW = 13
    R_ELBOW = 14
    L_WRIST = 15
    R_WRIST = 16
    L_HIP = 23
    R_HIP = 24
    L_KNEE = 25
    R_KNEE = 26
    L_ANKLE = 27
    R_ANKLE = 28
    L_HEEL = 29
    R_HEEL = 30
    L_TOE = 31
    R_TOE = 32


LANDMARKS = 33
"""How many points a pose has."""


class View(StrEnum):
    """From where the camera sees the athlete; left and right name the side that faces the camera."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    OBLIQUE = "oblique"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a source; lives until the pose is found, never stored."""

    seq: int
    """Number of the frame since the source began, dropped ones counted."""
    t: float
    """Capture time, seconds: monotonic for a camera, from the first frame for a file."""
    image: NDArray[np.uint8]
    """Shape (height, width, 3), RGB."""
    blind: bool = False
    """The camera is gone just now and the picture is black."""


@dataclass(frozen=True, slots=True, eq=False)
class Silhouette:
    """What the person's outline adds to the landmarks, all in image heights (square pixels)."""

    seat_left_x: float | None
    """Leftmost edge of the person at the height of the hips; None where the outline misses that height."""
    seat_right_x: float | None
    """Rightmost edge of the person at the height of the hips."""
    back: NDArray[np.float32] | None = None
    """Depth of the dorsal edge behind the hip-shoulder line, hip to shoulder, trunk lengths; None if unmeasured."""


@dataclass(frozen=True, slots=True)
class Stick:
    """The straight stick along the athlete's back, from its lower to its upper end as far as seen, image heights."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One body in one frame."""

    t: float
    """Capture time of its frame, seconds."""
    points: NDArray[np.float32]
    """Shape (33, 2): x right, y down, both in image heights, so that angles are true."""
    visibility: NDArray[np.float32]
    """Shape (33,), 0 to 1."""
    aspect: float
    """Image width over image height: x runs from 0 to this."""
    silhouette: Silhouette | None = None
    """The outline's measures; None where no mask was asked for or it failed."""
    stick: Stick | None = None
    """The taped stick; None where none was looked for or none is sure."""
