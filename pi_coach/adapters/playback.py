"""Sound to the athlete's ear: one sound device, through PortAudio in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from pi_coach.core.errors import StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.core.signals.sound import Pcm

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


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a loudspeaker is served; one that fell asleep would swallow the first words of a cue."""

    keep_alive: str = "silence"
    """What it gets between sounds: "silence", a "hum" that nobody hears, or nothing, with the device let go ("off")."""
    lead_in_s: float = 0.0
    """How much of that hum comes before the first sound after a pause, for one that wakes up slowly all the same."""
    latency_s: float = 0.04
    """How much sound the device holds, and so how late all sound is; less starves it beside a busy pose model."""


class DevicePlayback:
    """Plays from memory through one sound device that is kept open.

    A device that is missing, vanishes or hangs is looked for again every few seconds.
    """

    def __init__(self, device: str, tuning: Tuning | None = None, worker: Sequence[str] = WORKER) -> None:
        """Open the named device, or the system's default where the name is empty."""
        tuning = tuning or Tuning()
        self._command = (*worker, device, tuning.keep_alive, str(tuning.lead_in_s), str(tuning.latency_s))
        self._lead_in_s = tuning.lead_in_s
        self.where = "the sound device"
        """Where the sound goes, for the person at the machine."""
        self.trouble: str | None = "The sound device is not open yet."
        """Why nothing is heard; None where it works."""
        self._rate_hz = 0
        self._channels = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._reason = ""
        self._looked = threading.Event()
        self._number = 0
        self._heard = 0
        self._over = threading.Event()
        self._to_send: deque[bytes] = deque(maxlen=16)
        self._sending = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def works(self, timeout_s: float) -> bool:
        """Tell whether a device was opened, once it was looked for."""
        return self._looked.wait(timeout_s) and self.trouble is None

    def play(self, pcm: Pcm, over: threading.Event) -> None:
        """Return when the sentence was heard, or once `over` is set; without a device it passes in silence."""
        if not self.works(OPEN_S):
            return
        self._number, self._over = self._number + 1, over
        self._send("play", self._number, pcm)
        if not over.wait(pcm.seconds + self._lead_in_s + STALL_S):
            self._end("The sound device takes no sound")
        elif self._heard != self._number:
            self._send("cut", self._number)

    def ring(self, pcm: Pcm) -> None:
        """Sound a tone over whatever is heard, and return at once; without a device it is left out."""
        if self.trouble is None:
            self._send("ring", 0, pcm)

    def close(self) -> None:
        """Free the device. Raises StuckThreadError where it does not let go."""
        self._closing.set()
        self._end("closed")
        self._thread.join(timeout=STALL_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the sound device hangs.")

    def _send(self, command: str, number: int, pcm: Pcm | None = None) -> None:
        """Leave a command for the process, and return at once: a process that hangs must not hold up the coach."""
        sound = b""
        if pcm is not None:
            sound = base64.b64encode(pcm.at_rate(self._rate_hz).samples.repeat(self._channels).tobytes())
        with self._sending:
            self._to_send.append(b"%s %d %s\n" % (command.encode(), number, sound))
            self._sending.notify_all()

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
            self._converse(process)
            process.kill()
            self._process = None
        if not self._closing.is_set():
            self._report(f"{self._reason}; it is looked for every {RETRY_S:g} s.")
        self._looked.set()
        self._over.set()

    def _converse(self, process: subprocess.Popen[bytes]) -> None:
        """Let another thread send what is asked for, and take in what the process tells until it ends."""
        self._to_send.clear()
        sender = threading.Thread(target=self._send_all, args=(process.stdin,), name="sound-out", daemon=True)
        sender.start()
        for line in process.stdout or ():
            self.hear(json.loads(line))
        with self._sending:
            self._to_send.clear()
            self._to_send.append(b"")
            self._sending.notify_all()
        sender.join()

    def _send_all(self, pipe: IO[bytes]) -> None:
        """Hand commands to the process until an empty one ends it, or the process is gone."""
        with contextlib.suppress(OSError):
            while True:
                with self._sending:
                    self._sending.wait_for(lambda: self._to_send)
                    command = self._to_send.popleft()
                if not command:
                    return
                left = memoryview(command)
                while left:
                    left = left[pipe.write(left) :]

    def hear(self, answer: dict[str, Any]) -> None:
        """Take in what the process tells."""
        match answer:
            case {"name": name, "rate_hz": rate_hz, "channels": channels}:
                self.where, self._rate_hz, self._channels = f'the sound device "{name}"', rate_hz, channels
                self._report(None)
                self._looked.set()
            case {"lost": reason}:
                self._reason = str(reason)
            case {"done": number} if number == self._number:
                self._heard = number
                self._over.set()
            case _:
                pass

    def _report(self, trouble: str | None) -> None:
        """Note whether anything can be heard, and log it where that is new."""
        if trouble is None:
            log.info("sound goes to %s", self.where)
        elif trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def open_playback(device: str, otherwise: Callable[[], Other], tuning: Tuning | None = None) -> DevicePlayback | Other:
    """Return the named sound device ("" is the default), or what `otherwise` makes where none can be opened now.

    Waits until it was looked for, which takes up to a second.
    """
    playback = DevicePlayback(device, tuning)
    if playback.works(OPEN_S):
        return playback
    playback.close()
    return otherwise()
