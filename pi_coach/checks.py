"""The parts of this machine that the coach stands on, each with a check that really tries it.

Every check imports what it needs, so that a part that is missing is a finding and not the end.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from pi_coach import __version__
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.assembly import Setting
    from pi_coach.clock import Clock
    from pi_coach.ports import PoseEstimator

SENTENCE = "Squeeze glutes don't arch"
"""What the voice is tried with."""
WARM_UP, FRAMES, LONGEST_S = 2, 20, 1.0
"""Pictures before the pose model's speed counts, pictures that count, and when a slow machine has shown enough."""
STEADY_FPS, LEAST_FPS = 10.0, 7.5
"""Enough for all but the quickest drill, and the slowest at which reps are counted the same."""
ROOM_MB = 500.0
"""With less free space it is time to tidy up: fetching a model takes 200, a session little."""
FIRST_YEAR = 2025
"""A clock that says less was never set: a Pi has none of its own while it is off."""
HOT_C = 80.0
"""A Pi slows down from here."""


class State(StrEnum):
    """How a part is."""

    GOOD = "good"
    NOTE = "note"
    """Something to know, or something that only part of the coach needs."""
    BROKEN = "broken"
    """Coaching from a video file, the least that must work, does not."""


class Verdict(NamedTuple):
    """What a check has to say."""

    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part to look at."""

    name: str
    look: Callable[[Setting], Verdict]
    """Raises a CoachError, ImportError or OSError where the part does not work."""
    needed: bool = False
    """Whether coaching from a video file needs it."""


def program(_: Setting) -> Verdict:
    """Tell the versions."""
    python = f"Python {platform.python_version()} in {sys.prefix}"
    return Verdict(State.GOOD, f"pi-coach {__version__}, {python}, {platform.system()} on {platform.machine()}.")


def config(setting: Setting) -> Verdict:
    """Tell where the owner's own config lies; one that cannot be used has refused to start before this."""
    found = setting.config
    own = sorted(str(path.relative_to(found.owner_dir)) for path in found.owner_dir.rglob("*.toml"))
    yours = f"your own: {', '.join(own)}" if own else "nothing of your own there yet"
    return Verdict(State.GOOD, f"{found.owner_dir} ({yours}); {len(found.drills)} drills.")


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
    return speed_verdict(lap_s, asked.camera.fps)


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


def speed_verdict(lap_s: float, camera_fps: float) -> Verdict:
    """Say what a pose every `lap_s` seconds is enough for."""
    found = f"{1e3 * lap_s:.1f} ms a picture with the outline, {1 / lap_s:.0f} a second:"
    if lap_s <= 1 / camera_fps:
        return Verdict(State.GOOD, f"{found} it keeps up with the camera.")
    if lap_s <= 1 / STEADY_FPS:
        return Verdict(State.GOOD, f"{found} slower than the camera, enough for every drill but the swing.")
    remedy = 'Set model = "lite" under [pose] in coach.toml and get it with `pi-coach models get lite`.'
    enough = "slow, but enough to count." if lap_s <= 1 / LEAST_FPS else "too slow to coach live, not to analyse files."
    return Verdict(State.NOTE, f"{found} {enough}", remedy)


def voice(setting: Setting) -> Verdict:
    """Let the speech engine render a cue."""
    from pi_coach.adapters.voice import Voice, VoiceStyle, espeak_version  # noqa: PLC0415

    asked = setting.config.settings.speech
    style = VoiceStyle(asked.voice, asked.rate_wpm, asked.volume)
    # An empty cache, so that the engine must show what it can.
    with (
        tempfile.TemporaryDirectory() as cache,
        closing(Voice(Path(cache), style, asked.render_timeout_s, setting.clock)) as engine,
    ):
        length_s = engine.pcm(SENTENCE).seconds
    return Verdict(State.GOOD, f'espeak-ng {espeak_version()} renders cues ("{SENTENCE}" lasts {length_s:.1f} s).')


