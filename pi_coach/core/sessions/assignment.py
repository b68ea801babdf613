"""What the coach is asked to do: a drill, how much of it, and what is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from pi_coach.core.speaking.cues import CuePolicy
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.events import Side
    from pi_coach.core.phrases import Phrases
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.engine import RepRule

DEPTH_SHARE = {View.OBLIQUE: 0.65, View.FRONT: 0.6}
"""How much of a fold shows from there: at 45 degrees of yaw hip flexion of 84 degrees reads 68 (simulated body), and
from the front only the trunk's shortening is left."""


class Duty(Enum):
    """What the coach does with what it sees."""

    WATCH = "watch"
    """Looks on and counts nothing: the athlete rests, or is not ready."""
    READY = "ready"
    """The next rep begins the set, once the athlete's own stance is known."""
    SET = "set"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the coach is asked to do."""

    drill: Drill
    phrases: Phrases
    target_reps: int | None = None
    """The set ends after this many; None for a set without an end."""
    wall_x: float | None = None
    """The wall's surface at hip height, image heights from the left; None where it is not known."""
    find_wall: bool = False
    """Whether to ask for the wall where it is not known."""
    waits: bool = False
    """Whether each set begins when it is told to, or with its first rep, rather than with the first frame."""
    side: Side | None = None
    """The side that is trained; None for a drill that is done on both at once."""
    silent: bool = False
    """Whether nothing is corrected in the set."""
    load_kg: float | None = None
    """The weight that is lifted; None where it was not told."""
    body_kg: float | None = None
    """The athlete's own weight; None where it was not told."""
    policy: CuePolicy = field(default_factory=CuePolicy)

    @property
    def load_share(self) -> float | None:
        """The weight in the hands as a share of the body's; None where there is one and it is not known."""
        if not self.drill.loaded:
            return 0.0
        return self.load_kg / self.body_kg if self.load_kg is not None and self.body_kg else None

    @property
    def reps(self) -> int:
        """How many reps a set has, at least as the drill has it planned."""
        return self.target_reps or self.drill.plan.reps

    def rule(self, view: View) -> RepRule:
        """Return what a rep is, as it looks from there."""
        share = DEPTH_SHARE.get(view, 1.0)
        return self.drill.rep if share == 1.0 else replace(self.drill.rep, depth_deg=share * self.drill.rep.depth_deg)
