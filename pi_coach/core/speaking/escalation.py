"""In which words a fault is named, and what happens when words do not help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.core.phrases import Phrases
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.speaking.budget import Case
    from pi_coach.core.speaking.cue_rules import EscalationRules
    from pi_coach.core.speaking.cue_state import CueState, Named


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence, and why this one."""

    text: str
    why: str
    is_action: bool = False
    """Whether it tells what to change."""


def wording(case: Case) -> Wording:
    """Return how to name a fault: short, then another focus, then what to change."""
    if case.is_safety and not case.now.drill.loaded:
        return Wording(case.now.phrases.say("coaching.more_range"), "severe, without a load")
    words, named = case.fault.words, case.state.named.get(case.fault.id)
    focuses = [text for text in (words.short, words.external, words.internal) if text]
    if words.action and (not focuses or _third_time(case.rules.escalation, named, case.rep)):
        return Wording(words.action, "words have not helped, so what to change", is_action=True)
    times = 0 if named is None else len(named.reps)
    return Wording(focuses[times % len(focuses)], "first time, short" if times == 0 else "it stays, so other words")


def _third_time(rules: EscalationRules, named: Named | None, rep: int) -> bool:
    return named is not None and len(named.reps) >= 2 and rep - named.reps[-2] < rules.action_within_reps  # noqa: PLR2004  two before


def stays(rules: EscalationRules, state: CueState, fault: str, rep: int) -> str | None:
    """Return why a fault ends the set after a rep that showed it: the athlete was told what to change, in vain."""
    named, reps = state.named.get(fault), state.shown.get(fault, ())
    if named is None or named.action_rep is None or named.action_rep >= rep or rep not in reps:
        return None
    if all(rep - back in reps for back in range(rules.end_in_a_row)):
        return f"shown in {rules.end_in_a_row} reps in a row, whatever was said"
    if rep >= rules.end_from_rep and len(reps) >= rules.end_share * rep:
        return f"shown in {len(reps)} of {rep} reps, whatever was said"
    return None


def farewell(phrases: Phrases, fault: Fault) -> str:
    """Return the sentence that ends a set early: what was to be done, and that the next set asks for less."""
    parts = (fault.words.short, phrases.say("coaching.regress"))
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
