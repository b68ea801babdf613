"""The phase machine of a rep: tall, descent, bottom, ascent, lockout; a rep is a bottom followed by a lockout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.errors import DrillError
from pi_coach.core.events import Partial, Phase, PhaseEntered, RepAborted, RepCounted
from pi_coach.core.filters import CLOCK_GRAIN_S

if TYPE_CHECKING:
    from pi_coach.core.events import Event

MAX_GAP_S = 0.3
"""A body lost for longer than this has to show every hold again."""

LOST_S = 1.5
"""A body lost for longer than this has left its rep."""

FALL_S = 0.1
"""A descent must go on this long to be one."""


RANGES = {
    "depth_deg": (10.0, 130.0),
    "leave_deg": (5.0, 60.0),
    "lockout_deg": (3.0, 45.0),
    "soft_lockout_share": (0.0, 0.6),
    "turn_deg": (3.0, 30.0),
    "own_range_share": (0.0, 0.9),
    "lockout_hold_s": (0.0, 2.0),
    "settle_s": (0.2, 10.0),
    "min_rep_s": (0.1, 5.0),
}
"""The allowed range of every number of a rep, both ends included."""


@dataclass(frozen=True, slots=True)
class RepRule:
    """Where the phases of a drill begin and end; angles are fold beyond the tall stance, degrees."""

    depth_deg: float
    """The least fold that is a bottom."""
    leave_deg: float = 15.0
    """Beyond this the athlete has left the tall stance."""
    lockout_deg: float = 12.0
    """Within this the athlete is tall again."""
    soft_lockout_share: float = 0.3
    """A rep that ends short of the lockout counts, with a fault, up to this share of its own depth."""
    turn_deg: float = 8.0
    """A change of direction is one from this on."""
    own_range_share: float = 0.5
    """A bottom is at least this share of the athlete's own usual depth."""
    lockout_hold_s: float = 0.2
    """The lockout must be held this long."""
    settle_s: float = 1.5
    """How long after the lockout its quality is still watched."""
    min_rep_s: float = 0.6
    """Nobody does a rep faster than this: shorter is a glitch of the picture."""

    def __post_init__(self) -> None:
        """Refuse numbers that no body can do."""
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise DrillError(f"rep.{name} is {value:g}; allowed are {low:g} to {high:g}")


@dataclass(frozen=True, slots=True)
class Look:
    """What the machine sees in one frame."""

    t: float
    fold_deg: float
    speed_deg_s: float
    turned: bool = False
    """Whether the athlete has turned out of the view that the rep was seen from."""


@dataclass(frozen=True, slots=True)
class RepState:
    """Everything the machine remembers; replaced every frame."""

    phase: Phase = Phase.SETUP
    since_s: float = 0.0
    """When the phase began."""
    seen_s: float = 0.0
    """When the body was last seen."""
    onset_s: float = 0.0
    """When the athlete last stood tall: the start of the next rep."""
    peak_deg: float = 0.0
    peak_s: float = 0.0
    """The deepest point of this rep."""
    turn_deg: float = 0.0
    """The fold from which a change of direction is told: the deepest at the bottom, the least after it."""
    soft_s: float | None = None
    """Since when the fold has been small enough for a soft lockout."""
    wait_tall: bool = False
    """Whether a rep may only begin from a tall stance: the athlete is still down from something else."""
    held_s: float | None = None
    """Since when the condition that the phase waits for holds."""
    reps: int = 0
    usual_deg: float | None = None
    """The athlete's own depth: a running middle of the counted reps."""

    @property
    def in_rep(self) -> bool:
        """Tell whether a rep is under way."""
        return self.phase in (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)


Advance = tuple[RepState, tuple["Event", ...]]


MAX_REP_S = 30.0
"""Whoever is still folded after this long is doing something else."""


def step(rule: RepRule, state: RepState, look: Look) -> Advance:
    """Advance by one frame in which the body was seen."""
    if look.t - state.seen_s > MAX_GAP_S:
        # After a blind gap nobody knows what was held meanwhile, so every hold starts afresh.
        state = replace(state, held_s=None)
    state = replace(state, seen_s=look.t)
    if state.in_rep and look.t - state.since_s > MAX_REP_S:
        return reset(state, look.t)
    return _PHASES[state.phase](rule, state, look)


