"""Sound to the athlete's ear: one sound device, through PortAudio in a process of its own."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pi_coach.core.errors import StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.sound import Pcm

Other = TypeVar("Other")
log = logging.getLogger(__name__)

WORKER = (sys.executable, "-P", str(Path(__file__).with_name("playback_worker.py")))
"""The process that holds the device; -P keeps the modules of whatever directory the coach was started in out of it."""
RETRY_S = 5.0
"""How often a missing sound device is looked for."""
STALL_S = 2.0
"""A device that is this much late with a sentence takes no sound any more."""
OPEN_S = 10.0
"""How long the first look for a sound device may take: loading PortAudio takes a second on a Pi."""
CUT_S = 0.01
"""How often a sentence looks whether it is to be cut."""


class DevicePlayback:
    """Plays from memory through one sound device that is kept open.

    Silence flows between the sentences: opening a device, or waking an amplifier, would swallow a short cue's first
    word. A device that is missing, vanishes or hangs is looked for again every few seconds.
    """

    def __init__(self, device: str, worker: Sequence[str] = WORKER) -> None:
        self._command = (*worker, device)
        self.where = "the sound device"
        """Where the sound goes, for the person at the machine."""
        self.trouble: str | None = "The sound device is not open yet."
        """Why nothing is heard; None where it works."""
        self._rate_hz = 0
        self._channels = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._reason = ""
        self._looked = threading.Event()
        self._done = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def works(self, timeout_s: float) -> bool:
        """Tell whether a device was opened, once it was looked for."""
        return self._looked.wait(timeout_s) and self.trouble is None

    def play(self, pcm: Pcm, cut: threading.Event) -> None:
        """Return when the sentence was heard, or when `cut` is set; without a device it passes in silence."""
        if not self.works(OPEN_S):
            return
        samples = pcm.at_rate(self._rate_hz).samples.repeat(self._channels)
        self._done.clear()
        self._send(b"play " + base64.b64encode(samples.tobytes()))
        left_s = pcm.seconds + STALL_S
        while not self._done.wait(CUT_S) and not cut.is_set() and left_s > 0:
            left_s -= CUT_S
        if not self._done.is_set():
            self._send(b"cut")
            if not self._done.wait(STALL_S):
                self._end("The sound device takes no sound")

    def close(self) -> None:
        """Free the device. Raises StuckThreadError where it does not let go."""
        self._closing.set()
        self._end("closed")
        self._thread.join(timeout=STALL_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the sound device hangs.")

    def _send(self, command: bytes) -> None:
        """Hand a command to the process; where it is gone, the sentence is over."""
        process = self._process
        try:
            if process is None or process.stdin is None:
                raise BrokenPipeError
            process.stdin.write(command + b"\n")
        except OSError:
            self._done.set()

    def _end(self, reason: str) -> None:
        """End the process, whatever it does; the sound thread notices."""
        self._reason = reason
        process = self._process
        if process is not None:
            process.kill()

    def _run(self) -> None:
        """Keep a process at the device until closed."""
        while not self._closing.is_set():
            try:
                self._attend()
            except Exception:
                log.exception("the sound thread met something unforeseen")
            self._closing.wait(RETRY_S)

    def _attend(self) -> None:
        """Start the process and hear it out."""
        self._reason = "The sound device's process ended by itself"
        with subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        ) as process:
            self._process = process
            if self._closing.is_set():
                process.kill()
            for line in process.stdout or ():
                self._hear(json.loads(line))
            process.kill()
            self._process = None
        if not self._closing.is_set():
            self._report(f"{self._reason}; it is looked for every {RETRY_S:g} s.")
        self._looked.set()
        self._done.set()

    def _hear(self, answer: dict[str, Any]) -> None:
        """Take in what the process tells."""
        match answer:
            case {"name": name, "rate_hz": rate_hz, "channels": channels}:
                self.where, self._rate_hz, self._channels = f'the sound device "{name}"', rate_hz, channels
                self._report(None)
                self._looked.set()
            case {"lost": reason}:
                self._reason = str(reason)
            case _:
                self._done.set()

    def _report(self, trouble: str | None) -> None:
        """Note whether anything can be heard, and log it where that is new."""
        if trouble is None:
            log.info("sound goes to %s", self.where)
        elif trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def open_playback(device: str, otherwise: Callable[[], Other]) -> DevicePlayback | Other:
    """Return the named sound device ("" is the default), or what `otherwise` makes where none can be opened now.

    Waits until it was looked for, which takes up to a second.
    """
    playback = DevicePlayback(device)
    if playback.works(OPEN_S):
        return playback
    playback.close()
    return otherwise()
