"""The outcome of one frame, handed to everything that shows or keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.core.events import Cue, Event, Phase
    from pi_coach.core.sight.measures import Measures
    from pi_coach.core.types import Pose


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one frame led to."""

    t: float
    """Time of the frame, seconds."""
    drill: str
    phase: Phase
    pose: Pose | None
    """The athlete; None where not seen."""
    measures: Measures | None
    """What the rules looked at; None where the athlete was not seen."""
    events: tuple[Event, ...]
    cue: Cue | None
    """The one sentence to say now."""
    reps: int
    """Counted in this set so far."""
    target_reps: int
    hold_s: float | None = None
    """How long the drill holds its bottom; None for one without a hold."""
    rest_left_s: float | None = None
    """How much of the rest or of the countdown is left; None outside both."""
    idle: bool = False
    """Whether the coach only keeps watch, because nobody has been in sight for a while."""
