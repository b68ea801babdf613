"""What the tests of voice, speech and playback share: stand-ins, and ears."""

import datetime as dt
import threading
import wave

import numpy as np
import pytest

from pi_coach.adapters.voice import VoiceStyle, espeak_version
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError
from pi_coach.core.signals.sound import Pcm

STYLE = VoiceStyle("en-us", 175, 1.0)
NO_WORKER = ("false",)
SECOND = Pcm((np.sin(np.arange(22050) / 8) * 8000).astype(np.int16), 22050)
BRIEF = Pcm(SECOND.samples[:2205], 22050)

needs_espeak = pytest.mark.skipif(espeak_version() is None, reason="espeak-ng is not installed")


class StoppedClock:
    """A clock that a test sets."""

    def __init__(self):
        self.t = 100.0

    def now(self):
        return self.t

    def wall(self):
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Rendered:
    """A voice that makes of each sentence a tone as long as its text, but for those it does not know."""

    def __init__(self, *unknown):
        self.unknown = set(unknown)
        self.asked = []
        self.done = {}
        self.slow = set()
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def ready(self, text):
        return self.done.get(text)

    def pcm(self, text):
        self.asked.append(text)
        if text in self.slow:
            assert self.go_on.wait(10)
        if text in self.unknown:
            raise CoachError(f"{text} cannot be rendered.")
        self.done[text] = Pcm(SECOND.samples[: 221 * len(text)], 22050)
        return self.done[text]

    def interrupt(self):
        self.go_on.set()

    def close(self):
        self.closed.set()


class Stage:
    """A loudspeaker whose sentences end when the test says so, or when they are cut."""

    def __init__(self):
        self.where = "the stage"
        self.trouble = None
        self.heard = []
        self.rung = []
        self.begun = threading.Semaphore(0)
        self.end = threading.Semaphore(0)
        self.closed = False

    def play(self, pcm, over):
        self.heard.append(len(pcm.samples) // 221)
        self.begun.release()
        while not over.is_set() and not self.end.acquire(timeout=0.01):
            pass

    def ring(self, pcm):
        self.rung.append(pcm)

    def close(self):
        self.closed = True


def until(true, timeout_s=10.0):
    """Wait until something is true, within a bound."""
    waiting, clock = threading.Event(), SystemClock()
    end = clock.now() + timeout_s
    while clock.now() < end:
        if true():
            return True
        waiting.wait(0.005)
    return False


def read(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float), file.getframerate()


def found(sound, sentence):
    """Return at which sample a sentence begins in a longer sound, and how alike they are (1 is the same)."""
    size = len(sound) + len(sentence)
    match = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(sentence, size)), size)[: len(sound)]
    start = int(match.argmax())
    part = sound[start : start + len(sentence)]
    likeness = part @ sentence[: len(part)] / np.sqrt((part @ part) * (sentence @ sentence))
    return start, likeness