def lose(state: RepState, t: float) -> Advance:
    """Advance by one frame in which the body was not seen: a long absence ends the attempt."""
    if state.phase is Phase.SETUP or t - state.seen_s <= LOST_S:
        return state, ()
    return reset(state, t)


def reset(state: RepState, t: float) -> Advance:
    """Give up the attempt and wait for a tall stance again; the count stays."""
    aborted = (_aborted(state, t),) if state.in_rep else ()
    fresh = RepState(Phase.SETUP, t, t, t, reps=state.reps, usual_deg=state.usual_deg)
    return fresh, (*aborted, PhaseEntered(t, Phase.SETUP))


def least_depth_deg(rule: RepRule, state: RepState) -> float:
    """Return the fold that is a bottom for this athlete."""
    own = state.usual_deg * rule.own_range_share if state.usual_deg is not None else 0.0
    return max(rule.depth_deg, own)


def soft_limit_deg(rule: RepRule, state: RepState) -> float:
    """Return the fold up to which this rep's end counts as a lockout, however soft."""
    return max(rule.lockout_deg, rule.soft_lockout_share * state.peak_deg)


def _enter(state: RepState, phase: Phase, t: float) -> Advance:
    return replace(state, phase=phase, since_s=t, held_s=None), (PhaseEntered(t, phase),)


def _aborted(state: RepState, t: float) -> RepAborted:
    return RepAborted(t, Partial(state.onset_s, state.peak_s, t))


def _hold(state: RepState, t: float, *, on: bool) -> RepState:
    if not on:
        return replace(state, held_s=None)
    return state if state.held_s is not None else replace(state, held_s=t)


def _held(state: RepState, t: float, for_s: float) -> bool:
    return state.held_s is not None and t - state.held_s >= for_s - CLOCK_GRAIN_S


def _setup(rule: RepRule, state: RepState, look: Look) -> Advance:
    if look.fold_deg <= rule.lockout_deg:
        return _enter(replace(state, onset_s=look.t, wait_tall=False), Phase.TALL, look.t)
    if look.fold_deg >= rule.depth_deg and not state.wait_tall:
        # The picture begins in the middle of a rep, as every pull from the floor does.
        return _enter(_begun(state, look, look.t), Phase.DESCENT, look.t)
    return state, ()


def _begun(state: RepState, look: Look, onset_s: float) -> RepState:
    return replace(state, onset_s=onset_s, peak_deg=look.fold_deg, peak_s=look.t, turn_deg=look.fold_deg)


def _tall(rule: RepRule, state: RepState, look: Look) -> Advance:
    if look.fold_deg <= rule.leave_deg / 2:
        state = replace(state, onset_s=look.t)
    state = _hold(state, look.t, on=look.fold_deg > rule.leave_deg)
    if _held(state, look.t, FALL_S):
        return _enter(_begun(state, look, state.onset_s), Phase.DESCENT, look.t)
    return state, ()


def _deeper(state: RepState, look: Look) -> RepState:
    if look.fold_deg > state.peak_deg:
        state = replace(state, peak_deg=look.fold_deg, peak_s=look.t)
    return replace(state, turn_deg=max(state.turn_deg, look.fold_deg))


def _descent(rule: RepRule, state: RepState, look: Look) -> Advance:
    state = _deeper(state, look)
    if look.fold_deg <= rule.lockout_deg:
        return _gave_up(rule, state, look)
    if state.peak_deg < least_depth_deg(rule, state):
        return state, ()
    turned = state.peak_deg - look.fold_deg >= rule.turn_deg
    if turned or abs(look.speed_deg_s) < STILL_DEG_S:
        return _enter(state, Phase.BOTTOM, look.t)
    return state, ()


def _gave_up(rule: RepRule, state: RepState, look: Look) -> Advance:
    tall, entered = _enter(replace(state, onset_s=look.t), Phase.TALL, look.t)
    attempt = state.peak_deg >= ATTEMPT_SHARE * rule.depth_deg
    return tall, ((_aborted(state, look.t), *entered) if attempt else entered)


