"""Faults judged while they happen: a limit crossed for long enough, in a phase and a view that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pi_coach.core.reps.fault import Judged
from pi_coach.core.reps.reading import middle_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pi_coach.core.events import Phase
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.reps.reading import Reading
    from pi_coach.core.sight.measures import Measures
    from pi_coach.core.types import View

MAX_GAP_S = 0.3
"""A measure unseen for longer than this has to show its fault for the full time again."""


@dataclass(frozen=True, slots=True)
class Held:
    """A limit that is being crossed."""

    since_s: float
    seen_s: float
    raised: bool = False


@dataclass(frozen=True, slots=True)
class FaultWatch:
    """The frame faults that are on or coming on, by id."""

    held: Mapping[str, Held] = field(default_factory=dict)


def watch_frame(
    watch: FaultWatch, drill: Drill, view: View, phase: Phase, now: Measures
) -> tuple[FaultWatch, list[tuple[Fault, float]]]:
    """Judge one frame; return the watch and the faults raised in it, each with the value that crossed the limit."""
    held: dict[str, Held] = {}
    raised: list[tuple[Fault, float]] = []
    for fault in drill.faults:
        if fault.judged is not Judged.FRAME or phase not in fault.during or view not in fault.views:
            continue
        before = watch.held.get(fault.id)
        if before is not None and now.t - before.seen_s > MAX_GAP_S:
            before = None
        value = fault.seen_in(now, raised=before is not None and before.raised)
        if value is None:
            if before is not None and getattr(now, fault.measure) is None:
                held[fault.id] = before
            continue
        since = now.t if before is None else before.since_s
        was_raised = before is not None and before.raised
        is_raised = was_raised or now.t - since >= fault.for_s
        if is_raised and not was_raised:
            raised.append((fault, value))
        held[fault.id] = Held(since, now.t, is_raised)
    return FaultWatch(held), raised


def judge(faults: Iterable[Fault], when: Judged, view: View, readings: Sequence[Reading]) -> list[tuple[Fault, float]]:
    """Judge the latest of a set's readings; return the faults that were seen, each with the value beyond its limit.

    A fault that needs several reps is judged on their median, once they are complete.
    """
    found: list[tuple[Fault, float]] = []
    for fault in faults:
        if fault.judged is not when or view not in fault.views or len(readings) % fault.over_reps:
            continue
        value = fault.seen_in(middle_reading(readings[-fault.over_reps :]))
        if value is not None:
            found.append((fault, value))
    return found
