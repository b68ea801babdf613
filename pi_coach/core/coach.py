"""The coach in one object: a pose in, what happened and what to say out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pi_coach.core import cues, summary
from pi_coach.core.cues import CuePolicy, CueState, Moment
from pi_coach.core.engine import Look, RepRule, RepState, lose, reset, step
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
    StanceCalibrated,
    ViewLatched,
    WallCalibrated,
    WallTouched,
)
from pi_coach.core.faults import FaultWatch, watch_frame
from pi_coach.core.framing import (
    NOT_VISIBLE,
    SENTENCES,
    SIDE,
    WAITED_FOR,
    WALL,
    WALL_FOUND,
    Framing,
    ankles_in_sight,
    check,
    missing_part,
)
from pi_coach.core.measures import without_feet
from pi_coach.core.replog import RepLog
from pi_coach.core.senses import Percept, Senses, perceive
from pi_coach.core.step import Step
from pi_coach.core.types import View
from pi_coach.core.wall import WallWatch, search, touch

if TYPE_CHECKING:
    from pi_coach.core.drill import Drill, Fault
    from pi_coach.core.events import Event
    from pi_coach.core.types import Pose

DEPTH_SHARE = {View.OBLIQUE: 0.65, View.FRONT: 0.6}
"""How much of a fold shows from there: at 45 degrees of yaw hip flexion of 84 degrees reads 68 (simulated body), and
from the front only the trunk's shortening is left."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the coach is asked to do."""

    drill: Drill
    target_reps: int | None = None
    """The set ends after this many; None for a set without an end."""
    wall_x: float | None = None
    """The wall's surface at hip height, image heights from the left; None where it is not known."""
    find_wall: bool = False
    """Whether to ask for the wall where it is not known."""
    prompt: bool = False
    """Whether to say how to set up before the set."""
    policy: CuePolicy = field(default_factory=CuePolicy)


