"""The camera, as far as no camera is needed: what is asked of each model, and what a machine without one says."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pi_coach.adapters.camera import Camera, ribbon_cameras
from pi_coach.adapters.camera_choice import FOCUS_M, PIXELS, Wanted, controls, shortfall, whole_view
from pi_coach.adapters.exposure import FREE, ShutterLimit
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError
from pi_coach.core.sight.upright import turned

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


@pytest.mark.parametrize(
    ("mounted", "flips", "left_to_turn_deg"),
    [
        ({}, (False, False), 0),
        ({"clockwise_deg": 180}, (True, True), 0),
        ({"clockwise_deg": 180, "hflip": True}, (False, True), 0),
        ({"clockwise_deg": 90, "vflip": True}, (False, True), 90),
        ({"clockwise_deg": 270}, (False, False), 270),
    ],
)
def test_the_image_processor_turns_by_halves_and_what_is_left_is_turned_here(mounted, flips, left_to_turn_deg):
    wanted = Wanted(640, 480, 30.0, **mounted)
    assert (wanted.flips, wanted.quarter_deg) == (flips, left_to_turn_deg)


@pytest.mark.parametrize(("clockwise_deg", "top_left"), [(0, 1), (90, 3), (180, 4), (270, 2)])
def test_a_picture_is_turned_clockwise_and_laid_out_row_by_row(clockwise_deg, top_left):
    corners = np.array([[1, 0, 2], [3, 0, 4]], np.uint8)
    upright = turned(np.repeat(corners[..., None], 3, axis=2), clockwise_deg)
    assert upright[0, 0].tolist() == [top_left] * 3
    assert upright.shape == ((2, 3, 3) if clockwise_deg in (0, 180) else (3, 2, 3))
    assert upright.flags.c_contiguous


def test_half_a_turn_that_the_camera_does_not_take_is_said():
    assert "no half turn" in shortfall(given(), Wanted(640, 480, 30.0, clockwise_deg=180))


# A longest exposure, in frames of a camera whose gain goes from 1 to 16.

ADVERTISED = {"ExposureTime": (9, 66666, 20000), "AnalogueGain": (1.0, 16.0, 1.0)}


class Sensor:
    """An automatic exposure in its short mode, as libcamera's tuning files have it, which lags by some frames."""

    STAGES = ((5000, 2.0), (10000, 4.0), (20000, 6.0), (33333, 16.0))
    LAG = 6

    def __init__(self):
        self.fixed = [0] * self.LAG

    def metadata(self, light_needed_us, asked_us):
        """Return exposure and gain for a room that needs so much exposure at gain 1."""
        self.fixed.append(self.fixed[-1] if asked_us is None else asked_us)
        fixed = self.fixed.pop(0)
        if fixed:
            return {"ExposureTime": fixed, "AnalogueGain": min(max(light_needed_us / fixed, 1.0), 16.0)}
        exposure, gain = 9, 1.0
        for longest, most in self.STAGES:
            exposure = min(max(light_needed_us / gain, exposure), longest)
            gain = min(max(light_needed_us / exposure, gain), most)
        return {"ExposureTime": round(exposure), "AnalogueGain": gain}


def filmed(limit, sensor, light_needed_us, frames):
    """Return the frames' metadata, and what was asked of the sensor."""
    told, asked = [], None
    for _ in range(frames):
        seen = sensor.metadata(light_needed_us, asked)
        asked = limit.after(seen)
        told.append((seen["ExposureTime"], seen["ExposureTime"] * seen["AnalogueGain"], asked))
    return told


def test_in_a_dim_gym_the_exposure_is_held_and_the_picture_stays_as_bright():
    told = filmed(ShutterLimit(10.0, ADVERTISED), Sensor(), 80_000, 40)
    assert told[0][0] > 10_000
    assert {exposure for exposure, _, _ in told[-20:]} == {10_000}
    assert {round(light) for _, light, _ in told} == {80_000}
    assert [asked for _, _, asked in told if asked is not None] == [10_000]


def test_in_a_bright_gym_the_exposure_is_left_to_the_camera():
    told = filmed(ShutterLimit(10.0, ADVERTISED), Sensor(), 6_000, 40)
    assert [asked for *_, asked in told if asked is not None] == []


def test_when_the_sun_comes_out_the_camera_may_expose_shorter_again():
    limit, sensor = ShutterLimit(10.0, ADVERTISED), Sensor()
    filmed(limit, sensor, 80_000, 40)
    told = filmed(limit, sensor, 3_000, 40)
    assert [asked for *_, asked in told if asked is not None] == [FREE]
    assert told[-1][:2] == (3000, 3000)


@pytest.mark.parametrize("light_needed_us", [9_000, 11_000, 12_500, 39_000, 41_000, 160_000])
def test_no_light_makes_the_exposure_go_to_and_fro(light_needed_us):
    limit, sensor = ShutterLimit(10.0, ADVERTISED), Sensor()
    filmed(limit, sensor, 80_000, 40)
    told = filmed(limit, sensor, light_needed_us, 120)
    assert len([asked for *_, asked in told if asked is not None]) <= 1


def test_a_camera_that_cannot_be_told_its_exposure_is_not_told_any():
    assert ShutterLimit(10.0, {"AnalogueGain": (1.0, 16.0, 1.0)}).after({"ExposureTime": 33_000}) is None
    assert ShutterLimit(10.0, ADVERTISED).after({"SensorTimestamp": 5}) is None


def test_a_machine_without_picamera2_has_no_camera_on_a_ribbon(monkeypatch):
    monkeypatch.setitem(sys.modules, "libcamera", None)
    assert ribbon_cameras() == []


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
