"""Measures how fast the voice is on this machine, beside pyttsx3's own way of speaking in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pi_coach.adapters.playback import DevicePlayback
from pi_coach.adapters.speech import SpeechThread
from pi_coach.adapters.voice import Voice, VoiceStyle
from pi_coach.benchmarks.figures import Against, Figure, figure, in_blocks
from pi_coach.core.errors import CoachError
from pi_coach.core.signals.tones import Tone, sound
from pi_coach.testing.ear import Ear, SoundServer, missing_tools, private_sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.benchmarks.run import Run
    from pi_coach.clock import Clock

    Times = dict[str, list[float]]
    # Seconds, by the names in TOLD.

CUES = ("Hips back", "Chest up", "Squeeze tall", "Soft knees")
STOP = "Stop the set. Set it down."
SUMMARY = "Ten reps, eight clean. Good hip reach. Next set: squeeze tall at the top."
PATIENCE_S = 10.0
SOFT = 0.02
"""How loud it is measured on a loudspeaker that somebody hears."""

RIVAL = "pyttsx3_heard"

TOLD = {
    "cue": "a cue, to the sound device",
    "urgent": "an urgent one, over another",
    "new_sentence": "a sentence never said before",
    "cue_heard": "a cue, heard",
    "tone_heard": "a tone, heard",
    "cut_heard": "hush, until nothing is heard",
    RIVAL: "pyttsx3 say and runAndWait, heard",
}
"""What each figure is, from the call on."""

OTHER_WAY = """
import sys, pyttsx3
engine = pyttsx3.init("espeak")
for line in sys.stdin:
    engine.say(line.strip())
    engine.runAndWait()
"""
"""How pyttsx3 is used where nobody measures: the sentence is rendered, written to a file and given to a new player."""


class TimedPlayback(DevicePlayback):
    """Notes when the device took the first block of each sentence."""

    def __init__(self, device: str, clock: Clock) -> None:
        self._clock = clock
        self._begun_at: list[float] = []
        self._begun = threading.Semaphore(0)
        super().__init__(device)

    def hear(self, answer: dict[str, Any]) -> None:
        """Take in what the process tells, and note the time."""
        if "begun" in answer:
            self._begun_at.append(self._clock.now())
            self._begun.release()
        super().hear(answer)

    def forget(self) -> None:
        """Wait for sentences from here on."""
        while self._begun.acquire(blocking=False):
            pass

    def begun(self) -> float:
        """Wait for the next sentence, and return when the device took it."""
        if not self._begun.acquire(timeout=PATIENCE_S):
            raise CoachError("The sound device takes no sound; look at `pi-coach doctor`.")
        return self._begun_at[-1]


class Bench:
    """A voice on a device, prepared as the coach prepares it, and the ear before the device if there is one."""

    def __init__(self, voice: Voice, playback: TimedPlayback, ear: Ear | None, run: Run) -> None:
        self._clock = run.clock
        self._times = run.amount.said
        self._playback = playback
        self._ear = ear
        self._new = 0
        self._speaker = SpeechThread(voice, lambda: playback, {Tone.REP: sound(Tone.REP)})
        for text in (*CUES, STOP, SUMMARY):
            self._said(text)
            self._settle(0)

    def close(self) -> None:
        """End the voice and free the device."""
        self._speaker.hush()
        self._speaker.close()

    def times(self) -> Times:
        """Measure in the state the machine is in."""
        asked = {"cue": self._cue, "urgent": self._urgent, "new_sentence": self._new_sentence}
        if self._ear is not None:
            asked |= {"cue_heard": self._cue_heard, "tone_heard": self._tone_heard, "cut_heard": self._cut_heard}
        return {name: self._repeated(once) for name, once in asked.items()}

    def _repeated(self, once: Callable[[int], float]) -> list[float]:
        took_s = []
        for number in range(self._times):
            took_s.append(once(number))
            self._settle(number)
        return took_s

    def _settle(self, number: int) -> None:
        """Be silent, for a time that is never a multiple of the device's own rhythm."""
        self._speaker.hush()
        waiting = threading.Event()
        while self._speaker.speaking:
            waiting.wait(0.01)
        waiting.wait(0.05 + 0.0037 * (number % 11))

    def _said(self, text: str, *, urgent: bool = False) -> float:
        self._playback.forget()
        began = self._clock.now()
        self._speaker.say(text, urgent=urgent)
        return self._playback.begun() - began

    def _cue(self, number: int) -> float:
        return self._said(CUES[number % len(CUES)])

    def _new_sentence(self, _: int) -> float:
        self._new += 1
        return self._said(f"{self._new} reps")

    def _urgent(self, number: int) -> float:
        self._said(SUMMARY)
        threading.Event().wait(0.1 + 0.0023 * (number % 13))
        return self._said(STOP, urgent=True)

    def _cue_heard(self, number: int) -> float:
        return self._heard(lambda: self._speaker.say(CUES[number % len(CUES)]))

    def _tone_heard(self, _: int) -> float:
        return self._heard(lambda: self._speaker.tone(Tone.REP))

    def _heard(self, begin: Callable[[], None]) -> float:
        ear = require(self._ear)
        ear.quiet_after(self._clock.now())
        began = self._clock.now()
        begin()
        return ear.loud_after(began) - began

    def _cut_heard(self, number: int) -> float:
        self._said(SUMMARY)
        threading.Event().wait(0.3 + 0.0023 * (number % 13))
        cut = self._clock.now()
        self._speaker.hush()
        return require(self._ear).quiet_after(cut) - cut


