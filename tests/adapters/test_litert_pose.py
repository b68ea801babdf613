"""LiteRT itself looks at rendered athletes whose true place is known."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest
from pictures import CLIP, CLIPS, FPS, film, model, pictures

from pi_coach.adapters.litert_pose import LiteRTPose
from pi_coach.adapters.pose_engine import UNSURE
from pi_coach.core.errors import ModelError
from pi_coach.core.types import Frame

__all__ = ["model"]


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
print(started_s, peak_kb, "mediapipe" in sys.modules)
"""
"""A program of its own that looks at three pictures, and tells what that took."""


@contextlib.contextmanager
def looking(model, **options):
    estimator = LiteRTPose(model, **{"outline": False} | options)
    try:
        yield estimator
    finally:
        estimator.close()


def run(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


# What can be told without the library.


def test_the_module_loads_without_the_libraries():
    loaded = "{'ai_edge_litert', 'mediapipe', 'cv2'} & set(sys.modules)"
    run(f"import sys, pi_coach.adapters.litert_pose; assert not {loaded}, {loaded}")


# What it sees.


@pytest.mark.slow
def test_a_model_that_is_sure_of_nothing_works_on_in_the_dark(model):
    with looking(model, outline=True, confidence=UNSURE) as estimator:
        poses = [estimator.find(Frame(seq, seq / FPS, np.zeros((120, 160, 3), np.uint8))) for seq in range(12)]
    assert any(poses)
    assert all(np.isfinite(pose.points).all() for pose in poses if pose)


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
    assert foreign == ["False"], "MediaPipe is not loaded"
    assert float(start_s) < 0.7 * float(their_start_s)
    assert int(memory) < 0.8 * int(their_memory)
