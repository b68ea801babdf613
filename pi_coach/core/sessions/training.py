"""A coach on the way through a course: sets begun and ended, and what was done in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import RepCompleted, SetCompleted, SetStarted
from pi_coach.core.planning.fatigue import rest_here, signs
from pi_coach.core.sessions.assignment import Assignment
from pi_coach.core.sessions.back_range import own_limits
from pi_coach.core.sessions.bout import Course
from pi_coach.core.sessions.coach import Coach
from pi_coach.core.speaking.cues import CuePolicy

if TYPE_CHECKING:
    from pi_coach.core.events import Event, Rep
    from pi_coach.core.planning.fatigue import Sign
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.sessions.back_range import BackRange
    from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose


@dataclass(frozen=True, slots=True)
class Tally:
    """What was done in the session."""

    sets: int = 0
    """Those with at least one rep."""
    reps: int = 0
    clean: int = 0
    open: int = 0
    """Reps of the set under way."""

    def after(self, event: Event) -> Tally:
        """Count one event."""
        match event:
            case RepCompleted(rep=rep):
                return Tally(self.sets, self.reps + 1, self.clean + rep.quality, self.open + 1)
            case SetCompleted():
                return Tally(self.sets + bool(self.open), self.reps, self.clean)
            case _:
                return self


class Training:
    """One athlete's sets; mutable because coach and course go on."""

    def __init__(self, plan: SessionPlan, trainee: Trainee, wall_x: float | None) -> None:
        self._plan = plan
        self._events: list[Event] = []
        self.trainee = trainee
        self.back = trainee.back
        """The own range of the back; None where it is not known."""
        self.course = Course(trainee.bouts, plan.more)
        self.tally = Tally()
        self._set: list[Rep] = []
        self.coach = Coach(self._job(wall_x))

    @property
    def drill(self) -> Drill:
        """The drill that is trained."""
        return self.course.now.bout.drill

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Show one frame to the coach."""
        step = self.coach.see(t, pose, speaking=speaking)
        self._hear(step)
        return step

    def note(self, event: Event) -> None:
        """Add a fact of the session to those of the coach."""
        self._events.append(event)

    def go_to(self, course: Course) -> None:
        """Take on another set."""
        self.course = course
        self.coach.prepare(self._job(self.coach.wall_x))

    def get_ready(self) -> None:
        """Let the next rep begin the set; where a weight lies on the floor, it begins bent over it."""
        self.coach.get_ready(from_tall=not self.drill.loaded)

    def change(self, trainee: Trainee) -> None:
        """Train somebody else."""
        self.trainee, self.back = trainee, trainee.back
        self.go_to(Course(trainee.bouts, self._plan.more))

    def use_back(self, back: BackRange) -> None:
        """Judge the back by its own range from now on."""
        self.back = back
        self.coach.prepare(self._job(self.coach.wall_x))

    def end_set(self, t: float) -> str | None:
        """End the set that is under way; return its summary, None where no rep was done."""
        if not self.coach.in_set:
            return None
        step = self.coach.finish(t)
        done = self.tally.open or any(isinstance(event, RepCompleted) for event in step.events)
        self._hear(step)
        return step.cue.text if step.cue is not None and done else None

    def exhausted(self) -> Sign | None:
        """Return what shows that the set under way is long enough; None while it may go on.

        Only under a load: in a drill that teaches the pattern scores and faults wander for other reasons.
        """
        tired = signs(self._set, self._plan.fatigue) if self.drill.loaded and self.coach.in_set else None
        return tired.signs[0] if tired is not None and tired.ends_set else None

    def rest_here(self) -> str:
        """Return the sentence that ends such a set."""
        return rest_here(self._plan.phrases, self._set)

    def report(self, t: float) -> Step:
        """Return what the coach has to tell beside the frames."""
        step = self.coach.report(t)
        self._hear(step)
        return step

    def told(self) -> tuple[Event, ...]:
        """Return everything that happened since the last call."""
        events, self._events = tuple(self._events), []
        return events

    def _hear(self, step: Step) -> None:
        for event in step.events:
            self.tally = self.tally.after(event)
            if isinstance(event, RepCompleted):
                self._set.append(event.rep)
            elif isinstance(event, SetStarted):
                self._set = []
        self._events += step.events

    def _job(self, wall_x: float | None) -> Assignment:
        turn = self.course.now
        return Assignment(
            own_limits(turn.bout.drill, self.back),
            self._plan.phrases,
            target_reps=turn.bout.reps,
            wall_x=wall_x,
            find_wall=True,
            waits=True,
            side=turn.side,
            silent=turn.silent,
            load_kg=turn.bout.load_kg,
            body_kg=self.trainee.body_kg,
            policy=self.trainee.policies.get(turn.bout.drill.id, CuePolicy()),
        )
