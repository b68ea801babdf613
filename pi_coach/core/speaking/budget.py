"""Whether a fault may be named now, and if not, why not, in words for a coach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import Phase
from pi_coach.core.speaking.safety import SPINE
from pi_coach.core.speaking.summary import most_important

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.speaking.cue_rules import CuePolicy, CueRules, StageRules
    from pi_coach.core.speaking.cue_state import CueState, Moment, Seen


@dataclass(frozen=True, slots=True)
class Case:
    """A fault that might be named."""

    policy: CuePolicy
    state: CueState
    now: Moment
    fault: Fault
    seen: Seen
    rep: int
    """The rep that would be corrected."""

    @property
    def rules(self) -> CueRules:
        """The numbers."""
        return self.policy.rules

    @property
    def is_safety(self) -> bool:
        """Tell whether it is named whatever the budget says."""
        return self.seen.severe and self.fault.id == SPINE

    @property
    def priority(self) -> int:
        """What comes first: the lower."""
        goal = self.rules.goal
        if self.is_safety:
            return goal.severe_priority
        if self.fault.id == goal.top_fault and self.now.phase is Phase.LOCKOUT:
            return min(goal.top_priority, self.fault.priority)
        return self.fault.priority


def objection(case: Case) -> str | None:
    """Return why the fault is not named now; None where it is."""
    if not case.fault.spoken:
        return "seen too dimly to be said: it is counted"
    asked = (_cool,) if case.is_safety else (_silence, _skilled, _wider, _in_band, _goal, _cool, _enough, _faded)
    return next((why for why in (ask(case) for ask in asked) if why is not None), None)


def share(rules: StageRules, quality_reps: int) -> float:
    """Return the share of the reps with a fault that may be corrected; 0 once the drill is mastered."""
    if quality_reps >= rules.mastered_from:
        return 0.0
    if quality_reps >= rules.own_from:
        return rules.own_share
    return rules.practise_share if quality_reps >= rules.practise_from else rules.learn_share


def wider(rules: StageRules, quality_reps: int) -> float:
    """Return by which share of themselves the limits are widened."""
    way = (quality_reps - rules.own_from) / (rules.mastered_from - rules.own_from)
    return rules.own_wider * min(max(way, 0.0), 1.0)


def faulty_reps(state: CueState, faults: Mapping[str, Fault]) -> set[int]:
    """Return the reps with a fault that is worth a word."""
    return {rep for name, reps in state.shown.items() if name in faults and faults[name].spoken for rep in reps}


def by_id(now: Moment) -> dict[str, Fault]:
    """Return the drill's faults by id."""
    return {fault.id: fault for fault in now.drill.faults}


def goal(policy: CuePolicy, state: CueState, now: Moment) -> str | None:
    """Return the fault that this set works on: what the last one left to do; None where it left nothing."""
    last = state.last_sets.get(now.drill.id)
    if last is None:
        return policy.learner.goal if policy.learner.goal in by_id(now) else None
    spoken = [fault for fault in now.drill.faults if fault.spoken]
    found = most_important(spoken, last.faults, last.reps)
    return None if found is None else found.id


def is_cooling(case: Case) -> bool:
    """Tell whether the fault was named a short while ago."""
    named, rules = case.state.named.get(case.fault.id), case.rules.budget
    if named is None:
        return False
    return case.rep - named.reps[-1] < rules.cooldown_reps or case.now.t - named.t < rules.cooldown_s


def _silence(case: Case) -> str | None:
    rules, target = case.rules.silence, case.now.target_reps
    if case.state.silent:
        return "silent set"
    if case.rep <= rules.first_reps:
        return "first rep of the set"
    if target is not None and case.rep > target - rules.last_reps:
        return "last rep of the set"
    return None


def _skilled(case: Case) -> str | None:
    mastered = share(case.rules.stages, case.policy.learner.quality_reps) == 0.0
    return "the drill is mastered: told after the set" if mastered else None


def _wider(case: Case) -> str | None:
    more = wider(case.rules.stages, case.policy.learner.quality_reps)
    fault, value = case.fault, case.seen.value
    # A value within the plain limit comes from another sign of the fault, which has a limit of its own.
    if more == 0.0 or not fault.crossed_by(value):
        return None
    limit = fault.limit + abs(fault.limit) * more * (1.0 if fault.above is not None else -1.0)
    beyond = value > limit if fault.above is not None else value < limit
    return None if beyond else "within the wider band of somebody who owns the drill"


def _in_band(case: Case) -> str | None:
    good = case.rep not in faulty_reps(case.state, by_id(case.now))
    return "the rep after it was good" if good else None


def _goal(case: Case) -> str | None:
    wanted = goal(case.policy, case.state, case.now)
    if wanted in (None, case.fault.id) or case.priority <= case.rules.goal.always_priority:
        return None
    return f"this set works on something else: {by_id(case.now)[wanted].title.lower()}"


def _cool(case: Case) -> str | None:
    return f"named after rep {case.state.named[case.fault.id].reps[-1]} already" if is_cooling(case) else None


def _enough(case: Case) -> str | None:
    corrected, rules = case.state.corrected, case.rules.budget
    gap = 1 if case.rep <= rules.every_rep_until else rules.then_every_reps
    if corrected and case.rep - corrected[-1] < gap:
        return f"one correction in {gap} reps is enough" if gap > 1 else "one correction a rep is enough"
    if sum(case.rep - rep < rules.most_in_reps for rep in corrected) >= rules.most:
        return f"{rules.most} corrections in {rules.most_in_reps} reps are enough"
    return None


def _faded(case: Case) -> str | None:
    allowed = share(case.rules.stages, case.policy.learner.quality_reps)
    room = allowed * len(faulty_reps(case.state, by_id(case.now)))
    return None if len(case.state.corrected) + 1 <= room else f"only {allowed:.0%} of such reps are corrected by now"
