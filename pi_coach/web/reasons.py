"""Why a rep was judged as it was, as a page shows it. Limits are those of today's drill files, as in `explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.adapters.book.trail import trail
from pi_coach.core.reps.fault import Severity
from pi_coach.core.types import View
from pi_coach.core.units import NAMES, told
from pi_coach.explain import distance

if TYPE_CHECKING:
    from pi_coach.adapters.book.rows import CueRow, SessionDetail, SetRow
    from pi_coach.adapters.book.trail import Held, Raised
    from pi_coach.core.events import Rep
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One measure beside its limits."""

    name: str
    value: str
    limits: tuple[str, ...]
    crossed: bool
    """Whether it lies beyond one of them."""


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault of the rep."""

    title: str
    worth: str
    """How much it matters."""
    costs_clean: bool
    """Whether a rep with it cannot be clean."""
    reading: str
    """The value that crossed the limit; empty where it was not kept."""
    reason: str
    """Why the limit is where it is."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Everything that explains a rep."""

    measured: tuple[MeasuredRow, ...]
    unseen: tuple[str, ...]
    faults: tuple[FaultView, ...]
    said: tuple[CueRow, ...]
    held: tuple[Held, ...]


def reasons(session: SessionDetail, one: SetRow, rep: Rep, drill: Drill | None) -> Reasons:
    """Return why a rep was judged so; `drill` is None where the catalogue does not have it any more."""
    found = trail(session, one, rep.number)
    until_s = min((other.start_s for other in one.reps if other.start_s > rep.start_s), default=float("inf"))
    return Reasons(
        measured=tuple(_measured(drill, one, name, value) for name, value in rep.measures.items() if value is not None),
        unseen=tuple(_name(name) for name, value in rep.measures.items() if value is None),
        faults=tuple(_fault(drill, rep, name, found.raised) for name in rep.faults),
        said=tuple(cue for cue in session.cues if cue.set_number == one.number and rep.start_s <= cue.t_s < until_s),
        held=found.held,
    )


def _measured(drill: Drill | None, one: SetRow, name: str, value: float) -> MeasuredRow:
    seen_from = [
        fault
        for fault in (drill.faults if drill else ())
        if fault.measure == name and (one.view is None or View(one.view) in fault.views)
    ]
    limits = tuple(f"{_against(fault)}: {distance(fault, value)}" for fault in seen_from)
    return MeasuredRow(_name(name), told(name, value), limits, any(fault.crossed_by(value) for fault in seen_from))


def _against(fault: Fault) -> str:
    side = "above" if fault.above is not None else "below"
    return f"{fault.title} {side} {told(fault.measure, fault.limit)}"


def _fault(drill: Drill | None, rep: Rep, name: str, raised: tuple[Raised, ...]) -> FaultView:
    fault = next((one for one in drill.faults if one.id == name), None) if drill else None
    if fault is None:
        return FaultView(name.replace("_", " ").capitalize(), "", costs_clean=False, reading="", reason="")
    worth = fault.severe_as if name in rep.severe else fault.severity
    value = next((one.value for one in reversed(raised) if one.fault == name), None)
    reading = "" if value is None else f"{_name(fault.measure)} read {told(fault.measure, value)}"
    serious = worth in (Severity.CRITICAL, Severity.MAJOR)
    return FaultView(fault.title, worth.value, serious, reading, fault.reason)


def _name(measure: str) -> str:
    return NAMES.get(measure) or measure.replace("_", " ")
