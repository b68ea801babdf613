"""Pose recordings: written whole or not at all, read back as they were, refused where they are broken."""

import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pi_coach.adapters.paced import LiveSource
from pi_coach.adapters.recording import PoseRecorder, PoseRecording, RecordingHeader
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError, StoreError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.core.types import Pose, Silhouette

HEADER = RecordingHeader(640, 480, 30.0, "pose_landmarker_lite", "rdl")
FIRST = {"schema": 1, "width": 640, "height": 480, "fps": 30.0, "model": "pose_landmarker_lite", "drill": "rdl"}
POINTS = [[0.5, 0.25, 0.9]] * 33


def pose(t, silhouette=None):
    places = np.random.default_rng(round(t * 1000)).random((33, 3)).astype(np.float32)
    return Pose(t, places[:, :2], places[:, 2], 4 / 3, silhouette)


def step(t, seen):
    return Step(t, "rdl", Phase.TALL, seen, None, (), None, 0, 8)


def record(path, *seen, begin_s=0.0, header=HEADER):
    """Record one pose, or None, every thirtieth of a second."""
    recorder = PoseRecorder(path, header)
    for seq, found in enumerate(seen):
        recorder.show(step(begin_s + seq / 30, found))
    recorder.close()
    return path


def written(path, *lines):
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


@pytest.mark.parametrize("name", ["set.poses.jsonl", "set.poses.jsonl.gz"])
def test_what_was_recorded_is_read_back(tmp_path, name):
    seen = [pose(0.1), None, pose(0.2)]
    recording = PoseRecording(record(tmp_path / name, *seen))
    frames = list(recording.frames())
    assert recording.header == HEADER
    assert [frame.seq for frame in frames] == [0, 1, 2]
    assert [frame.t for frame in frames] == pytest.approx([0, 1 / 30, 2 / 30], abs=1e-4)
    found = [recording.find(frame) for frame in frames]
    assert found[1] is None
    for before, after, frame in ((seen[0], found[0], frames[0]), (seen[2], found[2], frames[2])):
        assert after.points == pytest.approx(before.points, abs=1e-5)
        assert after.visibility == pytest.approx(before.visibility, abs=1e-3)
        assert after.points.dtype == after.visibility.dtype == np.float32
        assert (after.t, after.aspect, after.silhouette) == (frame.t, 640 / 480, None)


@pytest.mark.parametrize(
    "outline",
    [
        Silhouette(0.41, 0.62, np.linspace(-0.01, 0.05, 37, dtype=np.float32)),
        Silhouette(0.41, None),
        Silhouette(None, 0.62),
        Silhouette(None, None, np.full(37, 0.01, np.float32)),
    ],
)
def test_the_outline_is_read_back(tmp_path, outline):
    recording = PoseRecording(record(tmp_path / "set.poses.jsonl", pose(0.0, outline)))
    found = recording.find(next(recording.frames())).silhouette
    assert (found.seat_left_x, found.seat_right_x) == (outline.seat_left_x, outline.seat_right_x)
    assert (found.back is None) == (outline.back is None)
    assert outline.back is None or found.back == pytest.approx(outline.back, abs=1e-5)


def test_the_lines_are_those_of_the_contract(tmp_path):
    path = record(tmp_path / "set.poses.jsonl", pose(0.1), None)
    header, first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert header == FIRST
    assert first["t"] == 0.0
    assert np.array(first["points"]).shape == (33, 3)
    assert first["back"] is None
    assert second == {"t": 0.0333, "points": None}


def test_no_picture_and_few_digits_are_stored(tmp_path):
    path = record(tmp_path / "set.poses.jsonl", *[pose(seq / 30) for seq in range(30)])
    assert path.stat().st_size < 30 * 1000


def test_a_live_recording_counts_from_its_first_frame(tmp_path):
    path = record(tmp_path / "set.poses.jsonl", None, None, begin_s=86_400.5)
    assert [json.loads(line)["t"] for line in path.read_text().splitlines()[1:]] == [0.0, 0.0333]


