"""Looking at one athlete: from where, in what stance, what is out of sight, and where the wall is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core.events import StanceCalibrated, ViewLatched, WallCalibrated
from pi_coach.core.reps.framing import Framing, check, missing_part
from pi_coach.core.sight.senses import Percept, Senses, perceive
from pi_coach.core.sight.stance import forget_grip
from pi_coach.core.sight.wall import WallWatch, search

if TYPE_CHECKING:
    from pi_coach.core.events import Event
    from pi_coach.core.sessions.assignment import Assignment
    from pi_coach.core.types import Pose, View


class Onlooker:
    """Knows the athlete, whatever is trained; mutable because it learns from every frame."""

    def __init__(self) -> None:
        self._senses = Senses()
        self._framing = Framing()
        self._wall = WallWatch()
        self._events: list[Event] = []

    @property
    def view(self) -> View | None:
        """From where the athlete is seen; None before it is known."""
        return self._senses.watch.view

    @property
    def knows_stance(self) -> bool:
        """Tell whether the athlete's own tall stance is known."""
        return self._senses.standing.stance is not None

    @property
    def missing(self) -> str | None:
        """What has been out of sight for longer than a moment; None where all is well."""
        return self._framing.missing

    @property
    def wall_x(self) -> float | None:
        """The wall's surface, image heights from the left; None where unknown."""
        return self._wall.wall_x

    def forget_wall(self) -> None:
        """Give up the wall: the camera moved, and it has to be found again."""
        self._wall = WallWatch()

    def _forget_grip(self) -> None:
        self._senses = replace(self._senses, standing=forget_grip(self._senses.standing))

    def _look(self, t: float, pose: Pose | None, job: Assignment) -> Percept | None:
        """Understand one frame; None where the athlete is not seen, or not long enough to know from where."""
        percept = None if pose is None else self._perceive(pose, job)
        if pose is None or percept is not None:
            missing = missing_part(percept.body if percept else None, self.view, job.drill)
            self._framing, events = check(self._framing, t, missing)
            self._events += events
        return percept

    def _perceive(self, pose: Pose, job: Assignment) -> Percept | None:
        before, stance = self.view, self._senses.standing.stance
        self._senses, percept = perceive(
            self._senses, pose, job.drill.upright, wall_x=self.wall_x, load_share=job.load_share
        )
        if self.view is not None and self.view is not before:
            self._events.append(ViewLatched(pose.t, self.view))
        if self.knows_stance and stance is None:
            self._events.append(StanceCalibrated(pose.t))
        return percept

    def _search_wall(self, percept: Percept) -> bool:
        """Look for the wall in one frame; tell whether it was found just now."""
        t = percept.posture.t
        self._wall = search(self._wall, t, percept.posture.seat_x)
        if self._wall.wall_x is None:
            return False
        self._events.append(WallCalibrated(t, self._wall.wall_x))
        return True
