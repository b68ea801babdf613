"""What the session book keeps of a movement, for reps that nobody filmed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.book.rows import Sample
from pi_coach.adapters.book.traces import FORMAT, Piece, pack
from pi_coach.core.types import Joint
from pi_coach.testing.body import ASPECT, Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

if TYPE_CHECKING:
    from pi_coach.core.types import Pose

RATE_HZ = 10.0
STEP_DEG = 3
"""Depths are told apart this finely."""


def traced(depth_deg: float, start_s: float, length_s: float) -> dict[str, Any]:
    """Return the row of table `traces`, but for the session, of one rep of a hinge."""
    piece = _piece(round(depth_deg / STEP_DEG) * STEP_DEG, length_s)
    return {
        "from_s": start_s + piece.from_s,
        "to_s": start_s + piece.to_s,
        "aspect": piece.aspect,
        "samples": piece.samples,
        "size": len(piece.body),
        "format": FORMAT,
        "body": piece.body,
    }


@functools.cache
def _piece(depth_deg: int, length_s: float) -> Piece:
    way_s = (length_s - 0.2) / 2
    script = Script().rep(hinged(depth_deg), down_s=way_s, up_s=way_s, top_s=0.4)
    poses = ScriptedBody(script, Filming(fps=RATE_HZ)).poses()
    return pack([_sample(pose) for _, pose in poses if pose is not None])


def _sample(pose: Pose) -> Sample:
    shoulder, hip, knee, ankle = (
        pose.points[joint] for joint in (Joint.R_SHOULDER, Joint.R_HIP, Joint.R_KNEE, Joint.R_ANKLE)
    )
    trunk, thigh, shank = _lean(hip, shoulder), _lean(knee, hip), _lean(ankle, knee)
    points = np.column_stack([pose.points, pose.visibility])
    return Sample(pose.t, points, max(trunk - thigh, 0.0), max(shank - thigh, 0.0), trunk, aspect=ASPECT)


def _lean(low: np.ndarray[Any, Any], high: np.ndarray[Any, Any]) -> float:
    """Return how far a bone leans from vertical towards the right edge of the picture, degrees."""
    return float(np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1])))
