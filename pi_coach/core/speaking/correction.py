"""The one correction after a rep: the most important that nothing speaks against; every other is told why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.events import Cue, Event, SetCutShort, Slot
from pi_coach.core.speaking.budget import Case, by_id, is_cooling, objection
from pi_coach.core.speaking.cue_state import CueState, Named, Seen, drop
from pi_coach.core.speaking.escalation import Wording, farewell, stays, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.speaking.cue_rules import CuePolicy
    from pi_coach.core.speaking.cue_state import Moment

TEMPO = "too_fast"
"""The fault that leaves no room for coaching."""

Choice = tuple[CueState, Cue | None, tuple[Event, ...]]
"""What is remembered, what is said, and what was decided besides."""


def cases(policy: CuePolicy, state: CueState, now: Moment, rep: int) -> list[Case]:
    """Return what waits, for the correction of a rep, the most important first and of equals the newest."""
    if not state.waiting:
        return []
    faults = by_id(now)
    waiting = [w for w in reversed(state.waiting) if w.fault in faults]
    return sorted((Case(policy, state, now, faults[w.fault], w, rep) for w in waiting), key=lambda case: case.priority)


def correct(waiting: Sequence[Case], state: CueState, now: Moment) -> Choice:
    """Name one fault, or end the set where naming it has not helped."""
    for case in waiting:
        why = None if _ends_anyway(now) else stays(case.rules.escalation, state, case.fault.id, now.rep)
        if why is not None and not state.silent:
            return _cut_short(state, case, why)
    why_not = [objection(case) for case in waiting]
    first = next((case for case, why in zip(waiting, why_not, strict=True) if why is None), None)
    for case, why in zip(waiting, why_not, strict=True):
        if case is not first:
            state = drop(state, now.t, why or f"more important: {'' if first is None else _title(first)}", case.seen)
    if first is None:
        return state, None, ()
    slower = None if first.is_safety else _slower(first)
    if slower is None:
        return named(state, first, Slot.TOP, wording(first))
    state = drop(state, now.t, f"more important: {_title(slower)}", first.seen)
    slow_down = Wording(now.phrases.say("coaching.slow_down"), "too quick for any other correction")
    return named(state, slower, Slot.TOP, slow_down)


def named(state: CueState, case: Case, slot: Slot, said: Wording) -> Choice:
    """Say it."""
    now = case.now
    cue = Cue(now.t, said.text, case.fault.id, slot, f"{_title(case)} in rep {case.seen.rep}: {said.why}")
    state = remember(state, case.fault.id, now.t, case.rep, is_action=said.is_action)
    if not case.is_safety:
        state = replace(state, corrected=(*state.corrected, case.rep))
    return replace(state, waiting=tuple(w for w in state.waiting if w != case.seen)), cue, ()


def remember(state: CueState, fault: str, t: float, rep: int, *, is_action: bool = False) -> CueState:
    """Note that a fault was named."""
    before = state.named.get(fault, Named(t, ()))
    new = Named(t, (*before.reps, rep), rep if is_action else before.action_rep)
    return replace(state, named={**state.named, fault: new}, last_s=t)


def _title(case: Case) -> str:
    return case.fault.title.lower()


def _ends_anyway(now: Moment) -> bool:
    return now.target_reps is not None and now.rep >= now.target_reps


def _cut_short(state: CueState, case: Case, why: str) -> Choice:
    now = case.now
    reason = f"{_title(case)}: {why}"
    cue = Cue(now.t, farewell(now.phrases, case.fault), case.fault.id, Slot.TOP, reason)
    state = drop(state, now.t, "the set was cut short", *(w for w in state.waiting if w != case.seen))
    state = replace(state, waiting=(), over=True, last_s=now.t)
    return state, cue, (SetCutShort(now.t, case.fault.id, reason),)


def _slower(first: Case) -> Case | None:
    """Return the case of a way down that is too quick for any other correction; None where it is not, or was told."""
    tempo, down_s = by_id(first.now).get(TEMPO), first.now.down_s
    if tempo is None or first.fault.id == TEMPO or down_s is None:
        return None
    if down_s >= first.rules.goal.slow_down_share * tempo.limit:
        return None
    case = replace(first, fault=tempo, seen=Seen(TEMPO, first.rep, down_s))
    return None if is_cooling(case) else case
