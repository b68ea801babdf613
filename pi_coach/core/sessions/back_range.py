"""The athlete's own range of the back: from flat to round, measured once, unloaded, in place of everybody's limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault

FAULT = "back_rounding"

WARN_SHARE, OFF_SHARE, SEVERE_SHARE = 0.5, 0.4, 0.7
"""Shares of the own range from which a back is rounded, is flat again, and is badly rounded.  Feedback studies warned
at 70 and 80 % of the own maximum; earlier and in two steps is this project's choice."""

LEAST_RANGE_PCT = 2.5
"""A smaller range between flat and round is lost in the outline's noise of about 0.95 % of the trunk length."""

SETTLE_S = 1.0
"""After the sentence it takes this long to do as asked."""

HOLD_S = 2.0
"""Each shape of the back is watched for this long."""

LEAST_SEEN_SHARE = 0.5
"""The outline must be clear in at least this share of the frames."""


@dataclass(frozen=True, slots=True)
class BackRange:
    """What the outline of one athlete's back reads, % of trunk length beyond standing tall."""

    flat_pct: float
    round_pct: float

    def at(self, share: float) -> float:
        """Return the reading at a share of the way from flat to round."""
        return self.flat_pct + share * (self.round_pct - self.flat_pct)


def own_limits(drill: Drill, back: BackRange | None) -> Drill:
    """Return the drill with the back judged by the athlete's own range; as it is where that is not known."""
    if back is None:
        return drill
    return replace(drill, faults=tuple(_own(fault, back) if fault.id == FAULT else fault for fault in drill.faults))


def _own(fault: Fault, back: BackRange) -> Fault:
    off = None if fault.off is None else back.at(OFF_SHARE)
    # What must agree is part of the same bulge, so it shrinks with a lower limit.
    less = min(back.at(WARN_SHARE) / fault.limit, 1.0)
    supports = tuple(s if s.above is None else replace(s, above=less * s.above) for s in fault.supports)
    return replace(fault, above=back.at(WARN_SHARE), off=off, severe=back.at(SEVERE_SHARE), supports=supports)


@dataclass(frozen=True, slots=True)
class BackGuide:
    """The measuring under way: first round, then flat."""

    said_s: float | None = None
    """When the sentence of this part had been said; None before."""
    seen: tuple[float | None, ...] = ()
    """The outline's reading in each frame of this part; None where it was too rough."""
    round_pct: float | None = None
    """What the round back read; None before that part is over."""
    flat_pct: float | None = None
    over: bool = False

    @property
    def asks(self) -> str:
        """The sentence of this part."""
        return "session.back_round" if self.round_pct is None else "session.back_flat"

    @property
    def found(self) -> BackRange | None:
        """The range; None before the end, and where the outline was too rough or both shapes read nearly the same."""
        if self.round_pct is None or self.flat_pct is None or self.round_pct - self.flat_pct < LEAST_RANGE_PCT:
            return None
        return BackRange(self.flat_pct, self.round_pct)


def watch_back(guide: BackGuide, t: float, curve_pct: float | None, *, speaking: bool) -> BackGuide:
    """Take in one frame; the athlete gets time to listen and to do as asked."""
    if guide.over or speaking:
        return guide
    said_s = t if guide.said_s is None else guide.said_s
    if t - said_s < SETTLE_S:
        return replace(guide, said_s=said_s)
    seen = (*guide.seen, curve_pct)
    if t - said_s < SETTLE_S + HOLD_S:
        return replace(guide, said_s=said_s, seen=seen)
    clear = [value for value in seen if value is not None]
    if len(clear) < LEAST_SEEN_SHARE * len(seen):
        return replace(guide, over=True)
    if guide.round_pct is None:
        return BackGuide(round_pct=median(clear))
    return replace(guide, flat_pct=median(clear), over=True)
