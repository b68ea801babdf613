"""The film with what the coach saw: its pictures are looked at, its file is whole or not there."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from pi_coach.adapters.overlay import OverlayWriter
from pi_coach.core.errors import StoreError
from pi_coach.core.events import (
    Cue,
    Phase,
    Rep,
    RepCompleted,
    RepCounted,
    SetStarted,
    Slot,
    ViewLatched,
    WallCalibrated,
)
from pi_coach.core.step import Step
from pi_coach.core.types import Frame, Joint, Pose, View

GREY, MINT, AMBER, SKY = (90, 90, 90), (72, 224, 178), (255, 179, 64), (110, 190, 255)
LEFT_X, RIGHT_X = 0.4, 0.8
"""Where the athlete's left and right legs stand, image heights."""


def standing():
    """Return a pose with both legs upright, wide apart, and nothing else in sight."""
    points, visibility = np.zeros((33, 2), np.float32), np.zeros(33, np.float32)
    for side, x in ((0, LEFT_X), (1, RIGHT_X)):
        for joint, y in ((Joint.L_HIP, 0.4), (Joint.L_KNEE, 0.6), (Joint.L_ANKLE, 0.8)):
            points[joint + side], visibility[joint + side] = (x, y), 1.0
    return Pose(0.0, points, visibility, 4 / 3)


def show(writer, t, *events, size_px=(640, 480), **changes):
    """Show a grey picture and what came of it: a set of four with no rep yet, unless told otherwise."""
    frame = Frame(round(t * 30), t, np.full((size_px[1], size_px[0], 3), GREY, np.uint8))
    step = Step(t, "wall_touch", Phase.BOTTOM, None, None, events, None, 0, 4)
    writer.show(frame, replace(step, **changes))


def pictures(path):
    with av.open(f"file:{path}") as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def one_picture(path, *events, wall_x=None, **shown):
    """Make a film of one moment and return its last picture."""
    writer = OverlayWriter(path, 30.0, (640, 480), wall_x=wall_x)
    for t in (0.0, 1 / 30):
        show(writer, t, *events, **shown)
        events = ()
    writer.close()
    return pictures(path)[-1][1]


def strength(colour, picture, rows, columns):
    """Return how near the nearest pixel of a part of the picture comes to a colour; 0 is the colour itself."""
    part = picture[rows[0] : rows[1], columns[0] : columns[1]].astype(int)
    return np.abs(part - np.array(colour)).sum(axis=2).min()


def around(x, reach_px=6):
    return round(x * 480) - reach_px, round(x * 480) + reach_px


def test_the_film_has_every_frame_at_its_own_time(tmp_path):
    times = [0.0, 0.02, 0.1, 0.5, 0.533]
    writer = OverlayWriter(tmp_path / "film.mp4", 29.97, (640, 480))
    for t in times:
        show(writer, 1000.0 + t)
    writer.close()
    found = pictures(tmp_path / "film.mp4")
    assert [t for t, _ in found] == pytest.approx(times, abs=1e-3)
    assert {picture.shape for _, picture in found} == {(480, 640, 3)}


