"""MediaPipe itself looks at rendered athletes whose true place is known."""

import contextlib
import logging
import os
import socket
import statistics
import subprocess
import sys
import zipfile

import pytest
from pictures import CLIP, CLIPS, film, model

from pi_coach.adapters.mediapipe_pose import MediaPipePose, check_processor
from pi_coach.clock import SystemClock
from pi_coach.core.errors import ModelError

__all__ = ["model"]

NOISY = "inference_feedback_manager"
"""A word that MediaPipe writes to standard error whenever it loads a model."""

PLAIN = """
import sys
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
video = vision.RunningMode.VIDEO
options = vision.PoseLandmarkerOptions(base_options=BaseOptions(model_asset_path=sys.argv[1]), running_mode=video)
with vision.PoseLandmarker.create_from_options(options) as landmarker:
    landmarker.detect_for_video(mp.Image(mp.ImageFormat.SRGB, np.zeros((48, 64, 3), np.uint8)), 0)
"""
OURS = """
import sys
from pathlib import Path
import av
from pi_coach.adapters.mediapipe_pose import MediaPipePose
from pi_coach.core.types import Frame
estimator = MediaPipePose(Path(sys.argv[1]), outline=True)
with av.open(sys.argv[2]) as video:
    for seq, picture in zip(range(3), video.decode(video=0)):
        assert estimator.find(Frame(seq, seq / 30, picture.to_ndarray(format="rgb24")))
estimator.close()
"""


@contextlib.contextmanager
def looking(model, **options):
    estimator = MediaPipePose(model, **{"outline": False} | options)
    try:
        yield estimator
    finally:
        estimator.close()


def run(script, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | environment,
    )  # fmt: skip


# What can be told without the library.


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", bytes(5000)])
def test_a_file_that_is_no_bundle_is_damaged(tmp_path, content):
    path = tmp_path / "pose.task"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"^The pose model .*pose\.task is damaged: get it again"):
        MediaPipePose(path, outline=False)


def test_a_bundle_without_the_landmark_model_is_damaged(tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("pose_detector.tflite", b"weights")
    with pytest.raises(ModelError, match="is damaged"):
        MediaPipePose(path, outline=False)


@pytest.fixture
def cpuinfo(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor : 0\nFeatures : fp asimd evtstrm crc32 cpuid\n\nprocessor : 1\n")
    return path


def test_a_processor_that_would_end_the_process_is_refused(cpuinfo):
    with pytest.raises(ModelError, match=r"^MediaPipe cannot run on this processor, .*: use a Raspberry Pi 5"):
        check_processor("aarch64", cpuinfo)


def test_a_processor_with_the_instructions_is_taken(cpuinfo):
    cpuinfo.write_text("processor : 0\nFeatures : fp asimd evtstrm aes crc32 atomics fphp\n")
    check_processor("aarch64", cpuinfo)


def test_a_processor_of_another_kind_or_one_that_is_hidden_is_taken(cpuinfo):
    check_processor("x86_64", cpuinfo)
    check_processor("aarch64", cpuinfo.with_name("hidden"))


def test_the_module_loads_without_the_library():
    script = "import sys, pi_coach.adapters.mediapipe_pose; assert 'mediapipe' not in sys.modules"
    assert run(script).returncode == 0


# What it sees.


@pytest.mark.slow
def test_close_may_be_called_twice(model):
    with looking(model) as estimator:
        estimator.close()


# What it costs and what it keeps to itself.


@pytest.mark.slow
def test_a_frame_costs_hardly_more_than_the_model_itself(model):
    clock = SystemClock()
    model_s, all_s = [], []

    class Timed(MediaPipePose):
        def detect(self, frame):
            began = clock.now()
            result = super().detect(frame)
            model_s.append(clock.now() - began)
            return result

    estimator = Timed(model, outline=False)
    for frame in film(60):
        began = clock.now()
        estimator.find(frame)
        all_s.append(clock.now() - began)
    estimator.close()
    around = statistics.median(whole - part for whole, part in zip(all_s, model_s, strict=True))
    assert around < 0.02 * statistics.median(model_s)


@pytest.mark.slow
def test_nothing_that_the_library_writes_reaches_the_terminal(model):
    assert NOISY in run(PLAIN, model).stderr
    heard = run(OURS, model, CLIPS / f"{CLIP}.mp4")
    assert heard.stderr == heard.stdout == ""


@pytest.mark.slow
def test_what_the_library_writes_is_in_the_debug_log(model, caplog):
    with caplog.at_level(logging.DEBUG, "pi_coach.adapters.pose_engine"), looking(model):
        pass
    assert NOISY in caplog.text


@pytest.mark.slow
def test_the_librarys_report_of_its_use_does_not_leave_the_process(model):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(10)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        run(PLAIN, model, HTTPS_PROXY=address)
        caller, _ = proxy.accept()
        with caller:
            assert caller.recv(100).startswith(b"CONNECT play.googleapis.com:443")
        run(OURS, model, CLIPS / f"{CLIP}.mp4", HTTPS_PROXY=address, NO_PROXY="*")
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