def test_the_end_of_a_set_is_no_second_frame(tmp_path):
    recorder = PoseRecorder(tmp_path / "set.poses.jsonl", HEADER)
    for t in (0.0, 0.1, 0.1):
        recorder.show(step(t, pose(t)))
    recorder.close()
    assert len(list(PoseRecording(tmp_path / "set.poses.jsonl").frames())) == 2


def test_the_same_poses_make_the_same_packed_file(tmp_path):
    first = record(tmp_path / "one.poses.jsonl.gz", pose(0.1), None)
    second = record(tmp_path / "two.poses.jsonl.gz", pose(0.1), None)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[:2] == b"\x1f\x8b"


def test_times_are_seconds_from_the_first_frame_whatever_the_file_counts_from(tmp_path):
    lines = [{"t": t, "points": None} for t in (100.5, 100.6)]
    recording = PoseRecording(written(tmp_path / "set.poses.jsonl", FIRST, *lines))
    assert [frame.t for frame in recording.frames()] == pytest.approx([0, 0.1])


def test_what_others_add_to_the_format_is_passed_over(tmp_path):
    line = {"t": 0.0, "points": POINTS, "athlete": "me", "mass": [1, "two"]}
    recording = PoseRecording(written(tmp_path / "set.poses.jsonl", {**FIRST, "camera": "left"}, line))
    assert recording.find(next(recording.frames())).points[0].tolist() == [0.5, 0.25]


def test_frames_are_small_and_black_and_shaped_like_pictures(tmp_path):
    frame = next(PoseRecording(record(tmp_path / "set.poses.jsonl", None)).frames())
    assert frame.image.shape == (1, 1, 3)
    assert frame.image.dtype == np.uint8


@pytest.mark.parametrize("fps", [20.0, 15.0, 10.0, 7.5])
def test_a_recording_can_be_thinned_to_a_slow_machine(tmp_path, fps):
    recording = PoseRecording(record(tmp_path / "set.poses.jsonl", *[pose(seq / 30) for seq in range(300)]), fps=fps)
    frames = list(recording.frames())
    assert recording.fps == fps
    assert len(frames) == pytest.approx(10 * fps, abs=1)
    assert np.diff([frame.t for frame in frames]).max() <= 1 / fps + 1 / 30
    for frame in frames:
        assert recording.find(frame).points == pytest.approx(pose(frame.seq / 30).points, abs=1e-5)


def test_thinning_keeps_the_pace_across_a_gap(tmp_path):
    times = [0.0, 0.033, 0.067, 0.1, 5.0, 5.033, 5.067, 5.1]
    path = written(tmp_path / "set.poses.jsonl", FIRST, *[{"t": t, "points": None} for t in times])
    assert [frame.t for frame in PoseRecording(path, fps=15.0).frames()] == [0.0, 0.067, 5.0, 5.067]


def test_a_recording_cannot_be_thinned_to_more_than_it_has(tmp_path):
    recording = PoseRecording(record(tmp_path / "set.poses.jsonl", None, None), fps=60.0)
    assert len(list(recording.frames())) == 2
    assert recording.fps == 30.0


def test_closing_ends_the_frames(tmp_path):
    recording = PoseRecording(record(tmp_path / "set.poses.jsonl", None, None, None))
    frames = recording.frames()
    next(frames)
    recording.close()
    assert list(frames) == []


def test_a_recording_plays_live_and_its_poses_still_belong_to_its_frames(tmp_path):
    recording = PoseRecording(record(tmp_path / "set.poses.jsonl", *[pose(seq / 30) for seq in range(30)]))
    source = LiveSource(recording, SystemClock(), stall_s=5.0, speed=50.0)
    for frame in source.frames():
        assert recording.find(frame).points == pytest.approx(pose(frame.seq / 30).points, abs=1e-5)
    source.close()


def test_the_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "set.poses.jsonl"
    path.write_text("an older recording")
    recorder = PoseRecorder(path, HEADER)
    recorder.show(step(0.0, None))
    assert path.read_text() == "an older recording"
    recorder.close()
    recorder.close()
    assert [found.name for found in tmp_path.iterdir()] == ["set.poses.jsonl"]
    assert len(path.read_text().splitlines()) == 2


