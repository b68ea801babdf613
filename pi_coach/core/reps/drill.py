"""A drill as data: what is measured, what counts, what is a fault and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pi_coach.core.errors import DrillError
from pi_coach.core.reps.engine import RepRule
from pi_coach.core.reps.fault import Fault
from pi_coach.core.sight.stance import UprightRule
from pi_coach.core.types import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class SquatLimits:
    """When a bottom looks like a squat: five signs, each with its limit; two of them make the fault."""

    knee_above_deg: float = 33.0
    ratio_below: float = 2.5
    """Hip over knee excursion."""
    index_below: float = 76.0
    """Stoop-Squat-Index."""
    back_drop_below: float = 3.2
    """Hips back over hips down."""
    shank_above_deg: float = 6.0
    """Shins forward of the tall stance."""


@dataclass(frozen=True, slots=True)
class SetPlan:
    """What a set of the drill consists of."""

    sets: int
    reps: int
    rest_s: float
    per_side: bool = False
    """Whether the set is done on one side, then on the other."""

    def __post_init__(self) -> None:
        """Refuse a set of nothing."""
        if not (1 <= self.sets <= 10 and 1 <= self.reps <= 50 and 0 <= self.rest_s <= 600):  # noqa: PLR2004
            raise DrillError("a set plan allows 1 to 10 sets, 1 to 50 reps and 0 to 600 seconds of rest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Everything the coach knows about one drill."""

    id: str
    name: str
    """As spoken: "wall touch"."""
    how_to: str
    """One paragraph for a person who has never done it."""
    setup_prompt: str
    """Said once before the set."""
    plan: SetPlan
    rep: RepRule
    target_deg: float
    """The hip flexion of a full rep, beyond the tall stance."""
    faults: tuple[Fault, ...]
    upright: UprightRule = field(default_factory=UprightRule)
    squat: SquatLimits = field(default_factory=SquatLimits)
    judge_views: tuple[View, ...] = (View.LEFT, View.RIGHT)
    """From here everything can be judged; elsewhere the coach asks to turn."""
    count_views: tuple[View, ...] = tuple(View)
    """From here reps can be counted; elsewhere the coach waits."""
    uses_wall: bool = False
    uses_dowel: bool = False
    """Whether a dowel lies along the back, whose tape the camera may see."""
    loaded: bool = False
    """Whether a weight is lifted: severe faults stop the set."""
    hold_s: float | None = None
    """How long the bottom is held; None for a drill without a hold."""
    arms_rise: bool = False
    """Whether the drill itself lifts the arms, so that arms overhead mean nothing."""
    sources: str = ""
    """Where its numbers come from."""

    def __post_init__(self) -> None:
        """Refuse a drill whose parts do not fit together."""
        names = [fault.id for fault in self.faults]
        if len(set(names)) != len(names):
            raise DrillError(f"{self.id}: a fault is listed twice")
        if self.target_deg < self.rep.depth_deg:
            least = self.rep.depth_deg
            raise DrillError(
                f"{self.id}: target_deg is {self.target_deg:g}; allowed is rep.depth_deg, {least:g}, or more"
            )
        if not set(self.judge_views) <= set(self.count_views):
            raise DrillError(f"{self.id}: every view in judge_views must be in count_views")

    @property
    def squat_limits(self) -> SquatLimits | None:
        """The limits of a squat; None for a drill that does not judge it."""
        return self.squat if any(fault.measure == "squat_votes" for fault in self.faults) else None

    @property
    def needs_outline(self) -> bool:
        """Tell whether landmarks are not enough: the wall and the back are seen in the person's outline."""
        return self.uses_wall or any(fault.measure == "back_curve_pct" for fault in self.faults)

    def fault(self, fault_id: str) -> Fault:
        """Return one of the drill's faults; KeyError where it has none of that id."""
        return {fault.id: fault for fault in self.faults}[fault_id]

    def sentences(self) -> tuple[str, ...]:
        """Return every sentence the drill can say, for rendering ahead."""
        return (self.name, self.setup_prompt, *(text for fault in self.faults for text in fault.words.cues))


def catalogue(drills: Iterable[Drill]) -> Mapping[str, Drill]:
    """Return the drills by id."""
    return {drill.id: drill for drill in drills}
