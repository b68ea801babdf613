"""What coach.toml holds: frozen values, their allowed ranges and their allowed words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.sessions.session_plan import SessionSettings  # noqa: TC001  cattrs reads it
from pi_coach.core.sight.stick import StickColour
from pi_coach.core.signals.effort import PowerSettings  # noqa: TC001  cattrs reads it
from pi_coach.core.signals.tones import ToneSettings  # noqa: TC001  cattrs reads it
from pi_coach.panel_settings import PanelSettings  # noqa: TC001  cattrs reads it

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class CoachSettings:
    """Who is coached, and with what."""

    athlete: str
    athletes: tuple[str, ...]
    """Everybody who trains here; empty where it is `athlete` alone."""
    drill: str
    """The drill that starts when none is asked for."""
    button_drills: tuple[str, ...]
    """A short press goes round these."""

    def __post_init__(self) -> None:
        """Refuse who cannot be called."""
        for name in (self.athlete, *self.athletes):
            if not name.strip() or len(name) > LONGEST_NAME or any(ord(sign) < ord(" ") for sign in name):
                raise UsageError(f"a name has 1 to {LONGEST_NAME} letters on one line; {name!r:.40} has not")


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """The pose engine."""

    backend: str
    model: str
    threads: int
    """How many the engine may keep busy; 0 for as many as the machine has."""
    stick_colour: str
    """Colour of the tape on the dowel; empty where it has none."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """The camera."""

    width_px: int
    height_px: int
    fps: float
    device: str
    """Empty: the first that is found; else "ribbon", "usb" or the path of a USB camera."""
    hflip: bool
    vflip: bool
    rotation_deg: int
    """Clockwise, after the flips."""
    longest_exposure_ms: float
    """0 leaves it to the camera."""
    lens: str
    lens_own: tuple[float, ...]
    """Focal length in picture heights, middle as shares of width and height, and up to three terms of bending."""
    stall_s: float
    return_s: float
    """How long a lost camera is looked for."""


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """The voice."""

    enabled: bool
    language: str
    """The file of config/voice that has the sentences."""
    voice: str
    """Empty: the language's own."""
    rate_wpm: int
    volume: float
    device: str
    keep_alive: str
    """What sounds while nothing does, so that no first syllable is lost."""
    lead_in_s: float
    latency_s: float
    render_timeout_s: float


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The session book."""

    queue_events: int
    trace_mb: float
    """What all recorded movement may weigh, millions of bytes."""
    trace_sessions: int
    """The last so many sessions keep their movement."""


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Who is told of finished sessions: nobody by default."""

    station: str
    """Empty: the computer's own name."""
    mqtt_host: str
    """Empty: there is no broker."""
    mqtt_port: int
    mqtt_tls: bool
    mqtt_user: str
    mqtt_password_file: str
    """Beside coach.toml; empty where the broker wants none."""
    mqtt_topic: str
    home_assistant: bool
    hub: bool
    """Whether a gym's hub is behind the broker, whose word is waited for."""
    webhook_url: str
    """Empty: none."""


@dataclass(frozen=True, slots=True)
class HubSettings:
    """This machine as a gym's hub, which gathers the sessions of all stations."""

    database_url: str
    """Empty: this machine is no hub."""
    database_password_file: str
    """Beside coach.toml; empty where the database wants none."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web page."""

    host: str
    """Where it listens once there is a PIN; without one it is this machine alone."""
    port: int
    names: tuple[str, ...]
    """Other names under which it may be called than the machine's own."""


LIMITS: Mapping[str, tuple[float, float]] = {
    "pose.threads": (0, 16),
    "session.countdown_s": (0, 30),
    "session.side_s": (0, 120),
    "session.rest_told_s": (3, 60),
    "session.stop_rest_s": (120, 900),
    "session.away_s": (5, 300),
    "session.leave_s": (20, 3600),
    "session.hands_s": (0.5, 10),
    "session.tall_yes_s": (1, 30),
    "camera.width_px": (160, 1920),
    "camera.height_px": (120, 1080),
    "camera.fps": (5, 120),
    "camera.longest_exposure_ms": (0, 200),
    "camera.stall_s": (0.5, 60),
    "camera.return_s": (0, 3600),
    "speech.rate_wpm": (80, 400),
    "speech.volume": (0, 1),
    "speech.lead_in_s": (0, 2),
    "speech.latency_s": (0.02, 0.3),
    "speech.render_timeout_s": (0.5, 60),
    "tones.volume": (0, 1),
    "panel.button_pin": (0, 27),
    "panel.double_s": (0.15, 1),
    "panel.hold_s": (0.5, 10),
    "panel.very_long_s": (2, 30),
    "power.idle_after_s": (0, 3600),
    "power.idle_fps": (3, 15),
    "power.hot_c": (50, 95),
    "power.cooler_by_c": (2, 30),
    "publish.mqtt_port": (1, 65535),
    "store.queue_events": (100, 1_000_000),
    "store.trace_mb": (10, 100_000),
    "store.trace_sessions": (0, 100_000),
    "web.port": (1, 65535),
}
"""The allowed range of every number in coach.toml, both ends included."""

CHOICES: Mapping[str, tuple[str | int, ...]] = {
    "camera.rotation_deg": (0, 90, 180, 270),
    "camera.lens": ("none", "camera_module_3_wide", "own"),
    "pose.backend": ("mediapipe", "litert"),
    "pose.model": ("lite", "full", "heavy"),
    "pose.stick_colour": ("", *StickColour),
    "speech.keep_alive": ("off", "silence", "hum"),
}
"""The allowed words, and numbers of which only a few make sense."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in coach.toml."""

    coach: CoachSettings
    session: SessionSettings
    pose: PoseSettings
    camera: CameraSettings
    speech: SpeechSettings
    tones: ToneSettings
    panel: PanelSettings
    power: PowerSettings
    store: StoreSettings
    web: WebSettings
    publish: PublishSettings
    hub: HubSettings
