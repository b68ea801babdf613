"""The sound device in a process of its own: commands a line in, what became of them a line out.

PortAudio looks for devices only when it starts, and can hang or crash when one is pulled out; a process is simply
ended and started again. Commands are `play NUMBER BASE64` (a sentence: 16-bit samples as the device wants them), `ring
0 BASE64` (a tone, over whatever sounds) and `cut 0 ` (the sentence only). Answers are `{"name", "rate_hz", "channels"}`
once the device is open, `{"begun": NUMBER}` when the device took the first block of a sentence, `{"done": NUMBER}` when
it was heard to its end, and `{"lost": REASON}` before the end.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import signal
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

RATE_HZ = 22050
"""espeak-ng's own rate, which most devices take."""
BLOCK_S = 0.005
"""Sound goes to the device in blocks this long."""
FADE_S = 0.005
"""A sentence that is cut fades for this long: a sudden end is heard as a click."""
QUIET_S = 2.0
"""After this much silence a loudspeaker may fall asleep: the lead-in comes before the next sound."""
HUM = 16
"""The loudest sample of the noise that keeps a loudspeaker awake, of 32767: not zero, and not heard at 66 dB below."""
NICE = -10
"""The wish to run before the pose model; granted where the service or the user may ask for it."""


class Commands:
    """What the coach asked for and the device's loop has not seen yet."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=16)
        self.ended = threading.Event()
        """Set when the coach is gone or wants no more."""
        self.arrived = threading.Event()
        """Set while there may be something to take."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def take(self) -> Iterator[tuple[str, int, NDArray[np.int16]]]:
        """Yield the commands, each with its number and its sound; never wait."""
        self.arrived.clear()
        while self._lines:
            command, number, sound = self._lines.popleft().split(b" ")
            yield command.decode(), int(number), np.frombuffer(base64.b64decode(sound), np.int16)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._lines.append(line)
            self.arrived.set()
        self.ended.set()
        self.arrived.set()


class Mixer:
    """One sentence, the tones over it and what keeps the loudspeaker awake, as blocks of interleaved samples."""

    def __init__(self, rate_hz: int, channels: int, keep_alive: str, lead_in_s: float, tail_s: float) -> None:
        """Let a sentence end `tail_s` after its last sample, when the device has passed it on."""

        def samples(seconds: float) -> int:
            return math.ceil(seconds * rate_hz) * channels

        self.block_size = samples(BLOCK_S)
        self.facts: list[dict[str, object]] = []
        """What the last block brought, to be told once the device took it."""
        self._keep_alive = keep_alive
        self._lead_in, self._sleepy = samples(lead_in_s), samples(QUIET_S)
        self._fade = np.repeat(np.linspace(1.0, 0.0, samples(FADE_S) // channels), channels)
        self._tail = np.zeros(samples(tail_s), np.int16)
        self._noise = np.random.default_rng(0)
        self._sentence: NDArray[np.int16] = self._tail[:0]
        self._number: int | None = None
        self._begun = False
        self._over: list[NDArray[np.int16]] = []
        self._lead = 0
        self._quiet = self._sleepy

    @property
    def idle(self) -> bool:
        """Tell whether nothing is to be heard now."""
        return self._number is None and not self._over

    @property
    def asleep(self) -> bool:
        """Tell whether the device may be let go until the next sound."""
        return self._keep_alive == "off" and self.idle and self._quiet >= self._sleepy

    def obey(self, command: str, number: int, sound: NDArray[np.int16]) -> None:
        """Take in a command."""
        if command != "cut" and self.idle and self._quiet >= self._sleepy:
            self._lead = self._lead_in
        if command == "ring":
            self._over.append(sound)
            return
        rest = self._sentence[: len(self._fade)]
        self._over.append((rest * self._fade[: len(rest)]).astype(np.int16))
        self._sentence, self._number, self._begun = self._tail[:0], None, False
        if command == "play":
            self._sentence, self._number = np.concatenate([sound, self._tail]), number

    def block(self) -> NDArray[np.int16]:
        """Return what the device gets next."""
        size = self.block_size
        self.facts = []
        if self._keep_alive == "hum" or self._lead > 0:
            ground = self._noise.integers(-HUM, HUM, size, np.int16, endpoint=True)
        else:
            ground = np.zeros(size, np.int16)
        if self._lead > 0:
            self._lead -= size
            return ground
        self._quiet = min(self._quiet + size, self._sleepy) if self.idle else 0
        return ground if self.idle else self._mixed(ground)

    def _mixed(self, ground: NDArray[np.int16]) -> NDArray[np.int16]:
        size = len(ground)
        mixed = ground.astype(np.int32)
        for sound in (self._sentence, *self._over):
            mixed[: len(sound)] += sound[:size]
        self._over = [sound[size:] for sound in self._over if len(sound) > size]
        self._sentence = self._sentence[size:]
        if self._number is not None and not self._begun:
            self._begun = True
            self.facts.append({"begun": self._number})
        if self._number is not None and not len(self._sentence):
            self.facts.append({"done": self._number})
            self._number = None
        return np.clip(mixed, -32768, 32767).astype(np.int16)


def main(device: str | None, keep_alive: str, lead_in_s: float, latency_s: float) -> None:
    """Serve the named device, or the default one, until the coach wants no more or the device is lost."""
    # The coach decides when this ends: a Ctrl-C must not cut its last sentence.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    commands = Commands()
    try:
        import sounddevice  # noqa: PLC0415 - raises where PortAudio is missing, which must be told
    except OSError:
        answer({"lost": "PortAudio is missing (install it with `sudo apt install libportaudio2`)"})
        return
    try:
        with opened(sounddevice, device, latency_s) as stream:
            mixer = Mixer(int(stream.samplerate), stream.channels, keep_alive, lead_in_s, stream.latency)
            feed(stream, commands, mixer)
    except (sounddevice.PortAudioError, ValueError) as error:
        answer({"lost": f"No sound device can be used ({error})"})


def answer(fact: dict[str, object]) -> None:
    """Tell the coach."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def opened(sounddevice: Any, device: str | None, latency_s: float) -> Iterator[Any]:  # noqa: ANN401 - no types
    """Open the output stream for the time of the block; end it at once, without waiting for its buffer."""
    info = sounddevice.query_devices(device, "output")
    rate_hz, channels = accepted(sounddevice, device, int(info["default_samplerate"]))
    stream = sounddevice.RawOutputStream(rate_hz, device=device, channels=channels, dtype="int16", latency=latency_s)
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


def feed(stream: Any, commands: Commands, mixer: Mixer) -> None:  # noqa: ANN401 - the library has no types
    """Write blocks of sound, or of silence, at the pace at which the device takes them.

    Blocking writes, no callbacks: those need memory that is writable and executable, which a service may forbid.
    """
    while not commands.ended.is_set():
        if mixer.asleep:
            stream.abort()
            commands.arrived.wait()
            stream.start()
        for command in commands.take():
            mixer.obey(*command)
        stream.write(mixer.block().tobytes())
        for fact in mixer.facts:
            answer(fact)


if __name__ == "__main__":
    main(sys.argv[1] or None, sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
