from __future__ import annotations

import dataclasses
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from book_story import POWER_ON_S, eventually, open_writer, rep_done, set_started, step, stored_reps

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Sample
from pi_coach.adapters.book.traces import KEPT, pack, unpack
from pi_coach.adapters.book.writer import Keeping
from pi_coach.adapters.recording import PoseRecording
from pi_coach.core.errors import StoreError
from pi_coach.core.events import RepCompleted, SetCompleted
from pi_coach.core.sight.measures import Measures

HERE = Path(__file__).parent
SET = HERE.parent.parent / "fixtures" / "poses" / "good_wall_set.poses.jsonl.gz"
FACE = [1, 2, 3, 4, 5, 6, 9, 10]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


@pytest.fixture(scope="module")
def recorded():
    """What a camera saw of somebody training at the wall."""
    recording = PoseRecording(SET)
    return [(frame.t, recording.find(frame)) for frame in recording.frames()]


def seen(t_s, pose, *events):
    """A frame with a pose, and angles that follow the time."""
    measures = Measures(t=POWER_ON_S + t_s, hip_flexion_deg=10.0 * t_s, knee_flexion_deg=None, trunk_deg=-t_s)
    return dataclasses.replace(step(t_s, *events), pose=pose, measures=None if pose is None else measures)


def play(writer, recorded, seconds):
    """A set that begins with the first frame; a rep ends each third second."""
    reps = 0
    writer.show(seen(0.0, recorded[0][1], *set_started(0.0).events))
    for t_s, pose in recorded[1:]:
        if t_s > seconds:
            break
        ended = t_s >= 3.0 * (reps + 1)
        reps += ended
        writer.show(seen(t_s, pose, *(rep_done(reps).events if ended else ())))


def test_the_movement_of_a_set_can_be_followed_ten_times_a_second(path, recorded):
    with closing(open_writer(path)) as writer:
        play(writer, recorded, 12.0)
    with SessionBook(path) as book:
        samples = book.trace(1, 0.0, 12.0)
    gaps = np.diff([sample.t_s for sample in samples])
    assert len(samples) == pytest.approx(120, abs=3)
    assert gaps.min() > 0.075
    assert gaps.max() < 0.125
    poses = dict(recorded)
    for sample in samples:
        pose = poses[min(poses, key=lambda t, at=sample.t_s: abs(t - at))]
        assert np.abs(sample.points[KEPT, :2] - pose.points[KEPT]).max() <= 0.0006
        assert np.abs(sample.points[KEPT, 2] - pose.visibility[KEPT]).max() <= 0.051
        assert sample.hip_flexion_deg == pytest.approx(10.0 * sample.t_s, abs=0.06)
        assert sample.trunk_deg == pytest.approx(-sample.t_s, abs=0.06)
        assert sample.knee_flexion_deg is None
        assert sample.aspect == pytest.approx(pose.aspect)


def test_nothing_of_a_face_is_kept_but_nose_and_ears_for_the_heads_line(path, recorded):
    with closing(open_writer(path)) as writer:
        play(writer, recorded, 4.0)
    with SessionBook(path) as book:
        for sample in book.trace(1, 0.0, 4.0):
            assert not sample.points[FACE].any()
            assert sample.points[[0, 7, 8]].any(axis=1).all()


def test_only_what_was_asked_for_is_read(path, recorded):
    with closing(open_writer(path)) as writer:
        play(writer, recorded, 12.0)
    with SessionBook(path) as book:
        times = [sample.t_s for sample in book.trace(1, 4.0, 7.0)]
        assert times[0] >= 4.0
        assert times[-1] <= 7.0
        assert len(times) == pytest.approx(30, abs=1)
        assert book.trace(1, 100.0, 200.0) == ()
        assert book.trace(7, 0.0, 10.0) == ()


def test_a_rest_between_sets_leaves_no_trace(path, recorded):
    pose = recorded[0][1]
    with closing(open_writer(path)) as writer:
        writer.show(seen(0.0, pose))
        writer.show(set_started(1.0))
        writer.show(seen(2.0, pose, SetCompleted(POWER_ON_S + 2.0, "rdl", "")))
        writer.show(seen(3.0, pose))
        writer.show(set_started(10.0))
        writer.show(seen(11.0, pose))
    with SessionBook(path) as book:
        assert [sample.t_s for sample in book.trace(1, 0.0, 20.0)] == [1.0, 2.0, 10.0, 11.0]


def test_an_athlete_out_of_sight_is_a_gap_and_not_a_guess(path, recorded):
    with closing(open_writer(path)) as writer:
        writer.show(set_started(1.0))
        writer.show(seen(2.0, recorded[0][1]))
        writer.show(seen(3.0, None))
    with SessionBook(path) as book:
        unseen, there, gone = book.trace(1, 0.0, 20.0)
    assert unseen.points is None
    assert there.points is not None
    assert (gone.points, gone.hip_flexion_deg, gone.trunk_deg, gone.aspect) == (None, None, None, None)