def sound(setting: Setting) -> Verdict:
    """Open the sound device."""
    from pi_coach.adapters.playback import OPEN_S, DevicePlayback, Tuning  # noqa: PLC0415

    asked = setting.config.settings.speech
    tuning = Tuning(asked.keep_alive, asked.lead_in_s, asked.latency_s)
    with closing(DevicePlayback(asked.device, tuning)) as playback:
        if not playback.works(OPEN_S):
            remedy = "Plug in a speaker; without one, what is said during a film goes into a sound file."
            return Verdict(State.NOTE, playback.trouble or "No sound device answers.", remedy)
        return Verdict(State.GOOD, f"Speech goes to {playback.where}.")


def panel(setting: Setting) -> Verdict:
    """Take the pins of the button and the lamps, and let them go."""
    from pi_coach.adapters.panel import GpioPanel, Pins  # noqa: PLC0415

    asked = setting.config.settings.panel
    GpioPanel(Pins(asked.button_pin, asked.led_pins, asked.rgb_pins), asked.plan, setting.clock).close()
    return Verdict(State.GOOD, f"Button on GPIO{asked.button_pin}, lamps on {', '.join(map(str, asked.led_pins))}.")


def camera(setting: Setting) -> Verdict:
    """Take one picture, and look only at its size."""
    from pi_coach.adapters.camera import Camera  # noqa: PLC0415
    from pi_coach.adapters.camera_choice import Wanted  # noqa: PLC0415

    asked = setting.config.settings.camera
    wanted = Wanted(asked.width_px, asked.height_px, asked.fps, hflip=asked.hflip, vflip=asked.vflip)
    with closing(Camera(wanted, asked.stall_s, setting.clock)) as device:
        height, width, _ = next(device.frames()).image.shape
    return Verdict(State.GOOD, f"{device.model} gives {width}x{height} pictures.")


def disk(setting: Setting) -> Verdict:
    """Write into the data folder, and see how much room is left."""
    from pi_coach.adapters.machine import free_mb  # noqa: PLC0415

    folder = setting.places.data_dir
    room_mb = free_mb(folder)
    found = f"{folder} can be written; {room_mb / 1000:.1f} GB are free."
    if room_mb < ROOM_MB:
        return Verdict(State.NOTE, found, f"Make room: {ROOM_MB:.0f} MB should be free.")
    return Verdict(State.GOOD, found)


def session_book(setting: Setting) -> Verdict:
    """Open the session book and read in it."""
    from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415

    path = setting.places.book
    with SessionBook(path) as book:
        latest = book.sessions(limit=1)
    return Verdict(State.GOOD, f"{path}, newest session {latest[0].id}." if latest else f"{path}, no session yet.")


def clock(setting: Setting) -> Verdict:
    """Tell whether sessions would get a true date."""
    from pi_coach.adapters.machine import clock_is_synchronized  # noqa: PLC0415

    now = setting.clock.wall()
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.year < FIRST_YEAR:
        return Verdict(State.NOTE, f"{found}: it was never set.", "Connect to a network once, or set it by hand.")
    follows = {True: ", set by a time server", False: ", not set by a time server", None: ""}
    return Verdict(State.GOOD, f"{found}{follows[clock_is_synchronized()]}.")


def heat_and_power(_: Setting) -> Verdict:
    """Tell what slows the processor down."""
    from pi_coach.adapters.machine import strains, temperature_c  # noqa: PLC0415

    warm_c, held_back = temperature_c(), strains()
    found = "No sensor tells." if warm_c is None else f"{warm_c:.0f} degrees Celsius."
    if held_back:
        found = f"{found} The Pi tells: {', '.join(held_back)}."
    if held_back or (warm_c is not None and warm_c >= HOT_C):
        return Verdict(State.NOTE, found, "Use the Pi's own power supply and a cooler.")
    return Verdict(State.GOOD, found)


CHECKS = (
    Check("program", program),
    Check("config", config, needed=True),
    Check("processor", processor, needed=True),
    Check("pose model", pose_model, needed=True),
    Check("pose speed", pose_speed, needed=True),
    Check("camera", camera),
    Check("voice", voice),
    Check("sound", sound),
    Check("panel", panel),
    Check("disk", disk, needed=True),
    Check("session book", session_book, needed=True),
    Check("clock", clock),
    Check("heat and power", heat_and_power),
)
