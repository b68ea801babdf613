"""Puts the parts together: the only module, beside the commands, that names concrete adapters."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.core.errors import ModelError, UsageError
from pi_coach.places import make_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.adapters.easing import Reins
    from pi_coach.adapters.speech import SpeechThread
    from pi_coach.adapters.video import VideoFile
    from pi_coach.clock import Clock
    from pi_coach.config import Config
    from pi_coach.core.sight.lens import Lens
    from pi_coach.panel_settings import PanelSettings
    from pi_coach.places import Places
    from pi_coach.ports import Buttons, FrameSource, Output, PoseEstimator
    from pi_coach.settings import Settings

LIGHT_MODEL = "lite"
"""The quickest of the pose models."""
POSE_SUFFIXES = (".poses.jsonl", ".poses.jsonl.gz")
"""How the name of a pose recording ends."""


def is_recording(path: Path) -> bool:
    """Tell whether a file is a pose recording by its name."""
    return path.name.endswith(POSE_SUFFIXES)


def recorded_drill(path: Path) -> str | None:
    """Return the drill that a pose recording names; None for anything else."""
    if not is_recording(path):
        return None
    from pi_coach.adapters.recording import PoseRecording  # noqa: PLC0415

    return PoseRecording(path).header.drill


def default_panel() -> str:
    """Return "gpio" on a Raspberry Pi, else "sim": other computers have pins that lead nowhere."""
    model = Path("/proc/device-tree/model")
    return "gpio" if model.exists() and "Raspberry Pi" in model.read_text(encoding="utf-8", errors="replace") else "sim"


@dataclass(frozen=True, slots=True)
class Setting:
    """What every command gets."""

    config: Config
    places: Places
    clock: Clock
    tell: Callable[[str], None]
    """Prints one line for the person at the machine."""


@dataclass(frozen=True, slots=True)
class Input:
    """Frames and the estimator that goes with them."""

    source: FrameSource
    estimator: PoseEstimator
    fps: float
    size_px: tuple[int, int]
    """Width and height of the frames, or of what was recorded."""
    pictures: bool = True
    """Whether the frames show anything; those of a pose recording are blank."""
    px_scale: float = 1.0
    """A distance in the file's own pixels, times this, is one in frames' pixels."""
    complaint: Callable[[], str | None] = lambda: None
    """What was wrong with the file, once it was read."""
    trouble: Callable[[], str | None] = lambda: None
    """Why the camera sees nothing just now; None while all is well."""
    reins: Reins | None = None
    """By what the coach does less before a camera; None for a file, which is looked at whole."""

    def wall_x(self, wall_px: float | None) -> float | None:
        """Turn a wall position in the file's pixels into image heights; UsageError where it is not in the picture."""
        if wall_px is None:
            return None
        wall = wall_px * self.px_scale
        if not 0 <= wall <= self.size_px[0]:
            widest = self.size_px[0] / self.px_scale
            raise UsageError(f"--wall {wall_px:g} is not in the picture; allowed are 0 to {widest:g}")
        return wall / self.size_px[1]


def open_source(setting: Setting, source: str, *, outline: bool, stick: bool = True) -> Input:
    """Open "camera", or the video or pose recording of that name."""
    if source == "camera":
        return open_camera(setting.config, setting.places, setting.clock, outline=outline, stick=stick)
    return open_file(Path(source), setting.config, setting.places, outline=outline, stick=stick)


def open_file(path: Path, config: Config, places: Places, *, outline: bool, stick: bool = True) -> Input:
    """Open a video or a pose recording."""
    if is_recording(path):
        from pi_coach.adapters.recording import PoseRecording  # noqa: PLC0415

        recording = PoseRecording(path)
        header = recording.header
        return Input(recording, recording, recording.fps, (header.width_px, header.height_px), pictures=False)
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    video = VideoFile(path)
    estimator = open_estimator(config, places, outline=outline, stick=stick)
    size = (video.width_px, video.height_px)
    return Input(video, estimator, video.fps, size, px_scale=video.scale, complaint=lambda: _complaint(video))


def _complaint(video: VideoFile) -> str | None:
    return video.complaint


def open_camera(config: Config, places: Places, clock: Clock, *, outline: bool, stick: bool = True) -> Input:
    """Open the camera, which is opened again whenever it is lost."""
    from pi_coach.adapters.dark_watch import DarkWatch  # noqa: PLC0415
    from pi_coach.adapters.easing import EasedSource, Reins  # noqa: PLC0415
    from pi_coach.adapters.freshness import FreshCamera  # noqa: PLC0415
    from pi_coach.adapters.steadfast import SteadfastCamera  # noqa: PLC0415
    from pi_coach.cameras import chosen_lens, pick_camera, upright_size_px  # noqa: PLC0415
    from pi_coach.core.signals.effort import Means  # noqa: PLC0415

    asked = config.settings.camera
    lens, size_px = chosen_lens(asked), upright_size_px(asked)
    camera = SteadfastCamera(lambda: FreshCamera(pick_camera(asked, clock), clock), size_px, asked.return_s, clock)
    watched = DarkWatch(camera)
    engine, use_light = open_two_models(config, places, outline=outline)
    source = EasedSource(watched, asked.fps, clock, camera.set_rate)
    reins = Reins(Means.of(config.settings.power, asked.fps, has_lite=use_light is not None), source, use_light)
    estimator = straight(lens, followed(config, engine, stick=stick))
    return Input(source, estimator, asked.fps, size_px, trouble=lambda: camera.trouble or watched.trouble, reins=reins)


