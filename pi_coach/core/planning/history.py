"""An athlete's past as the programme sees it.

Points in time are days since 1970 UTC, with their fraction: differences in weeks and hours are all that is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

DAY_S = 86_400.0
WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class PastRep:
    """One counted repetition."""

    score: int | None
    """0 to 100; None where too little was seen."""
    quality: bool
    faults: tuple[str, ...] = ()
    severe: tuple[str, ...] = ()
    """Those of the faults that were severe."""
    hip_flexion_deg: float | None = None
    """At the deepest, beyond the tall stance."""
    back_curve_pct: float | None = None
    """How far the back bulged, % of trunk length; None where its outline was not seen."""


@dataclass(frozen=True, slots=True)
class PastSet:
    """One set."""

    drill: str
    target_reps: int
    reps: tuple[PastRep, ...]
    silent: bool = False
    load_kg: float | None = None
    """None where it was not told."""

    @property
    def scored(self) -> tuple[PastRep, ...]:
        """Its reps that have a score."""
        return tuple(rep for rep in self.reps if rep.score is not None)


@dataclass(frozen=True, slots=True)
class PastSession:
    """One session."""

    day: float
    """When it began."""
    sets: tuple[PastSet, ...]
    comfortable: bool | None = None
    """Whether the athlete called it comfortable; None where not asked."""
    pain: bool | None = None
    """Whether anything hurt; None where not asked."""

    def only(self, drills: Container[str]) -> PastSession:
        """Return the session with the sets of some drills."""
        return replace(self, sets=tuple(one for one in self.sets if one.drill in drills))

    @property
    def scored(self) -> tuple[PastRep, ...]:
        """Its reps that have a score."""
        return tuple(rep for one in self.sets for rep in one.scored)


@dataclass(frozen=True, slots=True)
class PastScreen:
    """One self-test that was logged."""

    screen: str
    """Its id in programme.toml."""
    day: float
    value: float | None = None
    """In the screen's own unit; None where only passed or not was told."""
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the athlete told about the body; None where not told."""

    body_kg: float | None = None
    stature_cm: float | None = None
    basics_only: bool = False
    """Whether to stay without loads: minors, first-timers, those who were advised to."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything the programme knows of an athlete, sessions in the order of their time."""

    sessions: tuple[PastSession, ...] = ()
    screens: tuple[PastScreen, ...] = ()
    profile: Profile = field(default_factory=Profile)

    def sets_of(self, drill: str) -> Iterator[tuple[float, PastSet]]:
        """Yield every set of a drill that has reps, with its session's day, the oldest first."""
        for session in self.sessions:
            for one in session.sets:
                if one.drill == drill and one.reps:
                    yield session.day, one

    def quality_reps(self, drill: str | None = None) -> int:
        """Return the lifetime quality reps, of a drill or of all."""
        sets = (one for session in self.sessions for one in session.sets if drill in (None, one.drill))
        return sum(rep.quality for one in sets for rep in one.reps)

    def best_streak(self, drill: str) -> int | None:
        """Return the most quality reps in a row, ever, of a drill; None where it was never done."""
        sets = [one for session in self.sessions for one in session.sets if one.drill == drill]
        return max((_streak(one.reps) for one in sets), default=None)

    def best_load_kg(self, drill: str) -> float | None:
        """Return the most ever lifted in a drill; None where it was never told."""
        sets = (one for session in self.sessions for one in session.sets if one.drill == drill and one.reps)
        return max((one.load_kg for one in sets if one.load_kg is not None), default=None)


def _streak(reps: tuple[PastRep, ...]) -> int:
    best = row = 0
    for rep in reps:
        row = row + 1 if rep.quality else 0
        best = max(best, row)
    return best


def quality_share(reps: tuple[PastRep, ...]) -> float | None:
    """Return the share of quality reps; None where there is no rep."""
    return sum(rep.quality for rep in reps) / len(reps) if reps else None
