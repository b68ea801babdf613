"""A sound server of its own, with a loudspeaker that nobody hears and a microphone in front of it: PulseAudio."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from pi_coach.clock import Clock

TOOLS = ("pulseaudio", "pactl", "parec")
RATE_HZ = 22050
LOUD = 300
"""Samples from here on, of 32767, are heard as sound."""
CHUNK = 110
"""Samples that the ear takes at a time: five milliseconds."""
PATIENCE_S = 10.0
"""How long to wait for what must come."""


def missing_tools() -> list[str]:
    """Return the programs of PulseAudio that are not installed."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


@contextlib.contextmanager
def private_sound(folder: Path) -> Iterator[None]:
    """Let all sound of this process and its children go to a server that is not there yet, in an empty folder."""
    ours = {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{folder}/native",
        "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
    }
    (folder / "alsa.conf").write_text("</usr/share/alsa/alsa.conf>\npcm.!default {type pulse}\n", encoding="utf-8")
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class SoundServer:
    """PulseAudio with a loudspeaker, inside `private_sound`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and plug the loudspeaker in. Raises TimeoutError where it does not answer."""
        door = f"module-native-protocol-unix socket={self._folder}/native auth-anonymous=1"
        options = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L", door)
        self._server = subprocess.Popen(["pulseaudio", *options], stderr=subprocess.DEVNULL)  # noqa: S603, S607 - ours
        waiting = threading.Event()
        for _ in range(int(PATIENCE_S / 0.05)):
            if not self._control("info").returncode:
                self.plug()
                return
            waiting.wait(0.05)
        raise TimeoutError("PulseAudio does not answer.")

    def plug(self) -> None:
        """Plug the loudspeaker in."""
        self._control("load-module", "module-null-sink", "sink_name=speaker")

    def unplug(self) -> None:
        """Pull the loudspeaker out."""
        self._control("unload-module", "module-null-sink")

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(PATIENCE_S)
            self._server = None

    def _control(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["pactl", *words], capture_output=True, check=False)  # noqa: S603, S607 - PulseAudio's own


class Ear:
    """Hears what the loudspeaker plays, and when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._heard: list[NDArray[np.int16]] = []
        self._loud_at: list[float] = []
        source = ("-d", "speaker.monitor", "--raw", "--channels=1", f"--rate={RATE_HZ}", "--latency-msec=5")
        self._process = subprocess.Popen(["parec", *source], stdout=subprocess.PIPE)  # noqa: S603, S607 - PulseAudio's own
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Wait until it hears, and be it silence."""
        self._wait(lambda: self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._process.terminate()
        self._thread.join(PATIENCE_S)
        self._process.communicate()

    @property
    def sound(self) -> NDArray[np.int16]:
        """All that was heard so far."""
        with self._changed:
            return np.concatenate(self._heard)

    def loud_after(self, t: float) -> float:
        """Return when sound was heard first after `t`, seconds of the clock. Raises TimeoutError where none comes."""
        self._wait(lambda: self._loud_at and self._loud_at[-1] > t)
        with self._changed:
            return next(loud for loud in self._loud_at if loud > t)

    def quiet_after(self, t: float, for_s: float = 0.3) -> float:
        """Return when the last sound since `t` was heard, once it is quiet for a while; `t` where there was none."""
        waiting = threading.Event()
        while True:
            with self._changed:
                last = max(t, self._loud_at[-1]) if self._loud_at else t
            left_s = last + for_s - self._clock.now()
            if left_s <= 0:
                return last
            waiting.wait(left_s)

    def _wait(self, true: Callable[[], object]) -> None:
        with self._changed:
            if not self._changed.wait_for(true, PATIENCE_S):
                raise TimeoutError("Nothing is heard.")

    def _listen(self) -> None:
        while self._process.stdout is not None and (chunk := self._process.stdout.read(2 * CHUNK)):
            samples = np.frombuffer(chunk, np.int16)
            with self._changed:
                self._heard.append(samples)
                if np.abs(samples.astype(np.int32)).max() > LOUD:
                    self._loud_at.append(self._clock.now())
                self._changed.notify_all()
