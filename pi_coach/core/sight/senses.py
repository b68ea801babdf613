"""From poses to measures, frame by frame: bones, view, stance and smoothing in one value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pi_coach.core.filters import CLOCK_GRAIN_S, Samples, middle, push, slope_per_s
from pi_coach.core.sight.body import Bones, learn_bones, skeleton
from pi_coach.core.sight.legs import LegWatch, watch_legs
from pi_coach.core.sight.measures import Measures, compare
from pi_coach.core.sight.posture import Posture, Sight, Stance, posture
from pi_coach.core.sight.stance import GENERIC, StanceWatch, observe, relearn
from pi_coach.core.sight.stick import contact
from pi_coach.core.sight.view import Watch, look

if TYPE_CHECKING:
    from pi_coach.core.sight.body import Skeleton
    from pi_coach.core.sight.stance import UprightRule
    from pi_coach.core.types import Pose

SMOOTH_S = 0.2
"""Span of the median that the fold rests on: longer than a jump of the landmarks, shorter than a quick top."""

SPEED_S = 0.25
"""Span over which the speed is told."""

BLIND_S = 1.5
"""Out of sight for longer than this, the athlete may come back elsewhere: the smoothing starts afresh."""


@dataclass(frozen=True, slots=True)
class Senses:
    """What has been learnt about the athlete and the camera."""

    bones: Bones = field(default_factory=Bones)
    watch: Watch = field(default_factory=Watch)
    legs: LegWatch = field(default_factory=LegWatch)
    standing: StanceWatch = field(default_factory=StanceWatch)
    folds: Samples = ()
    """The fold before smoothing, degrees."""


@dataclass(frozen=True, slots=True)
class Percept:
    """One frame, understood."""

    body: Skeleton
    posture: Posture
    measures: Measures


def perceive(
    senses: Senses, pose: Pose, upright: UprightRule, *, wall_x: float | None, load_share: float | None = 0.0
) -> tuple[Senses, Percept | None]:
    """Take in one pose; None until the view is known.

    `load_share` is the weight in the hands as a share of the body's; None where there is one that is not known.
    """
    senses = _fresh_after_gap(senses, pose.t)
    body = skeleton(pose)
    bones = learn_bones(senses.bones, body)
    watch = look(senses.watch, body, bones)
    legs = watch_legs(senses.legs, body, bones)
    if watch.view is None:
        return replace(senses, bones=bones, watch=watch, legs=legs), None
    now = posture(body, bones, legs, Sight(watch.view, watch.forward, load_share), pose.silhouette)
    if now is None:
        return replace(senses, bones=bones, watch=watch, legs=legs), None
    if pose.stick is not None:
        now = replace(now, contact=contact(body, pose.stick, watch.forward))
    turned_round = (watch.view, watch.forward) != (senses.watch.view, senses.watch.forward)
    standing = observe(relearn(senses.standing) if turned_round else senses.standing, now, bones, upright)
    tall = standing.stance or replace(GENERIC, trunk_length=bones.trunk, leg_length=bones.leg)
    folds = push(senses.folds, pose.t, fold_deg(now, tall, bows=upright.bows), SPEED_S)
    smooth = middle(tuple(sample for sample in folds if sample[0] > pose.t - SMOOTH_S + CLOCK_GRAIN_S))
    measures = compare(now, tall, watch.forward, wall_x, (smooth, slope_per_s(folds) or 0.0))
    return Senses(bones, watch, legs, standing, folds), Percept(body, now, measures)


def _fresh_after_gap(senses: Senses, t: float) -> Senses:
    if senses.folds and t - senses.folds[-1][0] > BLIND_S:
        return replace(senses, folds=(), watch=replace(senses.watch, widths=(), facings=()))
    return senses


def fold_deg(now: Posture, tall: Stance, *, bows: bool) -> float:
    """Return how far the athlete is folded from tall: the larger of hip flexion and the trunk's bow.

    A trunk that looks shorter has bowed, wherever the camera stands, and from the front nothing else shows; from the
    side hip flexion is larger. Beyond straight only the hip tells.
    """
    bow = max(now.bow_deg - tall.bow_deg, 0.0) if bows else 0.0
    if now.hip_deg is None:
        return bow
    hip = now.hip_deg - tall.hip_deg
    return max(hip, bow) if hip > 0.0 or bow > CLEAR_BOW_DEG else hip


CLEAR_BOW_DEG = 5.0
"""A bow of less than this may be noise."""
