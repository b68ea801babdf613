"""Tells the cue policy a set as bare facts, rep by rep, and writes down what it says and decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from story import DRILLS, PHRASES

from pi_coach.core.events import (
    Cue,
    CueHeld,
    FaultRaised,
    Partial,
    Phase,
    PhaseEntered,
    Rep,
    RepAborted,
    RepCompleted,
    RepCounted,
    SetCompleted,
    SetStarted,
    Slot,
)
from pi_coach.core.speaking import cues
from pi_coach.core.speaking.cues import CuePolicy, CueRules, CueState, Learner, Moment
from pi_coach.testing.fakes import CHARACTERS_S

FAULTS = {fault.id: fault for drill in DRILLS.values() for fault in drill.faults}
EVERYTHING = replace(
    DRILLS["rdl"], faults=(*{**FAULTS, **{fault.id: fault for fault in DRILLS["rdl"].faults}}.values(),)
)
"""The Romanian deadlift, judged by every fault there is."""

POLICY = CuePolicy()
GOOD = ()
GRAVE = {"critical", "major"}


def ruled(policy=POLICY, **sections) -> CuePolicy:
    """Change some numbers: ruled(silence={"first_reps": 0})."""
    rules = policy.rules
    for name, numbers in sections.items():
        rules = replace(rules, **{name: replace(getattr(rules, name), **numbers)})
    return replace(policy, rules=rules)


def learner(quality_reps=0, policy=POLICY, **known) -> CuePolicy:
    """The policy for somebody who has done so many quality reps."""
    return replace(policy, learner=Learner(quality_reps, **known))


@dataclass
class Floor:
    """Where the set happens; goes on from fact to fact."""

    drill: object
    policy: CuePolicy = POLICY
    target_reps: int | None = None
    state: CueState = field(default_factory=CueState)
    t: float = 0.0
    phase: Phase = Phase.TALL
    since_s: float = 0.0
    done: int = 0
    speaks_until_s: float = 0.0
    ask: str | None = None
    cues: list[Cue] = field(default_factory=list)
    told: list = field(default_factory=list)

    @property
    def said(self):
        return [cue.text for cue in self.cues]

    @property
    def after(self):
        """What was said, with the rep after which it was said."""
        return list(zip(self.reps_of_cues, self.said, strict=True))

    reps_of_cues: list[int] = field(default_factory=list)

    @property
    def held(self):
        return [(event.rep, event.fault, event.reason) for event in self.told if isinstance(event, CueHeld)]

    def hear(self, *events):
        for event in events:
            self.state = cues.hear(self.policy, self.state, event)

    def enter(self, phase):
        self.phase, self.since_s = phase, self.t
        self.hear(PhaseEntered(self.t, phase))

    def go(self, for_s, **more):
        """Let time pass, ten moments a second."""
        for _ in range(round(10 * for_s)):
            self.t = round(self.t + 0.1, 3)
            self.look(**more)

    def look(self, **more):
        now = Moment(
            self.t, self.phase, self.since_s, self.done, self.t < self.speaks_until_s, self.ask,
            self.drill, PHRASES, self.target_reps, **more,
        )  # fmt: skip
        self.state, cue, told = cues.choose(self.policy, self.state, now)
        self.told += told
        if cue is not None:
            self.cues.append(cue)
            self.reps_of_cues.append(self.done)
            self.speaks_until_s = self.t + len(cue.text) / CHARACTERS_S

    def begin(self, *, silent=False):
        self.done = 0
        self.hear(SetStarted(self.t, self.drill.id, self.target_reps or 10, silent=silent))

    def rep(self, faults=GOOD, *, down_s=2.0, up_s=1.0, top_s=2.5, quality=None):
        """Do a rep that shows faults; a fault is an id, or an id with its value, and severe beyond the severe limit."""
        found = dict(fault if isinstance(fault, tuple) else (fault, self.beyond(fault)) for fault in faults)
        self.go_down(down_s)
        self.enter(Phase.ASCENT)
        self.go(up_s)
        self.done += 1
        self.enter(Phase.LOCKOUT)
        rules = {fault.id: fault for fault in self.drill.faults}
        raised = [FaultRaised(self.t, name, value, rules[name].severe_at(value)) for name, value in found.items()]
        self.hear(RepCounted(self.t, self.done), *raised)
        self.go(min(top_s, 1.5), down_s=down_s)
        grave = any(rules[name].severity_at(value) in GRAVE for name, value in found.items())
        quality = not grave if quality is None else quality
        self.hear(RepCompleted(self.t, Rep(self.done, 0, 0, 0, 90, quality, tuple(found))))
        if top_s > 1.5:
            self.enter(Phase.TALL)
            self.go(top_s - 1.5)
        return self

    def go_down(self, down_s=2.0, bottom_s=0.2):
        self.enter(Phase.DESCENT)
        self.go(down_s)
        self.enter(Phase.BOTTOM)
        self.go(bottom_s)

    def give_up(self):
        self.hear(RepAborted(self.t, Partial(0, 0, 0)))
        self.enter(Phase.TALL)

    def beyond(self, fault):
        rule = self.drill.fault(fault)
        return 1.01 * rule.above if rule.above is not None else 0.99 * rule.below

    def end(self):
        self.hear(SetCompleted(self.t, self.drill.id, ""))
        self.go(3)
        return self


def floor(drill=EVERYTHING, policy=POLICY, target_reps=None, *, silent=False) -> Floor:
    """A set that has just begun."""
    place = Floor(drill, policy, target_reps)
    place.begin(silent=silent)
    return place


def set_of(*reps, **how) -> Floor:
    """A set whose reps show these faults."""
    place = floor(**how)
    for faults in reps:
        place.rep(faults)
    return place


__all__ = ["EVERYTHING", "FAULTS", "GOOD", "POLICY", "CueRules", "Slot", "floor", "learner", "ruled", "set_of"]
