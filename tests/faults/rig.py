"""The real program in a process of its own, what it prints as it prints it, and the machine around it that fails."""

import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pi_coach.adapters import models
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.recording import PoseRecorder, RecordingHeader
from pi_coach.adapters.video import VideoFile
from pi_coach.clock import SystemClock
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.places import find_places
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLOCK = SystemClock()
FILM = ROOT / "fixtures" / "clips" / "wall_touch_good_right.mp4"
MODEL_DIR = find_places(None, None).models_dir
PATIENCE_S = 60.0
QUIET = "[speech]\nenabled = false\n[session]\ncountdown_s = 0.0\n"
REP = re.compile(r"rep (\d+)  (?:score|too little)")
REPS = 6


class Program:
    """One run of `pi-coach`; a `with` ends it, however the test does."""

    def __init__(self, folder, *arguments, config=QUIET, environ=None, preload=(), before=()):
        self.folder, self.data, self.config = folder, folder / "data", folder / "config" / "coach.toml"
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(config)
        self.data.mkdir(exist_ok=True)
        self.lines, self._left = [], b""
        beside = {"PYTHONUNBUFFERED": "1", "CACHE_DIRECTORY": str(folder / "cache"), "NO_COLOR": "1"}
        if preload:
            beside["LD_PRELOAD"] = " ".join(map(str, preload))
        self.process = subprocess.Popen(
            [*before, *command(self), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, **beside, **(environ or {})},
        )

    def until(self, words, patience_s=PATIENCE_S):
        """Read on until a line says so, and return it; fails when it does not within the time."""
        end_s = CLOCK.now() + patience_s
        while (line := self._line(end_s)) is not None:
            if words in line:
                return line
        pytest.fail(f"it never said {words!r}: {self.told}")

    def until_reps(self, count):
        """Read on until so many more reps were judged."""
        for _ in range(count):
            self.until_match(REP)

    def until_match(self, pattern):
        end_s = CLOCK.now() + PATIENCE_S
        while (line := self._line(end_s)) is not None:
            if pattern.search(line):
                return
        pytest.fail(f"it never said {pattern.pattern!r}: {self.told}")

    def listen(self, for_s):
        """Take in what it says for a while."""
        end_s = CLOCK.now() + for_s
        while CLOCK.now() < end_s and self._line(end_s) is not None:
            pass

    def ended(self, patience_s=PATIENCE_S):
        """Read to the end and return the exit code."""
        end_s = CLOCK.now() + patience_s
        while self._line(end_s) is not None:
            pass
        return self.process.wait(10)

    @property
    def told(self):
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def reps(self):
        """How many reps it told of."""
        return len([line for line in self.lines if REP.search(line)])

    def stored(self):
        """Return the number of reps of each session in the book, the oldest first."""
        with SessionBook(self.data / "sessions.db") as book:
            return [row.reps for row in reversed(book.sessions(100))]

    def endings(self):
        with SessionBook(self.data / "sessions.db") as book:
            return [row.ending for row in reversed(book.sessions(100))]

    def signal(self, number):
        self.process.send_signal(number)

    def _line(self, end_s):
        """Return the next line; None at the end, or when the time is over."""
        while b"\n" not in self._left:
            left_s = end_s - CLOCK.now()
            if left_s <= 0 or not select.select([self.process.stdout], [], [], left_s)[0]:
                return None
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                return None
            self._left += read
        line, _, self._left = self._left.partition(b"\n")
        self.lines.append(line.decode(errors="replace"))
        return self.lines[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # One that was stopped hears nothing else.
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()


def command(program):
    return [sys.executable, "-m", "pi_coach", "--config", program.config.parent, "--data", program.data]


def recorded_set(path, reps=REPS, fps=10.0):
    """Write a pose recording of a set: after ten seconds so many good reps."""
    script = Script().hold(10.0).reps(reps, hinged(84), down_s=1.2, up_s=1.0, top_s=0.8)
    recorder = PoseRecorder(path, RecordingHeader(640, 480, fps, "scripted", "rdl"))
    for t, pose in ScriptedBody(script, Filming(fps=fps)).poses():
        recorder.show(Step(t, "rdl", Phase.TALL, pose, None, (), None, 0, 0))
    recorder.close()
    return path


def compiled(source, folder):
    """Compile what is loaded before the program, or skip."""
    if shutil.which("gcc") is None:
        pytest.skip("what is loaded before the program needs a compiler: apt-get install gcc libc6-dev")
    made = folder / f"{source.stem}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", made, source, "-ldl"], check=True, timeout=60)
    return made


def packed_film(path):
    """Pack the athlete's film as a camera on USB sends it; its last picture is black."""
    if not models.model_path(MODEL_DIR, "full").exists():
        pytest.skip("the pose model is not here: get it with `pi-coach models get full`")
    jpeg = path.with_suffix(".jpg")
    with path.open("wb") as frames:
        for image in (*(frame.image for frame in VideoFile(FILM).frames()), np.zeros((480, 640, 3), np.uint8)):
            Image.fromarray(np.ascontiguousarray(image)).save(jpeg, quality=75)
            frames.write(struct.pack("<I", jpeg.stat().st_size) + jpeg.read_bytes())
    return path


class Filmed(Program):
    """The program before a camera on USB, and the hands that spoil it."""

    def __init__(self, folder, stand_in, film, config=QUIET):
        self.node = folder / "video0"
        self.node.touch()
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "models").symlink_to(MODEL_DIR)
        told = f'[camera]\ndevice = "{self.node}"\n'
        beside = {
            "FAKE_V4L2": str(self.node),
            "FAKE_V4L2_FRAMES": str(film),
            "FAKE_V4L2_FORMATS": "MJPG:640x480:30",
        }
        arguments = ("run", "--source", "camera", "--panel", "sim", "--drill", "wall_touch")
        super().__init__(folder, *arguments, config=told + config, environ=beside, preload=[stand_in])

    def spoil(self, how):
        """Let the camera have a fault; "" mends it."""
        (self.folder / "video0.fault").write_text(how)
