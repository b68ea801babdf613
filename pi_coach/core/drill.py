"""A drill as data: what is measured, what counts, what is a fault and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.engine import RepRule
from pi_coach.core.errors import DrillError
from pi_coach.core.events import Phase
from pi_coach.core.measures import Measures
from pi_coach.core.reading import Reading
from pi_coach.core.stance import UprightRule
from pi_coach.core.types import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_CUE_WORDS = 6
"""A sentence between two reps has room for this many words."""


class Severity(StrEnum):
    """How much a fault matters: a quality rep has no major and no critical one."""

    CRITICAL = "critical"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"


class Judged(StrEnum):
    """When a fault is judged."""

    FRAME = "frame"
    """In every frame, against a limit that must be crossed for a while."""
    BOTTOM = "bottom"
    """Once the rep counts, on its way down and its bottom: an attempt that is no rep has no faults."""
    LOCKOUT = "lockout"
    """Once, when the lockout is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: a measure, a limit, a time, and what to say."""

    id: str
    title: str
    """What it is called on a page: "Squatting"."""
    severity: Severity
    priority: int
    """The lower speaks first."""
    judged: Judged
    measure: str
    """A field of Measures for a fault judged by the frame, of Reading otherwise."""
    above: float | None = None
    """The fault is on beyond this limit; exactly one of above and below is given."""
    below: float | None = None
    off: float | None = None
    """A frame fault that is on goes off within this limit; the limit itself where None."""
    for_s: float = 0.0
    """How long the limit must be crossed."""
    during: tuple[Phase, ...] = ()
    """Phases in which a frame fault is judged."""
    views: tuple[View, ...] = (View.LEFT, View.RIGHT)
    """Views that show it clearly enough."""
    cues: tuple[str, ...] = ()
    """Short, with another focus, and what to do; none for a fault that is only counted."""
    praise: str = ""
    """Said at the end of a set in which it never showed: "Good hip reach"; may be empty."""
    fix: str = ""
    """What to do about it in the next set: "squeeze tall at the top"; may be empty."""
    reason: str = ""
    """Where the limit comes from."""

    def __post_init__(self) -> None:
        """Refuse a rule that could never be judged."""
        if (self.above is None) == (self.below is None):
            raise DrillError(f"fault {self.id!r} needs exactly one of 'above' and 'below'")
        known = MEASURES if self.judged is Judged.FRAME else READINGS
        if self.measure not in known:
            raise DrillError(f"fault {self.id!r}: unknown measure {self.measure!r}; known are {', '.join(known)}")
        if self.judged is Judged.FRAME and not self.during:
            raise DrillError(f"fault {self.id!r} is judged by the frame and needs 'during', the phases that show it")
        for text in self.cues:
            check_cue(self.id, text)

    def crossed_by(self, value: float | None, *, raised: bool = False) -> bool:
        """Tell whether a value was seen and lies beyond the limit; a raised fault lasts until it is within `off`."""
        if value is None:
            return False
        if self.above is not None:
            return value > (self.off if raised and self.off is not None else self.above)
        return self.below is not None and value < (self.off if raised and self.off is not None else self.below)


MEASURES = tuple(f.name for f in fields(Measures) if f.name != "t")
READINGS = tuple(f.name for f in fields(Reading))


def check_cue(owner: str, text: str) -> None:
    """Refuse a cue that is empty or too long to be heard between two reps."""
    if not text.strip() or len(text.split()) > MAX_CUE_WORDS:
        raise DrillError(f"{owner}: the cue {text!r} must have 1 to {MAX_CUE_WORDS} words")


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
        return (self.setup_prompt, *(text for fault in self.faults for text in fault.cues))


def catalogue(drills: Iterable[Drill]) -> Mapping[str, Drill]:
    """Return the drills by id."""
    return {drill.id: drill for drill in drills}
