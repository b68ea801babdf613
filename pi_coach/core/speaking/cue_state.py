"""What the cue policy has heard: the set so far, what was said about it, and what waits to be said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pi_coach.core.events import (
    CueHeld,
    FaultRaised,
    Phase,
    PhaseEntered,
    RepAborted,
    RepCompleted,
    RepCounted,
    SetCompleted,
    SetStarted,
    TrackingFound,
    TrackingLost,
)
from pi_coach.core.reps.framing import YOU
from pi_coach.core.speaking.safety import Alarm, SafetyWatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.events import Event
    from pi_coach.core.phrases import Phrases
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.speaking.cue_rules import CuePolicy
    from pi_coach.core.types import View

WITHIN_REP = (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)

USUAL_REPS = 3
"""How long a phase usually lasts is told from so many of the latest reps."""

JUST_S = 0.5
"""An attempt that ended this shortly before the athlete was missed ended because the athlete was lost."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault that was seen."""

    fault: str
    rep: int
    """The rep that showed it, from 1; 0 before the first."""
    value: float
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """When a fault was named in this set."""

    t: float
    """The last time."""
    reps: tuple[int, ...]
    """After which reps."""
    action_rep: int | None = None
    """When the athlete was told what to change."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each fault was seen in a set."""

    reps: int
    faults: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CueState:
    """Everything that was heard and said; all but the last four fields begin anew with each set."""

    rep: int = 0
    """Counted so far."""
    silent: bool = False
    waiting: tuple[Seen, ...] = ()
    """Faults that may be named at the next opportunity."""
    shown: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The reps that showed each fault."""
    of_rep: tuple[Seen, ...] = ()
    """Everything seen in the latest rep."""
    named: Mapping[str, Named] = field(default_factory=dict)
    corrected: tuple[int, ...] = ()
    """The reps after which something was corrected."""
    praised: tuple[tuple[float, int], ...] = ()
    """Time and rep of each praise."""
    streak: int = 0
    """Quality reps in a row."""
    streak_told: int = 0
    verdict: tuple[int, bool] = (0, False)
    """The last judged rep, and whether it was a quality rep."""
    counted_rep: int = 0
    """After which rep a count was spoken last."""
    asked_rep: int = 0
    tempo_s: Mapping[Phase, tuple[float, ...]] = field(default_factory=dict)
    """How long the phases of the latest reps lasted."""
    safety: SafetyWatch = field(default_factory=SafetyWatch)
    alarm: tuple[Alarm, float] | None = None
    """What is to be said at once."""
    over: bool = False
    """Whether the set was stopped or cut short: nothing is corrected any more."""
    phase: Phase = Phase.SETUP
    since_s: float = 0.0
    """When the phase began."""
    aborted_s: float | None = None
    """When an attempt ended last."""
    lost_in_rep: bool = False
    """Whether the athlete went out of sight within a rep and is not back."""
    last_s: float | None = None
    """When the last sentence began."""
    framing: tuple[str, float] | None = None
    """What was asked for last and when."""
    held: tuple[CueHeld, ...] = ()
    """Decisions that are to be told."""
    last_sets: Mapping[str, Tally] = field(default_factory=dict)
    """The last set of each drill."""

    def knows(self, event: FaultRaised, rep: int) -> bool:
        """Tell whether a fault was heard of in this rep already, and no less severe."""
        return any(s.fault == event.fault and s.rep == rep and s.severe >= event.severe for s in self.of_rep)


@dataclass(frozen=True, slots=True)
class Moment:
    """The situation in which a sentence may be said."""

    t: float
    phase: Phase
    phase_since_s: float
    rep: int
    """Reps counted so far."""
    speaking: bool
    ask: str | None
    """What to ask for because it cannot be seen; None where all is well."""
    drill: Drill
    phrases: Phrases
    target_reps: int | None = None
    """The set ends after this many; None for a set without an end."""
    down_s: float | None = None
    """From standing tall to the deepest point of the latest rep, seconds; None once its lockout is over."""
    heavy: bool = False
    """Whether the load is heavy for the athlete."""
    view: View | None = None

    @property
    def in_phase_s(self) -> float:
        """How long the phase has lasted; to the millisecond, for frame times are floats."""
        return round(self.t - self.phase_since_s, 3)

    @property
    def at_top(self) -> bool:
        """Tell whether the athlete stands."""
        return self.phase in (Phase.LOCKOUT, Phase.TALL)


def hear(policy: CuePolicy, state: CueState, event: Event) -> CueState:
    """Take in one fact."""
    match event:
        case SetStarted():
            state = _begun(state, event)
        case SetCompleted():
            state = _summed_up(state, event)
        case PhaseEntered():
            state = _moved(state, event)
        case FaultRaised():
            state = _seen(state, event)
        case RepCounted():
            state = _counted(policy, state, event)
        case RepCompleted(rep=rep):
            streak = state.streak + 1 if rep.quality else 0
            state = replace(state, streak=streak, verdict=(rep.number, rep.quality))
        case RepAborted():
            state = _given_up(state, event)
        case TrackingLost() | TrackingFound():
            state = replace(state, lost_in_rep=isinstance(event, TrackingLost) and _was_in_rep(state, event))
        case _:
            pass
    return state


def drop(state: CueState, t: float, why: str, *faults: Seen) -> CueState:
    """Give up waiting faults, with the reason."""
    held = tuple(CueHeld(t, seen.rep, seen.fault, why) for seen in faults)
    return replace(state, waiting=tuple(w for w in state.waiting if w not in faults), held=(*state.held, *held))


def _was_in_rep(state: CueState, event: TrackingLost) -> bool:
    just = state.aborted_s is not None and event.t - state.aborted_s <= JUST_S
    return event.missing == YOU and (just or state.phase in WITHIN_REP)


def _begun(state: CueState, event: SetStarted) -> CueState:
    return CueState(
        silent=event.silent,
        phase=state.phase,
        since_s=state.since_s,
        last_s=state.last_s,
        framing=state.framing,
        held=state.held,
        last_sets=state.last_sets,
    )


def _summed_up(state: CueState, event: SetCompleted) -> CueState:
    state = drop(state, event.t, "the set is over: its last sentence tells what matters", *state.waiting)
    tally = Tally(state.rep, {fault: len(reps) for fault, reps in state.shown.items()})
    return replace(state, last_sets={**state.last_sets, event.drill: tally}, over=True)


def _moved(state: CueState, event: PhaseEntered) -> CueState:
    tempo_s = state.tempo_s
    if state.phase in WITHIN_REP:
        lasted = (*tempo_s.get(state.phase, ()), event.t - state.since_s)
        tempo_s = {**tempo_s, state.phase: lasted[-USUAL_REPS:]}
    return replace(state, phase=event.phase, since_s=event.t, tempo_s=tempo_s)


def _seen(state: CueState, event: FaultRaised) -> CueState:
    rep = state.rep + (state.phase in WITHIN_REP)
    before = next((w for w in state.of_rep if w.fault == event.fault and w.rep == rep), None)
    worst = Seen(event.fault, rep, event.value, event.severe or (before is not None and before.severe))
    reps = state.shown.get(event.fault, ())
    return replace(
        state,
        waiting=(*(w for w in state.waiting if w.fault != event.fault), worst),
        of_rep=(*(s for s in state.of_rep if s is not before), worst),
        shown={**state.shown, event.fault: reps if rep in reps else (*reps, rep)},
    )


def _counted(policy: CuePolicy, state: CueState, event: RepCounted) -> CueState:
    late = [w for w in state.waiting if event.number - w.rep > policy.rules.slots.keep_reps]
    state = drop(state, event.t, "no quiet moment before the next rep was over", *late)
    return replace(state, rep=event.number, of_rep=tuple(s for s in state.of_rep if s.rep == event.number))


def _given_up(state: CueState, event: RepAborted) -> CueState:
    attempt = state.rep + 1
    state = drop(state, event.t, "the attempt was no rep", *(w for w in state.waiting if w.rep == attempt))
    shown = {fault: tuple(rep for rep in reps if rep != attempt) for fault, reps in state.shown.items()}
    of_rep = tuple(s for s in state.of_rep if s.rep != attempt)
    return replace(state, shown=shown, of_rep=of_rep, aborted_s=event.t)
