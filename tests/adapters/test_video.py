"""Video files as phones, cameras and broken disks make them: real ones, made or damaged here."""

import io
import os
import struct
import subprocess
import sys
import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pi_coach.adapters.video import VideoFile, _Timeline
from pi_coach.core.errors import SourceError

CLIP = Path(__file__).parents[2] / "fixtures/clips/wall_touch_good_right.mp4"
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)


def film(path, stamps_ms=(0, 33, 67, 100), size=(160, 120), shape=None, codec="mpeg4"):
    """Write a film with a frame at each stamp; its quarters, as read, are red, green, blue and white."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    middle_y, middle_x = size[1] // 2, size[0] // 2
    picture[:middle_y, :middle_x], picture[:middle_y, middle_x:] = RED, GREEN
    picture[middle_y:, :middle_x], picture[middle_y:, middle_x:] = BLUE, WHITE
    with av.open(path, "w", format="mp4" if isinstance(path, io.BytesIO) else None) as container:
        stream = container.add_stream(codec, 30)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        for stamp in stamps_ms:
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def corners(image):
    """Name the colours of the four corners: top left, top right, bottom left, bottom right."""
    colours = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    height, width = image.shape[:2]
    places = [image[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return " ".join(min(colours, key=lambda name: np.abs(place - np.array(colours[name])).sum()) for place in places)


def turned(path, a, b, c, d):
    """Write the display matrix of a held phone into a film: a point goes from (x, y) to (a x + c y, b x + d y)."""
    content, one = path.read_bytes(), 1 << 16
    upright = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    place = content.index(upright, content.index(b"tkhd"))
    matrix = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(content[:place] + matrix + content[place + len(matrix) :])
    return path


def times(video):
    return [frame.t for frame in video.frames()]


def test_every_frame_of_a_clip_comes_in_order_at_its_own_time():
    video = VideoFile(CLIP)
    frames = [(frame.seq, frame.t, frame.image.shape, frame.image.dtype) for frame in video.frames()]
    assert [seq for seq, *_ in frames] == list(range(640))
    assert [t for _, t, *_ in frames] == pytest.approx([seq / 30 for seq in range(640)], abs=1e-4)
    assert {(shape, dtype) for *_, shape, dtype in frames} == {((480, 640, 3), np.dtype(np.uint8))}
    assert video.complaint is None


def test_a_clip_says_what_to_expect_of_it():
    video = VideoFile(CLIP)
    assert (video.width_px, video.height_px, video.scale) == (640, 480, 1.0)
    assert (video.fps, video.frames_expected) == (30.0, 640)


def test_a_clip_can_be_read_twice(tmp_path):
    video = VideoFile(film(tmp_path / "clip.mp4"))
    assert times(video) == times(video)


def test_colours_come_as_red_green_blue(tmp_path):
    frame = next(VideoFile(film(tmp_path / "clip.mp4")).frames())
    assert corners(frame.image) == "red green blue white"
    assert np.abs(frame.image[20, 20].astype(int) - RED).max() < 20


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        ((1, 0, 0, 1), "red green blue white"),
        ((0, 1, -1, 0), "blue red white green"),
        ((-1, 0, 0, -1), "white blue green red"),
        ((0, -1, 1, 0), "green white red blue"),
        ((-1, 0, 0, 1), "green red white blue"),
        ((1, 0, 0, -1), "blue white red green"),
        ((0, 1, 1, 0), "red blue green white"),
        ((0, -1, -1, 0), "white green blue red"),
    ],
    ids=["upright", "quarter right", "half", "quarter left", "selfie", "flipped", "transposed", "anti-transposed"],
)
def test_a_phone_held_any_way_gives_an_upright_picture(tmp_path, matrix, seen):
    video = VideoFile(turned(film(tmp_path / "phone.mp4"), *matrix))
    frame = next(video.frames())
    assert corners(frame.image) == seen
    assert (video.width_px, video.height_px) == ((160, 120) if matrix[0] else (120, 160))
    assert frame.image.shape == (video.height_px, video.width_px, 3)
    assert frame.image.flags.c_contiguous
    assert video.scale == 1.0


def test_a_4k_film_comes_small_enough_to_work_with(tmp_path):
    video = VideoFile(film(tmp_path / "uhd.mp4", size=(3840, 2160)))
    frames = list(video.frames())
    assert {frame.image.shape for frame in frames} == {(540, 960, 3)}
    assert video.scale == 0.25
    assert corners(frames[0].image) == "red green blue white"


def test_a_4k_film_from_an_upright_phone_keeps_its_shape(tmp_path):
    video = VideoFile(turned(film(tmp_path / "uhd.mp4", size=(3840, 2160)), 0, 1, -1, 0))
    assert (video.width_px, video.height_px, video.scale) == (540, 960, 0.25)


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    video = VideoFile(film(tmp_path / "wide.mp4", shape=Fraction(4, 3)))
    assert (video.width_px, video.height_px) == (213, 120)
    assert video.scale == pytest.approx(4 / 3, abs=0.01)
    assert next(video.frames()).image.shape == (120, 213, 3)


def test_a_varying_frame_rate_is_respected(tmp_path):
    stamps_ms = (0, 20, 60, 160, 180, 500, 1400, 1433)
    video = VideoFile(film(tmp_path / "phone.mp4", stamps_ms))
    assert times(video) == pytest.approx([stamp / 1000 for stamp in stamps_ms], abs=1e-3)
    assert video.complaint is None


def test_times_count_from_the_first_frame(tmp_path):
    video = VideoFile(film(tmp_path / "late.mkv", (5000, 5033, 5067)))
    assert times(video) == pytest.approx([0, 0.033, 0.067], abs=1e-3)


def test_a_frame_without_a_stamp_comes_one_usual_step_after_the_last():
    timeline = _Timeline(0.04)
    assert [timeline.place(stamp) for stamp in (None, None, 7.0, 7.5, float("nan"))] == pytest.approx(
        [0, 0.04, 0.08, 0.58, 0.62]
    )


def test_a_frame_stamped_like_the_one_before_comes_just_after_it():
    timeline = _Timeline(0.04)
    assert [timeline.place(stamp) for stamp in (0.0, 0.1, 0.1, 0.09, 0.2)] == pytest.approx([0, 0.1, 0.101, 0.102, 0.2])


def test_recordings_joined_to_one_file_run_on():
    timeline = _Timeline(0.04)
    assert [timeline.place(stamp) for stamp in (100.0, 100.04, 3.0, 3.04)] == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_broken_stamp_does_not_tear_the_time_apart():
    timeline = _Timeline(0.04)
    assert [timeline.place(stamp) for stamp in (0.0, 0.04, 59673.6, 0.12)] == pytest.approx([0, 0.04, 0.08, 0.12])


@given(st.lists(st.none() | st.floats()))
def test_times_always_rise_whatever_the_stamps_say(stamps):
    timeline = _Timeline(1 / 30)
    placed = [timeline.place(stamp) for stamp in stamps]
    assert all(later > earlier for earlier, later in pairwise(placed))


def wave(path):
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", 44100, layout="mono")
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 44100
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def without_pictures(path):
    content = film(path).read_bytes()
    place = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    path.write_bytes(content[:place] + bytes(end - place) + content[end:])


NO_VIDEO = {
    "nothing": (lambda _: None, "No such file"),
    "a folder": (Path.mkdir, "is not a file"),
    "a pipe": (os.mkfifo, "is not a file"),
    "an empty file": (Path.touch, "is empty"),
    "a text": (lambda path: path.write_text("no video\n" * 99), "is not a video"),
    "noise": (lambda path: path.write_bytes(np.random.default_rng(1).bytes(50_000)), "is not a video"),
    "a photo": (lambda path: Image.new("RGB", (64, 64)).save(path, "JPEG"), "holds no moving picture"),
    "a sound": (wave, "holds no moving picture"),
    "a film whose pictures are gone": (without_pictures, "holds no frame that can be decoded"),
    "the beginning of a film": (lambda path: path.write_bytes(film(path).read_bytes()[:900]), "cut off"),
}


@pytest.mark.parametrize("kind", NO_VIDEO)
def test_what_is_no_video_is_refused_in_one_sentence(tmp_path, kind):
    make, reason = NO_VIDEO[kind]
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(SourceError, match=reason) as caught:
        VideoFile(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_path_that_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film(Path("plain.mp4")).rename("rtmp:set.mp4")
    assert len(times(VideoFile(Path("rtmp:set.mp4")))) == 4


def test_a_clip_cut_off_at_60_percent_is_used_up_to_there(tmp_path):
    content, path = CLIP.read_bytes(), tmp_path / "cut.mp4"
    path.write_bytes(content[: len(content) * 6 // 10])
    video = VideoFile(path)
    found = times(video)
    assert 200 < len(found) < 500
    assert found == pytest.approx([seq / 30 for seq in range(len(found))], abs=1e-4)
    assert f"ends early, at {len(found) / 30:.1f} s of 21.3 s" in video.complaint
    assert str(path) in video.complaint


def test_a_clip_with_noise_in_its_tail_is_used_up_to_there(tmp_path):
    content, path = CLIP.read_bytes(), tmp_path / "noisy.mp4"
    middle = len(content) * 7 // 10
    path.write_bytes(content[:middle] + np.random.default_rng(2).bytes(3000) + content[middle:])
    video = VideoFile(path)
    found = times(video)
    assert len(found) > 300
    assert sorted(set(found)) == found
    assert video.complaint is not None


def test_a_clip_with_a_hole_is_used_on_both_sides_of_it(tmp_path):
    content, path = bytearray(CLIP.read_bytes()), tmp_path / "hole.mp4"
    content[60_000:61_000] = bytes(1000)
    path.write_bytes(content)
    video = VideoFile(path)
    assert times(video)[-1] == pytest.approx(21.3)
    assert "is damaged" in video.complaint


def whole_film():
    packed = io.BytesIO()
    film(packed, range(0, 400, 33), size=(64, 48))
    return packed.getvalue()


@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40)), min_size=1, max_size=20)
)
def test_no_damage_does_more_than_end_the_film_or_refuse_it(tmp_path_factory, damage):
    content = bytearray(whole_film())
    for place, noise in damage:
        begin = int(place * len(content))
        content[begin : begin + len(noise)] = noise
    path = tmp_path_factory.getbasetemp() / "clip.mp4"
    path.write_bytes(content)
    try:
        found = times(VideoFile(path))
    except SourceError:
        return
    assert found
    assert sorted(set(found)) == found


def test_ffmpeg_says_nothing_to_the_person_at_the_machine(tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(CLIP.read_bytes()[:100_000])
    program = (
        "import sys, pathlib; from pi_coach.adapters.video import VideoFile\n"
        "video = VideoFile(pathlib.Path(sys.argv[1])); print(len(list(video.frames())), video.complaint)"
    )
    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, timeout=60, check=True)
    assert "ends early" in run.stdout
    assert run.stderr == ""


def test_closing_from_another_thread_ends_the_frames():
    video, seen = VideoFile(CLIP), []
    for frame in video.frames():
        seen.append(frame.seq)
        if frame.seq == 10:
            closer = threading.Thread(target=video.close)
            closer.start()
            closer.join(5)
    assert seen == list(range(11))
    assert video.complaint is None
