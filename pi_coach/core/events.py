"""Facts in the past tense: what happened, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.session_events import AthleteChosen, BackCalibrated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.types import View


class Phase(StrEnum):
    """Where in a rep the athlete is."""

    SETUP = "setup"
    TALL = "tall"
    DESCENT = "descent"
    BOTTOM = "bottom"
    ASCENT = "ascent"
    LOCKOUT = "lockout"


class Stage(StrEnum):
    """Where in a session the athlete is."""

    GREETING = "greeting"
    FRAMING = "framing"
    """Waiting until everything that the drill needs is in sight."""
    CALIBRATION = "calibration"
    """Learning the tall stance, the wall or the back's own range."""
    PROMPT = "prompt"
    COUNTDOWN = "countdown"
    SET = "set"
    PAUSED = "paused"
    SUMMARY = "summary"
    REST = "rest"
    DONE = "done"
    STOPPED = "stopped"
    """Ended by the athlete's stop or by a severe fault under load."""


class Side(StrEnum):
    """Which side of a drill that is done on one side, then on the other."""

    FIRST = "first"
    SECOND = "second"


class Slot(StrEnum):
    """When a sentence may be spoken."""

    FRAMING = "framing"
    """Before or between reps: what the coach waits for or cannot see."""
    IN_REP = "in_rep"
    TOP = "top"
    """Between a lockout and the next descent."""
    SUMMARY = "summary"
    SESSION = "session"
    """Around the sets: greeting, set-up, rest, end."""
    SAFETY = "safety"
    """At once, whatever else is being said."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One sentence to say now."""

    t: float
    """When it was decided, seconds."""
    text: str
    fault: str | None
    """The fault it answers; None for framing, counts and summaries."""
    slot: Slot
    reason: str = ""
    """Why this one, now: kept for whoever asks later."""

    @property
    def urgent(self) -> bool:
        """Tell whether it cuts short what is being said."""
        return self.slot is Slot.SAFETY


@dataclass(frozen=True, slots=True)
class Rep:
    """One counted repetition, from leaving the tall stance to locking out again."""

    number: int
    """From 1 within its set."""
    start_s: float
    bottom_s: float
    end_s: float
    """When the lockout was reached."""
    score: int | None
    """0 to 100; None where too little was seen to score."""
    quality: bool
    """Scored 80 or better without a critical or major fault."""
    faults: tuple[str, ...] = ()
    """Fault ids, in the order of the catalogue."""
    measures: Mapping[str, float | None] = field(default_factory=dict)
    """The rep's peaks by name, the unit in the name; None where not seen."""
    severe: tuple[str, ...] = ()
    """Those of the faults that were severe."""


@dataclass(frozen=True, slots=True)
class Partial:
    """An attempt that did not count."""

    start_s: float
    bottom_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SetStarted:
    """A set of a drill began."""

    t: float
    drill: str
    target_reps: int
    side: Side | None = None
    """None for a drill that is done on both sides at once."""
    silent: bool = False
    """Whether nothing is corrected in it: the honest test of what has been learnt."""
    load_kg: float | None = None
    """None where it was not told."""


@dataclass(frozen=True, slots=True)
class StageEntered:
    """The session moved on."""

    t: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class ViewLatched:
    """The coach knows from where it sees the athlete."""

    t: float
    view: View


@dataclass(frozen=True, slots=True)
class StanceCalibrated:
    """The athlete's own tall stance is known; everything is measured against it from here."""

    t: float


@dataclass(frozen=True, slots=True)
class WallCalibrated:
    """The wall behind the athlete was found."""

    t: float
    wall_x: float
    """Its surface at hip height, image heights from the left."""


@dataclass(frozen=True, slots=True)
class TrackingLost:
    """The athlete, or a part that the drill needs, is not in sight any more."""

    t: float
    missing: str
    """What cannot be seen: "you", "your feet", "your head", "you from the side"."""


@dataclass(frozen=True, slots=True)
class TrackingFound:
    """Everything that the drill needs is in sight again."""

    t: float


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The rep moved on."""

    t: float
    phase: Phase


@dataclass(frozen=True, slots=True)
class WallTouched:
    """The buttocks met the wall."""

    t: float


@dataclass(frozen=True, slots=True)
class FaultRaised:
    """A fault was clearly seen."""

    t: float
    fault: str
    value: float
    """The measure that crossed its limit."""
    severe: bool = False


@dataclass(frozen=True, slots=True)
class CueHeld:
    """A fault was seen and not named."""

    t: float
    rep: int
    fault: str
    reason: str
    """Why not: "named two reps ago", "first rep of the set"."""


@dataclass(frozen=True, slots=True)
class SafetyStopped:
    """A severe fault under load went on after its warning: the set is over."""

    t: float
    fault: str
    value: float


@dataclass(frozen=True, slots=True)
class SetCutShort:
    """A fault stayed whatever was said, or the athlete tired: the set is over, and the next one should ask for less."""

    t: float
    fault: str | None
    """None where fatigue ended it."""
    reason: str
    """For the coach: "squatting instead of hinging: shown in 3 reps in a row, whatever was said"."""


@dataclass(frozen=True, slots=True)
class RepCounted:
    """The lockout that ends a rep was reached; its verdict follows when the lockout is over."""

    t: float
    number: int


@dataclass(frozen=True, slots=True)
class RepCompleted:
    """A counted rep with its verdict."""

    t: float
    rep: Rep


@dataclass(frozen=True, slots=True)
class RepAborted:
    """An attempt ended without a full rep."""

    t: float
    partial: Partial


@dataclass(frozen=True, slots=True)
class SetCompleted:
    """The set is over."""

    t: float
    drill: str
    summary: str
    """At most 16 words: one strength, one fix, one number."""


Event = (
    SetStarted
    | StageEntered
    | ViewLatched
    | StanceCalibrated
    | WallCalibrated
    | BackCalibrated
    | AthleteChosen
    | TrackingLost
    | TrackingFound
    | PhaseEntered
    | WallTouched
    | FaultRaised
    | CueHeld
    | SafetyStopped
    | SetCutShort
    | RepCounted
    | RepCompleted
    | RepAborted
    | SetCompleted
)
