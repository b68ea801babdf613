"""What the panel shows: the rep counter and the state light, the same on pins and on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.events import RepCompleted, Stage, StageEntered, TrackingFound, TrackingLost
from pi_coach.core.signals.lights import Counter, Light, count, reps_after, verdict
from pi_coach.core.signals.presses import Press, PressRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.events import Event
    from pi_coach.core.step import Step

TOLD_S = 1.5
"""How long the light tells of a rep or of a long press: a look up after the lockout finds it, and it is gone before
the next bottom."""
WATCH_LEVEL = 0.1
"""How bright the state light is while the coach keeps watch over an empty place: seen in the dark, no bother there."""
COLOUR_LENGTH = len("#rrggbb")
HEXADECIMAL = set("0123456789abcdefABCDEF")


class State(StrEnum):
    """What the state light says."""

    WAITING = "waiting"
    """The athlete, or a part that the drill needs, is not in sight."""
    TRACKING = "tracking"
    """All is in sight."""
    GOOD = "good"
    """The last rep was clean."""
    FAULT = "fault"
    """The last rep had a fault."""
    TROUBLE = "trouble"
    """The session cannot be saved."""
    PAUSED = "paused"
    RESTING = "resting"
    STOPPED = "stopped"
    """The session was stopped: by the button, or for safety."""
    SHUTDOWN = "shutdown"
    """The computer shuts down: the button may be let go."""


@dataclass(frozen=True, slots=True)
class Glow:
    """How the state light shines in one state."""

    colour: str
    """As on a web page: "#ff8000"."""
    light: Light

    def __post_init__(self) -> None:
        """Refuse what is no colour."""
        if len(self.colour) != COLOUR_LENGTH or self.colour[0] != "#" or not set(self.colour[1:]) <= HEXADECIMAL:
            raise UsageError(f'the colour {self.colour!r} must be "#" and six hexadecimal digits, such as "#ff8000"')

    @property
    def rgb(self) -> tuple[float, float, float]:
        """Red, green and blue, 0 to 1 each."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red / 255, green / 255, blue / 255

    def dimmed(self) -> Glow:
        """Return a faint, steady glow of the same colour: the watch looks too seldom to pulse smoothly."""
        parts = (round(255 * WATCH_LEVEL * part) for part in self.rgb)
        return Glow("#" + bytes(parts).hex(), self.light if self.light is Light.OFF else Light.ON)


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """How the panel is read and what it shows, as its owner chose."""

    counter: Counter
    lamps: int
    """How many the rep counter has."""
    colours: Mapping[State, Glow]
    """One for every state."""
    presses: PressRule


@dataclass(frozen=True, slots=True)
class Watch:
    """What the panel knows of the session."""

    reps: tuple[Light, ...] = ()
    target: int = 0
    """Reps of the set."""
    seen: bool = False
    """Whether the athlete has been in sight at all."""
    lost: bool = False
    stage: Stage | None = None
    """None before the session told of one."""
    verdict: State | None = None
    verdict_s: float = 0.0
    """When the last rep was judged."""
    asked: Press | None = None
    """The last long or very long press."""
    asked_s: float = 0.0
    """When it was long enough."""
    idle: bool = False
    """Whether the coach only keeps watch."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel shows at one moment."""

    counter: tuple[Light, ...]
    """One for each lamp."""
    state: State
    glow: Glow


def after(watch: Watch, step: Step) -> Watch:
    """Return what is known after one more frame."""
    for event in step.events:
        watch = _told(watch, event)
    seen = watch.seen or step.measures is not None
    reps = reps_after(watch.reps, step.events)
    return replace(watch, reps=reps, target=step.target_reps, seen=seen, idle=step.idle)


def _told(watch: Watch, event: Event) -> Watch:
    match event:
        case TrackingLost():
            return replace(watch, lost=True)
        case TrackingFound():
            return replace(watch, lost=False, seen=True)
        case RepCompleted(t=t, rep=rep):
            clean = verdict(rep) is Light.ON
            return replace(watch, verdict=State.GOOD if clean else State.FAULT, verdict_s=t)
        case StageEntered(stage=stage):
            return replace(watch, stage=stage)
        case _:
            return watch


def pressed(watch: Watch, press: Press, t: float) -> Watch:
    """Return what is known after a press at `t`: a long one shows at once, before anybody acts on it."""
    return replace(watch, asked=press, asked_s=t) if press in (Press.END, Press.SHUTDOWN) else watch


STAGES = {Stage.STOPPED: State.STOPPED, Stage.PAUSED: State.PAUSED, Stage.REST: State.RESTING}
"""Stages with a light of their own."""


def state_at(watch: Watch, t: float, *, trouble: bool) -> State:
    """Return what the state light says at `t`, seconds; `trouble` tells that the session cannot be saved.

    A stop comes before all but the shutdown. Trouble gives way to the verdict on a rep, because it lasts and the
    verdict does not.
    """
    if watch.asked is Press.SHUTDOWN:
        return State.SHUTDOWN
    stage = STAGES.get(watch.stage) if watch.stage is not None else None
    if stage is State.STOPPED or (watch.asked is Press.END and t - watch.asked_s < TOLD_S):
        return State.STOPPED
    if watch.verdict is not None and t - watch.verdict_s < TOLD_S:
        return watch.verdict
    if trouble:
        return State.TROUBLE
    if stage is not None:
        return stage
    return State.TRACKING if watch.seen and not watch.lost else State.WAITING


def shown(plan: PanelPlan, watch: Watch, t: float, *, trouble: bool) -> Shown:
    """Return what the panel shows at `t`, seconds."""
    state = state_at(watch, t, trouble=trouble)
    if watch.idle:
        return Shown((Light.OFF,) * plan.lamps, state, plan.colours[state].dimmed())
    return Shown(count(plan.counter, watch.reps, plan.lamps, watch.target), state, plan.colours[state])
