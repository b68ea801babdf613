"""Cameras on USB, as the kernel's own interface V4L2 shows them.

Where the kernel has no video devices a stand-in answers its calls (tests/hardware/usb_camera): the program, its ioctls,
its memory maps and the decoders are the real ones. What no test here shows is a real camera's driver and cable.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pi_coach.adapters.camera_choice import Wanted
from pi_coach.adapters.usb_camera import UsbCamera, best, usb_cameras
from pi_coach.adapters.v4l2 import Offer
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CameraLostError, SourceError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STAND_IN = ROOT / "tests/hardware/usb_camera"
SMALL = Wanted(640, 480, 30.0)
RAW, JPEG = Offer("YUYV", 640, 480, 30.0), Offer("MJPG", 640, 480, 30.0)


def test_a_raw_picture_is_taken_before_a_packed_one_that_comes_as_fast():
    assert best([JPEG, RAW], SMALL, "Desk Camera") == RAW


def test_a_packed_picture_is_taken_where_the_cable_is_too_slow_for_raw_ones():
    slow = Offer("YUYV", 640, 480, 15.0)
    assert best([slow, JPEG], SMALL, "Desk Camera") == JPEG


def test_a_camera_that_is_faster_than_needed_has_no_advantage():
    assert best([RAW, Offer("MJPG", 640, 480, 60.0)], SMALL, "Desk Camera") == RAW


def test_a_camera_that_does_not_tell_its_rate_is_taken_at_its_word():
    assert best([Offer("YUYV", 640, 480, 0.0), JPEG], SMALL, "Desk Camera").pixels == "YUYV"


def test_a_camera_without_the_wanted_picture_says_what_it_gives_instead():
    offers = [Offer("H264", 640, 480, 30.0), Offer("MJPG", 1280, 720, 30.0)]
    with pytest.raises(SourceError) as caught:
        best(offers, SMALL, "Desk Camera")
    sentence = "The camera Desk Camera gives 640x480 as H264, 1280x720 as MJPG, not 640x480 as YUYV or MJPG: "
    assert str(caught.value) == sentence + "set another size in [camera]."
    assert not isinstance(caught.value, CameraLostError)


def test_a_machine_without_video_devices_has_no_camera_on_usb(tmp_path):
    assert usb_cameras(tmp_path) == []


def test_a_file_that_is_no_camera_is_none(tmp_path):
    (tmp_path / "video0").write_text("no camera")
    assert usb_cameras(tmp_path) == []
    with pytest.raises(CameraLostError, match=r"video0 fails \(.*\): check its cable\.$"):
        UsbCamera(tmp_path / "video0", SMALL, 1.0, SystemClock())


def test_a_camera_that_was_named_and_is_not_there_may_still_be_plugged_in(tmp_path):
    with pytest.raises(CameraLostError, match=r"video7 is not there: plug it in\.$"):
        UsbCamera(tmp_path / "video7", SMALL, 1.0, SystemClock())


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """Build the stand-in for the kernel, and return a function that runs tests beside it."""
    if shutil.which("gcc") is None:
        pytest.skip("the stand-in for a camera on USB needs a compiler: apt-get install gcc libc6-dev")
    library = tmp_path_factory.mktemp("stand-in") / "fakev4l2.so"
    source = STAND_IN / "fakev4l2.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)

    def run(*tests, rigs):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
            env={
                **os.environ,
                "LD_PRELOAD": str(library),
                "PI_COACH_RIGS": rigs,
                "PYTHONPATH": f"{ROOT}:{HERE}",
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert " skipped" not in done.stdout, done.stdout
        return done.stdout

    return run


@pytest.mark.slow
def test_a_camera_on_usb_keeps_the_contract_of_all_sources_raw_and_packed(stand_in):
    stand_in(HERE / "test_frame_sources.py", rigs="usb-raw usb-jpeg")


@pytest.mark.slow
def test_a_camera_on_usb_does_what_only_it_can_do(stand_in):
    stand_in(STAND_IN / "inside.py", rigs="")
