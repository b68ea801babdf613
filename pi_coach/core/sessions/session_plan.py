"""What a session is made of: who may train, what, and how long everything takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.planning.fatigue import FatigueLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.phrases import Phrases
    from pi_coach.core.sessions.back_range import BackRange
    from pi_coach.core.sessions.bout import Bout
    from pi_coach.core.speaking.cues import CuePolicy


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long everything around the sets takes, seconds."""

    countdown_s: float
    """Before each set; the last part of a rest."""
    side_s: float
    """To change sides."""
    rest_told_s: float
    """With this much of a rest left it is said how much."""
    stop_rest_s: float
    """The least rest after a set that was stopped for safety."""
    away_s: float
    """Out of sight for this long, the athlete has left the set."""
    leave_s: float
    """Out of sight for this long, the athlete has left the session."""
    hands_pause: bool
    """Whether both hands overhead pause a set and go on with it."""
    hands_s: float
    """How long the hands stay up to be a sign."""
    tall_yes_s: float
    """Standing still for this long says yes to one's own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainee:
    """Somebody who may train."""

    name: str
    """As spoken."""
    bouts: tuple[Bout, ...]
    """What is planned today."""
    body_kg: float | None = None
    """None where it was not told."""
    back: BackRange | None = None
    """The own range of the back; None where it was not measured."""
    calibrate_back: bool = False
    """Whether to measure it now."""
    policies: Mapping[str, CuePolicy] = field(default_factory=dict)
    """How much is said, by drill; the usual amount where a drill is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """Everything that a session needs to know beforehand."""

    trainees: tuple[Trainee, ...]
    """Who it may be; more than one are asked."""
    phrases: Phrases
    settings: SessionSettings
    fatigue: FatigueLimits = field(default_factory=FatigueLimits)
    """When a set is long enough."""
    more: tuple[Bout, ...] = ()
    """What the button goes round once the planned bouts are through."""
    wall_x: float | None = None
    """The wall's surface, image heights from the left; None where it has to be found."""

    def __post_init__(self) -> None:
        """Refuse a session without anybody."""
        if not self.trainees:
            raise UsageError("a session needs at least one athlete")