class Coach:
    """Follows one athlete through a drill; mutable because it remembers, pure because it only knows what it is told."""

    def __init__(self, assignment: Assignment) -> None:
        self._senses = Senses()
        self._framing = Framing()
        self._begin(assignment)

    def _begin(self, assignment: Assignment) -> None:
        self._job = assignment
        self._state = RepState()
        self._faults = FaultWatch()
        self._cues = CueState()
        self._wall = WallWatch(assignment.wall_x)
        self._log = RepLog(assignment.drill)
        self._reps: list[Rep] = []
        self._events: list[Event] = []
        self._say: Cue | None = None
        self._started = False
        self._hinted = False

    @property
    def drill(self) -> Drill:
        """The drill that is being coached."""
        return self._job.drill

    @property
    def view(self) -> View | None:
        """From where the athlete is seen; None before it is known."""
        return self._senses.watch.view

    @property
    def wall_x(self) -> float | None:
        """The wall's surface, image heights from the left; None where unknown."""
        return self._wall.wall_x

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame; `speaking` tells whether a sentence is being said just now."""
        self._start(t)
        percept = self._perceive(pose)
        self._frame(t, percept, seen=pose is not None)
        waits = self._framing.missing in WAITED_FOR or self._needs_wall
        if percept is None or waits:
            self._advance(*lose(self._state, t))
        else:
            self._follow(percept)
        if self._needs_wall and percept is not None and self._framing.missing is None:
            self._seek_wall(percept)
        self._cues, cue = cues.choose(self._job.policy, self._cues, self._moment(t, speaking=speaking))
        return self._step(t, pose, percept, self._say or cue)

    def finish(self, t: float) -> Step:
        """End the set: what was counted is judged, and the set summed up."""
        self._start(t)
        self._close_rep(t)
        self._complete_set(t)
        return self._step(t, None, None, self._say)

    def assign(self, t: float, assignment: Assignment) -> Step:
        """End the set and begin another; the athlete and the camera stay known."""
        last = self.finish(t)
        self._begin(assignment)
        self._say = Cue(t, assignment.drill.name, None, Slot.SUMMARY)
        self._start(t)
        first = self._step(t, None, None, self._say)
        return replace(first, events=(*last.events, *first.events))

    def forget_wall(self) -> None:
        """Give up the wall: the camera moved, and it has to be found again."""
        self._wall = WallWatch()

    @property
    def _needs_wall(self) -> bool:
        return self._job.find_wall and self.drill.uses_wall and self._wall.wall_x is None

    def _start(self, t: float) -> None:
        if not self._started:
            self._started = True
            self._events.append(SetStarted(t, self.drill.id, self._job.target_reps or self.drill.plan.reps))
            if self._job.prompt and self._say is None:
                self._say = Cue(t, self.drill.setup_prompt, None, Slot.FRAMING)

    def _perceive(self, pose: Pose | None) -> Percept | None:
        if pose is None:
            return None
        before = self._senses
        self._senses, percept = perceive(
            before, pose, self.drill.upright, bows=self.drill.upright.bows, wall_x=self._wall.wall_x
        )
        view, stance = self._senses.watch.view, self._senses.standing.stance
        if view is not None and view is not before.watch.view:
            self._events.append(ViewLatched(pose.t, view))
            self._advance(*self._new_view(pose.t, before.watch.view))
        if stance is not None and before.standing.stance is None:
            self._events.append(StanceCalibrated(pose.t))
        return percept

    def _new_view(self, t: float, before: View | None) -> tuple[RepState, tuple[Event, ...]]:
        state = replace(self._state, usual_deg=None)
        return reset(state, t) if before is not None and state.in_rep else (state, ())

    def _frame(self, t: float, percept: Percept | None, *, seen: bool) -> None:
        if seen and percept is None:
            return
        missing = missing_part(percept.body if percept else None, self.view, self.drill)
        self._framing, events = check(self._framing, t, missing)
        self._events += events

    def _follow(self, percept: Percept) -> None:
        now = percept.measures if ankles_in_sight(percept.body) else without_feet(percept.measures)
        view = self._senses.watch.view
        if view is None or now.fold_deg is None or now.fold_speed_deg_s is None:
            return
        self._log.add(now, idle=not self._state.in_rep)
        look = Look(now.t, now.fold_deg, now.fold_speed_deg_s, self._senses.watch.turned)
        self._advance(*step(self._rule(view), self._state, look))
        self._wall, touched = touch(self._wall, now.t, now.wall_gap_leg)
        if touched:
            self._events.append(WallTouched(now.t))
        self._faults, raised = watch_frame(self._faults, self.drill, view, self._state.phase, now)
        for fault, value in raised:
            self._log.raise_fault(fault)
            self._raise(now.t, fault, value)
        self._hint(now.t, view)

    def _rule(self, view: View) -> RepRule:
        share = DEPTH_SHARE.get(view, 1.0)
        return self.drill.rep if share == 1.0 else replace(self.drill.rep, depth_deg=share * self.drill.rep.depth_deg)

    def _advance(self, state: RepState, events: tuple[Event, ...]) -> None:
        self._state = state
        for event in events:
            if isinstance(event, PhaseEntered) and event.phase is not Phase.LOCKOUT:
                self._close_rep(event.t)
            self._events.append(event)
            if isinstance(event, RepCounted):
                self._count(event.t)
            elif isinstance(event, RepAborted):
                self._log.abort()

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
        self._events.append(FaultRaised(t, fault.id, value))
        self._cues = cues.wait(self._cues, fault, self._state.reps)

    def _hint(self, t: float, view: View) -> None:
        if view not in self.drill.judge_views and not self._hinted:
            self._hinted = True
            self._say = Cue(t, SENTENCES[SIDE], NOT_VISIBLE, Slot.FRAMING)

    def _seek_wall(self, percept: Percept) -> None:
        self._wall = search(self._wall, percept.posture.t, percept.posture.seat_x)
        if self._wall.wall_x is not None:
            self._events.append(WallCalibrated(percept.posture.t, self._wall.wall_x))
            self._state = RepState(reps=self._state.reps, wait_tall=True)
            self._say = Cue(percept.posture.t, WALL_FOUND, None, Slot.FRAMING)

    def _complete_set(self, t: float) -> None:
        text = summary.sentence(self.drill, self._reps)
        self._events.append(SetCompleted(t, self.drill.id, text))
        self._say = Cue(t, text, None, Slot.SUMMARY)

    def _next_set(self) -> None:
        self._reps = []
        self._started = False
        self._state = replace(self._state, reps=0)

    def _moment(self, t: float, *, speaking: bool) -> Moment:
        state = self._state
        missing = self._framing.missing or (WALL if self._needs_wall else None)
        return Moment(t, state.phase, state.since_s, state.reps, speaking or self._say is not None, missing)

    def _step(self, t: float, pose: Pose | None, percept: Percept | None, cue: Cue | None) -> Step:
        events, self._events, self._say = tuple(self._events), [], None
        return Step(
            t,
            self.drill.id,
            self._state.phase,
            pose,
            percept.measures if percept else None,
            events,
            cue,
            self._state.reps,
            self._job.target_reps or self.drill.plan.reps,
        )