def straight(lens: Lens | None, estimator: PoseEstimator) -> PoseEstimator:
    """Let an estimator straighten what a lens bends; None bends nothing."""
    if lens is None:
        return estimator
    from pi_coach.adapters.straightener import StraightPoses  # noqa: PLC0415

    return StraightPoses(estimator, lens)


def open_estimator(config: Config, places: Places, *, outline: bool, stick: bool = True) -> PoseEstimator:
    """Open the pose engine that the config names, locked on one athlete."""
    return followed(config, open_engine(config, places, config.settings.pose.model, outline=outline), stick=stick)


def open_two_models(
    config: Config, places: Places, *, outline: bool
) -> tuple[PoseEstimator, Callable[[bool], None] | None]:
    """Open the pose engine, and what changes its model to "lite" between two frames; None where there is no other."""
    from pi_coach.adapters import models  # noqa: PLC0415
    from pi_coach.adapters.two_models import TwoModels  # noqa: PLC0415

    name = config.settings.pose.model
    usual = open_engine(config, places, name, outline=outline)
    if name == LIGHT_MODEL or not models.model_path(places.models_dir, LIGHT_MODEL).exists():
        return usual, None
    both = TwoModels(usual, lambda: open_engine(config, places, LIGHT_MODEL, outline=outline))
    return both, both.use_light


def open_engine(config: Config, places: Places, name: str, *, outline: bool) -> PoseEstimator:
    """Open a pose model in the engine that the config names; it finds whoever it notices."""
    from pi_coach.adapters import models  # noqa: PLC0415
    from pi_coach.engines import pose_engine  # noqa: PLC0415

    path = models.model_path(places.models_dir, name)
    if not path.exists():
        raise ModelError(f"The pose model {name!r} is not at {path}: get it once with `pi-coach models get {name}`.")
    models.verify(path, name)
    return pose_engine(config.settings.pose, path, outline=outline)


def followed(config: Config, engine: PoseEstimator, *, stick: bool = True) -> PoseEstimator:
    """Lock an engine on one athlete, whichever model it uses; with `stick` the taped stick is looked for as well."""
    from pi_coach.adapters.athlete_lock import AthleteLock  # noqa: PLC0415

    locked = AthleteLock(engine)
    colour = config.settings.pose.stick_colour
    if not (stick and colour):
        return locked
    from pi_coach.adapters.stick_finder import StickEstimator  # noqa: PLC0415
    from pi_coach.core.sight.stick import StickColour  # noqa: PLC0415

    # Outside the lock, for it looks at the whole picture.
    return StickEstimator(locked, StickColour(colour))


def open_speaker(settings: Settings, places: Places, wav: Path | None, clock: Clock) -> SpeechThread:
    """Open the voice: on the sound device, or into a sound file where there is none now.

    Without a file the device is waited for: it is looked for again and again while coaching goes on.
    """
    from pi_coach.adapters.playback import DevicePlayback, Tuning, open_playback  # noqa: PLC0415
    from pi_coach.adapters.speech import SpeechThread  # noqa: PLC0415
    from pi_coach.adapters.voice import Voice, VoiceStyle  # noqa: PLC0415
    from pi_coach.adapters.wav_playback import WavPlayback  # noqa: PLC0415
    from pi_coach.core.signals.tones import Tone, sound  # noqa: PLC0415

    speech = settings.speech
    style = VoiceStyle(speech.voice, speech.rate_wpm, speech.volume)
    voice = Voice(make_dir(places.cache_dir / "voice"), style, speech.render_timeout_s, clock)
    sounds = {tone: sound(tone, settings.tones.volume) for tone in Tone}
    tuning = Tuning(speech.keep_alive, speech.lead_in_s, speech.latency_s)
    if wav is None:
        return SpeechThread(voice, lambda: DevicePlayback(speech.device, tuning), sounds)
    return SpeechThread(voice, lambda: open_playback(speech.device, lambda: WavPlayback(wav, clock), tuning), sounds)


def open_panel(
    kind: str, settings: PanelSettings, clock: Clock, trouble: Callable[[], bool]
) -> tuple[Buttons, Output, Callable[[], str]]:
    """Open the panel: pins, or the same panel drawn in the terminal; the last part is its lights as text."""
    if kind == "gpio":
        from pi_coach.adapters.panel import GpioPanel, Pins  # noqa: PLC0415

        pins = Pins(settings.button_pin, settings.led_pins, settings.rgb_pins)
        panel = GpioPanel(pins, settings.plan, clock, trouble)
        return panel, panel, lambda: ""
    from pi_coach.adapters.panel_sim import SimPanel  # noqa: PLC0415

    sim = SimPanel(settings.plan, sys.stdin, sys.stdout, trouble)
    return sim, sim, lambda: sim.text
