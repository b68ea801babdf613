"""Which one sentence next: one at a time, the most important first, between reps, never late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.events import Cue, Phase, Slot
from pi_coach.core.framing import NOT_VISIBLE, SENTENCES

if TYPE_CHECKING:
    from pi_coach.core.drill import Fault


@dataclass(frozen=True, slots=True)
class CuePolicy:
    """How much is said."""

    after_lockout_s: float = 0.2
    """A top-of-rep cue waits this long after the lockout: the athlete listens once the work is done."""
    fault_cooldown_s: float = 6.0
    """The same fault is not named again sooner."""
    fault_cooldown_reps: int = 2
    """Nor before this many reps."""
    apart_s: float = 1.5
    """Any two sentences are this far apart, from the beginning of one to the beginning of the next."""
    framing_again_s: float = 8.0
    """What cannot be seen is repeated this often while it lasts."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fault that may be named at the next top."""

    fault: Fault
    rep: int
    """The rep that showed it; it is not named once the next one is over."""


@dataclass(frozen=True, slots=True)
class Named:
    """When a fault was named last, and how often in this set."""

    t: float
    rep: int
    times: int


@dataclass(frozen=True, slots=True)
class CueState:
    """What was said and what waits."""

    waiting: tuple[Waiting, ...] = ()
    named: tuple[tuple[str, Named], ...] = ()
    last_s: float | None = None
    last_rep: int | None = None
    """The rep after which the last fault was named."""
    framing: tuple[str, float] | None = None
    """What was missed last and when it was said."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The situation in which a sentence may be said."""

    t: float
    phase: Phase
    phase_since_s: float
    rep: int
    """Reps counted so far."""
    speaking: bool
    missing: str | None
    """What cannot be seen; None where all is well."""


def wait(state: CueState, fault: Fault, rep: int) -> CueState:
    """Let a fault wait for its slot; a fault without a sentence is only counted."""
    if not fault.cues:
        return state
    others = tuple(w for w in state.waiting if w.fault.id != fault.id)
    return replace(state, waiting=(*others, Waiting(fault, rep)))


def choose(policy: CuePolicy, state: CueState, now: Moment) -> tuple[CueState, Cue | None]:
    """Return the sentence to say now, if any."""
    state = replace(state, waiting=tuple(w for w in state.waiting if now.rep - w.rep <= 1))
    if now.speaking or (state.last_s is not None and now.t - state.last_s < policy.apart_s):
        return state, None
    if now.missing is not None:
        return _framing(policy, state, now, now.missing)
    if now.phase not in (Phase.LOCKOUT, Phase.TALL) or now.t - now.phase_since_s < policy.after_lockout_s:
        return state, None
    return _top(policy, state, now)


def _framing(policy: CuePolicy, state: CueState, now: Moment, missing: str) -> tuple[CueState, Cue | None]:
    if state.framing is not None:
        what, said_s = state.framing
        if what == missing and now.t - said_s < policy.framing_again_s:
            return state, None
    cue = Cue(now.t, SENTENCES[missing], NOT_VISIBLE, Slot.FRAMING)
    return replace(state, framing=(missing, now.t), last_s=now.t), cue


def _top(policy: CuePolicy, state: CueState, now: Moment) -> tuple[CueState, Cue | None]:
    if state.last_rep == now.rep:
        return state, None
    named = dict(state.named)
    ready = [w for w in state.waiting if _cool(policy, named.get(w.fault.id), now)]
    if not ready:
        return state, None
    fault = min(ready, key=lambda w: w.fault.priority).fault
    before = named.get(fault.id)
    times = 0 if before is None else before.times
    named[fault.id] = Named(now.t, now.rep, times + 1)
    spoken = CueState((), tuple(named.items()), now.t, now.rep, state.framing)
    return spoken, Cue(now.t, fault.cues[times % len(fault.cues)], fault.id, Slot.TOP)


def _cool(policy: CuePolicy, before: Named | None, now: Moment) -> bool:
    if before is None:
        return True
    return now.t - before.t >= policy.fault_cooldown_s and now.rep - before.rep >= policy.fault_cooldown_reps