def test_a_picture_that_stood_still_for_minutes_moves_no_sample(path, recorded):
    pose = recorded[0][1]
    with closing(open_writer(path)) as writer:
        writer.show(seen(0.0, pose, *set_started(0.0).events))
        for t_s in (1.5, 300.0, 300.1):
            writer.show(seen(t_s, pose))
    with SessionBook(path) as book:
        assert [sample.t_s for sample in book.trace(1, 0.0, 400.0)] == [0.0, 1.5, 300.0, 300.1]


def test_the_movement_of_a_rep_is_on_the_disk_before_the_next_rep_ends(path, recorded):
    writer = open_writer(path)
    play(writer, recorded, 3.05)
    assert eventually(lambda: stored_until(path) is not None)
    assert stored_until(path) == pytest.approx(3.0, abs=0.11)
    writer.close()


def test_a_very_slow_rep_loses_five_seconds_at_most(path, recorded):
    writer = open_writer(path)
    writer.show(set_started(0.0))
    for t_s, pose in recorded[: 30 * 11]:
        writer.show(seen(t_s, pose))
    assert eventually(lambda: (stored_until(path) or 0.0) > 9.0)
    writer.close()


def stored_until(path):
    with closing(sqlite3.connect(path)) as book:
        return book.execute("SELECT max(to_s) FROM traces").fetchone()[0]


def test_a_minute_of_movement_takes_less_than_thirty_thousand_bytes(path, recorded):
    with closing(open_writer(path)) as writer:
        play(writer, recorded, 60.0)
    with closing(sqlite3.connect(path)) as book:
        size, seconds = book.execute("SELECT sum(size), sum(to_s - from_s + 0.1) FROM traces").fetchone()
    assert size / seconds * 60.0 < 30_000


def test_samples_that_are_packed_come_out_again():
    points = np.full((33, 3), 0.5, np.float32)
    samples = [Sample(3.0 + n / 10.0, points, None, 12.3, -4.5, 0.75) for n in range(5)]
    again = unpack(pack(samples))
    assert [sample.t_s for sample in again] == [sample.t_s for sample in samples]
    assert {(sample.hip_flexion_deg, sample.knee_flexion_deg, sample.trunk_deg) for sample in again} == {
        (None, 12.3, -4.5)
    }


@pytest.mark.parametrize("damage", [b"", b"no zlib", zlib.compress(b"too short")])
def test_a_damaged_piece_is_told_in_one_sentence(damage):
    piece = pack([Sample(0.0, None, None, None, None)])
    with pytest.raises(StoreError, match="recorded movement is damaged"):
        unpack(dataclasses.replace(piece, body=damage))


def test_an_event_without_a_set_begins_no_trace(path, recorded):
    rep = rep_done(1).events[0].rep
    with closing(open_writer(path)) as writer:
        writer.show(seen(5.0, recorded[0][1], RepCompleted(rep.end_s, rep)))
    with SessionBook(path) as book:
        assert book.trace(1, 0.0, 10.0) == ()


# What it may weigh


def test_the_oldest_movement_goes_first_and_reps_never_go(path, recorded):
    for _ in range(4):
        with closing(open_writer(path)) as writer:
            play(writer, recorded, 7.0)
    with closing(open_writer(path, keeping=Keeping(trace_sessions=2))):
        pass
    with SessionBook(path) as book:
        assert [bool(book.trace(number, 0.0, 7.0)) for number in (1, 2, 3, 4)] == [False, False, True, True]
        assert [row.reps for row in book.sessions()] == [0, 2, 2, 2, 2]


def test_movement_beyond_its_budget_goes_with_the_next_session(path, recorded):
    for _ in range(3):
        with closing(open_writer(path)) as writer:
            play(writer, recorded, 7.0)
    with closing(sqlite3.connect(path)) as book:
        (size,) = book.execute("SELECT sum(size) FROM traces WHERE session_id = 3").fetchone()
    with closing(open_writer(path, keeping=Keeping(trace_mb=1.5 * size / 1e6))):
        pass
    with SessionBook(path) as book:
        assert [bool(book.trace(number, 0.0, 7.0)) for number in (1, 2, 3)] == [False, False, True]


# A slow disk


def test_samples_are_dropped_before_any_fact_where_the_disk_is_slow(path, recorded):
    writer = open_writer(path)
    pose = recorded[0][1]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.show(set_started(0.0))
        for tenth in range(1, 1200):
            rep = rep_done(tenth // 10).events if tenth % 10 == 0 else ()
            writer.show(seen(tenth / 10.0, pose, *rep))
        other.execute("ROLLBACK")
    writer.close()
    assert writer.unsaved == 0
    # Two minutes were seen, and one may wait.
    assert writer.samples_dropped == pytest.approx(600, abs=20)
    assert stored_reps(path) == list(range(1, 120))
