"""Plays a scripted athlete to the coach and tells what came of it."""

from __future__ import annotations

from pathlib import Path

from pi_coach import config
from pi_coach.core.events import Partial, Rep, RepAborted, RepCompleted, RepCounted, SetCompleted, TrackingLost
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import Script

CONFIG = config.load(Path("/nobody's/own/config"))
DRILLS = CONFIG.drills
PHRASES = CONFIG.wording.phrases

STANDING = Script().hold(1.0)
"""Long enough for the coach to know the view and the stance."""

FILMING = Filming(fps=10)
"""About what a slow Pi does."""


class Told(Recorder):
    """A recorder that knows what a story asks for."""

    @property
    def reps(self) -> list[Rep]:
        return [event.rep for event in self.events if isinstance(event, RepCompleted)]

    @property
    def counted(self) -> list[float]:
        return [event.t for event in self.events if isinstance(event, RepCounted)]

    @property
    def partials(self) -> list[Partial]:
        return [event.partial for event in self.events if isinstance(event, RepAborted)]

    @property
    def faults(self) -> list[set[str]]:
        return [set(rep.faults) for rep in self.reps]

    @property
    def said(self) -> list[str]:
        return [cue.text for cue in self.cues]

    @property
    def missed(self) -> list[str]:
        return [event.missing for event in self.events if isinstance(event, TrackingLost)]

    @property
    def summary(self) -> str:
        return [event.summary for event in self.events if isinstance(event, SetCompleted)][-1]


def play(script: Script, drill: str = "rdl", filming: Filming = FILMING, **assignment) -> Told:
    """Let the athlete do it before the coach, whose voice takes as long as a real one."""
    return watch(ScriptedBody(script, filming).poses(), drill, **assignment)


def watch(poses, drill: str = "rdl", **assignment) -> Told:
    """Show poses to the coach."""
    told, coach = Told(), Coach(Assignment(DRILLS[drill], PHRASES, **assignment))
    clock = ManualClock()
    speaker = FakeSpeaker(clock)
    t = 0.0
    for t, pose in poses:
        clock.advance_to(t)
        step = coach.see(t, pose, speaking=speaker.speaking)
        if step.cue is not None:
            speaker.say(step.cue.text)
        told.show(step)
    told.show(coach.finish(t))
    return told
