"""What watching an empty place costs against coaching, in processor time a minute: one run of the live loop."""

from __future__ import annotations

import math
import os
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.benchmarks.figures import Against, Blocks, Figure, figure
from pi_coach.benchmarks.run import DRILL, FPS, in_memory
from pi_coach.core.sessions.bout import bout_of
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.signals.effort import Heat, Means
from pi_coach.core.types import Frame
from pi_coach.pipeline import Ends
from pi_coach.pipeline import run as coach_room

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pi_coach.assembly import Setting
    from pi_coach.benchmarks.run import Amount, Run
    from pi_coach.core.step import Step
    from pi_coach.ports import Buttons, Output

    Picture = NDArray[np.uint8]

PIECES = 4
"""Into so many each span is cut, to know how much the figures vary."""
SETTLED_S = 2.0
"""What the beginning of each of them takes, models and tracks that are new, is not counted."""
FILM_FRAMES = 150
"""Five seconds of film, held in memory as a camera would give them, without the work of decoding."""
ROOMS = 8
"""Pictures of the empty room that take turns, so that no two in a row are alike, as a sensor's are not."""
NOISE = 6.0
"""Of a sensor in the light of a gym, grey levels of 255."""
STALL_S = 10.0


class FilmThenRoom:
    """A FrameSource: an athlete, filmed to and fro, then nobody; each picture a copy, as the camera's are."""

    def __init__(self, film: Sequence[Picture], amount: Amount) -> None:
        self._film = film
        self._active_s = amount.active_s
        self._whole_s = amount.active_s + amount.empty_s + amount.idle_s
        self._stop = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """Yield a frame for every thirtieth of a second, as fast as they are taken."""
        film = [*self._film, *self._film[::-1]]
        empty = empty_room(self._film[0].shape)
        for seq in range(round(FPS * self._whole_s)):
            if self._stop.is_set():
                return
            pictures = film if seq < FPS * self._active_s else empty
            yield Frame(seq, seq / FPS, pictures[seq % len(pictures)].copy())

    def close(self) -> None:
        """End `frames`."""
        self._stop.set()


def empty_room(shape: tuple[int, ...]) -> list[Picture]:
    """Return pictures of a wall and a floor, unevenly lit, with a sensor's noise."""
    rng = np.random.default_rng(5)
    rows, columns, _ = shape
    wall = np.linspace(150.0, 110.0, columns)[None, :, None] * np.ones((rows, 1, 3))
    wall[int(0.8 * rows) :] *= 0.6
    return [np.clip(wall + rng.normal(0.0, NOISE, wall.shape), 0, 255).astype(np.uint8) for _ in range(ROOMS)]


@dataclass(slots=True)  # not frozen: it grows with every step
class Meter:
    """An Output that notes the processor time of this process at every step."""

    steps: list[tuple[float, float, bool]] = field(default_factory=list)
    """Time of the picture (s), processor time until then (s), whether the coach was only watching."""

    def show(self, step: Step) -> None:
        """Take a note."""
        used = os.times()
        self.steps.append((step.t, used.user + used.system, step.idle))

    def close(self) -> None:
        """Nothing is held."""

    def per_minute(self, from_s: float, until_s: float) -> Blocks:
        """Return processor seconds a minute between two times, but for the beginning, piece by piece."""
        inside = [(t, used_s) for t, used_s, _ in self.steps if from_s + SETTLED_S <= t < until_s]
        edges = [round(piece * (len(inside) - 1) / PIECES) for piece in range(PIECES + 1)]
        spans = [(inside[begin], inside[end]) for begin, end in pairwise(edges)]
        return [[60.0 * (after_s - before_s) / (end_s - begin_s)] for (begin_s, before_s), (end_s, after_s) in spans]

    @property
    def idle_since_s(self) -> float:
        """When the watch began."""
        return next(t for t, _, idle in self.steps if idle)


def measure(run: Run) -> Iterator[Figure]:
    """Yield processor time a minute while somebody trains, before an empty place, and while it is watched."""
    meter = Meter()
    with ExitStack() as stack:
        _train(run, meter, stack)
    left_s, gone_s = meter.idle_since_s, run.amount.active_s
    active = meter.per_minute(0.0, gone_s)
    against = Against("somebody trains", active)
    yield figure("somebody trains", "s/min", active)
    yield figure("empty place, looked at whole", "s/min", meter.per_minute(gone_s, left_s), against)
    yield figure("empty place, watched", "s/min", meter.per_minute(left_s, math.inf), against)


def _train(run: Run, meter: Meter, stack: ExitStack) -> None:
    """Let the live loop coach the film and watch the room, with the parts that it has before a camera."""
    from pi_coach.adapters.easing import EasedSource, Easing, Reins  # noqa: PLC0415
    from pi_coach.adapters.paced import LiveSource  # noqa: PLC0415
    from pi_coach.adapters.scene import SceneWatch  # noqa: PLC0415
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415
    from pi_coach.assembly import followed, open_two_models  # noqa: PLC0415

    setting = run.setting
    engine, use_light = open_two_models(setting.config, setting.places, outline=True)
    estimator = followed(setting.config, engine)
    stack.callback(estimator.close)
    pictures = in_memory(run.film, FILM_FRAMES).pictures
    live = LiveSource(FilmThenRoom(pictures, run.amount), setting.clock, stall_s=STALL_S)
    source = EasedSource(live, FPS, setting.clock)
    stack.callback(source.close)
    power = replace(setting.config.settings.power, idle_after_s=run.amount.empty_s)
    reins = Reins(Means.of(power, FPS, has_lite=False), source, use_light)
    coach = Easing(_session(setting), reins, Heat)
    voice = TimedSpeaker()
    panel: tuple[Buttons, Output] = _panel(setting, stack)
    watched = SceneWatch(source, lambda: None)
    coach_room(Ends(watched, estimator, voice, panel[0], [panel[1], voice, meter]), coach)


def _session(setting: Setting) -> Session:
    """Return a session that is over soon after its athlete has left."""
    config = setting.config
    times = replace(config.settings.session, away_s=1.0, leave_s=2.0)
    trainee = Trainee(name=config.settings.coach.athlete, bouts=(bout_of(config.drill(DRILL)),))
    return Session(SessionPlan(trainees=(trainee,), phrases=config.wording.phrases, settings=times))


def _panel(setting: Setting, stack: ExitStack) -> tuple[Buttons, Output]:
    from pi_coach.adapters.panel_sim import SimPanel  # noqa: PLC0415

    panel = SimPanel(setting.config.settings.panel.plan, sys.stdin)
    stack.callback(panel.close)
    return panel, panel
