"""Sound for later: what is said, at the time it was said, in one WAV file."""

from __future__ import annotations

import contextlib
import logging
import struct
import threading
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from pi_coach.clock import Clock
    from pi_coach.core.signals.sound import Pcm

log = logging.getLogger(__name__)

RATE_HZ = 22050
"""espeak-ng's own rate."""
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
MAX_BYTES = 0xFFFFFFFF - HEADER.size
"""What the format can tell of: 27 hours."""


class WavPlayback:
    """Writes what is said into one file of silence and sentences; the file can be played at any moment.

    Raises CoachError where the file cannot be made.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.where = str(path)
        """Where the sound goes, for the person at the machine."""
        self.trouble: str | None = None
        """Why nothing is written; None where it works."""
        self._clock = clock
        self._lock = threading.Lock()
        self._end = 0
        try:
            self._file = path.open("w+b")
        except OSError as error:
            raise CoachError(
                f"{path} cannot be written ({error.strerror}); name another file for the sound."
            ) from error
        self._began = clock.now()
        self._end_at(0)

    def play(self, pcm: Pcm, over: threading.Event) -> None:
        """Write the sentence and return when it would have been heard, or once `over` is set: the rest is left out."""
        start = self._mix_in(pcm)
        if over.wait(pcm.seconds):
            with self._writing():
                self._end_at(min(self._frame_now(), max(self._end, start)))

    def ring(self, pcm: Pcm) -> None:
        """Write a tone over whatever is heard now."""
        self._mix_in(pcm)

    def close(self) -> None:
        """End the file at this moment."""
        if not self._file.closed:
            with self._writing(), self._file:
                self._end_at(self._frame_now())

    def _mix_in(self, pcm: Pcm) -> int:
        """Add the sound to what the file holds from now on, and return where it begins."""
        samples, start = pcm.at_rate(RATE_HZ).samples.astype(np.int32), self._frame_now()
        with self._writing():
            # The gap before it is a hole in the file, which reads as silence and takes no space.
            self._file.seek(HEADER.size + 2 * start)
            there: NDArray[np.int16] = np.frombuffer(self._file.read(2 * len(samples)), np.int16)
            samples[: len(there)] += there
            self._file.seek(HEADER.size + 2 * start)
            self._file.write(np.clip(samples, -32768, 32767).astype(np.int16).tobytes())
            self._end_at(max(self._end, start + len(samples)))
        return start

    def _frame_now(self) -> int:
        return round((self._clock.now() - self._began) * RATE_HZ)

    def _end_at(self, frame: int) -> None:
        """Make the file whole up to `frame`, so that it can be played even if the coach is killed now."""
        self._end = frame
        size = min(2 * frame, MAX_BYTES)
        form = (16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
        header = HEADER.pack(b"RIFF", size + HEADER.size - 8, b"WAVE", b"fmt ", *form, b"data", size)
        self._file.flush()
        self._file.truncate(HEADER.size + 2 * frame)
        self._file.seek(0)
        self._file.write(header)
        self._file.flush()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one thread write; turn a full disk into trouble that is told, and a later success into its end."""
        try:
            with self._lock:
                yield
        except OSError as error:
            if self.trouble is None:
                log.warning("what is said cannot be written to %s: %s", self.where, error)
            self.trouble = f"What is said cannot be written to {self.where}: {error.strerror}."
        else:
            self.trouble = None
