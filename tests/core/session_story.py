"""Plays a scripted athlete to a whole session and tells what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from story import CONFIG, DRILLS, FILMING, PHRASES, Told

from pi_coach.core.events import SetCompleted, SetStarted, StageEntered
from pi_coach.core.sessions.bout import Bout, bout_of
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.testing.body import ScriptedBody
from pi_coach.testing.fakes import FakeSpeaker, ManualClock

TIMES = CONFIG.settings.session
SAFETY = PHRASES.say("session.safety")


def bout(drill="rdl", sets=2, reps=2, rest_s=20.0, **more):
    return Bout(DRILLS[drill], sets, reps, rest_s, **more)


def plan(*bouts, name="Ada", who=(), **more):
    wanted = {key: more.pop(key) for key in ("calibrate_back", "back", "body_kg") if key in more}
    names = who or (name,)
    return SessionPlan(
        trainees=tuple(Trainee(name=each, bouts=bouts or (bout(),), **wanted) for each in names),
        phrases=PHRASES,
        settings=replace(TIMES, **more.pop("times", {})),
        **more,
    )


@dataclass(frozen=True)
class Act:
    """Somebody presses the button."""

    t: float
    press: object


class Watched(Told):
    """A recorder that knows what a story about a session asks for."""

    @property
    def stages(self):
        return [event.stage.value for event in self.events if isinstance(event, StageEntered)]

    @property
    def sets(self):
        return [event for event in self.events if isinstance(event, SetStarted)]

    @property
    def summaries(self):
        return [event.summary for event in self.events if isinstance(event, SetCompleted)]

    def entered(self, stage):
        return [event.t for event in self.events if isinstance(event, StageEntered) and event.stage == stage]

    def when(self, text):
        return [cue.t for cue in self.cues if cue.text == text]


def attend(script, planned=None, *, presses=(), filming=FILMING, finish=True, session=None):
    """Let the athlete train; `presses` are pairs of time and press."""
    return attend_poses(ScriptedBody(script, filming).poses(), planned, presses=presses, finish=finish, session=session)


def attend_poses(poses, planned=None, *, presses=(), finish=True, session=None):
    told, session = Watched(), session or Session(planned or plan())
    clock, waiting, t = ManualClock(), sorted(presses, key=lambda pair: pair[0]), 0.0
    speaker = FakeSpeaker(clock)

    def deliver(step):
        if step.cue is not None:
            speaker.say(step.cue.text, urgent=step.cue.urgent)
        told.show(step)

    for t, pose in poses:
        clock.advance_to(t)
        deliver(session.see(t, pose, speaking=speaker.speaking))
        while waiting and waiting[0][0] <= t:
            deliver(session.press(t, waiting.pop(0)[1]))
    if finish:
        deliver(session.finish(t))
    told.heard = speaker.said
    return told


__all__ = ["SAFETY", "TIMES", "attend", "attend_poses", "bout", "bout_of", "plan"]
