"""What every pose engine must do, whichever is set: rendered athletes whose true place is known are found by each."""

import contextlib
import statistics
import zipfile

import numpy as np
import pytest
from pictures import CLIP, FPS, film, in_picture, model, pictures, truth

from pi_coach.adapters.litert_pose import LiteRTPose
from pi_coach.adapters.mediapipe_pose import MediaPipePose
from pi_coach.adapters.model_bundle import MEMBERS
from pi_coach.adapters.pose_engine import Confidence
from pi_coach.core.errors import ModelError
from pi_coach.core.types import LANDMARKS, Frame, Joint

__all__ = ["model"]


@pytest.fixture(params=[LiteRTPose, MediaPipePose])
def engine(request):
    return request.param


@contextlib.contextmanager
def looking(engine, model, **options):
    estimator = engine(model, **{"outline": False} | options)
    try:
        yield estimator
    finally:
        estimator.close()


def test_a_model_that_is_not_there_is_told_with_the_way_to_get_it(engine, tmp_path):
    with pytest.raises(ModelError, match=r"^There is no pose model at .*: get it with `pi-coach models get`\.$"):
        engine(tmp_path / "none.task", outline=False)


def test_a_model_that_is_a_folder_cannot_be_read(engine, tmp_path):
    with pytest.raises(ModelError, match=r"^The pose model .* cannot be read \(Is a directory\)"):
        engine(tmp_path, outline=False)


def test_a_bundle_with_a_changed_byte_is_damaged(engine, tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights and weights")
    content = bytearray(path.read_bytes())
    content[content.index(b"weights")] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
        engine(path, outline=False)


@pytest.mark.slow
def test_a_bundle_of_no_models_is_damaged(engine, tmp_path):
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(name, b"weights")
    with pytest.raises(ModelError, match="is damaged"):
        engine(path, outline=False)


@pytest.mark.slow
def test_the_athlete_is_found_where_the_camera_sees_them(engine, model):
    known = truth(CLIP)
    ankle = known["joint_names"].index("ankle.R")
    with looking(engine, model) as estimator:
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
def test_the_outline_ends_at_the_wall_when_the_buttocks_touch_it(engine, model):
    known = truth(CLIP)
    hip = known["joints_world"][0][known["joint_names"].index("hip.R")]
    wall_px, _ = in_picture(known, (known["wall_x"], 0.0, hip[2]))
    with looking(engine, model, outline=True) as estimator:
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
def test_nobody_is_seen_in_noise_and_in_the_dark(engine, model):
    noise = np.random.default_rng(1).integers(0, 256, (5, 480, 640, 3), np.uint8)
    with looking(engine, model, outline=True) as estimator:
        assert [estimator.find(Frame(seq, seq / FPS, image)) for seq, image in enumerate(noise)] == [None] * 5
        assert estimator.find(Frame(5, 5 / FPS, np.zeros_like(noise[0]))) is None


@pytest.mark.slow
def test_a_model_that_must_be_surer_than_it_can_be_sees_nobody(engine, model):
    with looking(engine, model, confidence=Confidence(detection=1.0)) as estimator:
        assert [estimator.find(frame) for frame in film(2)] == [None, None]


@pytest.mark.slow
def test_pictures_of_one_moment_and_a_film_that_begins_anew_are_looked_at(engine, model):
    image = pictures(CLIP, 1)[0]
    times = [5.0, 5.0, 5.0001, 0.0, 0.033, 0.066, -1.0, 7.0]
    with looking(engine, model) as estimator:
        assert [estimator.find(Frame(seq, t, image)).t for seq, t in enumerate(times)] == times


@pytest.mark.slow
def test_a_picture_cut_from_a_larger_one_is_looked_at(engine, model):
    image = pictures(CLIP, 1)[0]
    with looking(engine, model) as estimator:
        pose = estimator.find(Frame(0, 0.0, image[:, 80:560]))
    assert pose.aspect == 1.0
    hips = pose.points[[Joint.L_HIP, Joint.R_HIP]].mean(axis=0)
    assert 80 + 480 * hips[0] == pytest.approx(truth(CLIP)["joints_px"][0][12][0], abs=15)
