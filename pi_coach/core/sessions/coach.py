"""The coach in one object: a pose in, what happened and what to say out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.events import (
    Cue,
    FaultRaised,
    Phase,
    PhaseEntered,
    Rep,
    RepAborted,
    RepCompleted,
    RepCounted,
    SetCompleted,
    SetStarted,
    Slot,
    WallTouched,
)
from pi_coach.core.reps.engine import Look, RepState, lose, reset, step
from pi_coach.core.reps.faults import FaultWatch, watch_frame
from pi_coach.core.reps.framing import NOT_VISIBLE, SENTENCES, SIDE, WAITED_FOR, WALL, WALL_FOUND, YOU, ankles_in_sight
from pi_coach.core.reps.replog import RepLog
from pi_coach.core.sessions.assignment import Assignment, Duty
from pi_coach.core.sessions.onlooker import Onlooker
from pi_coach.core.sight.measures import without_feet
from pi_coach.core.sight.wall import WallWatch, touch
from pi_coach.core.speaking import cues, summary
from pi_coach.core.speaking.cues import CueState, Moment
from pi_coach.core.speaking.safety import LOADED_LOST, is_heavy
from pi_coach.core.step import Step
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.events import Event
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.sight.senses import Percept
    from pi_coach.core.signals.presses import Press
    from pi_coach.core.types import Pose

__all__ = ["Assignment", "Coach", "Duty"]


class Coach(Onlooker):
    """Follows one athlete through a drill; mutable because it remembers, pure because it only knows what it is told."""

    def __init__(self, assignment: Assignment) -> None:
        super().__init__()
        self._begin(assignment)

    def _begin(self, assignment: Assignment) -> None:
        self._job = assignment
        self._state = RepState()
        self._faults = FaultWatch()
        self._cues = CueState()
        self._wall = WallWatch(assignment.wall_x)
        self._log = RepLog(assignment.drill)
        self._reps: list[Rep] = []
        self._events = []
        self._heard = 0
        self._say: Cue | None = None
        self._started = False
        self._hinted = False
        self._duty = Duty.WATCH if assignment.waits else Duty.SET

    @property
    def drill(self) -> Drill:
        """The drill that is being coached."""
        return self._job.drill

    @property
    def needs_wall(self) -> bool:
        """Tell whether the wall has to be found before anything counts."""
        return self._job.find_wall and self.drill.uses_wall and self._wall.wall_x is None

    @property
    def in_set(self) -> bool:
        """Tell whether a set has begun and is not over."""
        return self._started

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame; `speaking` tells whether a sentence is being said just now."""
        self._start(t)
        before = self.view
        percept = self._look(t, pose, self._job)
        if self.view is not before:
            self._advance(*self._new_view(t, before))
        waits = self._framing.missing in WAITED_FOR or self.needs_wall or not self._counts
        if percept is None or waits:
            self._advance(*lose(self._state, t))
        else:
            self._follow(percept)
        if self.needs_wall and percept is not None and self._framing.missing is None:
            self._seek_wall(percept)
        self._listen()
        self._cues, cue, told = cues.choose(self._job.policy, self._cues, self._moment(t, speaking=speaking))
        self._events += told
        if cue is not None and cue.urgent:
            self._say = cue
        return self._step(t, pose, percept, self._say or cue)

    def press(self, t: float, press: Press) -> Step:  # noqa: ARG002  a coach alone has nothing to choose from
        """Take no notice of the button; a session does."""
        return self.report(t)

    def report(self, t: float) -> Step:
        """Tell what happened since the last frame."""
        return self._step(t, None, None, self._say)

    def finish(self, t: float) -> Step:
        """End the set: what was counted is judged, and the set summed up."""
        self._start(t)
        if self._started:
            self._close_rep(t)
        if self._started:
            self._complete_set(t)
            reps = self._state.reps
            self._next_set()
            return replace(self.report(t), reps=reps)
        return self.report(t)

    def prepare(self, assignment: Assignment) -> None:
        """Take on the next set; within a drill, what was said and seen so far is remembered."""
        self._forget_grip()
        if assignment.drill == self.drill:
            self._job = assignment
        else:
            self._begin(assignment)

    def get_ready(self, *, from_tall: bool) -> None:
        """Let the next rep begin the set; one that is under way already counts unless it has to start `from_tall`."""
        self._duty = Duty.READY
        self._state = RepState(wait_tall=from_tall, usual_deg=self._state.usual_deg)

    def go(self, t: float) -> None:
        """Begin the set, or go on with it after a pause."""
        if self._started:
            self._state = RepState(reps=self._state.reps, usual_deg=self._state.usual_deg, wait_tall=True)
        self._duty = Duty.SET
        self._start(t)

    def look_on(self, t: float) -> None:
        """Count nothing until told to: an attempt that is under way is given up."""
        self._close_rep(t)
        self._advance(*reset(self._state, t))
        self._duty = Duty.WATCH

    @property
    def _counts(self) -> bool:
        """Whether reps are followed."""
        return self._duty is Duty.SET or (self._duty is Duty.READY and self.knows_stance)

    def _start(self, t: float) -> None:
        if not self._started and self._duty is Duty.SET:
            self._started = True
            job = self._job
            self._events.append(SetStarted(t, self.drill.id, job.reps, job.side, job.silent, job.load_kg))

    def _new_view(self, t: float, before: View | None) -> tuple[RepState, tuple[Event, ...]]:
        state = replace(self._state, usual_deg=None)
        return reset(state, t) if before is not None and state.in_rep else (state, ())

    def _follow(self, percept: Percept) -> None:
        now = percept.measures if ankles_in_sight(percept.body) else without_feet(percept.measures)
        view = self._senses.watch.view
        if view is None or now.fold_deg is None or now.fold_speed_deg_s is None:
            return
        self._log.add(now, idle=not self._state.in_rep)
        look = Look(now.t, now.fold_deg, now.fold_speed_deg_s, self._senses.watch.turned)
        self._advance(*step(self._job.rule(view), self._state, look))
        self._wall, touched = touch(self._wall, now.t, now.wall_gap_leg)
        if touched:
            self._events.append(WallTouched(now.t))
        if self._duty is not Duty.SET:
            return
        self._faults, raised = watch_frame(self._faults, self.drill, view, self._state.phase, now)
        self._cues, alarmed = cues.guard(self._job.policy, self._cues, self._moment(now.t, speaking=False), now)
        for fault, value in (*raised, *alarmed):
            self._log.raise_fault(fault, value)
            self._raise(now.t, fault, value)
        self._hint(now.t, view)

    def _advance(self, state: RepState, events: tuple[Event, ...]) -> None:
        self._state = state
        for event in events:
            if isinstance(event, PhaseEntered) and event.phase is not Phase.LOCKOUT:
                self._close_rep(event.t)
            if not self._concerns(event):
                continue
            self._events.append(event)
            if isinstance(event, RepCounted):
                self._count(event.t)
            elif isinstance(event, RepAborted):
                self._log.abort()

    def _concerns(self, event: Event) -> bool:
        """Tell whether an event belongs to a set; the bottom of a first rep begins one."""
        if self._duty is Duty.READY and isinstance(event, PhaseEntered) and event.phase is Phase.BOTTOM:
            self.go(event.t)
        return self._duty is Duty.SET or isinstance(event, PhaseEntered)

    def _count(self, t: float) -> None:
        for fault, value in self._log.count(t, self._state, self._senses.watch.view or View.OBLIQUE):
            self._raise(t, fault, value)

    def _close_rep(self, t: float) -> None:
        closed = self._log.close()
        if closed is None:
            return
        rep, found = closed
        for fault, value in found:
            self._raise(t, fault, value)
        self._reps.append(rep)
        self._events.append(RepCompleted(t, rep))
        if self._job.target_reps is not None and len(self._reps) >= self._job.target_reps:
            self._complete_set(t)
            self._next_set()

    def _raise(self, t: float, fault: Fault, value: float) -> None:
        event = FaultRaised(t, fault.id, value, fault.severe_at(value))
        if not self._cues.knows(event, self._state.reps + self._state.in_rep):
            self._events.append(event)

    def _hint(self, t: float, view: View) -> None:
        if view not in self.drill.judge_views and not self._hinted:
            self._hinted = True
            self._say = Cue(t, self._ask(SIDE), NOT_VISIBLE, Slot.FRAMING)

    def _seek_wall(self, percept: Percept) -> None:
        if self._search_wall(percept):
            self._state = RepState(reps=self._state.reps, wait_tall=True)
            self._say = Cue(percept.posture.t, self._job.phrases.say(WALL_FOUND), None, Slot.FRAMING)

    def _complete_set(self, t: float) -> None:
        text = summary.sentence(self.drill, self._job.phrases, self._reps)
        self._events.append(SetCompleted(t, self.drill.id, text))
        self._say = Cue(t, text, None, Slot.SUMMARY)

    def _next_set(self) -> None:
        self._reps = []
        self._log.new_set()
        self._started = False
        self._state = replace(self._state, reps=0)
        if self._job.waits:
            self._duty = Duty.WATCH

    def _moment(self, t: float, *, speaking: bool) -> Moment:
        state, job, rep = self._state, self._job, self._log.open
        missing = self._framing.missing or (WALL if self.needs_wall else None)
        dropped = missing == YOU and self.drill.loaded and self._cues.lost_in_rep
        return Moment(
            t,
            state.phase,
            state.since_s,
            state.reps,
            speaking or self._say is not None,
            job.phrases.say(LOADED_LOST) if dropped else None if missing is None else self._ask(missing),
            self.drill,
            job.phrases,
            job.target_reps,
            down_s=None if rep is None else rep.bottom_s - rep.start_s,
            heavy=is_heavy(job.policy.rules.safety, job.policy.learner, job.load_kg, job.reps),
            view=self.view,
        )

    def _listen(self) -> None:
        """Let the cue policy hear what has happened since it last did, in a frame or between two."""
        for event in self._events[self._heard :]:
            self._cues = cues.hear(self._job.policy, self._cues, event)
        self._heard = len(self._events)

    def _ask(self, missing: str) -> str:
        return self._job.phrases.say(SENTENCES[missing])

    def _step(self, t: float, pose: Pose | None, percept: Percept | None, cue: Cue | None) -> Step:
        self._listen()
        events, self._events, self._say = tuple(self._events), [], None
        self._heard = 0
        return Step(
            t,
            self.drill.id,
            self._state.phase,
            pose,
            percept.measures if percept else None,
            events,
            cue,
            self._state.reps,
            self._job.reps,
            self.drill.hold_s,
        )
