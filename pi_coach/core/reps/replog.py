"""The rep under way: its frames, what was seen in it, and its verdict when the lockout is over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.events import Rep
from pi_coach.core.reps.fault import Judged
from pi_coach.core.reps.faults import judge
from pi_coach.core.reps.judging import against_best, read_bottom, read_lockout
from pi_coach.core.reps.score import is_quality, score

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.engine import RepState
    from pi_coach.core.reps.fault import Fault
    from pi_coach.core.reps.reading import Reading
    from pi_coach.core.sight.measures import Measures
    from pi_coach.core.types import View

LEAD_S = 0.4
"""Frames before the start belong to a rep's reading: the way down begins in them, too slowly to be called a start."""

KEEP_S = 1.0
"""Frames kept while nothing happens: a rep begins a little before it is recognised."""


@dataclass(frozen=True, slots=True)
class OpenRep:
    """A counted rep whose lockout is still being watched."""

    number: int
    start_s: float
    bottom_s: float
    end_s: float
    view: View
    found: tuple[tuple[Fault, float], ...] = ()
    """The faults seen so far, each with the value that crossed its limit."""


class RepLog:
    """Collects frames as they come; mutable because a rep holds hundreds of them."""

    def __init__(self, drill: Drill) -> None:
        self._drill = drill
        self._frames: list[Measures] = []
        self._raised: list[tuple[Fault, float]] = []
        self._readings: list[Reading] = []
        self._flattest_pct: float | None = None
        self.open: OpenRep | None = None

    def add(self, measures: Measures, *, idle: bool) -> None:
        """Keep one frame; while the athlete is idle only the last second is kept."""
        self._frames.append(measures)
        if idle and self.open is None:
            self._trim(measures.t - KEEP_S)

    def raise_fault(self, fault: Fault, value: float) -> None:
        """Note a fault that was seen in a frame of the rep under way."""
        if self.open is not None:
            self.open = replace(self.open, found=(*self.open.found, (fault, value)))
        else:
            self._raised.append((fault, value))

    def count(self, t: float, state: RepState, view: View) -> list[tuple[Fault, float]]:
        """Take the rep that has just reached its lockout; return the faults of its way down and bottom."""
        frames = tuple(m for m in self._frames if m.t >= state.onset_s - LEAD_S)
        reading, self._flattest_pct = against_best(read_bottom(self._drill, view, frames), self._flattest_pct)
        self._readings.append(reading)
        found = judge(self._drill.faults, Judged.BOTTOM, view, self._readings)
        self.open = OpenRep(state.reps, state.onset_s, state.peak_s, t, view, (*self._raised, *found))
        self._raised = []
        return found

    def close(self) -> tuple[Rep, list[tuple[Fault, float]]] | None:
        """End the open rep's lockout; return its verdict and the faults of the lockout. None where no rep is open."""
        rep, self.open = self.open, None
        if rep is None:
            return None
        lockout = [m for m in self._frames if m.t >= rep.end_s]
        reading = self._readings[-1] = read_lockout(self._readings[-1], lockout)
        found = judge(self._drill.faults, Judged.LOCKOUT, rep.view, self._readings)
        return self._verdict(rep, reading, (*rep.found, *found)), found

    def _verdict(self, rep: OpenRep, reading: Reading, found: Iterable[tuple[Fault, float]]) -> Rep:
        seen = {fault.id for fault, _ in found}
        severe = {fault.id for fault, value in found if fault.severe_at(value)}
        faults = [fault for fault in self._drill.faults if fault.id in seen]
        severities = [fault.severe_as if fault.id in severe else fault.severity for fault in faults]
        points = score(reading, self._drill.squat_limits, severities)
        return Rep(
            rep.number,
            rep.start_s,
            rep.bottom_s,
            rep.end_s,
            points,
            is_quality(points, severities),
            tuple(fault.id for fault in faults),
            asdict(reading),
            tuple(fault.id for fault in faults if fault.id in severe),
        )

    def new_set(self) -> None:
        """Forget the readings of the set that is over."""
        self._readings = []

    def abort(self) -> None:
        """Forget what was seen in an attempt that did not count."""
        self._raised = []

    def _trim(self, from_s: float) -> None:
        first = next((i for i, m in enumerate(self._frames) if m.t >= from_s), len(self._frames))
        if first:
            del self._frames[:first]
