"""Today's session as a value: drills, doses, notes, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.core.planning.screens import ScreenState


class NoteKind(StrEnum):
    """What a note is about."""

    PAIN = "pain"
    REST = "rest"
    HEAVY_REFUSED = "heavy refused"
    HEAVY_WISHED = "heavy wished"
    EASY_WEEK = "easy week"
    ROTATED = "rotated out"
    MILESTONE = "milestone"
    MOBILITY = "mobility"
    EXTRA_WAITS = "extra waits"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about today."""

    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One drill of today's session."""

    rung: str
    drill: str
    sets: int
    reps: int
    rest_s: float
    load_kg: float | None = None
    """None where the drill has none or none is known."""
    wall_cm: float | None = None
    """Heels to wall; None for a drill without a wall."""
    silent_first: bool = False
    """Whether nothing is corrected in the first set."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Today's session."""

    tier: int | None
    """Where the athlete stands; None before the screen."""
    why: str
    """How the athlete came there and what is missing for the next rung."""
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]
    screens: tuple[ScreenState, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the athlete asks for today."""

    heavy_anyway: bool = False
    """A heavy day although one was less than a week ago."""


AS_PLANNED = Wish()
