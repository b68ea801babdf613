"""From where the camera sees the athlete: left, right, front or oblique, latched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.filters import Samples, middle, push, span_s
from pi_coach.core.sight.body import facing_score
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.sight.body import Bones, Skeleton

SIDE_BELOW, SIDE_LEFT_ABOVE = 0.30, 0.36
"""Shoulder width over trunk length up to which the camera is at the side (about 22 degrees of yaw), with hysteresis."""

FRONT_ABOVE, FRONT_LEFT_BELOW = 0.68, 0.62
"""Shoulder width over trunk length from which the camera is in front; between the two it is oblique."""

GLANCE_S = 0.6
"""Span of the median that the view rests on."""

TURN_S = 0.25
"""Span in which turning away is noticed, well before another view is latched."""

FIRST_S, CHANGE_S = 0.15, 0.8
"""How long a view must be seen to be latched first, and to replace another."""

FACING_CLEAR = 0.15
"""Facing score from which left and right are certain."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known about the view so far."""

    widths: Samples = ()
    """Shoulder width over trunk length."""
    facings: Samples = ()
    """Facing score: right positive."""
    view: View | None = None
    """The latched view; None before it is known."""
    forward: int = 1
    """+1 where the athlete faces the right edge of the picture, -1 the left; latched."""
    rival: tuple[View, int] | None = None
    """Another view and facing that has been seen lately."""
    rival_since_s: float = 0.0

    @property
    def turned(self) -> bool:
        """Tell whether the athlete is just turning out of a side view."""
        if self.view not in (View.LEFT, View.RIGHT) or not self.widths:
            return False
        latest = self.widths[-1][0]
        return (middle(tuple(s for s in self.widths if s[0] > latest - TURN_S)) or 0.0) > SIDE_LEFT_ABOVE

    @property
    def width(self) -> float:
        """Apparent shoulder width over trunk length, smoothed; 0 in a pure side view."""
        return middle(self.widths) or 0.0


def _angle_of(width: float, held: View | None) -> str:
    """Class a shoulder width as side, oblique or front; a held class needs more to be left."""
    side_limit = SIDE_LEFT_ABOVE if held in (View.LEFT, View.RIGHT) else SIDE_BELOW
    front_limit = FRONT_LEFT_BELOW if held is View.FRONT else FRONT_ABOVE
    if width < side_limit:
        return "side"
    return "front" if width > front_limit else "oblique"


def _seen(watch: Watch, facings: Samples, width: float) -> tuple[View, int]:
    score = middle(facings) or 0.0
    forward = watch.forward if abs(score) < FACING_CLEAR and watch.view else (1 if score > 0 else -1)
    angle = _angle_of(width, watch.view)
    if angle == "side":
        return (View.RIGHT if forward > 0 else View.LEFT), forward
    return View(angle), forward


def look(watch: Watch, body: Skeleton, bones: Bones) -> Watch:
    """Return the watch after one more look at the athlete."""
    width = abs(body.shoulders[0].x - body.shoulders[1].x) / max(bones.trunk, 1e-6)
    widths = push(watch.widths, body.t, width, GLANCE_S)
    facings = push(watch.facings, body.t, facing_score(body), GLANCE_S)
    seen = _seen(watch, facings, middle(widths) or 0.0)
    if watch.view is None:
        settled = span_s(widths) >= FIRST_S
        return Watch(widths, facings, seen[0] if settled else None, seen[1])
    if seen == (watch.view, watch.forward):
        return Watch(widths, facings, watch.view, watch.forward)
    if seen != watch.rival:
        return Watch(widths, facings, watch.view, watch.forward, seen, body.t)
    if body.t - watch.rival_since_s >= CHANGE_S:
        return Watch(widths, facings, *seen)
    return Watch(widths, facings, watch.view, watch.forward, seen, watch.rival_since_s)
