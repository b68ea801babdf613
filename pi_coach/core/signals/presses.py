"""What one button can say: its edges and their times in, presses out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Press(StrEnum):
    """What the button asks for."""

    NEXT = "next"
    """A short press: the next drill."""
    BACK = "back"
    """Two short presses: the drill before; during a set, to pause or to go on."""
    END = "end"
    """A long press, while it is still held: stop, end the session and hear the summary."""
    SHUTDOWN = "shutdown"
    """Held on after that: shut the computer down."""


@dataclass(frozen=True, slots=True)
class PressRule:
    """How long each kind of press is."""

    double_s: float
    """A short press waits this long after its release for a second one."""
    hold_s: float
    """A press is long from here on."""
    very_long_s: float
    """A press is very long from here on."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The button moved."""

    t: float
    """Seconds."""
    down: bool


@dataclass(frozen=True, slots=True)
class Finger:
    """What is known of the press that is going on, or waits for its second half."""

    down_s: float | None = None
    """Since when the button is held; None while it is not."""
    tap_s: float | None = None
    """When a short press ended that nobody has answered yet; None where there is none."""
    asked: Press | None = None
    """What this hold has asked for already."""


def move(rule: PressRule, finger: Finger, edge: Edge) -> tuple[Finger, tuple[Press, ...]]:
    """Take in one movement of the button; one that repeats the last, as a bouncing contact does, changes nothing."""
    finger, found = wait(rule, finger, edge.t)
    if edge.down == (finger.down_s is not None):
        return finger, found
    if edge.down:
        return replace(finger, down_s=edge.t), found
    if finger.asked is not None:
        # The hold was answered while it lasted, so the release means nothing more.
        return Finger(), found
    if finger.tap_s is not None:
        return Finger(), (*found, Press.BACK)
    return Finger(tap_s=edge.t), found


def wait(rule: PressRule, finger: Finger, t: float) -> tuple[Finger, tuple[Press, ...]]:
    """Let the time go on to `t`: a hold becomes long and very long, and a tap that stayed alone is a short press.

    A long press is told when it is reached, because it is also the athlete's stop. However seldom this is called,
    the presses are the same.
    """
    found: list[Press] = []
    if finger.down_s is None:
        if finger.tap_s is not None and t - finger.tap_s >= rule.double_s:
            return Finger(), (Press.NEXT,)
        return finger, ()
    held_s = t - finger.down_s
    if finger.asked is None and held_s >= rule.hold_s:
        # A tap before it is part of the same gesture and asks for nothing of its own.
        finger = replace(finger, asked=Press.END)
        found.append(Press.END)
    if finger.asked is Press.END and held_s >= rule.very_long_s:
        finger = replace(finger, asked=Press.SHUTDOWN)
        found.append(Press.SHUTDOWN)
    return finger, tuple(found)
