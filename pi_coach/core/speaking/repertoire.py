"""Every sentence the cue policy may say in a drill, for rendering ahead: what is urgent must not wait for a voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.speaking.escalation import farewell
from pi_coach.core.speaking.safety import LOADED_LOST
from pi_coach.core.speaking.talk import LAST

if TYPE_CHECKING:
    from pi_coach.core.phrases import Phrases
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.speaking.cue_rules import CuePolicy


def repertoire(policy: CuePolicy, drill: Drill, phrases: Phrases) -> tuple[str, ...]:
    """Return the sentences, the urgent ones first, none twice; of counts and streaks the usual ones."""
    first = [phrases.say("coaching.stop_set"), phrases.say("coaching.long_spine"), phrases.say(LOADED_LOST)]
    faults = [fault for fault in drill.faults if fault.spoken]
    named = [text for fault in faults for text in fault.words.cues]
    ended = [farewell(phrases, fault) for fault in faults if fault.words.action]
    streaks = [phrases.say("coaching.streak", count=phrases.number(mark)) for mark in policy.rules.praise.streaks]
    counts = phrases.numbers[1:] if policy.rules.talk.count_aloud else ()
    last = [phrases.say(key) for key in LAST.values()]
    every = [*first, *named, *phrases.group("coaching"), *streaks, *last, *counts, *ended]
    return tuple(dict.fromkeys(text for text in every if text))
