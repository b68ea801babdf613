"""A fault as data: what is measured, where the limit lies, how certain it is, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from pi_coach.core.errors import DrillError
from pi_coach.core.events import Phase
from pi_coach.core.reps.reading import Reading
from pi_coach.core.sight.measures import Measures
from pi_coach.core.types import View

MAX_CUE_WORDS = 6
"""A sentence between two reps has room for this many words."""

LEAST_MARGIN = 2.0
"""A limit nearer to a good rep than this many deviations of its measure is not spoken: one rep in twenty would be
accused wrongly."""

MEASURES = tuple(f.name for f in fields(Measures) if f.name != "t")
READINGS = tuple(f.name for f in fields(Reading))


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
class Words:
    """What is said about a fault, in one language; any of it may be empty."""

    short: str = ""
    """First: two words that work."""
    external: str = ""
    """Another focus, on something outside the body: "Bum to the wall"."""
    internal: str = ""
    """Another focus, on the body: "Less knee more hip"."""
    action: str = ""
    """What to change when words have not helped: "Shorten the range"."""
    praise: str = ""
    """Said at the end of a set in which the fault never showed: "Good hip reach"."""
    fix: str = ""
    """What to do about it in the next set: "squeeze tall at the top"."""

    def __post_init__(self) -> None:
        """Refuse a cue that is too long to be heard between two reps."""
        for text in self.cues:
            if len(text.split()) > MAX_CUE_WORDS:
                raise DrillError(f"the cue {text!r} must have 1 to {MAX_CUE_WORDS} words")

    @property
    def cues(self) -> tuple[str, ...]:
        """Every sentence that may be said between two reps."""
        return tuple(text for text in (self.short, self.external, self.internal, self.action) if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A measure beyond a limit; exactly one of above and below is given."""

    measure: str
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that could never be judged."""
        if (self.above is None) == (self.below is None):
            raise DrillError(f"the limit of {self.measure!r} needs exactly one of 'above' and 'below'")

    def crossed_by(self, value: float | None) -> bool:
        """Tell whether a value was seen and lies beyond the limit."""
        if value is None:
            return False
        return value > self.above if self.above is not None else self.below is not None and value < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: a measure, a limit, a time, how certain it is, and what to say."""

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
    severe: float | None = None
    """Beyond this limit it is as bad as `severe_as`; None where it is never worse than `severity`."""
    severe_as: Severity = Severity.MAJOR
    supports: tuple[Limit, ...] = ()
    """Other signs, one of which must show too, for a measure that is too noisy alone."""
    instead: tuple[Limit, ...] = ()
    """Other signs, any of which makes the fault by itself."""
    over_reps: int = 1
    """The median of so many reps is judged, once they are complete."""
    good: float | None = None
    """What the measure reads in a good rep; None where that is no number."""
    noise: float | None = None
    """One standard deviation of the measure in good reps."""
    for_s: float = 0.0
    """How long the limit must be crossed."""
    during: tuple[Phase, ...] = ()
    """Phases in which a frame fault is judged."""
    views: tuple[View, ...] = (View.LEFT, View.RIGHT)
    """Views that show it clearly enough."""
    words: Words = field(default_factory=Words)
    reason: str = ""
    """Where the limit comes from."""

    def __post_init__(self) -> None:
        """Refuse a rule that could never be judged."""
        if (self.above is None) == (self.below is None):
            raise DrillError(f"fault {self.id!r} needs exactly one of 'above' and 'below'")
        known = MEASURES if self.judged is Judged.FRAME else READINGS
        for measure in (self.measure, *(limit.measure for limit in (*self.supports, *self.instead))):
            if measure not in known:
                raise DrillError(f"fault {self.id!r}: unknown measure {measure!r}; known are {', '.join(known)}")
        if self.judged is Judged.FRAME and not self.during:
            raise DrillError(f"fault {self.id!r} is judged by the frame and needs 'during', the phases that show it")
        if not 1 <= self.over_reps <= MAX_OVER_REPS:
            raise DrillError(f"fault {self.id!r}: over_reps is {self.over_reps}; allowed are 1 to {MAX_OVER_REPS}")

    @property
    def limit(self) -> float:
        """The limit, whichever side of it is the fault."""
        return self.above if self.above is not None else self.below or 0.0

    @property
    def margin(self) -> float | None:
        """How far the limit lies from a good rep, in deviations of the measure; None where neither is a number."""
        if self.good is None or not self.noise:
            return None
        return abs(self.limit - self.good) / self.noise

    @property
    def spoken(self) -> bool:
        """Tell whether it may be named between two reps; else it is only counted and told after the set."""
        return bool(self.words.cues) and (self.margin is None or self.margin >= LEAST_MARGIN)

    def crossed_by(self, value: float | None, *, raised: bool = False) -> bool:
        """Tell whether a value was seen and lies beyond the limit; a raised fault lasts until it is within `off`."""
        limit = self.off if raised and self.off is not None else self.limit
        return self._beyond(value, limit)

    def severe_at(self, value: float | None) -> bool:
        """Tell whether a value was seen and lies beyond the limit of the severe kind."""
        return self.severe is not None and self._beyond(value, self.severe)

    def severity_at(self, value: float | None) -> Severity:
        """Return how much the fault matters at a value."""
        return self.severe_as if self.severe_at(value) else self.severity

    def _beyond(self, value: float | None, limit: float) -> bool:
        if value is None:
            return False
        return value > limit if self.above is not None else value < limit

    def seen_in(self, found: Measures | Reading, *, raised: bool = False) -> float | None:
        """Return the value that makes the fault; None where it was not seen, or not clearly."""
        value: float | None = getattr(found, self.measure)
        if self.crossed_by(value, raised=raised) and self._supported(found):
            return value
        for limit in self.instead:
            other: float | None = getattr(found, limit.measure)
            if limit.crossed_by(other):
                return other
        return None

    def _supported(self, found: Measures | Reading) -> bool:
        return not self.supports or any(limit.crossed_by(getattr(found, limit.measure)) for limit in self.supports)


MAX_OVER_REPS = 10
"""More reps than this to judge one fault are a set."""
