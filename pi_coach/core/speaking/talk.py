"""What is said after a rep where nothing is corrected: praise, a question, a count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.events import Cue, Slot
from pi_coach.core.speaking.praise import praise

if TYPE_CHECKING:
    from pi_coach.core.speaking.correction import Choice
    from pi_coach.core.speaking.cue_rules import CuePolicy
    from pi_coach.core.speaking.cue_state import CueState, Moment

LAST = {2: "session.two_more", 1: "session.last_one"}
"""What is said when so many reps are left."""


def talk(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    """Say something that is no correction, if anything."""
    if now.rep == 0 or now.in_phase_s < policy.rules.slots.settled_s:
        return state, None, ()
    good = praise(policy, state, now)
    if good is not None:
        text, why, streak = good
        state = replace(state, praised=(*state.praised, (now.t, now.rep)), streak_told=max(state.streak_told, streak))
        return _say(state, now, text, why)
    return _count(policy, state, now)


def question(policy: CuePolicy, state: CueState, now: Moment) -> Choice | None:
    """Return the question how a rep was, before anything is said about it; None where it is not due."""
    every = policy.rules.talk.ask_every_reps
    if not every or state.silent or now.rep == 0 or now.rep % every or state.asked_rep == now.rep:
        return None
    why = "feeling a rep before hearing about it helps to learn"
    return _say(replace(state, asked_rep=now.rep), now, now.phrases.say("coaching.how_was_it"), why)


def _count(policy: CuePolicy, state: CueState, now: Moment) -> Choice:
    left = None if now.target_reps is None else now.target_reps - now.rep
    if state.counted_rep == now.rep or left == 0:
        return state, None, ()
    state = replace(state, counted_rep=now.rep)
    if left in LAST:
        return _say(state, now, now.phrases.say(LAST[left]), f"{left} of {now.target_reps} left")
    if policy.rules.talk.count_aloud:
        return _say(state, now, now.phrases.number(now.rep), "counting aloud")
    return state, None, ()


def _say(state: CueState, now: Moment, text: str, why: str) -> Choice:
    return replace(state, last_s=now.t), Cue(now.t, text, None, Slot.TOP, why), ()
