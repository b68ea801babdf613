"""What watching an empty place costs against coaching, in processor time a minute: one run of the live loop."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.sessions.bout import bout_of
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.signals.effort import Heat, Means
from pi_coach.core.types import Frame
from pi_coach.pipeline import Ends, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pi_coach.assembly import Setting
    from pi_coach.core.step import Step
    from pi_coach.ports import Buttons, Output

    Picture = NDArray[np.uint8]

FPS = 30.0
ACTIVE_S, EMPTY_S, IDLE_S = 10.0, 8.0, 12.0
"""How long somebody trains, how long the empty place is looked at whole, and how long it is watched."""
SETTLED_S = 2.0
"""What the beginning of each of them takes, models and tracks that are new, is not counted."""
FILM_FRAMES = 150
"""Five seconds of film, held in memory as a camera would give them, without the work of decoding."""
ROOMS = 8
"""Pictures of the empty room that take turns, so that no two in a row are alike, as a sensor's are not."""
NOISE = 6.0
"""Of a sensor in the light of a gym, grey levels of 255."""
STALL_S = 10.0
DRILL = "wall_touch"


class FilmThenRoom:
    """A FrameSource: an athlete, filmed to and fro, then nobody; each picture a copy, as the camera's are."""

    def __init__(self, film: Sequence[Picture]) -> None:
        self._film = film
        self._stop = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """Yield a frame for every thirtieth of a second, as fast as they are taken."""
        film = [*self._film, *self._film[::-1]]
        empty = empty_room(self._film[0].shape)
        for seq in range(round(FPS * (ACTIVE_S + EMPTY_S + IDLE_S))):
            if self._stop.is_set():
                return
            pictures = film if seq < FPS * ACTIVE_S else empty
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

    def per_minute(self, from_s: float, until_s: float) -> float:
        """Return processor seconds a minute between two times, but for the beginning."""
        inside = [(t, used_s) for t, used_s, _ in self.steps if from_s + SETTLED_S <= t < until_s]
        (begin_s, before_s), (end_s, after_s) = inside[0], inside[-1]
        return 60.0 * (after_s - before_s) / (end_s - begin_s)

    def looks_a_second(self, from_s: float, until_s: float) -> float:
        """Return how many pictures were looked at, likewise."""
        inside = [t for t, _, _ in self.steps if from_s + SETTLED_S <= t < until_s]
        return (len(inside) - 1) / (inside[-1] - inside[0])

    @property
    def idle_since_s(self) -> float:
        """When the watch began."""
        return next(t for t, _, idle in self.steps if idle)


def measure(setting: Setting, film: Path) -> dict[str, float]:
    """Return processor time a minute while somebody trains, before an empty place, and while it is watched."""
    meter = Meter()
    with ExitStack() as stack:
        _train(setting, film, meter, stack)
    left_s, end_s = meter.idle_since_s, ACTIVE_S + EMPTY_S + IDLE_S
    spans = {"active": (0.0, ACTIVE_S), "empty": (ACTIVE_S, left_s), "idle": (left_s, end_s)}
    figures = {f"{name}_cpu_s_a_minute": meter.per_minute(*span) for name, span in spans.items()}
    figures |= {f"{name}_looks_a_second": meter.looks_a_second(*span) for name, span in spans.items()}
    figures["idle_over_active"] = figures["idle_cpu_s_a_minute"] / figures["active_cpu_s_a_minute"]
    return {name: round(value, 4) for name, value in figures.items()}


def _train(setting: Setting, film: Path, meter: Meter, stack: ExitStack) -> None:
    """Let the live loop coach the film and watch the room, with the parts that it has before a camera."""
    from pi_coach.adapters.easing import EasedSource, Easing, Reins  # noqa: PLC0415
    from pi_coach.adapters.paced import LiveSource  # noqa: PLC0415
    from pi_coach.adapters.scene import SceneWatch  # noqa: PLC0415
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415
    from pi_coach.assembly import followed, open_two_models  # noqa: PLC0415

    engine, use_light = open_two_models(setting.config, setting.places, outline=True)
    estimator = followed(setting.config, engine)
    stack.callback(estimator.close)
    live = LiveSource(FilmThenRoom(_pictures(film)), setting.clock, stall_s=STALL_S)
    source = EasedSource(live, FPS, setting.clock)
    stack.callback(source.close)
    power = replace(setting.config.settings.power, idle_after_s=EMPTY_S)
    reins = Reins(Means.of(power, FPS, has_lite=False), source, use_light)
    coach = Easing(_session(setting), reins, Heat)
    voice = TimedSpeaker()
    panel: tuple[Buttons, Output] = _panel(setting, stack)
    run(Ends(SceneWatch(source, lambda: None), estimator, voice, panel[0], [panel[1], voice, meter]), coach)


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


def _pictures(film: Path) -> list[Picture]:
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    return [frame.image for frame in islice(VideoFile(film).frames(), FILM_FRAMES)]


def lines(figures: dict[str, float]) -> list[str]:
    """Return the figures as a table."""
    told = {"active": "somebody trains", "empty": "empty, looked at whole", "idle": "empty, watched"}
    rows = []
    for name, words in told.items():
        used_s, looks = figures[f"{name}_cpu_s_a_minute"], figures[f"{name}_looks_a_second"]
        rows.append(f"  {words:23}{used_s:8.2f}   {looks:6.1f} looks a second")
    share = 100 * figures["idle_over_active"]
    return ["processor time, seconds a minute", *rows, f"  watched of trained     {share:8.1f} %"]
