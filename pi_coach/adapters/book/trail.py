"""What the timeline of a stored session has to say about one rep."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.adapters.book.rows import EventRow, SessionDetail, SetRow


@dataclass(frozen=True, slots=True)
class Raised:
    """A fault with the value that crossed its limit."""

    fault: str
    value: float


@dataclass(frozen=True, slots=True)
class Held:
    """A fault that was seen and not named, and why not."""

    fault: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trail:
    """The faults of a rep as they were raised and held back, in order."""

    raised: tuple[Raised, ...] = ()
    held: tuple[Held, ...] = ()


def trail(session: SessionDetail, one: SetRow, rep: int) -> Trail:
    """Return what the timeline says about a rep of a set; empty where it was not saved."""
    timeline = _of_set(session.events, one.number)
    held = [event for event in timeline if event.kind == "CueHeld" and event.body["rep"] == rep]
    return Trail(
        tuple(Raised(str(event.body["fault"]), _number(event.body["value"])) for event in _of_rep(timeline, rep)),
        tuple(dict.fromkeys(Held(str(event.body["fault"]), str(event.body["reason"])) for event in held)),
    )


def _of_set(events: Sequence[EventRow], number: int) -> Sequence[EventRow]:
    """Return the events of a set: from its start to the next one's."""
    starts = [place for place, event in enumerate(events) if event.kind == "SetStarted"]
    spans = list(pairwise((*starts, len(events))))
    return events[slice(*spans[number - 1])] if number <= len(spans) else ()


def _of_rep(timeline: Sequence[EventRow], rep: int) -> list[EventRow]:
    """Return the faults that count for a rep: since the verdict on the one before, without those of failed attempts."""
    raised: list[EventRow] = []
    for event in timeline:
        if event.kind == "FaultRaised":
            raised.append(event)
        elif event.kind == "RepCompleted" and event.body["number"] == rep:
            return raised
        elif event.kind in {"RepCompleted", "RepAborted"}:
            raised = []
    return []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
