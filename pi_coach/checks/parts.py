"""Camera, voice, sound, button and lamps."""

from __future__ import annotations

import tempfile
import threading
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.checks.system import coach_runs
from pi_coach.checks.verdict import State, Verdict

if TYPE_CHECKING:
    from pi_coach.adapters.voice import Voice
    from pi_coach.assembly import Setting
    from pi_coach.core.signals.sound import Pcm

SENTENCE = "Squeeze glutes don't arch"
"""What the voice is tried with."""
PICTURES = 16
"""Enough to tell the camera's rate, half a second of them."""
SLOWER = 0.8
"""A camera that gives this share of the rate that it was asked for is slow: in the dark some are."""
LAMP_S = 0.7
"""How long each lamp is lit, to be seen and named."""


def camera(setting: Setting) -> Verdict:
    """Take some pictures, and look only at their size and their times."""
    from pi_coach.cameras import pick_camera  # noqa: PLC0415

    if coach_runs():
        return _held("camera")
    asked, clock = setting.config.settings.camera, setting.clock
    with closing(pick_camera(asked, clock)) as device:
        seen = [(frame, clock.now()) for frame in islice(device.frames(), PICTURES)]
        model = device.model
    if len(seen) < PICTURES:
        return Verdict(State.NOTE, f"{model} gave {len(seen)} pictures and stopped.", "Check its cable.")
    height, width, _ = seen[0][0].image.shape
    rate = (len(seen) - 1) / (seen[-1][0].t - seen[0][0].t)
    late_ms = 1e3 * min(now - frame.t for frame, now in seen)
    clocks = f"its clock is the system's, a picture is here {late_ms:.0f} ms after it was taken"
    found = f"{model} gives {width}x{height} pictures, {rate:.0f} a second; {clocks}."
    if rate < SLOWER * asked.fps:
        return Verdict(State.NOTE, found, f"Make more light: {asked.fps:g} a second were asked for.")
    return Verdict(State.GOOD, found)


def voice(setting: Setting) -> Verdict:
    """Let the speech engine render a cue."""
    from pi_coach.adapters.voice import espeak_version  # noqa: PLC0415

    length_s = _rendered(setting).seconds
    return Verdict(State.GOOD, f'espeak-ng {espeak_version()} renders cues ("{SENTENCE}" lasts {length_s:.1f} s).')


def _rendered(setting: Setting) -> Pcm:
    # An empty cache, so that the engine must show what it can.
    with tempfile.TemporaryDirectory() as cache, closing(_voice(setting, Path(cache))) as engine:
        return engine.pcm(SENTENCE)


def _voice(setting: Setting, cache: Path) -> Voice:
    from pi_coach.adapters.voice import Voice, VoiceStyle  # noqa: PLC0415

    asked = setting.config.settings.speech
    style = VoiceStyle(asked.voice, asked.rate_wpm, asked.volume)
    return Voice(cache, style, asked.render_timeout_s, setting.clock)


def sound(setting: Setting, *, speaks: bool = False) -> Verdict:
    """Open the sound device; one that `speaks` says a sentence."""
    from pi_coach.adapters.playback import OPEN_S, DevicePlayback, Tuning  # noqa: PLC0415

    asked = setting.config.settings.speech
    tuning = Tuning(asked.keep_alive, asked.lead_in_s, asked.latency_s)
    with closing(DevicePlayback(asked.device, tuning)) as playback:
        if not playback.works(OPEN_S):
            remedy = "Plug in a speaker; without one, what is said during a film goes into a sound file."
            return Verdict(State.NOTE, playback.trouble or "No sound device answers.", remedy)
        if not speaks:
            return Verdict(State.GOOD, f"Speech goes to {playback.where}; nothing was said.")
        over = threading.Event()
        playback.play(_rendered(setting), over)
        if playback.trouble is not None or not over.is_set():
            remedy = "Check the speaker's cable, or name another device under [speech] in coach.toml."
            return Verdict(State.NOTE, f"{playback.where} took no sound: {playback.trouble or 'it hangs'}", remedy)
        hint = f"`alsamixer` makes it louder; `device` under [speech] names another than {playback.where}."
        return Verdict(State.GOOD, f'"{SENTENCE}" was said through {playback.where}. If you heard nothing: {hint}')


def panel(setting: Setting, *, lights: bool = False) -> Verdict:
    """Take the pins of the button and the lamps, light one lamp after the other where asked to, and let them go."""
    from pi_coach.adapters.panel import GpioPanel, Pins  # noqa: PLC0415

    if coach_runs():
        return _held("panel")
    asked = setting.config.settings.panel
    pins = Pins(asked.button_pin, asked.led_pins, asked.rgb_pins)
    with closing(GpioPanel(pins, asked.plan, setting.clock)) as held:
        stuck = held.is_down
        for name in held.lamps if lights else ():
            setting.tell(f"Lit now: {name}.")
            held.light_alone(name)
            threading.Event().wait(LAMP_S)
    lit = "; each was lit" if lights else ""
    found = f"Button on GPIO{asked.button_pin}, lamps on {', '.join(map(str, asked.led_pins))}{lit}."
    if stuck:
        found = f"{found} The button is held down."
        return Verdict(State.NOTE, found, "If nobody presses it, its wire touches ground: check the wiring.")
    return Verdict(State.GOOD, found)


def _held(part: str) -> Verdict:
    remedy = "To try it here: `sudo systemctl stop pi-coach`, `pi-coach doctor`, `sudo systemctl start pi-coach`."
    return Verdict(State.GOOD, f"The coach runs, so it holds the {part}: not tried. {remedy}")
