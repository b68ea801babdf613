"""LiteRT itself looks at rendered athletes whose true place is known."""

import contextlib
import statistics
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from pictures import CLIPS, FPS, in_picture, model, pictures, truth

from pi_coach.adapters.litert_pose import LiteRTPose
from pi_coach.adapters.model_bundle import MEMBERS
from pi_coach.adapters.pose_engine import UNSURE, Confidence
from pi_coach.core.errors import ModelError
from pi_coach.core.types import LANDMARKS, Frame, Joint

__all__ = ["model"]

CLIP = "wall_touch_good_right"

LOOK = """
import sys
from pathlib import Path
import av
from pi_coach.adapters.{module} import {engine}
from pi_coach.clock import SystemClock
from pi_coach.core.types import Frame
with av.open(sys.argv[2]) as video:
    images = [picture.to_ndarray(format="rgb24") for _, picture in zip(range(3), video.decode(video=0))]
clock = SystemClock()
began = clock.now()
estimator = {engine}(Path(sys.argv[1]), outline=True)
assert estimator.find(Frame(0, 0.0, images[0]))
started_s = clock.now() - began
for seq, image in enumerate(images[1:], 1):
    assert estimator.find(Frame(seq, seq / 30, image))
estimator.close()
# What the system tells of a child by getrusage counts the parent that it was copied from.
peak_kb = open("/proc/self/status").read().split("VmHWM:")[1].split()[0]
print(started_s, peak_kb, "mediapipe" in sys.modules, "cv2" in sys.modules)
"""
"""A program of its own that looks at three pictures, and tells what that took."""


@contextlib.contextmanager
def looking(model, **options):
    estimator = LiteRTPose(model, **{"outline": False} | options)
    try:
        yield estimator
    finally:
        estimator.close()


def film(count, start=0):
    for seq, image in enumerate(pictures(CLIP, count, start)):
        yield Frame(seq, seq / FPS, image)


def run(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


# What can be told without the library.


def test_a_model_that_is_not_there_is_told_with_the_way_to_get_it(tmp_path):
    with pytest.raises(ModelError, match=r"^There is no pose model at .*: get it with `pi-coach models get`\.$"):
        LiteRTPose(tmp_path / "none.task", outline=False)


def test_a_model_that_is_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ModelError, match=r"^The pose model .* cannot be read \(Is a directory\)"):
        LiteRTPose(tmp_path, outline=False)


def test_a_bundle_with_a_changed_byte_is_damaged(tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights and weights")
    content = bytearray(path.read_bytes())
    content[content.index(b"weights")] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
        LiteRTPose(path, outline=False)


def test_the_module_loads_without_the_libraries():
    loaded = "{'ai_edge_litert', 'kornia_rs', 'mediapipe', 'cv2'} & set(sys.modules)"
    run(f"import sys, pi_coach.adapters.litert_pose; assert not {loaded}, {loaded}")


# What it sees.


@pytest.mark.slow
def test_a_bundle_of_no_models_is_damaged(tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights")
    with pytest.raises(ModelError, match="is damaged"):
        LiteRTPose(path, outline=False)


@pytest.mark.slow
def test_the_athlete_is_found_where_the_camera_sees_them(model):
    known = truth(CLIP)
    ankle = known["joint_names"].index("ankle.R")
    with looking(model) as estimator:
        poses = [estimator.find(frame) for frame in film(10)]
    for pose, marks in zip(poses, known["joints_px"], strict=False):
        assert pose.points.shape == (LANDMARKS, 2)
        assert pose.visibility.shape == (LANDMARKS,)
        assert pose.points.dtype == pose.visibility.dtype == np.float32
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
    noise = np.random.default_rng(1).integers(0, 256, (5, 480, 640, 3), np.uint8)
    with looking(model, outline=True) as estimator:
        assert [estimator.find(Frame(seq, seq / FPS, image)) for seq, image in enumerate(noise)] == [None] * 5
        assert estimator.find(Frame(5, 5 / FPS, np.zeros_like(noise[0]))) is None


@pytest.mark.slow
def test_a_model_that_must_be_surer_than_it_can_be_sees_nobody(model):
    with looking(model, confidence=Confidence(detection=1.0)) as estimator:
        assert [estimator.find(frame) for frame in film(2)] == [None, None]


@pytest.mark.slow
def test_a_model_that_is_sure_of_nothing_works_on_in_the_dark(model):
    with looking(model, outline=True, confidence=UNSURE) as estimator:
        poses = [estimator.find(Frame(seq, seq / FPS, np.zeros((120, 160, 3), np.uint8))) for seq in range(12)]
    assert any(poses)
    assert all(np.isfinite(pose.points).all() for pose in poses if pose)


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
def test_one_film_gives_the_same_poses_on_every_run_and_any_number_of_threads(model):
    runs = []
    for threads in (1, 2, 2):
        with looking(model, threads=threads) as estimator:
            runs.append([estimator.find(frame).points for frame in film(20)])
    assert np.array_equal(runs[1], runs[2])
    assert np.array_equal(runs[0], runs[1])


@pytest.mark.slow
def test_close_may_be_called_twice_and_then_nothing_more_is_looked_at(model):
    with looking(model) as estimator:
        estimator.close()
        with pytest.raises(ModelError, match=r"^The pose engine was closed"):
            estimator.find(Frame(0, 0.0, pictures(CLIP, 1)[0]))


# What it costs and what it keeps to itself.


@pytest.mark.slow
def test_it_starts_sooner_than_mediapipe_in_less_memory_and_says_nothing(model):
    pytest.importorskip("mediapipe", reason="compared with MediaPipe: pip install pi-coach[mediapipe]")
    ours = run(LOOK.format(module="litert_pose", engine="LiteRTPose"), model, CLIPS / f"{CLIP}.mp4")
    theirs = run(LOOK.format(module="mediapipe_pose", engine="MediaPipePose"), model, CLIPS / f"{CLIP}.mp4")
    assert ours.stderr == ""
    start_s, memory, *foreign = ours.stdout.split()
    their_start_s, their_memory, *_ = theirs.stdout.split()
    assert foreign == ["False", "False"], "neither MediaPipe nor OpenCV is loaded"
    assert float(start_s) < 0.7 * float(their_start_s)
    assert int(memory) < 0.8 * int(their_memory)
