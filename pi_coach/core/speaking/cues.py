"""Which one sentence next: hears what happens, and says one thing at a time, the most important first, never late."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.events import Cue, SafetyStopped, Slot
from pi_coach.core.reps.framing import NOT_VISIBLE
from pi_coach.core.speaking import safety
from pi_coach.core.speaking.budget import objection
from pi_coach.core.speaking.correction import Choice, cases, correct, named, remember
from pi_coach.core.speaking.cue_rules import CuePolicy, CueRules, Learner
from pi_coach.core.speaking.cue_state import WITHIN_REP, CueState, Moment, drop, hear
from pi_coach.core.speaking.escalation import wording
from pi_coach.core.speaking.talk import question, talk
from pi_coach.core.speaking.within_rep import fits

if TYPE_CHECKING:
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.sight.measures import Measures

__all__ = ["CuePolicy", "CueRules", "CueState", "Learner", "Moment", "choose", "guard", "hear"]


def guard(
    policy: CuePolicy, state: CueState, now: Moment, measures: Measures
) -> tuple[CueState, tuple[tuple[Fault, float], ...]]:
    """Watch the back of a loaded rep, frame by frame; return the fault with its value where an alarm is raised."""
    spine = _spine(now) if now.drill.loaded else None
    if spine is None or now.phase not in WITHIN_REP or now.view not in spine.views:
        return _watching(state, safety.rest(state.safety)), ()
    lift = safety.Lift(spine, now.rep + 1, now.heavy)
    watch, alarm = safety.look(policy.rules.safety, state.safety, lift, measures)
    state = _watching(state, watch)
    return (state, ()) if alarm is None else (replace(state, alarm=alarm), ((spine, alarm[1]),))


def _spine(now: Moment) -> Fault | None:
    return next((fault for fault in now.drill.faults if fault.id == safety.SPINE), None)


def _watching(state: CueState, watch: safety.SafetyWatch) -> CueState:
    return state if watch is state.safety else replace(state, safety=watch)


def choose(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    """Return the sentence to say now, if any, and every decision against one with its reason."""
    state, cue, events = _decide(policy, state, now)
    if not state.held:
        return state, cue, events
    return replace(state, held=()), cue, (*state.held, *events)


def _decide(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    if state.alarm is not None:
        return _alarm(state, now, *state.alarm)
    slots = policy.rules.slots
    if now.speaking or (state.last_s is not None and now.t - state.last_s < slots.apart_s):
        return state, None, ()
    if now.ask is not None:
        return _framing(policy, state, now, now.ask)
    if state.over:
        return state, None, ()
    if not now.at_top:
        return _within(policy, state, now)
    return (state, None, ()) if now.in_phase_s < slots.after_lockout_s else _top(policy, state, now)


def _alarm(state: CueState, now: Moment, alarm: safety.Alarm, value: float) -> Choice:
    """Say it at once, whatever is being said."""
    others = tuple(w for w in state.waiting if w.fault != safety.SPINE)
    state = replace(state, alarm=None, waiting=others, last_s=now.t)
    if alarm is safety.Alarm.WARN:
        why = "the back is severely rounded under load: one warning"
        cue = Cue(now.t, now.phrases.say("coaching.long_spine"), safety.SPINE, Slot.SAFETY, why)
        return remember(state, safety.SPINE, now.t, now.rep + 1), cue, ()
    why = "the back is severely rounded under load, after the warning or at once under a heavy one"
    cue = Cue(now.t, now.phrases.say("coaching.stop_set"), safety.SPINE, Slot.SAFETY, why)
    state = drop(state, now.t, "the set was stopped", *others)
    return replace(state, over=True), cue, (SafetyStopped(now.t, safety.SPINE, value),)


def _framing(policy: CuePolicy, state: CueState, now: Moment, ask: str) -> Choice:
    if state.framing is not None:
        what, said_s = state.framing
        if what == ask and now.t - said_s < policy.rules.slots.framing_again_s:
            return state, None, ()
    cue = Cue(now.t, ask, NOT_VISIBLE, Slot.FRAMING, "without it nothing can be judged")
    return replace(state, framing=(ask, now.t), last_s=now.t), cue, ()


def _within(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    """Say two words within a rep that is held or slow; what does not fit waits for the top."""
    for case in cases(policy, state, now, now.rep + 1):
        said = wording(case)
        if case.seen.rep == case.rep and fits(case, said.text) and objection(case) is None:
            return named(state, case, Slot.IN_REP, said)
    return state, None, ()


def _top(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    waiting = cases(policy, state, now, now.rep)
    asked = question(policy, state, now)
    if asked is not None and not any(case.is_safety for case in waiting):
        return asked
    return correct(waiting, state, now) if waiting else talk(policy, state, now)
