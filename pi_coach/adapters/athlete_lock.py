"""Keeps the athlete the athlete when somebody else walks through the picture."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.types import Frame, Joint

if TYPE_CHECKING:
    from pi_coach.core.types import Pose
    from pi_coach.ports import PoseEstimator

log = logging.getLogger(__name__)

LEFT = np.array([Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE, Joint.L_ANKLE])
RIGHT = np.array([Joint.R_SHOULDER, Joint.R_HIP, Joint.R_KNEE, Joint.R_ANKLE])
TRUNK = 2
"""Shoulders and hips come first: to keep the balance over planted feet, one goes back where the other goes forward."""

STRAY = 0.10
"""Body lengths by which shoulders and hips may both be off to one side; 0.07 at most on the recordings of athletes."""
GROWTH = 1.2
"""The measured length of an athlete grew by 1.13 at most; a spotter in front is nearer to the camera and larger."""
SHRINKAGE = 0.6
"""It fell to 0.68 at the least, where a bow points the trunk at the camera."""
HOME_S = 2.0
"""Time constant of where the athlete stands: slow against a passer-by, fast against feet that creep."""
LENGTH_S = 20.0
"""Time constant with which the length shrinks from its largest; slow against a bow towards the camera."""
STILL_S = 1.0
"""One who stands still in the athlete's place for this long is the athlete after a step aside."""
EMPTY_S = 0.8
"""Nobody in the athlete's place for this long: the athlete went elsewhere, or the camera did."""
LEAST_LENGTH = 1e-3
"""Image heights; a body of no length is nobody's measure."""
ROOM_SIDE, ROOM_ABOVE, ROOM_BELOW = 0.5, 0.35, 0.15
"""Body lengths around shoulders and feet within which a hinge takes place, arms and head included."""


@dataclass(frozen=True, slots=True)
class _Body:
    """The parts of a pose and its length, image heights."""

    parts: tuple[tuple[float, float], ...]
    length: float
    """Shoulders to hips to knees to ankles: shorter than life where the body points at the camera."""


@dataclass(frozen=True, slots=True)
class _Home:
    """What is known of the athlete."""

    seen_t: float
    body: _Body
    """Slow mean of the parts, and the slowly forgotten maximum of the length."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Somebody who is not where the athlete was."""

    body: _Body
    still_since: float
    empty_since: float | None = None
    """Since when nobody is seen in the athlete's place."""


class AthleteLock:
    """A PoseEstimator around another one: whoever is not the athlete is not seen.

    A pose whose trunk went off to one side, or whose size cannot be the athlete's, is refused.  Then the other
    estimator is shown the athlete's place only, until the athlete is seen in it again, or is clearly gone.
    """

    def __init__(self, estimator: PoseEstimator, *, forget_s: float = 3.0) -> None:
        """Lock on whom the estimator finds first, and after `forget_s` without the athlete on whom it finds next."""
        self._estimator = estimator
        self._forget_s = forget_s
        self._home: _Home | None = None
        self._doubt: _Doubt | None = None

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose; None where the athlete is not seen, whoever else is."""
        home = self._known(frame.t)
        pose = self._estimator.find(_narrowed(frame, home.body) if home and self._doubt else frame)
        if pose is None:
            if self._doubt and self._doubt.empty_since is None:
                self._doubt = replace(self._doubt, empty_since=frame.t)
            return None
        body = _body(pose)
        if home and not _fits(body, home.body):
            if not self._is_back(body, frame.t):
                return None
            home = None
        self._home = _Home(frame.t, _settled(home, body, frame.t) if home else body)
        self._doubt = None
        return pose

    def close(self) -> None:
        """Free the other estimator."""
        self._estimator.close()

    def _known(self, t: float) -> _Home | None:
        """Return what is known of the athlete; None where that is nothing, or of no use any more."""
        home, doubt = self._home, self._doubt
        if home is None:
            return None
        empty = doubt is not None and doubt.empty_since is not None and t - doubt.empty_since >= EMPTY_S
        if not empty and t - home.seen_t <= self._forget_s:
            return home
        log.info("%.2f s: the athlete is gone, the next person seen is the athlete", t)
        self._home = self._doubt = None
        return None

    def _is_back(self, body: _Body, t: float) -> bool:
        """Return True where one who did not fit has stood still long enough to be the athlete after a step."""
        doubt = self._doubt
        if doubt is None:
            log.info("%.2f s: not where the athlete was, looking there only", t)
        if doubt is None or not _fits(body, doubt.body):
            self._doubt = _Doubt(body, t)
            return False
        self._doubt = replace(doubt, empty_since=None)
        return t - doubt.still_since >= STILL_S


def _body(pose: Pose) -> _Body:
    left, right = pose.points[LEFT].tolist(), pose.points[RIGHT].tolist()
    parts = tuple(((x + x2) / 2, (y + y2) / 2) for (x, y), (x2, y2) in zip(left, right, strict=True))
    return _Body(parts, max(sum(map(math.dist, parts, parts[1:])), LEAST_LENGTH))


def _fits(body: _Body, known: _Body) -> bool:
    if not SHRINKAGE <= body.length / known.length <= GROWTH:
        return False
    off = [x - home_x for (x, _), (home_x, _) in zip(body.parts[:TRUNK], known.parts[:TRUNK], strict=True)]
    # What all parts share: 0 where one is off to the left and another one to the right.
    return max(min(off), -max(off)) <= STRAY * known.length


def _settled(home: _Home, body: _Body, t: float) -> _Body:
    """Return where the athlete stands, brought up to time `t`."""
    passed_s = max(t - home.seen_t, 0.0)
    share = 1.0 - math.exp(-passed_s / HOME_S)
    parts = tuple(
        (old[0] + share * (new[0] - old[0]), old[1] + share * (new[1] - old[1]))
        for old, new in zip(home.body.parts, body.parts, strict=True)
    )
    return _Body(parts, max(body.length, home.body.length * math.exp(-passed_s / LENGTH_S)))


def _narrowed(frame: Frame, body: _Body) -> Frame:
    """Return the frame with everything black but the place where the athlete stood."""
    height = frame.image.shape[0]
    xs, ys = zip(*body.parts, strict=True)
    rows = _pixels(min(ys) - ROOM_ABOVE * body.length, max(ys) + ROOM_BELOW * body.length, height)
    columns = _pixels(min(xs) - ROOM_SIDE * body.length, max(xs) + ROOM_SIDE * body.length, height)
    image = np.zeros_like(frame.image)
    image[rows, columns] = frame.image[rows, columns]
    return Frame(frame.seq, frame.t, image)


def _pixels(start: float, stop: float, height: int) -> slice:
    return slice(max(round(start * height), 0), max(round(stop * height), 0))
