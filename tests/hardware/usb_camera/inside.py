"""What a camera on USB does beyond the contract; test_usb_camera.py runs this beside the stand-in for the kernel."""

import itertools
import os
import struct
from contextlib import closing

import numpy as np
import pytest
from camera_rigs import CLOCK, HEIGHT, WIDTH, JpegUsbRig, UsbRig, packed, scene

from pi_coach.adapters.usb_camera import usb_cameras
from pi_coach.core.errors import CameraLostError
from pi_coach.testing.camera import LEFT, RIGHT


@pytest.fixture
def rig(tmp_path):
    return UsbRig(tmp_path)


def first(camera):
    with closing(camera):
        return next(camera.frames())


def test_cameras_on_usb_are_found_by_what_they_are(rig):
    (rig.node.parent / "video3").touch()
    (rig.node.parent / "video-scaler").touch()
    assert usb_cameras(rig.node.parent) == [rig.node]


def test_its_name_and_its_way_are_told(rig):
    camera = rig.open()
    camera.close()
    assert camera.model == "Desk Camera"


def test_a_mirror_and_a_quarter_turn_make_the_picture_upright(rig):
    image = first(rig.open(clockwise_deg=90)).image
    assert image.shape == (WIDTH, HEIGHT, 3)
    assert image[WIDTH // 4, HEIGHT // 2].tolist() == pytest.approx(LEFT, abs=14)
    assert image[3 * WIDTH // 4, HEIGHT // 2].tolist() == pytest.approx(RIGHT, abs=14)
    mirrored = first(rig.open(hflip=True)).image
    assert mirrored.flags.c_contiguous
    assert mirrored[HEIGHT // 2, WIDTH // 4].tolist() == pytest.approx(RIGHT, abs=14)


def test_frames_that_nobody_took_in_time_keep_their_numbers_and_are_counted(rig):
    with closing(rig.open()) as camera:
        frames = camera.frames()
        next(frames)
        sum(range(25_000_000))  # Adds up in C and lets no other thread run: not even the camera's is in time.
        later = list(itertools.islice(frames, 2))
        assert later[-1].seq > 5
        assert camera.dropped >= later[-1].seq - 3


def test_a_camera_without_a_clock_of_its_own_gets_the_programs(rig):
    rig.break_it("timeless")
    with closing(rig.open()) as camera:
        frames = list(itertools.islice(camera.frames(), 5))
    assert all(0 <= CLOCK.now() - frame.t < 2 for frame in frames)
    assert np.median(np.diff([frame.t for frame in frames])) == pytest.approx(1 / 30, rel=0.3)


@pytest.mark.parametrize("kind", [UsbRig, JpegUsbRig])
def test_pictures_that_were_torn_on_the_cable_are_left_out(tmp_path, kind):
    rig = kind(tmp_path)
    with closing(rig.open()) as camera:
        frames = camera.frames()
        whole = next(frames)
        rig.break_it("torn")
        if kind is UsbRig:
            # Only what was taken before still comes; then silence, as nothing whole does.
            with pytest.raises(CameraLostError, match="no picture"):
                list(frames)
        rig.mend()
    assert whole.image.shape == (HEIGHT, WIDTH, 3)


def test_a_camera_is_asked_for_the_format_that_serves_best(tmp_path):
    rig = JpegUsbRig(tmp_path)
    os.environ["FAKE_V4L2_FORMATS"] = "H264:640x480:30,YUYV:640x480:10,MJPG:640x480:30"
    assert first(rig.open()).image[HEIGHT // 2, 10].tolist() == pytest.approx(LEFT, abs=14)


def test_a_picture_with_an_odd_number_of_blocks_is_whole(tmp_path):
    rig = UsbRig(tmp_path)
    content = packed("YUYV", scene(424, 240))
    (tmp_path / "frames").write_bytes(struct.pack("<I", len(content)) + content)
    os.environ["FAKE_V4L2_FORMATS"] = "YUYV:424x240:30"
    image = first(rig.open(width_px=424, height_px=240)).image
    assert image.shape == (240, 424, 3)
    assert image[:, 5].mean(axis=0) == pytest.approx(LEFT, abs=14)
    assert image[:, -5].mean(axis=0) == pytest.approx(RIGHT, abs=14)
