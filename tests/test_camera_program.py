"""The whole program before a camera that is pulled out and plugged in again: nobody has to start anything anew."""

import os
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
from pi_coach.adapters.video import VideoFile
from pi_coach.places import find_places

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "fixtures/clips/wall_touch_demo.mp4"
MODELS = find_places(None, None).models_dir
PATIENCE_S = 90.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """Build the stand-in for a camera on USB, and the athlete's film as it sends it."""
    if shutil.which("gcc") is None:
        pytest.skip("the stand-in for a camera on USB needs a compiler: apt-get install gcc libc6-dev")
    if not models.model_path(MODELS, "full").exists():
        pytest.skip("the pose model is not here: get it with `pi-coach models get full`")
    folder = tmp_path_factory.mktemp("stand-in")
    source = ROOT / "tests/hardware/usb_camera/fakev4l2.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", folder / "fakev4l2.so", source, "-ldl"], check=True)
    with (folder / "frames").open("wb") as frames:
        for frame in VideoFile(CLIP).frames():
            if frame.t > 12:
                break
            jpeg = folder / "one.jpg"
            Image.fromarray(np.ascontiguousarray(frame.image)).resize((640, 480)).save(jpeg, quality=85)
            frames.write(struct.pack("<I", jpeg.stat().st_size) + jpeg.read_bytes())
    return folder


class Program:
    """`pi-coach run` before the camera, and the hands at its cable."""

    def __init__(self, stand_in, folder, camera):
        self.node, self.data = folder / "video0", folder / "data"
        self.node.touch()
        self.data.mkdir()
        (self.data / "models").symlink_to(MODELS)
        (folder / "config").mkdir()
        told = {"device": f'"{self.node}"', "stall_s": 1.0, **camera}
        text = "\n".join(f"{key} = {value}" for key, value in told.items())
        (folder / "config/coach.toml").write_text(f"[camera]\n{text}\n[speech]\nenabled = false\n")
        self.errors = folder / "errors"
        beside = {
            "LD_PRELOAD": str(stand_in / "fakev4l2.so"),
            "FAKE_V4L2": str(self.node),
            "FAKE_V4L2_FRAMES": str(stand_in / "frames"),
            "FAKE_V4L2_FORMATS": "MJPG:640x480:30",
        }
        with self.errors.open("w") as errors:
            self.child = self._start({**os.environ, **beside, "CACHE_DIRECTORY": str(folder / "cache")}, folder, errors)

    def _start(self, environment, folder, errors):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "pi_coach", "--config", folder / "config", "--data", self.data),
                *("run", "--source", "camera", "--panel", "sim", "--drill", "wall_touch"),
            ],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def shows(self, text):
        """Wait until the terminal shows a text."""
        for line in self.child.stdout:
            if text in line:
                return
        raise AssertionError(f"the program never showed {text!r}: {self.errors.read_text()}")

    def unplug(self):
        self.node.unlink()
        self.fault("unplugged")

    def plug_in(self):
        self.node.touch()
        self.fault("")

    def fault(self, what):
        (self.node.parent / "video0.fault").write_text(what)

    def ends(self):
        """Wait for the end, and return exit code and complaints."""
        self.child.communicate(timeout=PATIENCE_S)
        return self.child.returncode, self.errors.read_text()


@pytest.fixture
def program(stand_in, tmp_path):
    begun = []

    def begin(**camera):
        begun.append(Program(stand_in, tmp_path, camera))
        return begun[-1]

    yield begin
    for one in begun:
        one.child.kill()
        one.child.communicate()
        one.child.stdout.close()


def test_a_cable_that_is_pulled_and_put_back_ends_no_session(program):
    running = program()
    running.shows("score")
    running.unplug()
    running.shows("trouble")
    running.plug_in()
    running.shows("score")
    running.child.send_signal(signal.SIGINT)
    code, errors = running.ends()
    assert code == 0, errors
    assert "was unplugged: plug it in again. It is tried again for 60 s." in errors
    assert "The camera is back." in errors
    assert "Traceback" not in errors
    with SessionBook(find_places(None, running.data).book) as book:
        assert len(book.sessions()) == 1


def test_a_camera_that_does_not_come_back_ends_the_program_so_that_the_service_starts_it_anew(program):
    running = program(return_s=2.0)
    running.shows("welcome")
    running.fault("silent")
    code, errors = running.ends()
    assert code == 1
    assert errors.splitlines()[-1] == "pi-coach: The camera stopped: no picture for 8 s, so check its cable."
    assert "Traceback" not in errors
