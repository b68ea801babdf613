"""What a check is, and what it has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.assembly import Setting

PATIENCE_S = 10.0
"""Nothing that works takes this long; what takes longer has hung."""


class State(StrEnum):
    """How a part is."""

    GOOD = "good"
    NOTE = "note"
    """Something to know, or something that only part of the coach needs."""
    BROKEN = "broken"
    """Coaching from a video file, the least that must work, does not."""


class Verdict(NamedTuple):
    """What a check has to say."""

    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part to look at."""

    name: str
    look: Callable[[Setting], Verdict]
    """Imports what it needs; raises a CoachError, ImportError or OSError where the part does not work."""
    needed: bool = False
    """Whether coaching from a video file needs it."""
    patience_s: float = PATIENCE_S
    """How long it may take."""
