"""The programme's numbers as they stand in programme.toml, each with its reason there.

Shares are 0 to 1, times in days or weeks where the name says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from pi_coach.core.errors import DrillError
from pi_coach.core.planning.fatigue import FatigueLimits  # noqa: TC001  cattrs reads it

TOP_TIER = 5
"""The last rung of the ladder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One drill on the ladder, as it is done there."""

    drill: str
    tier: int
    """0 to 5."""
    sets: tuple[int, int]
    """Fewest and most."""
    reps: tuple[int, int]
    """Fewest and most, a side where the drill has sides."""
    rest_s: float
    note: str = ""
    """What to use, or how: "with a kettlebell"."""
    optional: bool = False
    """Whether it is only done where `extras` asks for it."""
    heavy: bool = False
    """Whether it is the lift of the weekly heavy day."""
    range_first: bool = False
    """Whether the range grows before the weight."""
    block_weeks: float | None = None
    """Rotated out after so many weeks; None where it may stay."""
    needs: str | None = None
    """A drill that has to be owned first."""
    needs_reps: int = 0
    """How many quality reps of it."""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse a rung that cannot be planned."""
        if not 0 <= self.tier <= TOP_TIER:
            raise DrillError(f"the ladder's {self.drill}: tier is {self.tier}; allowed are 0 to {TOP_TIER}")
        for name, (least, most) in (("sets", self.sets), ("reps", self.reps)):
            if not 1 <= least <= most:
                raise DrillError(f"the ladder's {self.drill}: {name} must be two numbers from 1 on, the lower first")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartScreen:
    """Where on the ladder somebody starts."""

    rung: str
    reps: int
    """Fewest silent reps that count as a screen."""
    good_share: float
    """At least this share of quality reps starts at `good_tier`."""
    good_tier: int
    fair_share: float
    fair_tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpGate:
    """What leads one rung up: all of it."""

    sessions: int
    """The last so many sessions on the rung."""
    reps: int
    quality_share: float
    median_score: float
    score_sd: float
    """At most."""
    goal_fault_share: float
    """At most."""
    goal_from_share: float
    """A fault in at least this share of a session's reps is its goal."""
    silent_share: float
    silent_reps: int
    """Fewest reps of a silent set that count."""
    loaded_days: float
    """A loaded rung is kept for at least so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownGate:
    """What leads one rung down: any of it."""

    quality_share: float
    """Below this share of quality reps a set is a bad one."""
    bad_sets: int
    same_major_reps: int
    """So many reps in a row with the same major fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layoff:
    """What a break costs."""

    weeks: float
    """After so long one rung."""
    screen_weeks: float
    """After so long the screen decides anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How often."""

    beginner: tuple[int, int]
    """Sessions in seven days, fewest and most."""
    advanced: tuple[int, int]
    advanced_tier: int
    loaded_tier: int
    """From this tier on a session counts as loaded."""
    loaded_apart_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heavy:
    """The weekly heavy day."""

    top_reps: int
    """A set of a heavy lift planned for at most so many reps is heavy."""
    load_share: float
    """So is one with at least this share of the best load."""
    apart_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """How loads climb."""

    weeks_up: int
    """After so many weeks comes an easier one."""
    pause_days: float
    """A pause of so long ends a wave."""
    reset_share: float
    """What is left of the load afterwards."""
    step_share: float
    """How much is added."""
    most_step_share: float
    quality_share: float
    """Only after a session of at least this share of quality reps."""
    rounding_kg: float
    after_rounding_share: float
    """What is left of the load after a severely rounded back."""
    after_break_share: float
    """What is left of it after a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The silent first set."""

    first_set: bool
    from_quality_reps: int
    """Of the drill, in a lifetime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallLadder:
    """How far from the wall the heels stand."""

    rung: str
    start_cm: float
    step_cm: float
    most_cm: float
    basics_most_cm: float
    """For those on basics only."""
    reps: int
    """Fewest reps of a session that decide."""
    quality_share: float
    misses: int
    """So many misses in `misses_of` reps in a row are one step back."""
    misses_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What a session consists of, by rung."""

    first: tuple[str, ...]
    """After the screen, in somebody's first session."""
    own: tuple[int, ...]
    """How many of the tier's own drills, for each tier."""
    warm_up: str
    warm_up_tier: int
    """From this tier on there is one."""
    after: str
    """After the loaded drills."""
    light: tuple[str, ...]
    """Instead of the heavy lifts where no heavy day is due."""
    deload: str
    """Instead of them in an easier week."""
    practice: tuple[str, ...]
    """Where a load would come too soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A guided self-test: shown and logged, never a diagnosis."""

    title: str
    how_to: str
    unit: str
    good: float
    """At least this passes."""
    fair: float
    """Less than this is limited."""
    measured: bool = False
    """Whether the coach reads it off the reps by itself."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything in programme.toml."""

    extras: tuple[str, ...]
    """Optional rungs that this athlete wants."""
    milestones: tuple[int, ...]
    """Lifetime quality reps worth a word."""
    basics_tier: int
    """The highest tier of those on basics only."""
    screen_every_days: float
    start: StartScreen
    up: UpGate
    down: DownGate
    layoff: Layoff
    week: Week
    heavy: Heavy
    wave: Wave
    silent: Silent
    wall: WallLadder
    sessions: Sessions
    fatigue: FatigueLimits
    screens: dict[str, Screen]
    ladder: dict[str, Rung]

    def __post_init__(self) -> None:
        """Refuse a rung that is named and not there."""
        day = self.sessions
        named = (self.start.rung, self.wall.rung, day.warm_up, day.after, day.deload)
        for rung in (*named, *day.first, *day.light, *day.practice, *self.extras):
            if rung not in self.ladder:
                raise DrillError(f"unknown rung {rung!r}; known are {', '.join(self.ladder)}")
        if len(day.own) != TOP_TIER + 1:
            raise DrillError(f"sessions.own needs {TOP_TIER + 1} numbers, one for each tier")
