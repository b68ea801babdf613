"""MediaPipe itself looks at rendered athletes whose true place is known."""

import contextlib
import logging
import os
import socket
import statistics
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from pictures import CLIPS, FPS, in_picture, model, pictures, truth

from pi_coach.adapters.mediapipe_pose import MediaPipePose, check_processor
from pi_coach.adapters.model_bundle import MEMBERS
from pi_coach.adapters.pose_engine import Confidence
from pi_coach.clock import SystemClock
from pi_coach.core.errors import ModelError
from pi_coach.core.types import LANDMARKS, Frame, Joint

__all__ = ["model"]

CLIP = "wall_touch_good_right"
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


def film(count, start=0):
    for seq, image in enumerate(pictures(CLIP, count, start)):
        yield Frame(seq, seq / FPS, image)


def run(script, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | environment,
    )  # fmt: skip


# What can be told without the library.


def test_a_model_that_is_not_there_is_told_with_the_way_to_get_it(tmp_path):
    with pytest.raises(ModelError, match=r"^There is no pose model at .*: get it with `pi-coach models get`\.$"):
        MediaPipePose(tmp_path / "none.task", outline=False)


def test_a_model_that_is_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ModelError, match=r"^The pose model .* cannot be read \(Is a directory\)"):
        MediaPipePose(tmp_path, outline=False)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", bytes(5000)])
def test_a_file_that_is_no_bundle_is_damaged(tmp_path, content):
    path = tmp_path / "pose.task"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"^The pose model .*pose\.task is damaged: get it again"):
        MediaPipePose(path, outline=False)


def test_a_bundle_with_a_changed_byte_is_damaged_before_the_library_sees_it(tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights and weights")
    content = bytearray(path.read_bytes())
    content[content.index(b"weights")] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
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
def test_a_bundle_of_no_models_is_damaged(tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights")
    with pytest.raises(ModelError, match="is damaged"):
        MediaPipePose(path, outline=False)


@pytest.mark.slow
def test_the_athlete_is_found_where_the_camera_sees_them(model):
    known = truth(CLIP)
    ankle = known["joint_names"].index("ankle.R")
    with looking(model) as estimator:
        poses = [estimator.find(frame) for frame in film(10)]
    for pose, marks in zip(poses, known["joints_px"], strict=False):
        assert pose.points.shape == (LANDMARKS, 2)
        assert pose.visibility.shape == (LANDMARKS,)
        assert pose.aspect == 640 / 480
        assert pose.silhouette is None
        assert 0.9 < pose.visibility[Joint.R_HIP] <= 1.0
        assert 480 * pose.points[Joint.R_ANKLE] == pytest.approx(np.array(marks[ankle]), abs=15)
    assert [pose.t for pose in poses] == [seq / FPS for seq in range(10)]


@pytest.mark.slow
def test_the_outline_ends_at_the_wall_when_the_buttocks_touch_it(model):
    known = truth(CLIP)
    hip = known["joints_world"][0][known["joint_names"].index("hip.R")]
    wall_px, _ = in_picture(known, (known["wall_x"], 0.0, hip[2]))
    with looking(model, outline=True) as estimator:
        poses = [estimator.find(frame) for frame in film(50, start=60)]
    away = [
        480 * pose.silhouette.seat_left_x - wall_px
        for pose, distance_m in zip(poses, known["wall_distance"][60:110], strict=True)
        if distance_m < 0.01
    ]
    assert len(away) > 15
    assert -3.5 < statistics.fmean(away) < 1.0
    assert statistics.stdev(away) < 1.0


@pytest.mark.slow
def test_nobody_is_seen_in_noise_and_in_the_dark(model):
    noise = np.random.default_rng(1).integers(0, 256, (10, 480, 640, 3), np.uint8)
    with looking(model, outline=True) as estimator:
        assert [estimator.find(Frame(seq, seq / FPS, image)) for seq, image in enumerate(noise)] == [None] * 10
        assert estimator.find(Frame(10, 10 / FPS, np.zeros_like(noise[0]))) is None


@pytest.mark.slow
def test_a_model_that_must_be_surer_than_it_can_be_sees_nobody(model):
    with looking(model, confidence=Confidence(detection=1.0)) as estimator:
        assert [estimator.find(frame) for frame in film(2)] == [None, None]


@pytest.mark.slow
def test_pictures_of_one_moment_and_a_film_that_begins_anew_are_looked_at(model):
    image = pictures(CLIP, 1)[0]
    times = [5.0, 5.0, 5.0001, 0.0, 0.033, 0.066, -1.0, 7.0]
    with looking(model) as estimator:
        assert [estimator.find(Frame(seq, t, image)).t for seq, t in enumerate(times)] == times


@pytest.mark.slow
def test_a_picture_cut_from_a_larger_one_is_looked_at(model):
    image = pictures(CLIP, 1)[0]
    with looking(model) as estimator:
        pose = estimator.find(Frame(0, 0.0, image[:, 80:560]))
    assert pose.aspect == 1.0
    hips = pose.points[[Joint.L_HIP, Joint.R_HIP]].mean(axis=0)
    assert 80 + 480 * hips[0] == pytest.approx(truth(CLIP)["joints_px"][0][12][0], abs=15)


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
