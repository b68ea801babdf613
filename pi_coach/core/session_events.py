"""Facts about who trains: rarer than those of a set, and kept as they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AthleteChosen:
    """One of several athletes said yes."""

    t: float
    athlete: str


@dataclass(frozen=True, slots=True)
class BackCalibrated:
    """The own range of the athlete's back was measured."""

    t: float
    flat_pct: float
    """What the outline of the flat back reads, % of trunk length beyond standing tall."""
    round_pct: float
    """And of the round one."""