def _bottom(rule: RepRule, state: RepState, look: Look) -> Advance:
    state = _deeper(state, look)
    if state.turn_deg - look.fold_deg >= max(rule.turn_deg, RISE_SHARE * state.peak_deg):
        return _enter(replace(state, turn_deg=look.fold_deg, soft_s=None), Phase.ASCENT, look.t)
    return state, ()


def _ascent(rule: RepRule, state: RepState, look: Look) -> Advance:
    if look.fold_deg - state.turn_deg >= rule.turn_deg:
        return _down_again(rule, state, look)
    soft = look.fold_deg <= soft_limit_deg(rule, state)
    soft_s = (look.t if state.soft_s is None else state.soft_s) if soft else None
    state = replace(state, turn_deg=min(state.turn_deg, look.fold_deg), soft_s=soft_s)
    locked = look.fold_deg <= rule.lockout_deg
    resting = soft and abs(look.speed_deg_s) < REST_DEG_S
    state = _hold(state, look.t, on=(locked or resting) and not look.turned)
    if _held(state, look.t, rule.lockout_hold_s):
        return _count(rule, state, look)
    return state, ()


def _down_again(rule: RepRule, state: RepState, look: Look) -> Advance:
    """Turn round before a held lockout: a soft rep if it stayed near the top, else still the same attempt."""
    if look.turned or state.soft_s is None or look.t - state.soft_s < TOUCH_S - CLOCK_GRAIN_S:
        return _enter(replace(state, turn_deg=look.fold_deg), Phase.BOTTOM, look.t)
    counted, events = _count(rule, state, look)
    if counted.phase is not Phase.LOCKOUT:
        return counted, events
    down, entered = _enter(_begun(counted, look, look.t), Phase.DESCENT, look.t)
    return down, (*events, *entered)


def _count(rule: RepRule, state: RepState, look: Look) -> Advance:
    if look.t - state.onset_s < rule.min_rep_s:
        tall, entered = _enter(replace(state, onset_s=look.t), Phase.TALL, look.t)
        return tall, (_aborted(state, look.t), *entered)
    usual = state.peak_deg if state.usual_deg is None else (state.usual_deg + state.peak_deg) / 2
    counted = replace(state, reps=state.reps + 1, usual_deg=usual)
    locked, entered = _enter(counted, Phase.LOCKOUT, look.t)
    return locked, (*entered, RepCounted(look.t, counted.reps))


def _lockout(rule: RepRule, state: RepState, look: Look) -> Advance:
    lowest = min(state.turn_deg, look.fold_deg)
    if look.fold_deg <= max(rule.leave_deg / 2, lowest + rule.turn_deg / 2):
        state = replace(state, onset_s=look.t)
    leave = max(rule.leave_deg, lowest + rule.turn_deg)
    state = _hold(replace(state, turn_deg=lowest), look.t, on=look.fold_deg > leave)
    if _held(state, look.t, FALL_S):
        return _enter(_begun(state, look, state.onset_s), Phase.DESCENT, look.t)
    if look.t - state.since_s >= rule.settle_s and look.fold_deg <= rule.lockout_deg:
        return _enter(state, Phase.TALL, look.t)
    return state, ()


STILL_DEG_S = 15.0
"""Slower than this is standing still (two landmark-noise deviations of the speed over a quarter of a second)."""

TOUCH_S = 0.12
"""A top that is left at once counts from this long near the lockout: shorter is a jump of the landmarks."""

REST_DEG_S = 30.0
"""Slower than this near the top is a lockout, however soft."""

ATTEMPT_SHARE = 0.5
"""A fold of less than this share of the drill's depth was no attempt: shifting the weight, scratching a knee."""

RISE_SHARE = 0.12
"""The way up begins once this share of the depth is left behind."""

_PHASES = {
    Phase.SETUP: _setup,
    Phase.TALL: _tall,
    Phase.DESCENT: _descent,
    Phase.BOTTOM: _bottom,
    Phase.ASCENT: _ascent,
    Phase.LOCKOUT: _lockout,
}
