"""Whether two words fit into a rep: holds and slow ways down leave time for them, told from the athlete's own tempo."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from pi_coach.core.events import Phase
from pi_coach.core.speaking.cue_state import WITHIN_REP

if TYPE_CHECKING:
    from pi_coach.core.speaking.budget import Case
    from pi_coach.core.speaking.cue_state import CueState, Moment

CHARACTERS_S = 15.0
"""How many characters a voice of 175 words a minute speaks in a second."""


def fits(case: Case, text: str) -> bool:
    """Tell whether a sentence can be heard and acted on before the phase is over; never on the way up."""
    rules, now = case.rules.in_rep, case.now
    if now.phase not in (Phase.DESCENT, Phase.BOTTOM) or len(text.split()) > rules.longest_words or "," in text:
        return False
    if _rep_s(case.state, now) < rules.rep_from_s:
        return False
    return left_s(case.state, now) >= len(text) / CHARACTERS_S + rules.spare_s


def left_s(state: CueState, now: Moment) -> float:
    """Return how long the phase is still going to last; 0 where nothing tells."""
    return max(_usual_s(state, now, now.phase) - now.in_phase_s, 0.0)


def _rep_s(state: CueState, now: Moment) -> float:
    return sum(_usual_s(state, now, phase) for phase in WITHIN_REP)


def _usual_s(state: CueState, now: Moment, phase: Phase) -> float:
    lasted = state.tempo_s.get(phase, ())
    held_s = now.drill.hold_s or 0.0 if phase is Phase.BOTTOM else 0.0
    return max(held_s, median(lasted) if lasted else 0.0)
