"""The camera, as far as no camera is needed: what is asked of each model, and what a machine without one says."""

import sys
from types import SimpleNamespace

import pytest

from pi_coach.adapters.camera import Camera
from pi_coach.adapters.camera_choice import FOCUS_M, PIXELS, Wanted, controls, shortfall, whole_view
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError

SMALL = Wanted(640, 480, 30.0)


def mode(width, height, fps, view, bit_depth=10):
    return {"size": (width, height), "fps": fps, "crop_limits": (0, 0, *view), "bit_depth": bit_depth}


V1 = [
    mode(640, 480, 58.92, (2560, 1920)),
    mode(1296, 972, 43.25, (2592, 1944)),
    mode(1920, 1080, 30.62, (1928, 1080)),
    mode(2592, 1944, 15.63, (2592, 1944)),
]
V2 = [
    mode(640, 480, 103.33, (1280, 960), 8),
    mode(640, 480, 103.33, (1280, 960)),
    mode(1640, 1232, 41.85, (3280, 2464), 8),
    mode(1640, 1232, 41.85, (3280, 2464)),
    mode(1920, 1080, 47.57, (1920, 1080)),
    mode(3280, 2464, 21.19, (3280, 2464)),
]
V3 = [
    mode(1536, 864, 120.13, (3072, 1728)),
    mode(2304, 1296, 56.03, (4608, 2592)),
    mode(4608, 2592, 14.35, (4608, 2592)),
]
HQ = [
    mode(1332, 990, 120.05, (2664, 1980)),
    mode(2028, 1080, 50.03, (4056, 2160), 12),
    mode(2028, 1520, 40.01, (4056, 3040), 12),
    mode(4056, 3040, 10.0, (4056, 3040), 12),
]


def given(size=(640, 480), pixels=PIXELS, **flips):
    transform = SimpleNamespace(**{"hflip": False, "vflip": False, **flips})
    return {"main": {"format": pixels, "size": size}, "transform": transform}


@pytest.mark.parametrize(
    ("modes", "size"),
    [(V1, (640, 480)), (V2, (1640, 1232)), (V3, (2304, 1296)), (HQ, (2028, 1520))],
    ids=["camera-module-1", "camera-module-2", "camera-module-3", "hq-camera"],
)
def test_every_pi_camera_shows_its_whole_view_with_the_fewest_pixels(modes, size):
    assert whole_view(modes, SMALL)["size"] == size


def test_of_two_modes_that_differ_in_depth_the_deeper_one_is_taken():
    assert whole_view(V2, SMALL)["bit_depth"] == 10


def test_a_picture_is_never_blown_up_from_a_smaller_sensor_mode():
    assert whole_view(V1, Wanted(1280, 960, 30.0))["size"] == (1296, 972)


def test_the_whole_view_is_worth_more_than_the_wanted_rate():
    assert whole_view(HQ, Wanted(640, 480, 100.0))["size"] == (2028, 1520)


def test_a_mode_that_is_fast_enough_is_worth_more_pixels():
    modes = [mode(640, 480, 15.0, (2560, 1920)), mode(1296, 972, 30.0, (2560, 1920))]
    assert whole_view(modes, SMALL)["size"] == (1296, 972)


def test_a_rate_that_the_sensor_misses_by_rounding_is_fast_enough():
    modes = [mode(640, 480, 29.97, (2560, 1920)), mode(1296, 972, 43.25, (2560, 1920))]
    assert whole_view(modes, SMALL)["size"] == (640, 480)


def test_a_camera_without_sensor_modes_is_left_to_itself():
    assert whole_view([{"format": "MJPEG"}], SMALL) is None


def test_a_camera_with_all_controls_gets_a_steady_rate_short_exposures_and_a_fixed_focus():
    told = controls(["FrameDurationLimits", "AeExposureMode", "AfMode", "LensPosition", "Sharpness"], 30.0)
    assert told == {
        "FrameDurationLimits": (33333, 33333),
        "AeExposureMode": 1,
        "AfMode": 0,
        "LensPosition": pytest.approx(1 / FOCUS_M),
    }


def test_a_camera_is_told_only_what_it_understands():
    assert controls(["FrameDurationLimits", "ExposureTime"], 60.0) == {"FrameDurationLimits": (16667, 16667)}
    assert controls([], 30.0) == {}


def test_a_camera_that_gives_what_is_wanted_has_no_shortfall():
    assert shortfall(given(), SMALL) is None
    assert shortfall(given(vflip=True), Wanted(640, 480, 30.0, vflip=True)) is None


@pytest.mark.parametrize(
    ("configured", "wanted", "said"),
    [
        (given(pixels="NV12"), SMALL, "640x480 pixels as NV12, not 640x480 as BGR888"),
        (given(size=(1296, 972)), SMALL, "gives 1296x972 pixels as BGR888, not 640x480"),
        (given(), Wanted(640, 480, 30.0, hflip=True), "cannot flip its picture: mount it upright"),
        (given(), Wanted(640, 480, 30.0, vflip=True), "cannot flip its picture: mount it upright"),
    ],
    ids=["format", "size", "left-right", "upside-down"],
)
def test_what_a_camera_cannot_give_is_said_with_what_to_do(configured, wanted, said):
    sentence = shortfall(configured, wanted)
    assert said in sentence
    assert sentence.endswith(".")


def test_a_machine_without_picamera2_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "libcamera", None)
    with pytest.raises(SourceError, match="apt install python3-picamera2") as caught:
        Camera(SMALL, 2.0, SystemClock())
    assert "\n" not in str(caught.value)
    assert "--source" in str(caught.value)


def test_a_camera_library_that_does_not_fit_the_others_says_what_to_do(monkeypatch, tmp_path):
    (tmp_path / "libcamera.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.delitem(sys.modules, "libcamera", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SourceError, match=r"numpy\.dtype size changed.*deploy\.sh update"):
        Camera(SMALL, 2.0, SystemClock())
