"""Keeps the athlete the athlete when somebody else walks through the picture."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.types import Frame, Joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.core.types import Pose
    from pi_coach.ports import PoseEstimator

log = logging.getLogger(__name__)

PARTS = (
    (Joint.L_SHOULDER, Joint.R_SHOULDER),
    (Joint.L_HIP, Joint.R_HIP),
    (Joint.L_KNEE, Joint.R_KNEE),
    (Joint.L_ANKLE, Joint.R_ANKLE),
)

TRUNK = 2
STRAY_X, STRAY_Y = 0.10, 0.20
"""Body lengths by which all parts may be off to the same side: in every drill some part stays or goes the other way.

On recordings of 32 athletes at most 0.06 and 0.11; a passer-by takes all parts along.
"""
GROWTH = 1.2
"""The measured length of an athlete grew by 1.13 at most; a spotter in front is nearer to the camera and larger."""
SHRINKAGE = 0.5
"""It fell to 0.68 at the least, where a bow points the trunk at the camera."""
HOME_S = 2.0
"""Time constant of where the athlete stands: slow against a passer-by, fast against a step aside."""
LENGTH_S = 20.0
"""Time constant with which the length shrinks from its largest; slow against a bow towards the camera."""
EMPTY_S = 0.8
"""Nobody where the athlete stood for this long: the athlete went elsewhere."""
CUT_LEVELS = 20.0
"""Grey levels by which half of the picture differs where another camera took it; a passer-by covers less than half."""
GRID_PX = 32
"""Spacing of the pixels that tell a cut."""
ROOM_SIDE, ROOM_ABOVE, ROOM_BELOW = 0.5, 0.35, 0.15
"""Body lengths around shoulders and feet within which a hinge takes place, arms and head included."""


@dataclass(frozen=True, slots=True)
class _Body:
    """The parts of a pose and its length, image heights."""

    parts: tuple[tuple[float, float], ...]
    length: float
    """Shoulders to hips to knees to ankles: shorter than life where the body points at the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class _Home:
    """What is known of the athlete."""

    t: float
    """When it was brought up to date."""
    seen_t: float
    """When the athlete was last seen."""
    body: _Body
    """Slow mean of the parts, and the slowly forgotten maximum of the length."""
    grid: NDArray[np.int16]
    """Sparse pixels of the picture in which the athlete was last seen."""


class AthleteLock:
    """A PoseEstimator around another one: whoever is not the athlete is not seen.

    A pose that left the athlete's place whole, or whose size cannot be the athlete's, is refused.  Then the other
    estimator is shown the athlete's place only, until the athlete is seen in it, or nobody is.
    """

    def __init__(self, estimator: PoseEstimator, *, forget_s: float = 3.0) -> None:
        """Lock on whom the estimator finds first, and after `forget_s` without the athlete on whom it finds next."""
        self._estimator = estimator
        self._forget_s = forget_s
        self._home: _Home | None = None
        self._doubted = False
        self._empty_since: float | None = None

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose; None where the athlete is not seen, whoever else is."""
        grid: NDArray[np.int16] = frame.image[::GRID_PX, ::GRID_PX].astype(np.int16)
        home = self._remembered(frame.t, grid)
        shown = _narrowed(frame, home.body) if home and self._doubted else frame
        pose = self._estimator.find(shown)
        if pose is None:
            self._missed(frame.t)
            return None
        self._empty_since = None
        body = _body(pose)
        sure = home is None or _may_be(body, home.body)
        self._remember(frame.t, body, grid, sure=sure)
        return pose if sure else None

    def close(self) -> None:
        """Free the other estimator."""
        self._estimator.close()

    def _remembered(self, t: float, grid: NDArray[np.int16]) -> _Home | None:
        """Return what is known of the athlete; None once it is of no use."""
        home = self._home
        if home is None:
            return None
        if self._doubted and _cut(home.grid, grid):
            reason = "another camera's picture"
        elif self._empty_since is not None and t - self._empty_since >= EMPTY_S:
            reason = "nobody where the athlete was"
        elif t - home.seen_t > self._forget_s:
            reason = "athlete not seen for long"
        else:
            return home
        log.info("%s at %.2f s: the next person seen is the athlete", reason, t)
        self._home = None
        self._doubted = False
        self._empty_since = None
        return None

    def _remember(self, t: float, body: _Body, grid: NDArray[np.int16], *, sure: bool) -> None:
        home = self._home
        if not sure and not self._doubted:
            log.info("somebody else is in the athlete's way at %.2f s", t)
        self._doubted = not sure
        if home is None:
            self._home = _Home(t, t, body, grid)
            return
        settled = _settled(home, body, t, sure=sure)
        self._home = _Home(t, t, settled, grid) if sure else _Home(t, home.seen_t, settled, home.grid)

    def _missed(self, t: float) -> None:
        if self._doubted and self._empty_since is None:
            self._empty_since = t


def _body(pose: Pose) -> _Body:
    points = pose.points.tolist()
    parts = tuple(
        ((points[a][0] + points[b][0]) / 2, (points[a][1] + points[b][1]) / 2) for a, b in PARTS
    )
    return _Body(parts, sum(map(math.dist, parts, parts[1:])))


def _may_be(body: _Body, known: _Body) -> bool:
    if not SHRINKAGE <= body.length / known.length <= GROWTH:
        return False
    off_x = [(x - home_x) / known.length for (x, _), (home_x, _) in zip(body.parts, known.parts, strict=True)]
    off_y = [(y - home_y) / known.length for (_, y), (_, home_y) in zip(body.parts, known.parts, strict=True)]
    return _shared(off_x[:TRUNK]) <= STRAY_X and _shared(off_y) <= STRAY_Y


def _shared(offsets: list[float]) -> float:
    """Return how far all are off to the same side; 0 where they are not."""
    return max(min(offsets), -max(offsets), 0.0)


def _settled(home: _Home, body: _Body, t: float, *, sure: bool) -> _Body:
    """Return where the athlete stands, brought up to time `t`.

    It follows one who is refused, too: an athlete who stepped aside is the athlete again as soon as it got there.
    """
    passed_s = max(t - home.t, 0.0)
    share = 1.0 - math.exp(-passed_s / HOME_S)
    parts = tuple(
        (old[0] + share * (new[0] - old[0]), old[1] + share * (new[1] - old[1]))
        for old, new in zip(home.body.parts, body.parts, strict=True)
    )
    length = home.body.length
    if body.length <= length:
        length = max(body.length, length * math.exp(-passed_s / LENGTH_S))
    else:
        length = body.length if sure else length + share * (body.length - length)
    return _Body(parts, length)


def _cut(before: NDArray[np.int16], now: NDArray[np.int16]) -> bool:
    return before.shape != now.shape or bool(np.median(np.abs(now - before)) > CUT_LEVELS)


def _narrowed(frame: Frame, body: _Body) -> Frame:
    """Return the frame with everything black but the place where the athlete stood."""
    height = frame.image.shape[0]
    xs, ys = zip(*body.parts, strict=True)
    left = (min(xs) - ROOM_SIDE * body.length) * height
    right = (max(xs) + ROOM_SIDE * body.length) * height
    top = (min(ys) - ROOM_ABOVE * body.length) * height
    bottom = (max(ys) + ROOM_BELOW * body.length) * height
    place = (slice(max(int(top), 0), max(int(bottom), 0)), slice(max(int(left), 0), max(int(right), 0)))
    image = np.zeros_like(frame.image)
    image[place] = frame.image[place]
    return Frame(frame.seq, frame.t, image)
