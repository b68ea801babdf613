"""Which lamps of the rep bar are lit."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.events import RepCompleted, RepCounted, SetStarted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.events import Event, Rep

BLINK_S = 0.5
"""A blinking lamp is lit for this long and dark for as long: slow enough to read from three metres."""


class Light(StrEnum):
    """What one lamp says about its rep."""

    OFF = "off"
    """Not done yet."""
    ON = "on"
    """Counted, and clean as far as was seen."""
    BLINK = "blink"
    """Counted, with a fault."""


def reps_after(reps: tuple[Light, ...], events: Iterable[Event]) -> tuple[Light, ...]:
    """Return one light for each rep of the set: lit when it counts, blinking once its verdict names a fault."""
    for event in events:
        match event:
            case SetStarted():
                reps = ()
            case RepCounted(number=number):
                reps = (*reps[: number - 1], Light.ON)
            case RepCompleted(rep=rep):
                reps = (*reps[: rep.number - 1], verdict(rep), *reps[rep.number :])
            case _:
                pass
    return reps


def verdict(rep: Rep) -> Light:
    """Return the light of a rep; one that was seen too badly to score is not held against the athlete."""
    clean = rep.quality or (rep.score is None and not rep.faults)
    return Light.ON if clean else Light.BLINK


def bar(reps: tuple[Light, ...], lamps: int) -> tuple[Light, ...]:
    """Return the state of each of `lamps` lamps, first rep first.

    A lamp always stands for one rep. A set of fewer reps leaves the rest dark; a set of more begins a new row
    when the bar is full, so that every rep lights a lamp.
    """
    if lamps == 0:
        return ()
    row = reps[max(0, len(reps) - 1) // lamps * lamps :]
    return (*row, *[Light.OFF] * (lamps - len(row)))


def lit(light: Light, t: float) -> bool:
    """Tell whether a lamp is bright at `t`, seconds; all blinking lamps blink together."""
    return light is Light.ON or (light is Light.BLINK and t % (2 * BLINK_S) < BLINK_S)
