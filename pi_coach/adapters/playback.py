"""Sound to the athlete's ear: one sound device, through PortAudio."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pi_coach.core.errors import StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.core.sound import Pcm

Other = TypeVar("Other")
log = logging.getLogger(__name__)

RATE_HZ = 22050
"""espeak-ng's own rate; a device that refuses it gets its own, resampled."""
BLOCK_S = 0.01
"""Sound goes to the device in blocks this long: a sentence is cut within one of them."""
LATENCY_S = 0.06
"""How much sound the device may hold; less starves it when the pose model has the processor."""
RETRY_S = 5.0
"""How often a missing sound device is looked for."""
STALL_S = 2.0
"""A device that is this much late with a sentence takes no sound any more."""
OPEN_S = 10.0
"""How long the first look for a sound device may take: loading PortAudio takes a second on a Pi."""


@dataclass(slots=True)
class _Job:
    """A sentence on its way to the device; mutable only in its two events."""

    pcm: Pcm
    cut: threading.Event
    done: threading.Event = field(default_factory=threading.Event)


class DevicePlayback:
    """Plays from memory through one sound device that is kept open, fed by a thread of its own.

    Silence flows between the sentences: opening a device, or waking an amplifier, would swallow a short cue's first
    word. Blocking writes, no callbacks: those need memory that is writable and executable, which the service forbids.
    """

    def __init__(self, device: str) -> None:
        self._device = device or None
        self.where = "the sound device"
        """Where the sound goes, for the person at the machine."""
        self.trouble: str | None = "The sound device is not open yet."
        """Why nothing is heard; None where it works."""
        self._lock = threading.Lock()
        self._job: _Job | None = None
        self._looked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def works(self, timeout_s: float) -> bool:
        """Tell whether a device was opened, once it was looked for."""
        return self._looked.wait(timeout_s) and self.trouble is None

    def play(self, pcm: Pcm, cut: threading.Event) -> None:
        """Return when the sentence was heard, or when `cut` is set; without a device it passes in silence."""
        self._looked.wait(OPEN_S)
        job = _Job(pcm, cut)
        with self._lock:
            if self.trouble is not None:
                return
            self._job = job
        if not job.done.wait(pcm.seconds + STALL_S):
            self._report("The sound device takes no sound; unplug it and plug it in again.")

    def close(self) -> None:
        """Free the device. Raises StuckThreadError where it does not let go."""
        self._closing.set()
        self._thread.join(timeout=STALL_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name!r} did not end: the sound device hangs.")

    def _run(self) -> None:
        """Feed the device until closed; look for it again whenever it is missing."""
        while not self._closing.is_set():
            try:
                self._attend()
            except Exception:
                log.exception("the sound thread met something unforeseen")
                self._lose("The sound device failed in an unforeseen way; the log has the details.")
            self._closing.wait(RETRY_S)

    def _attend(self) -> None:
        """Open the device and feed it until it fails or is no longer wanted."""
        try:
            # Slow to load (PortAudio looks at every device), so it is loaded here, on the thread that needs it.
            import sounddevice  # noqa: PLC0415
        except OSError:
            self._lose("PortAudio is missing: install it with `sudo apt install libportaudio2`.")
            return
        try:
            with self._opened(sounddevice) as stream:
                self._feed(stream)
        except (sounddevice.PortAudioError, ValueError) as error:
            self._lose(f"No sound device can be used ({error}); it is looked for every {RETRY_S:g} s.")
            # PortAudio lists devices only when it starts, and has no public way to look again.
            with contextlib.suppress(sounddevice.PortAudioError):
                sounddevice._terminate()  # noqa: SLF001
            sounddevice._initialize()  # noqa: SLF001

    @contextlib.contextmanager
    def _opened(self, sounddevice: Any) -> Iterator[Any]:  # noqa: ANN401 - the library has no types
        """Open the output stream for the time of the block; end it at once, without waiting for its buffer."""
        info = sounddevice.query_devices(self._device, "output")
        rate_hz, channels = _accepted(sounddevice, self._device, int(info["default_samplerate"]))
        stream = sounddevice.RawOutputStream(
            rate_hz, device=self._device, channels=channels, dtype="int16", latency=LATENCY_S
        )
        self.where = f'the sound device "{info["name"]}"'
        try:
            stream.start()
            self._report(None)
            self._looked.set()
            yield stream
        finally:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def _feed(self, stream: Any) -> None:  # noqa: ANN401 - the library has no types
        """Write sentences, and silence between them, in blocks that the device's own pace holds back."""
        block = int(stream.samplerate * BLOCK_S) * stream.samplesize * stream.channels
        silence = bytes(block)
        while not self._closing.is_set():
            job = self._job
            if job is None:
                stream.write(silence)
                continue
            sound = job.pcm.at_rate(int(stream.samplerate)).samples.repeat(stream.channels).tobytes()
            # What was written is heard only when the device's own buffer has passed it on.
            sound += silence * math.ceil(stream.latency / BLOCK_S)
            for start in range(0, len(sound), block):
                if job.cut.is_set() or self._closing.is_set():
                    break
                stream.write(sound[start : start + block])
            self._finish()
            self._report(None)

    def _finish(self) -> None:
        with self._lock:
            if self._job is not None:
                self._job.done.set()
                self._job = None

    def _lose(self, trouble: str) -> None:
        """Note that nothing can be heard, and let a waiting sentence go."""
        self._report(trouble)
        self._finish()
        self._looked.set()

    def _report(self, trouble: str | None) -> None:
        with self._lock:
            changed = trouble != self.trouble
            self.trouble = trouble
        if changed and trouble is None:
            log.info("sound goes to %s", self.where)
        elif changed:
            log.warning("%s", trouble)


def _accepted(sounddevice: Any, device: str | None, own_rate_hz: int) -> tuple[int, int]:  # noqa: ANN401 - no types
    """Return the first sample rate and number of channels that the device takes; bare hardware takes few."""
    for rate_hz, channels in ((RATE_HZ, 1), (own_rate_hz, 1), (RATE_HZ, 2)):
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice.check_output_settings(device, channels, "int16", samplerate=rate_hz)
            return rate_hz, channels
    return own_rate_hz, 2


def open_playback(device: str, otherwise: Callable[[], Other]) -> DevicePlayback | Other:
    """Return the named sound device ("" is the default), or what `otherwise` makes where none can be opened now.

    Takes up to a second where PortAudio has not been loaded yet.
    """
    playback = DevicePlayback(device)
    if playback.works(OPEN_S):
        return playback
    playback.close()
    return otherwise()
