"""The sound device in a process of its own: commands a line in, what became of them a line out.

PortAudio looks for devices only when it starts, and can hang or crash when one is pulled out; a process is simply
ended and started again. Commands are `play BASE64` (16-bit samples as the device wants them) and `cut`. Answers are
`{"name", "rate_hz", "channels"}` once the device is open, `{"done": true}` when a sentence was heard or cut, and
`{"lost": REASON}` before the end.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import signal
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE_HZ = 22050
"""espeak-ng's own rate, which most devices take."""
BLOCK_S = 0.01
"""Sound goes to the device in blocks this long: a sentence is cut within one of them."""
LATENCY_S = 0.08
"""How much sound the device may hold; less starves it when the pose model has the processor."""


class Commands:
    """What the coach asked for and the device's loop has not seen yet."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=16)
        self.ended = threading.Event()
        """Set when the coach is gone or wants no more."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def take(self) -> tuple[bytes, bytes] | None:
        """Return the next command and its sound, or None where there is none; never wait."""
        if not self._lines:
            return None
        command, _, sound = self._lines.popleft().strip().partition(b" ")
        return command, base64.b64decode(sound)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._lines.append(line)
        self.ended.set()


def main(device: str | None) -> None:
    """Serve the named device, or the default one, until the coach wants no more or the device is lost."""
    # The coach decides when this ends: a Ctrl-C must not cut its last sentence.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    commands = Commands()
    try:
        import sounddevice  # noqa: PLC0415 - raises where PortAudio is missing, which must be told
    except OSError:
        answer({"lost": "PortAudio is missing (install it with `sudo apt install libportaudio2`)"})
        return
    try:
        with opened(sounddevice, device) as stream:
            feed(stream, commands)
    except (sounddevice.PortAudioError, ValueError) as error:
        answer({"lost": f"No sound device can be used ({error})"})


def answer(fact: dict[str, object]) -> None:
    """Tell the coach."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def opened(sounddevice: Any, device: str | None) -> Iterator[Any]:  # noqa: ANN401 - the library has no types
    """Open the output stream for the time of the block; end it at once, without waiting for its buffer."""
    info = sounddevice.query_devices(device, "output")
    rate_hz, channels = accepted(sounddevice, device, int(info["default_samplerate"]))
    stream = sounddevice.RawOutputStream(rate_hz, device=device, channels=channels, dtype="int16", latency=LATENCY_S)
    try:
        stream.start()
        answer({"name": info["name"], "rate_hz": rate_hz, "channels": channels})
        yield stream
    finally:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)


def accepted(sounddevice: Any, device: str | None, own_rate_hz: int) -> tuple[int, int]:  # noqa: ANN401 - no types
    """Return the first sample rate and number of channels that the device takes; bare hardware takes few."""
    for rate_hz, channels in ((RATE_HZ, 1), (own_rate_hz, 1), (RATE_HZ, 2)):
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice.check_output_settings(device, channels, "int16", samplerate=rate_hz)
            return rate_hz, channels
    return own_rate_hz, 2


def feed(stream: Any, commands: Commands) -> None:  # noqa: ANN401 - the library has no types
    """Write sentences, and silence between them, in blocks that the device's own pace holds back.

    Blocking writes, no callbacks: those need memory that is writable and executable, which the service forbids.
    """
    block = int(stream.samplerate * BLOCK_S) * stream.samplesize * stream.channels
    silence = bytes(block)
    # What was written is heard only when the device's own buffer has passed it on.
    tail = silence * math.ceil(stream.latency / BLOCK_S)
    sound: bytes | None = None
    while not commands.ended.is_set():
        taken = commands.take()
        if taken is not None:
            command, samples = taken
            if command == b"play":
                sound = samples + tail
            elif sound is not None:
                sound = b""
        if sound is None:
            stream.write(silence)
        elif sound:
            stream.write(sound[:block])
            sound = sound[block:]
        else:
            sound = None
            answer({"done": True})


if __name__ == "__main__":
    main(sys.argv[1] or None)
