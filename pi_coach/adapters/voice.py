"""Text to sound: from a cache on disk, else rendered by pyttsx3 and espeak-ng in a process of its own."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.errors import CoachError
from pi_coach.core.signals.sound import Pcm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.clock import Clock

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-P", str(Path(__file__).with_name("voice_worker.py")))
"""The process that renders; -P keeps the modules of whatever directory the coach was started in out of it."""
RETRY_S = 10.0
"""An engine that failed is left alone for this long: each try may cost the whole time limit."""
MAX_IN_MEMORY = 512
"""Sentences kept in memory, about 60 kB each: all fixed cues of all drills, and the summaries of a day. What is dropped
comes from the disk, a millisecond later."""
MAX_ON_DISK = 1000
"""Sentences kept in the cache; summaries are endless in their variety."""


@dataclass(frozen=True, slots=True)
class VoiceStyle:
    """How sentences are spoken."""

    voice: str
    """An espeak-ng voice, such as "en-us" or "en-us+f3"."""
    rate_wpm: int
    """Words a minute."""
    volume: float
    """0 to 1."""


class Voice:
    """Gives the sound of a sentence. `ready` and `interrupt` are for any thread, the rest for one at a time."""

    def __init__(
        self, cache: Path, style: VoiceStyle, timeout_s: float, clock: Clock, worker: Sequence[str] = WORKER
    ) -> None:
        self._cache = cache
        self._style = style
        self._timeout_s = timeout_s
        self._clock = clock
        self._engine = _Engine(worker)
        self._pyttsx3 = version("pyttsx3")
        self._retry_at = clock.now()
        self._problem = ""
        self._in_memory: dict[str, Pcm] = {}

    def pcm(self, text: str) -> Pcm:
        """Return the sentence as sound, at once where it was ever rendered before.

        Raises CoachError where it is new and the engine is missing, fails or takes longer than the time limit.
        """
        return self.ready(text) or self._kept(text, self._rendered(text))

    def ready(self, text: str) -> Pcm | None:
        """Return the sentence as sound, from memory or disk; None where it was not rendered yet."""
        pcm = self._in_memory.get(text)
        if pcm is None:
            stored = self._stored(text)
            pcm = None if stored is None else self._kept(text, stored)
        return pcm

    def interrupt(self) -> None:
        """Let a sentence that is being rendered fail at once."""
        self._engine.end()

    def _kept(self, text: str, raw: Pcm) -> Pcm:
        """Make the sentence fit to be heard, and keep it in memory."""
        pcm = raw.trimmed().at_volume(self._style.volume)
        self._in_memory[text] = pcm
        for oldest in list(self._in_memory)[:-MAX_IN_MEMORY]:
            self._in_memory.pop(oldest, None)
        return pcm

    def close(self) -> None:
        """End the engine's process and drop the sentences least lately rendered where the cache has grown large."""
        self._engine.kill()
        # Another coach may be tidying the same cache.
        with contextlib.suppress(OSError):
            files = sorted(self._cache.glob("*"), key=lambda file: file.stat().st_mtime, reverse=True)
            for file in files[MAX_ON_DISK:]:
                file.unlink()

    def _file(self, text: str) -> Path:
        """Return where the sentence is kept; another voice, rate or engine gives another file."""
        parts = (text, self._style.voice, str(self._style.rate_wpm), self._pyttsx3, espeak_version() or "")
        return self._cache / (hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32] + ".wav")

    def _stored(self, text: str) -> Pcm | None:
        """Return the sentence from the disk; None where it is not there or was cut short by a loss of power."""
        try:
            return _read_wav(self._file(text))
        except (OSError, EOFError, wave.Error):
            return None

    def _rendered(self, text: str) -> Pcm:
        """Render the sentence and keep it on the disk. Raises CoachError."""
        if self._clock.now() < self._retry_at:
            raise CoachError(self._problem)
        try:
            with tempfile.TemporaryDirectory(prefix="pi-coach-") as scratch:
                path = Path(scratch) / "sentence.wav"
                self._engine.render(text, path, self._style, self._timeout_s)
                pcm = _read_wav(path)
                self._store(text, path.read_bytes())
        except (OSError, EOFError, wave.Error, CoachError) as error:
            self._engine.kill()
            self._problem = str(error)
            self._retry_at = self._clock.now() + RETRY_S
            raise CoachError(self._problem) from error
        return pcm

    def _store(self, text: str, wav: bytes) -> None:
        """Keep the sentence on the disk, whole or not at all; a full disk costs only the next rendering."""
        file = self._file(text)
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            part.write_bytes(wav)
            part.replace(file)
        except OSError as error:
            log.warning("sentences cannot be kept in %s: %s", self._cache, error)


class _Engine:
    """The process that renders, started when first needed and after each failure."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def render(self, text: str, path: Path, style: VoiceStyle, timeout_s: float) -> None:
        """Let it write the sentence to a WAV file. Raises CoachError; the process must then be killed."""
        request = {"text": text, "voice": style.voice, "rate_wpm": style.rate_wpm, "path": str(path)}
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise CoachError("The speech engine has no pipes.")
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise CoachError("The speech engine ended by itself; it is started again.") from None
        if not select.select([process.stdout], [], [], timeout_s)[0]:
            raise CoachError(f"The speech engine gave no answer in {timeout_s:g} s; it is started again.")
        answer = process.stdout.readline()
        if not answer:
            raise CoachError("The speech engine ended by itself; it is started again.")
        error = json.loads(answer)["error"]
        if error is not None:
            raise CoachError(f'The voice "{style.voice}" fails ({error}); `espeak-ng --voices` lists those there are.')

    def end(self) -> None:
        """End the process, whatever it does; for any thread."""
        process = self._process
        if process is not None:
            process.kill()

    def kill(self) -> None:
        """End the process, and let the system forget it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if espeak_version() is None:
            raise CoachError("The speech engine is missing: install it with `sudo apt install espeak-ng`.")
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process


def espeak_version() -> str | None:
    """Return the version of the espeak-ng library; None where it is not installed."""
    try:
        library = ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return None
    library.espeak_Info.restype = ctypes.c_char_p
    return str(library.espeak_Info(None).decode())


def _read_wav(path: Path) -> Pcm:
    """Read a whole WAV file of one channel. Raises OSError, EOFError or wave.Error where it is missing or damaged."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        if len(samples) != file.getnframes() or not len(samples):
            raise EOFError("The speech engine left a damaged file.")
        return Pcm(samples, file.getframerate())
