"""Both hands overhead: the sign that needs no button, and that no hinge makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from pi_coach.core.types import Pose

LEAST_VISIBLE = 0.5
"""A wrist less visible than this is guessed at."""

UPRIGHT_SHARE = 0.7
"""The shoulders are above the hips by this share of the trunk (45 degrees): who lies under a bar or hangs in a hinge
may have the hands above the head too."""

GAP_S = 0.4
"""Hands that drop out of sight for less than this are still up."""

WRISTS = (Joint.L_WRIST, Joint.R_WRIST)
HEAD = (Joint.NOSE, Joint.L_EAR, Joint.R_EAR)


@dataclass(frozen=True, slots=True)
class Hands:
    """How long the hands have been up."""

    since_s: float | None = None
    """Since when; None while they are down."""
    seen_s: float = 0.0
    """When they were last seen up."""
    told: bool = False
    """Whether this sign was taken already: the hands come down before the next one."""


def overhead(pose: Pose) -> bool:
    """Tell whether both wrists are seen above nose and ears of somebody upright."""
    points, seen = pose.points, pose.visibility
    if min(float(seen[wrist]) for wrist in WRISTS) < LEAST_VISIBLE:
        return False
    shoulder = (points[Joint.L_SHOULDER] + points[Joint.R_SHOULDER]) / 2
    hip = (points[Joint.L_HIP] + points[Joint.R_HIP]) / 2
    rise, along = float(hip[1] - shoulder[1]), float(((hip - shoulder) ** 2).sum()) ** 0.5
    lowest_hand = max(float(points[wrist, 1]) for wrist in WRISTS)
    return rise >= UPRIGHT_SHARE * along and lowest_hand < min(float(points[part, 1]) for part in HEAD)


def watch_hands(hands: Hands, t: float, pose: Pose | None, hold_s: float) -> tuple[Hands, bool]:
    """Take in one frame; tell whether the hands have just been up for `hold_s`."""
    if pose is None or not overhead(pose):
        return (hands, False) if hands.since_s is not None and t - hands.seen_s <= GAP_S else (Hands(), False)
    since = t if hands.since_s is None else hands.since_s
    given = not hands.told and t - since >= hold_s
    return replace(hands, since_s=since, seen_s=t, told=hands.told or given), given