def test_a_discarded_recording_leaves_nothing(tmp_path):
    recorder = PoseRecorder(tmp_path / "set.poses.jsonl", HEADER)
    recorder.show(step(0.0, None))
    recorder.discard()
    recorder.show(step(0.1, None))
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_does_not_exist_is_told_at_once(tmp_path):
    with pytest.raises(StoreError, match=r"set\.poses\.jsonl cannot be written \(No such file") as caught:
        PoseRecorder(tmp_path / "nowhere" / "set.poses.jsonl", HEADER)
    assert "\n" not in str(caught.value)


def test_a_folder_that_may_not_be_written_is_told_at_once(tmp_path):
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(StoreError, match="Permission denied"):
        PoseRecorder(tmp_path / "set.poses.jsonl", HEADER)


def test_a_folder_in_the_place_of_the_file_is_told_at_the_end(tmp_path):
    path = tmp_path / "set.poses.jsonl"
    path.mkdir()
    recorder = PoseRecorder(path, HEADER)
    with pytest.raises(StoreError, match="Is a directory"):
        recorder.close()
    assert list(tmp_path.iterdir()) == [path]


FULL_DISK = """
import resource, sys
from pathlib import Path
from pi_coach.adapters.recording import PoseRecorder, RecordingHeader
from pi_coach.core.errors import StoreError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
recorder = PoseRecorder(Path(sys.argv[1]), RecordingHeader(640, 480, 30.0, "lite", None))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    for seq in range(100_000):
        recorder.show(Step(seq / 30, "rdl", Phase.TALL, None, None, (), None, 0, 8))
    recorder.close()
except StoreError as error:
    print(error)
recorder.show(Step(9e9, "rdl", Phase.TALL, None, None, (), None, 0, 8))
recorder.close()
"""


@pytest.mark.parametrize("name", ["set.poses.jsonl", "set.poses.jsonl.gz"])
def test_a_full_disk_is_told_once_and_nothing_half_written_is_left(tmp_path, name):
    path = tmp_path / name
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == f"{path} cannot be written (File too large): choose another place.\n"
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


def line(**changes):
    return {"t": 0.0, "points": POINTS, **changes}


