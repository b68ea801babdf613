"""Which lamps of the rep counter are lit, and how: a bar, a binary number, or digits."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.events import RepCompleted, RepCounted, SetStarted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.events import Event, Rep

BLINK_S = 0.5
"""A blinking lamp is lit for this long and dark for as long: slow enough to read from three metres."""
PULSE_S = 1.6
"""A pulsing lamp swells and fades in this time: calmer than blinking, so that the two are not mixed up."""
PULSE_LEAST = 0.1
"""How bright a pulsing lamp is at its darkest: never out, as a blinking one is."""
LAST_REPS = 2
"""With this many reps to go, or fewer, the counter pulses."""

SEGMENTS = ("abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg")
"""Which segments make the digits 0 to 9; a is at the top, b to f go round clockwise, g is the bar in the middle."""
SEGMENTS_A_DIGIT = 7


class Light(StrEnum):
    """How one lamp shines."""

    OFF = "off"
    ON = "on"
    """A clean rep, as far as was seen."""
    BLINK = "blink"
    """A rep with a fault."""
    PULSE = "pulse"
    """One of the last reps, still to come."""


class Counter(StrEnum):
    """What the lamps of the rep counter are."""

    BAR = "bar"
    """A lamp a rep, first rep first."""
    BINARY = "binary"
    """The number of reps, most significant lamp first."""
    SEVEN_SEGMENT = "seven_segment"
    """The number of reps in digits: segments a to g of the first digit, then of the second."""


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


def count(kind: Counter, reps: tuple[Light, ...], lamps: int, target: int) -> tuple[Light, ...]:
    """Return the state of each of `lamps` lamps after these reps of a set of `target`."""
    last = 0 < target - len(reps) <= LAST_REPS
    if kind is Counter.BAR:
        return bar(reps, lamps, target - len(reps) if last else 0)
    shine = _shine(reps, last=last)
    lit = _binary(len(reps), lamps) if kind is Counter.BINARY else _digits(len(reps), lamps)
    return tuple(shine if bright else Light.OFF for bright in lit)


def bar(reps: tuple[Light, ...], lamps: int, coming: int = 0) -> tuple[Light, ...]:
    """Light a lamp for each rep, and let the lamps of the `coming` ones pulse.

    A lamp always stands for one rep. A set of fewer reps leaves the rest dark; a set of more begins a new row
    when the bar is full, so that every rep lights a lamp. Where the coming reps will begin a new row, they pulse on
    the full one.
    """
    if lamps == 0:
        return ()
    row = reps[max(0, len(reps) - 1) // lamps * lamps :]
    states = [*row, *[Light.OFF] * (lamps - len(row))]
    first = len(reps) % lamps
    end = min(lamps, first + coming)
    states[first:end] = [Light.PULSE] * (end - first)
    return tuple(states)


def _shine(reps: tuple[Light, ...], *, last: bool) -> Light:
    """Return how the lamps of a number shine: as the newest rep was, and a fault is told before the nearing end."""
    newest = reps[-1] if reps else Light.ON
    return Light.PULSE if last and newest is Light.ON else newest


def _binary(number: int, lamps: int) -> list[bool]:
    """Return the number's bits, most significant first; one that needs more lamps begins again at 0."""
    return [bool(number >> place & 1) for place in reversed(range(lamps))]


def _digits(number: int, lamps: int) -> list[bool]:
    """Return the segments of the number's digits without leading zeros; one with more digits shows its last ones."""
    places = lamps // SEGMENTS_A_DIGIT
    digits = str(number)[-places:].rjust(places)
    return [segment in (SEGMENTS[int(digit)] if digit != " " else "") for digit in digits for segment in "abcdefg"]


def brightness(light: Light, t: float) -> float:
    """Return how bright a lamp is at `t`, seconds, from 0 to 1; lamps of one kind keep time with each other."""
    match light:
        case Light.OFF:
            return 0.0
        case Light.ON:
            return 1.0
        case Light.BLINK:
            return 1.0 if t % (2 * BLINK_S) < BLINK_S else 0.0
        case Light.PULSE:
            swell = (1 - math.cos(2 * math.pi * t / PULSE_S)) / 2
            return PULSE_LEAST + (1 - PULSE_LEAST) * swell
