"""The pose engine: whether it can run here, whether its model is whole, and how fast it is."""

from __future__ import annotations

import os
import platform
from contextlib import closing
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pi_coach.checks.system import coach_runs
from pi_coach.checks.verdict import State, Verdict
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from pi_coach.assembly import Setting
    from pi_coach.clock import Clock
    from pi_coach.ports import PoseEstimator

WARM_UP, FRAMES, LONGEST_S = 2, 20, 1.0
"""Pictures before the pose model's speed counts, pictures that count, and when a slow machine has shown enough."""
STEADY_FPS, LEAST_FPS = 10.0, 7.5
"""Enough for all but the quickest drill, and the slowest at which reps are counted the same."""

BUSY = 1.5
"""More programs than this wait for each processor: what is measured then is less than the machine can do."""
LIGHTEST = "lite"


def processor(setting: Setting) -> Verdict:
    """Tell whether the pose engine would abort on this processor."""
    if setting.config.settings.pose.backend == "litert":
        return Verdict(State.GOOD, f"{platform.machine()}, which LiteRT can run on.")
    from pi_coach.adapters.mediapipe_pose import CPUINFO, check_processor  # noqa: PLC0415

    check_processor(platform.machine(), CPUINFO)
    return Verdict(State.GOOD, "It can run MediaPipe.")


def pose_model(setting: Setting) -> Verdict:
    """Compare the model with the one that was accepted."""
    from pi_coach.adapters import models  # noqa: PLC0415

    name = setting.config.settings.pose.model
    path = models.model_path(setting.places.models_dir, name)
    models.verify(path, name)
    return Verdict(State.GOOD, f"{name}, whole, at {path}.")


def pose_speed(setting: Setting) -> Verdict:
    """Measure the model at work."""
    from pi_coach.adapters import models  # noqa: PLC0415
    from pi_coach.engines import pose_engine  # noqa: PLC0415

    asked = setting.config.settings
    path = models.model_path(setting.places.models_dir, asked.pose.model)
    # One that is sure of nothing follows somebody even in a black picture, at the cost of following an athlete.
    with closing(pose_engine(asked.pose, path, outline=True, sure=False)) as estimator:
        lap_s = _lap_s(estimator, (asked.camera.height_px, asked.camera.width_px, 3), setting.clock)
    told = speed_verdict(lap_s, asked.camera.fps, asked.pose.model)
    return told._replace(found=f"{told.found}{_beside()}")


def _beside() -> str:
    """Say what else kept the processor busy, as the rest of the finding: alone, the engine is faster."""
    if coach_runs():
        return " The coach ran beside it."
    return (
        " Other programs keep this machine busy just now." if os.getloadavg()[0] > BUSY * (os.cpu_count() or 1) else ""
    )


def _lap_s(estimator: PoseEstimator, shape: tuple[int, int, int], clock: Clock) -> float:
    """Return how long one pose takes, seconds, median."""
    import numpy as np  # noqa: PLC0415

    black = np.zeros(shape, np.uint8)
    times = [clock.now()]
    while len(times) <= WARM_UP + FRAMES and times[-1] - times[0] < LONGEST_S:
        estimator.find(Frame(len(times), len(times) / 30, black))
        times.append(clock.now())
    laps = [after - before for before, after in pairwise(times)]
    return median(laps[WARM_UP:] or laps)


def speed_verdict(lap_s: float, camera_fps: float, model: str) -> Verdict:
    """Say what a pose every `lap_s` seconds is enough for."""
    found = f"{1e3 * lap_s:.1f} ms a picture with the outline, {1 / lap_s:.0f} a second:"
    if lap_s <= 1 / camera_fps:
        return Verdict(State.GOOD, f"{found} it keeps up with the camera.")
    if lap_s <= 1 / STEADY_FPS:
        return Verdict(State.GOOD, f"{found} slower than the camera, enough for every drill but the swing.")
    remedy = 'Set model = "lite" under [pose] in coach.toml and get it with `pi-coach models get lite`.'
    if model == LIGHTEST:
        remedy = "Stop other programs and cool the machine; if that does not help, take a Raspberry Pi 5."
    enough = "slow, but enough to count." if lap_s <= 1 / LEAST_FPS else "too slow to coach live, not to analyse files."
    return Verdict(State.NOTE, f"{found} {enough}", remedy)