BROKEN = {
    "an empty file": ([], "line 1 is not a JSON object"),
    "no header": ([line()], "line 1 has the schema None"),
    "another schema": ([{**FIRST, "schema": 2}, line()], "line 1 has the schema 2"),
    "a size of 0": ([{**FIRST, "height": 0}, line()], 'line 1 has no fitting number as "height"'),
    "a size in words": ([{**FIRST, "width": "640"}, line()], 'line 1 has no fitting number as "width"'),
    "no frame rate": ([{**FIRST, "fps": None}, line()], 'line 1 has no fitting number as "fps"'),
    "no model": ([{**FIRST, "model": 5}, line()], 'line 1 has no names as "model"'),
    "no frame": ([FIRST], "holds no frame"),
    "half a line": ([FIRST, line(), json.dumps(line(t=1.0))[:-40]], "line 3 is not a JSON object"),
    "a blank line": ([FIRST, "", line()], "line 2 is not a JSON object"),
    "a list": ([FIRST, "[1, 2]"], "line 2 is not a JSON object"),
    "brackets without end": ([FIRST, "[" * 50_000], "line 2 is not a JSON object"),
    "no time": ([FIRST, {"points": None}], 'line 2 has no fitting number as "t"'),
    "a true time": ([FIRST, line(t=True)], 'line 2 has no fitting number as "t"'),
    "no number as a time": ([FIRST, line(t=float("nan"))], 'line 2 has no fitting number as "t"'),
    "a time going back": ([FIRST, line(t=1.0), line(t=0.5)], r"line 3 has the time 0\.5 s"),
    "a time standing still": ([FIRST, line(t=1.0), line(t=1.0)], "line 3 has the time 1 s"),
    "no points": ([FIRST, {"t": 0.0}], 'line 2 has no even list of finite numbers as "points"'),
    "a point too few": ([FIRST, line(points=POINTS[1:])], "line 2 has no 33 places"),
    "points without visibility": ([FIRST, line(points=[[0.1, 0.2]] * 33)], "line 2 has no 33 places"),
    "an uneven point": ([FIRST, line(points=[*POINTS[1:], [0.1, 0.2]])], "line 2 has no even list"),
    "no number in a point": ([FIRST, line(points=[*POINTS[1:], [float("nan"), 0, 1]])], "line 2 has no even list"),
    "a point at no end": ([FIRST, line(points=[*POINTS[1:], [float("inf"), 0, 1]])], "line 2 has no even list"),
    "a point too far to count": ([FIRST, line(points=[*POINTS[1:], [10**400, 0.5, 1]])], "line 2 has no even list"),
    "a point in words": ([FIRST, line(points=[*POINTS[1:], ["0.1", "0.2", "1"]])], "line 2 has no even list"),
    "a visibility of 2": ([FIRST, line(points=[[0.1, 0.2, 2.0]] * 33)], "visibility from 0 to 1"),
    "a seat of one edge": ([FIRST, line(seat=[0.1])], 'line 2 has no two places as "seat"'),
    "a seat in words": ([FIRST, line(seat=["a", "b"])], 'line 2 has no fitting number as "seat"'),
    "a back in words": ([FIRST, line(back="straight")], '37 depths as "back"'),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_recording_is_refused_naming_the_line(tmp_path, kind):
    lines, reason = BROKEN[kind]
    path = written(tmp_path / "set.poses.jsonl", *lines)
    with pytest.raises(SourceError, match=reason) as caught:
        PoseRecording(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_recording_that_is_not_there_is_an_error_in_one_sentence(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        PoseRecording(tmp_path / "set.poses.jsonl")
    with pytest.raises(SourceError, match="Is a directory"):
        PoseRecording(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:40] + bytes(40) + whole[80:],
        lambda whole: whole[:-8] + bytes(8),
        lambda whole: b"no gzip at all" + whole,
    ],
    ids=["cut off", "overwritten", "wrong checksum", "not packed"],
)
def test_a_damaged_packed_recording_is_refused(tmp_path, damage):
    path = record(tmp_path / "set.poses.jsonl.gz", *[pose(seq / 30) for seq in range(50)])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SourceError, match=r"set\.poses\.jsonl\.gz"):
        PoseRecording(path)


def read_or_refuse(path):
    """Read a recording to its end; whatever is wrong with it must be a SourceError."""
    try:
        recording = PoseRecording(path)
    except SourceError:
        return
    for frame in recording.frames():
        found = recording.find(frame)
        assert found is None or np.isfinite(found.points).all()


@given(st.binary(max_size=300), st.booleans(), st.booleans())
@example(b"\xff\xfe\x00{", False, False)
def test_garbage_never_does_more_than_be_refused(tmp_path_factory, garbage, with_header, packed):
    path = tmp_path_factory.getbasetemp() / ("set.poses.jsonl.gz" if packed else "set.poses.jsonl")
    content = json.dumps(FIRST).encode() + b"\n" + garbage if with_header else garbage
    path.write_bytes(gzip.compress(content) if packed and with_header else content)
    read_or_refuse(path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.dictionaries(st.sampled_from(list(FIRST)), anything),
    st.lists(st.dictionaries(st.sampled_from(["t", "points", "seat", "back"]), anything), max_size=3),
)
def test_lines_of_the_wrong_kind_never_do_more_than_be_refused(tmp_path_factory, header, changes):
    lines = [{"t": float(seq), "points": POINTS, **change} for seq, change in enumerate(changes)]
    read_or_refuse(written(tmp_path_factory.getbasetemp() / "set.poses.jsonl", {**FIRST, **header}, *lines))
    read_or_refuse(written(tmp_path_factory.getbasetemp() / "set.poses.jsonl", FIRST, *lines))
