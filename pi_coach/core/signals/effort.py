"""How hard the coach looks: at every picture, at few while the place is empty, or at fewer where heat or time is short.

Measured on an x86-64 core with MediaPipe: half the pictures cost half the time, "lite" instead of "full" saves a fifth
to a quarter, and half the picture's size a seventh, because the model makes its own small picture first. Size is
therefore no step here: it would coarsen the outline of the back, and a camera stops for a moment to change it.

In an empty place both models are the same detector and cost the same, so the watch changes only how often it looks.
Its camera keeps its rate: it would follow a new one six pictures late (Picamera2 with libcamera's virtual camera), and
whoever steps in would be seen by a slow camera for longer than WAKE_S. A picture that is not looked at costs little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from pi_coach.core.events import Phase, Stage

WAKE_S = 0.5
"""Somebody who steps in is watched with full effort within this time, even at three looks a second, the fewest."""

LOWER_FPS = (15.0, 10.0, 7.5)
"""Verdicts and counts are the same at each of these (the suite plays sets at 7.5 to 60); nothing is counted on less."""
SLOW_S = 5.0
"""So long must the loop have been slower than its camera: loading a model or a page takes less."""
HEAT_S = 30.0
"""A step has cooled a processor, or has not, after this long."""
CALM_S = 120.0
"""Cool for this long, the next step up is tried; what comes back sooner goes up and down all day."""
BETWEEN_S = 15.0
"""A change of model waits this long for the end of a rep, which takes less."""
LAP_S = 2.0
"""Time constant of how long the loop takes for a picture."""
ROOM = 0.9
"""A loop that takes this share of the time between two pictures keeps up."""
FULL_OVER_LITE = 1.5
"""How much longer the larger model takes: 1.25 (MediaPipe) to 1.5 (LiteRT) times on an x86-64 core."""

OPEN_STAGES = (None, Stage.GREETING, Stage.FRAMING, Stage.CALIBRATION, Stage.DONE, Stage.STOPPED)
"""Where nothing is counted, timed or said to the second; only here may the coach keep watch."""
IN_REP = (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)
"""A new model sees each joint a little elsewhere, which would look like a movement in the middle of a rep."""


@dataclass(frozen=True, slots=True)
class PowerSettings:
    """When the coach does less."""

    idle_after_s: float
    """Nobody in sight for this long: keep watch; 0: never."""
    idle_fps: float
    """How often it looks then."""
    hot_c: float
    """From here on it does less, degrees Celsius."""
    cooler_by_c: float
    """This much below `hot_c` it is cool."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What source and pose engine are asked for."""

    fps: float
    """Pictures that the camera takes a second."""
    light: bool = False
    """Whether the "lite" model looks, in place of a larger one."""
    looks: float | None = None
    """Of those pictures, how many are looked at, while the coach watches an empty place; None: all."""

    @property
    def idle(self) -> bool:
        """Whether this is the watch over an empty place."""
        return self.looks is not None


@dataclass(frozen=True, slots=True)
class Heat:
    """What the machine tells of itself."""

    temperature_c: float | None = None
    """None where no sensor tells."""
    slowed: bool | None = None
    """Whether it is held back now, by heat or by too little voltage; None where it does not tell."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What there is to know at one picture."""

    t: float
    """Its time, seconds."""
    seen: bool
    """Whether the athlete is in it."""
    stage: Stage | None
    phase: Phase
    lap_s: float
    """How long the loop took for the one before."""
    heat: Heat = field(default_factory=Heat)


@dataclass(frozen=True, slots=True)
class Means:
    """What this coach can do less of."""

    settings: PowerSettings
    ladder: tuple[Effort, ...]
    """What may be asked for, hardest first."""

    @classmethod
    def of(cls, settings: PowerSettings, fps: float, *, has_lite: bool) -> Means:
        """Return the means of a coach whose camera gives `fps`, and that has "lite" beside a larger model or not."""
        return cls(settings, _ladder(fps, has_lite=has_lite))


def _ladder(fps: float, *, has_lite: bool) -> tuple[Effort, ...]:
    """Return the steps: the first is to 15 pictures a second, which saves the most and is seen as well as before."""
    rates = [lower for lower in LOWER_FPS if lower < fps]
    steps = [Effort(rate) for rate in (fps, *rates[:1])]
    if has_lite:
        steps.append(replace(steps[-1], light=True))
    return (*steps, *(Effort(rate, has_lite) for rate in rates[1:]))


