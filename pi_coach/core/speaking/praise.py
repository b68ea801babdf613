"""When something good is said: after a correction that worked, and for clean reps in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.reps.fault import Severity
from pi_coach.core.speaking.budget import by_id, faulty_reps, share

if TYPE_CHECKING:
    from pi_coach.core.speaking.cue_rules import CuePolicy, PraiseRules
    from pi_coach.core.speaking.cue_state import CueState, Moment

GRAVE = (Severity.CRITICAL, Severity.MAJOR)


def praise(policy: CuePolicy, state: CueState, now: Moment) -> tuple[str, str, int] | None:
    """Return what to praise after a rep, why, and the streak it tells of (0 for none); None where there is nothing."""
    if state.silent or now.rep == 0 or share(policy.rules.stages, policy.learner.quality_reps) == 0.0:
        return None
    if not (_is_good(state, now) and _is_rare(policy.rules.praise, state, now)):
        return None
    return _streak(policy, state, now) or _answered(policy.rules.praise, state, now)


def _is_good(state: CueState, now: Moment) -> bool:
    """Tell whether the rep is in the band, as far as it is known: its verdict comes once the lockout is over."""
    faults = by_id(now)
    if now.rep in faulty_reps(state, faults) or (state.verdict[0] == now.rep and not state.verdict[1]):
        return False
    found = [s for s in state.of_rep if s.rep == now.rep and s.fault in faults]
    return not any(faults[s.fault].severity_at(s.value) in GRAVE for s in found)


def _is_rare(rules: PraiseRules, state: CueState, now: Moment) -> bool:
    if not state.praised:
        return True
    t, rep = state.praised[-1]
    return now.rep - rep >= rules.apart_reps and now.t - t >= rules.apart_s


def _streak(policy: CuePolicy, state: CueState, now: Moment) -> tuple[str, str, int] | None:
    rules, best = policy.rules.praise, policy.learner.best_streak
    if best is not None and state.streak > best >= state.streak_told and state.streak >= rules.best_from:
        return now.phrases.say("coaching.best"), f"{state.streak} clean in a row, the best so far {best}", state.streak
    if any(state.streak_told < mark <= state.streak for mark in rules.streaks):
        count = now.phrases.number(state.streak)
        return now.phrases.say("coaching.streak", count=count), f"{state.streak} clean in a row", state.streak
    return None


def _answered(rules: PraiseRules, state: CueState, now: Moment) -> tuple[str, str, int] | None:
    since = max((named.reps[-1] for named in state.named.values()), default=now.rep)
    if now.rep <= since:
        return None
    said, faulty = now.phrases.say("coaching.praise"), faulty_reps(state, by_id(now))
    if all(rep in faulty for rep in range(since + 1, now.rep)):
        return said, f"the first good rep after what was said about rep {since}", 0
    if len(state.corrected) >= rules.corrections * (len(state.praised) + 1):
        return said, f"{len(state.corrected)} corrections and {len(state.praised)} praises so far", 0
    return None