def test_the_film_plays_everywhere(tmp_path):
    one_picture(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


def test_without_the_h264_encoder_the_film_is_mpeg4(tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {"libx264"})
    one_picture(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"


def test_odd_sides_are_made_even(tmp_path):
    writer = OverlayWriter(tmp_path / "film.mp4", 30.0, (361, 641))
    show(writer, 0.0, size_px=(361, 641))
    writer.close()
    assert pictures(tmp_path / "film.mp4")[0][1].shape == (640, 360, 3)


def test_the_blank_frames_of_a_pose_recording_are_drawn_on_too(tmp_path):
    writer = OverlayWriter(tmp_path / "film.mp4", 30.0, (640, 480))
    show(writer, 0.0, size_px=(1, 1), pose=standing())
    writer.close()
    assert strength(MINT, pictures(tmp_path / "film.mp4")[0][1], (220, 300), around(LEFT_X)) < 60


@pytest.mark.parametrize(("view", "near_x", "far_x"), [(View.LEFT, LEFT_X, RIGHT_X), (View.RIGHT, RIGHT_X, LEFT_X)])
def test_the_side_that_faces_the_camera_is_drawn_stronger(tmp_path, view, near_x, far_x):
    picture = one_picture(tmp_path / "film.mp4", ViewLatched(0.0, view), pose=standing())
    assert strength(MINT, picture, (220, 300), around(near_x)) < 60
    assert strength(MINT, picture, (220, 300), around(far_x)) > 120
    assert strength(GREY, picture, (220, 300), around(far_x, reach_px=1)) > 60


@pytest.mark.parametrize("events", [(), (ViewLatched(0.0, View.FRONT),)], ids=["not known", "front"])
def test_both_sides_are_drawn_alike_where_none_is_nearer(tmp_path, events):
    picture = one_picture(tmp_path / "film.mp4", *events, pose=standing())
    for x in (LEFT_X, RIGHT_X):
        assert strength(MINT, picture, (220, 300), around(x)) < 60


def test_a_joint_that_was_not_seen_is_not_drawn(tmp_path):
    hidden = standing()
    hidden.visibility[Joint.L_KNEE] = 0.2
    picture = one_picture(tmp_path / "film.mp4", pose=hidden)
    assert strength(MINT, picture, (200, 380), around(LEFT_X)) > 150


def test_nobody_in_sight_draws_nobody(tmp_path):
    picture = one_picture(tmp_path / "film.mp4", pose=None)
    assert np.abs(picture[130:330].astype(int) - GREY).max() < 12


@pytest.mark.parametrize(
    ("events", "wall_x"), [((), 0.7), ((WallCalibrated(0.0, 0.7),), None)], ids=["known from the start", "found"]
)
def test_the_wall_is_drawn_where_it_is_known(tmp_path, events, wall_x):
    picture = one_picture(tmp_path / "film.mp4", *events, wall_x=wall_x)
    for rows in ((130, 180), (280, 330)):
        assert strength(SKY, picture, rows, around(0.7)) < 150
        assert strength(SKY, picture, rows, around(0.5)) > 150


def test_each_rep_lights_its_lamp_amber_where_it_had_a_fault(tmp_path):
    clean, faulty = (Rep(number, 0, 0, 0, score, score > 80) for number, score in ((1, 95), (2, 40)))
    events = (SetStarted(0.0, "wall_touch", 4), RepCounted(0.0, 1), RepCompleted(0.0, clean), RepCounted(0.0, 2))
    picture = one_picture(tmp_path / "film.mp4", *events, RepCompleted(0.0, faulty), reps=2)
    lamps = [strength(MINT, picture, (446, 462), (x - 8, x + 8)) for x in (281, 307, 333, 359)]
    assert lamps[0] < 60
    assert min(lamps[1:]) > 60
    assert strength(AMBER, picture, (446, 462), (299, 315)) < 60


@pytest.mark.parametrize(("fault", "colour"), [("shallow", AMBER), (None, SKY)], ids=["fault", "count"])
def test_a_sentence_stays_for_two_seconds(tmp_path, fault, colour):
    writer = OverlayWriter(tmp_path / "film.mp4", 10.0, (640, 480))
    said = Cue(0.5, "Sit back until you feel the wall", fault, Slot.IN_REP)
    for tick in range(35):
        show(writer, tick / 10, cue=said if tick == 5 else None)
    writer.close()
    shown = [
        t for t, picture in pictures(tmp_path / "film.mp4") if strength(colour, picture, (378, 434), (0, 640)) < 120
    ]
    assert shown == pytest.approx([tick / 10 for tick in range(5, 26)], abs=0.01)


def test_a_long_sentence_is_kept_within_the_picture(tmp_path):
    said = Cue(
        0.0, "Push your hips back towards the wall and keep your shins upright as you go", "squatting", Slot.IN_REP
    )
    picture = one_picture(tmp_path / "film.mp4", cue=said)
    edges = np.concatenate((picture[380:430, :8], picture[380:430, -8:])).astype(int)
    assert np.abs(edges - GREY).max() < 25


def test_a_set_without_a_target_has_no_lamps(tmp_path):
    picture = one_picture(tmp_path / "film.mp4", reps=3, target_reps=0)
    assert np.abs(picture[436:].astype(int) - GREY).max() < 12


def test_a_film_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "film.mp4"
    writer = OverlayWriter(path, 30.0, (640, 480))
    show(writer, 0.0)
    assert not path.exists()
    writer.close()
    writer.close()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", [OverlayWriter.discard, OverlayWriter.close], ids=["discarded", "empty"])
def test_no_film_leaves_no_file(tmp_path, end):
    writer = OverlayWriter(tmp_path / "film.mp4", 30.0, (640, 480))
    if end is OverlayWriter.discard:
        show(writer, 0.0)
    end(writer)
    writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["nowhere/film.mp4", "file/film.mp4"])
def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"film\.mp4 cannot be written") as caught:
        OverlayWriter(tmp_path / place, 30.0, (640, 480))
    assert "\n" not in str(caught.value)


def test_a_folder_that_may_not_be_written_is_told_at_once(tmp_path):
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(StoreError, match="Permission denied"):
        OverlayWriter(tmp_path / "film.mp4", 30.0, (640, 480))


def test_a_folder_in_the_place_of_the_film_is_told_at_the_end(tmp_path):
    (tmp_path / "film.mp4").mkdir()
    writer = OverlayWriter(tmp_path / "film.mp4", 30.0, (640, 480))
    show(writer, 0.0)
    with pytest.raises(StoreError, match="Is a directory"):
        writer.close()
    assert [found.name for found in tmp_path.iterdir()] == ["film.mp4"]


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from pi_coach.adapters.overlay import OverlayWriter
from pi_coach.core.errors import StoreError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.core.types import Frame
writer = OverlayWriter(Path(sys.argv[1]), 30.0, (320, 240))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(1)
try:
    for seq in range(60):
        image = noise.integers(0, 255, (240, 320, 3), np.uint8)
        writer.show(Frame(seq, seq / 30, image), Step(seq / 30, "rdl", Phase.TALL, None, None, (), None, 0, 8))
    writer.close()
except StoreError as error:
    print(error)
writer.close()
"""


def test_a_full_disk_is_told_and_nothing_half_written_is_left(tmp_path):
    path = tmp_path / "film.mp4"
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == f"{path} cannot be written (File too large): choose another place.\n"
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_film_name_that_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one_picture(Path("rtmp:film.mp4"))
    assert [found.name for found in tmp_path.iterdir()] == ["rtmp:film.mp4"]