def require(ear: Ear | None) -> Ear:
    """Return the ear. Raises CoachError where there is none."""
    if ear is None:
        raise CoachError("This needs PulseAudio: `sudo apt install pulseaudio pulseaudio-utils`.")
    return ear


def measure(run: Run) -> Iterator[Figure]:
    """Measure on a quiet and, if so much is asked for, on a loaded machine.

    With PulseAudio's programs the sound goes to a loudspeaker that nobody hears, and is timed there too. Without them
    the device of the settings is used, softly, and pyttsx3 is left out.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pi-coach-")))
        ear = _ear(stack, folder, run.clock) if not missing_tools() else None
        if ear is None:
            run.note("What is heard of the voice is not measured: `sudo apt install pulseaudio pulseaudio-utils`.")
        style = VoiceStyle("en-us", 175, SOFT if ear is None else 1.0)
        voice = Voice(folder / "cache", style, PATIENCE_S, run.clock)
        playback = TimedPlayback(run.setting.config.settings.speech.device if ear is None else "", run.clock)
        bench = stack.enter_context(closing(Bench(voice, playback, ear, run)))
        other = stack.enter_context(OtherWay(ear, run)) if ear is not None else None
        yield from _figures(run, "", bench.times() | (other.times() if other else {}))
        if run.amount.loaded:
            stack.enter_context(load())
            yield from _figures(run, ", loaded", bench.times() | (other.times() if other else {}))


def _figures(run: Run, state: str, times: Times) -> Iterator[Figure]:
    # As many blocks as the shortest has times.
    count = min(run.amount.blocks, *map(len, times.values()))
    blocks = {name: in_blocks(took_s, count) for name, took_s in times.items()}
    rival = Against(f"{TOLD[RIVAL]}{state}", blocks[RIVAL]) if RIVAL in blocks else None
    for name, measured in blocks.items():
        heard = name.endswith("_heard") and name != RIVAL
        yield figure(f"{TOLD[name]}{state}", "ms", measured, rival if heard else None)


def _ear(stack: ExitStack, folder: Path, clock: Clock) -> Ear:
    stack.enter_context(private_sound(folder))
    server = SoundServer(folder)
    stack.callback(server.stop)
    server.start()
    return stack.enter_context(Ear(clock))


@contextmanager
def load() -> Iterator[None]:
    """Give every processor twice as much to do as it can, for the time of the block."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]  # noqa: S603 - our own interpreter
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


class OtherWay:
    """pyttsx3 with `say` and `runAndWait`, before the same ear."""

    def __init__(self, ear: Ear, run: Run) -> None:
        self._ear = ear
        self._clock = run.clock
        self._times = run.amount.rival_said
        command = [sys.executable, "-c", OTHER_WAY]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )

    def __enter__(self) -> Self:
        """Let it load: its first sentence is not counted."""
        self._heard("Hips back")
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def times(self) -> Times:
        """Measure in the state the machine is in."""
        return {RIVAL: [self._heard(CUES[number % len(CUES)]) for number in range(self._times)]}

    def _heard(self, text: str) -> float:
        self._ear.quiet_after(self._clock.now(), 0.6)
        began = self._clock.now()
        if self._process.stdin is not None:
            self._process.stdin.write(text.encode() + b"\n")
        return self._ear.loud_after(began) - began