@dataclass(frozen=True, slots=True)
class Exertion:
    """What is remembered from picture to picture."""

    step: int = 0
    """Place on the ladder."""
    idle: bool = False
    seen_s: float | None = None
    """When the place was last in use; None before the first picture."""
    t: float = 0.0
    lap_s: float = 0.0
    """Slow mean, while somebody was in sight."""
    slow_s: float | None = None
    """Since when the loop has been slower than the camera; None while it keeps up."""
    cool_s: float | None = None
    """Since when nothing has been too much; None while something is."""
    changed_s: float = -math.inf
    """When the step last changed."""

    def effort(self, means: Means) -> Effort:
        """Return what is asked for now."""
        step = means.ladder[self.step]
        return replace(step, looks=min(means.settings.idle_fps, step.fps)) if self.idle else step


def after(means: Means, past: Exertion, now: Glimpse) -> Exertion:
    """Return what is known after one more picture."""
    return _stepped(means, _felt(means, _attended(means, past, now), now), now)


def _attended(means: Means, past: Exertion, now: Glimpse) -> Exertion:
    """Notice who is there: one look is enough to wake up."""
    if now.seen or now.stage not in OPEN_STAGES or past.seen_s is None:
        return replace(past, idle=False, seen_s=now.t)
    patience_s = means.settings.idle_after_s
    return replace(past, idle=0 < patience_s <= now.t - past.seen_s)


def _felt(means: Means, past: Exertion, now: Glimpse) -> Exertion:
    """Notice what is too much: heat, or a loop that is slower than its camera."""
    # In an empty place the detector works alone: that tells nothing of what following somebody takes.
    share = 1.0 - math.exp(-max(now.t - past.t, 0.0) / LAP_S) if now.seen else 0.0
    lap_s = past.lap_s + share * (now.lap_s - past.lap_s)
    slow = not past.idle and lap_s > 1.0 / means.ladder[past.step].fps
    calm = not slow and _is_cool(means.settings, now.heat)
    return replace(
        past,
        t=now.t,
        lap_s=lap_s,
        slow_s=(now.t if past.slow_s is None else past.slow_s) if slow else None,
        cool_s=(now.t if past.cool_s is None else past.cool_s) if calm else None,
    )


def _is_hot(settings: PowerSettings, heat: Heat) -> bool:
    return bool(heat.slowed) or (heat.temperature_c is not None and heat.temperature_c >= settings.hot_c)


def _is_cool(settings: PowerSettings, heat: Heat) -> bool:
    warm_c = settings.hot_c - settings.cooler_by_c
    return not heat.slowed and (heat.temperature_c is None or heat.temperature_c <= warm_c)


def _stepped(means: Means, past: Exertion, now: Glimpse) -> Exertion:
    """Go a step down where something is too much, and up again where it has long been calm."""
    late_s = _overdue_s(means, past, now)
    step = past.step + (1 if late_s >= 0 else -1 if _may_rise(means, past, now) else 0)
    if step == past.step or not 0 <= step < len(means.ladder):
        return past
    new_model = means.ladder[step].light != means.ladder[past.step].light
    if new_model and now.phase in IN_REP and late_s < BETWEEN_S:
        return past
    return replace(past, step=step, changed_s=now.t, slow_s=None, cool_s=None)


def _overdue_s(means: Means, past: Exertion, now: Glimpse) -> float:
    """Return for how long a step down has been due, seconds; negative where none is."""
    slow_s = -math.inf if past.slow_s is None else now.t - past.slow_s - SLOW_S
    hot_s = now.t - past.changed_s - HEAT_S if _is_hot(means.settings, now.heat) else -math.inf
    return max(slow_s, hot_s)


def _may_rise(means: Means, past: Exertion, now: Glimpse) -> bool:
    """Tell whether the step above would not be too much again."""
    if past.step == 0 or past.cool_s is None or now.t - past.cool_s < CALM_S:
        return False
    above, here = means.ladder[past.step - 1], means.ladder[past.step]
    longer = FULL_OVER_LITE if here.light and not above.light else 1.0
    return past.lap_s * longer <= ROOM / above.fps
