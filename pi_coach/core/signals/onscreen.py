"""What somebody who looks on from a screen sees: the session in one value, kept up from step to step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core import events as ev
from pi_coach.core.events import Phase
from pi_coach.core.reps.framing import ankles_in_sight
from pi_coach.core.session_events import AthleteChosen
from pi_coach.core.sight.body import skeleton
from pi_coach.core.types import View

if TYPE_CHECKING:
    from pi_coach.core.events import Cue, Event, Rep, Stage
    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose

LAST_REPS = 10
"""So many reps of the set are shown: what fits a phone's width."""

FAR_BELOW = 0.5
"""A standing athlete lower than this, image heights, is far: of 480 rows fewer than the 256 that the pose model
reads."""

NEAR_ABOVE = 0.85
"""One taller than this is near: no room is left for a step, or for the hands overhead."""


@dataclass(frozen=True, slots=True)
class Onscreen:
    """One moment of a session."""

    t: float = 0.0
    drill: str = ""
    athlete: str | None = None
    """None where nobody was asked."""
    stage: Stage | None = None
    """None before the session told of one."""
    phase: Phase = Phase.SETUP
    set_number: int = 0
    """From 1; 0 before the first set."""
    reps: int = 0
    target_reps: int = 0
    hold_s: float | None = None
    rest_left_s: float | None = None
    cue: Cue | None = None
    """The last one said; None before the first."""
    last: tuple[Rep, ...] = ()
    """The set's last reps that were judged, oldest first."""
    view: View | None = None
    missing: str | None = None
    """What the athlete was told is out of sight."""
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """How well the athlete stands in the picture."""

    head: bool
    feet: bool
    side: bool | None
    """Seen from the side; None before the view is known."""
    height: float | None
    """From the top of the body to the lower heel, image heights; None unless standing tall."""

    @property
    def far(self) -> bool:
        """Tell whether the athlete should come nearer."""
        return self.height is not None and self.height < FAR_BELOW

    @property
    def near(self) -> bool:
        """Tell whether the athlete should step back."""
        return self.height is not None and self.height > NEAR_ABOVE


def after(seen: Onscreen, step: Step) -> Onscreen:
    """Return what is seen after one more frame."""
    for event in step.events:
        seen = _told(seen, event)
    return replace(
        seen,
        t=step.t,
        drill=step.drill,
        phase=step.phase,
        reps=step.reps,
        target_reps=step.target_reps,
        hold_s=step.hold_s,
        rest_left_s=step.rest_left_s,
        cue=step.cue or seen.cue,
        pose=step.pose,
    )


def _told(seen: Onscreen, event: Event) -> Onscreen:
    match event:
        case ev.StageEntered(stage=ev.Stage.GREETING):
            seen = Onscreen(stage=event.stage)
        case ev.StageEntered(stage=stage):
            seen = replace(seen, stage=stage)
        case AthleteChosen(athlete=athlete):
            seen = replace(seen, athlete=athlete)
        case ev.SetStarted():
            seen = replace(seen, set_number=seen.set_number + 1, last=())
        case ev.RepCompleted(rep=rep):
            seen = replace(seen, last=(*seen.last, rep)[-LAST_REPS:])
        case ev.ViewLatched(view=view):
            seen = replace(seen, view=view)
        case ev.TrackingLost(missing=missing):
            seen = replace(seen, missing=missing)
        case ev.TrackingFound():
            seen = replace(seen, missing=None)
        case _:
            pass
    return seen


def sight(seen: Onscreen) -> Sight | None:
    """Return how well the athlete stands in the picture; None where nobody is seen."""
    if seen.pose is None:
        return None
    body = skeleton(seen.pose)
    top = min(body.nose.y, *(ear.y for ear in body.ears))
    low = max(leg.heel.y for leg in body.legs)
    return Sight(
        head=max(body.nose.y, *(ear.y for ear in body.ears)) >= 0,
        feet=min(leg.heel.y for leg in body.legs) <= 1 and ankles_in_sight(body),
        side=None if seen.view is None else seen.view in (View.LEFT, View.RIGHT),
        height=low - top if seen.phase in (Phase.SETUP, Phase.TALL) else None,
    )
