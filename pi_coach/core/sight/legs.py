"""Which leg to believe: plates, hands and the other leg mislead the pose model just where the hinge is deepest.

A leg that is seen keeps the length of its bones and moves with the body. One that is hidden is a guess: its bones are
too short or too long, or its knee shakes while the shoulders move smoothly. That left and right change places is rare
(rendered athletes from the side: 0.1 % of frames, 2 % behind plates, for a frame or two) and costs a few degrees, since
one leg lies behind the other; so nothing changes them back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.filters import CLOCK_GRAIN_S
from pi_coach.core.sight.body import BONE_TOLERANCE, knee_deg, misfit, thigh_misfit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.core.sight.body import Bones, Leg, Skeleton

SHAKE_S = 0.6
"""Span over which a knee is watched: five frames of a slow Pi, a third of a quick rep."""

FEWEST = 4
"""Fewer looks than this tell nothing: three numbers are fitted to them."""

SHAKE_DEG, SHAKE_SHARE = 2.5, 0.3
"""A knee may stray this far from what the body's motion explains, degrees (root mean square), and by this share of that
motion: a quick squat bends it in no straight proportion. Knees that are seen stray half a degree in slow reps and four
in quick ones, hidden ones 3 to 30 (rendered athletes with a bar, and filmed ones)."""

QUIET_DEG = 1.0
"""Noise of the shoulders' height; without it a body that stands still would explain any shaking."""

APART_DEG, APART_SPAN_DEG, APART_MOST = 10.0, 20.0, 0.5
"""Knees that differ by more than the first make the near one doubtful, by one for every span more, up to the last:
half a doubt, for in a half-kneeling stance they differ by right."""


@dataclass(frozen=True, slots=True, eq=False)
class LegWatch:
    """Both knees lately."""

    looks: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    """A row for every frame: time (s), height of the shoulders as an angle (a leg length is 57.3 degrees), and the
    flexion of the left and the right knee (degrees, signed as if the athlete faced right)."""
    shakes: tuple[float, float] = (0.0, 0.0)
    """How much each knee shakes, left and right, as a share of what is believed."""
    apart_deg: float = 0.0
    """By how much the knees differ in the latest frame."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The leg to measure."""

    leg: Leg
    seen: bool
    """Whether it is believed, so that its knee and what rests on its foot may be judged."""


def watch_legs(watch: LegWatch, body: Skeleton, bones: Bones) -> LegWatch:
    """Return the watch after one more look at the athlete."""
    left, right = knee_deg(body.legs[0]), knee_deg(body.legs[1])
    if left is None or right is None:
        return watch
    recent = watch.looks[watch.looks[:, 0].searchsorted(body.t - SHAKE_S + CLOCK_GRAIN_S) :]
    looks = np.empty((len(recent) + 1, 4))
    looks[:-1] = recent
    looks[-1] = body.t, math.degrees(body.shoulder.y / max(bones.leg, 1e-6)), left, right
    return LegWatch(looks, _shakes(looks), abs(left - right))


def _shakes(looks: NDArray[np.float64]) -> tuple[float, float]:
    """Return what time and the shoulders' height leave unexplained of each knee, as a share of what is believed."""
    count = len(looks)
    if count < FEWEST:
        return 0.0, 0.0
    values = looks - np.add.reduce(looks) / count
    (tt, th, *t_knees), (_, hh, *h_knees), *squares = values.T.dot(values).tolist()
    if tt == 0.0:
        return 0.0, 0.0
    believed = SHAKE_DEG + SHAKE_SHARE * math.sqrt(hh / count)
    own = hh - th * th / tt + count * QUIET_DEG**2

    def shake(side: int) -> float:
        tk, hk, kk = t_knees[side], h_knees[side], squares[side][2 + side]
        rest = kk - tk * tk / tt - (hk - th * tk / tt) ** 2 / own
        return math.sqrt(max(rest, 0.0) / count) / believed

    return shake(0), shake(1)


def clearer_leg(body: Skeleton, bones: Bones, watch: LegWatch, forward: int) -> Choice:
    """Return the leg to measure from the side: the near one unless only the far one can be believed.

    `forward` is +1 for an athlete who faces right, whose right leg is near. Where neither is believed, it is the leg
    whose thigh has the truer length, because hip flexion goes on being followed.
    """
    near, far = (1, 0) if forward > 0 else (0, 1)

    def doubt(side: int) -> float:
        return max(misfit(body.legs[side], bones) / BONE_TOLERANCE, watch.shakes[side])

    apart = min(max((watch.apart_deg - APART_DEG) / APART_SPAN_DEG, 0.0), APART_MOST)
    near_doubt = doubt(near)
    if near_doubt + apart <= 1.0:
        return Choice(body.legs[near], seen=True)
    far_seen = doubt(far) <= 1.0
    if near_doubt <= 1.0 and not far_seen:
        return Choice(body.legs[near], seen=True)
    if far_seen:
        return Choice(body.legs[far], seen=True)
    return Choice(min((body.legs[near], body.legs[far]), key=lambda leg: thigh_misfit(leg, bones)), seen=False)


def longer_leg(body: Skeleton, bones: Bones, forward: int) -> Leg:
    """Return the leg to measure from anywhere but the side: the near one unless the far one's bones fit better.

    Seen obliquely a bent leg points at the camera and looks short by right, so nothing tells whether it is hidden.
    """
    near, far = (body.legs[1], body.legs[0]) if forward > 0 else body.legs
    near_misfit = misfit(near, bones)
    return near if near_misfit <= BONE_TOLERANCE or near_misfit <= misfit(far, bones) else far
