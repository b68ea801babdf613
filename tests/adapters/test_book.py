from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing

import pytest
from book_story import POWER_ON_S, START, StillClock, open_writer, play_a_set, rep_done, set_started, step

from pi_coach.adapters.book.database import READING, connect
from pi_coach.adapters.book.edits import (
    ScreenDone,
    delete_session,
    save_answers,
    save_calibration,
    save_profile,
    save_screen,
)
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.opening import bring_up_to_date
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Answers, Calibration
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.core.errors import CoachError, StoreError
from pi_coach.core.events import SafetyStopped, Stage, StageEntered
from pi_coach.core.planning.history import History, PastRep, Profile
from pi_coach.core.session_events import AthleteChosen
from pi_coach.session_report import list_lines, recovered_lines, show_lines, unsaved_lines

BERLIN = dt.timezone(dt.timedelta(hours=2))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


def train(path, athlete="Ana", seconds=552.0):
    """One session of one set; return its number."""
    clock = StillClock()
    writer = SessionWriter(path, SessionStart(athlete, START.source, START.version, START.settings), clock)
    play_a_set(writer)
    clock.advance(seconds)
    writer.close()
    return writer.session_id


# Reading


def test_a_book_that_was_never_begun_reads_as_an_empty_one_and_is_not_made(path):
    with SessionBook(path) as book:
        assert book.sessions() == []
        assert book.latest_calibration("wall") is None
        with pytest.raises(CoachError, match="There is no session 1"):
            book.session(1)
    assert not path.exists()


def test_the_last_session_comes_first_and_the_list_ends_where_asked(path):
    for _ in range(3):
        train(path)
    with SessionBook(path) as book:
        assert [row.id for row in book.sessions()] == [3, 2, 1]
        assert [row.id for row in book.sessions(limit=2)] == [3, 2]


def test_a_session_in_the_list_has_its_numbers(path):
    train(path)
    with SessionBook(path) as book:
        (row,) = book.sessions()
    assert (row.sets, row.reps, row.quality_reps, row.score, row.length_s) == (1, 2, 1, 74.5, 552.0)
    assert row.drills == ("rdl",)


def test_a_session_without_reps_has_no_score(path):
    open_writer(path).close()
    with SessionBook(path) as book:
        (row,) = book.sessions()
    assert (row.sets, row.reps, row.score, row.drills) == (0, 0, None, ())


def test_an_unknown_session_is_refused_with_the_place_to_look(path):
    train(path)
    with SessionBook(path) as book, pytest.raises(CoachError, match="no session 7: `pi-coach sessions list` shows"):
        book.session(7)


def test_a_session_can_be_read_while_it_is_written_and_reading_changes_nothing(path):
    writer = open_writer(path)
    play_a_set(writer)
    with SessionBook(path) as book:
        assert book.session(1).row.ending is None
    with closing(connect(path, READING)) as book, pytest.raises(sqlite3.OperationalError, match="readonly"):
        book.execute("DELETE FROM sessions")
    writer.close()


def test_an_empty_file_becomes_a_book_when_read(path):
    path.touch()
    with SessionBook(path) as book:
        assert book.sessions() == []


def test_a_damaged_book_is_told_in_one_sentence(path):
    train(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 8000)
    with pytest.raises(StoreError, match=r"sessions\.db cannot be used: it is damaged"), SessionBook(path) as book:
        book.sessions()


def test_a_book_of_an_earlier_version_in_use_is_not_changed_under_its_writer(path):
    train(path)
    with closing(sqlite3.connect(path)) as book, book:
        book.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(StoreError, match="An earlier pi-coach still uses the session book"):
        bring_up_to_date(path, alone=False)


# Export


def test_the_export_holds_the_whole_session_as_json(path):
    number = train(path)
    with SessionBook(path) as book:
        exported = json.loads(json.dumps(export_json(book.session(number)), allow_nan=False))
    assert exported["schema"] == 1
    assert exported["started_at"] == "2026-05-12T16:04:00+00:00"
    assert exported["ended_at"] == "2026-05-12T16:13:12+00:00"
    assert exported["settings"] == {"speech": {"volume": 0.8}}
    (one,) = exported["sets"]
    assert one["reps"][1] == {
        "number": 2,
        "start_s": 6.0,
        "bottom_s": 7.0,
        "end_s": 8.0,
        "score": 61,
        "quality": False,
        "faults": ["squatting"],
        "severe": ["squatting"],
        "measures": {"hip_flexion_deg": 84.0, "knee_flexion_deg": None, "down_s": 1.0, "up_s": 1.0},
    }
    assert one["partials"] == [{"start_s": 10.0, "bottom_s": 10.5, "end_s": 11.0}]
    assert (one["side"], one["silent"], one["load_kg"]) == ("first", True, 24.0)
    assert exported["answers"] == {"comfortable": None, "pain": None}
    assert exported["cues"][1] == {
        "set": 1,
        "t_s": 8.4,
        "text": "Soft knees",
        "fault": "squatting",
        "slot": "top",
        "reason": "matters most",
    }
    assert exported["events"][0] == {
        "t_s": 1.0,
        "kind": "SetStarted",
        "body": {"drill": "rdl", "target_reps": 10, "side": "first", "silent": True, "load_kg": 24.0},
    }


# What the programme and the explanations need


def test_side_load_silence_severity_and_reasons_come_back_as_they_were_written(path):
    number = train(path)
    with SessionBook(path) as book:
        session = book.session(number)
    (one,) = session.sets
    assert (one.side, one.silent, one.load_kg) == ("first", True, 24.0)
    assert [rep.severe for rep in one.reps] == [(), ("squatting",)]
    assert [cue.reason for cue in session.cues] == ["", "matters most", ""]
    (held,) = [event for event in session.events if event.kind == "CueHeld"]
    assert held.body == {"rep": 2, "fault": "shallow", "reason": "one correction a rep"}


def test_what_the_session_went_through_is_in_its_timeline(path):
    writer = open_writer(path)
    writer.show(step(0.0, StageEntered(POWER_ON_S, Stage.CALIBRATION)))
    writer.show(step(1.0, SafetyStopped(POWER_ON_S + 1.0, "back_rounding", 7.4)))
    writer.close()
    with SessionBook(path) as book:
        assert [(event.kind, event.body) for event in book.session(1).events] == [
            ("StageEntered", {"stage": "calibration"}),
            ("SafetyStopped", {"fault": "back_rounding", "value": 7.4}),
        ]


def test_the_past_of_an_athlete_has_every_session_in_the_order_of_its_time_and_nobody_elses(path):
    train(path)
    train(path, "Bo")
    train(path)
    with SessionBook(path) as book:
        past = book.history("Ana")
        assert book.history("Nobody") == History()
    assert len(past.sessions) == 2
    (one,) = past.sessions[0].sets
    assert past.sessions[0].day == pytest.approx(20585.669, abs=0.001)
    assert (one.drill, one.target_reps, one.silent, one.load_kg) == ("rdl", 10, True, 24.0)
    assert one.reps[1] == PastRep(61, quality=False, faults=("squatting",), severe=("squatting",), hip_flexion_deg=84.0)
    assert past.quality_reps("rdl") == 2


def test_a_session_belongs_to_whoever_said_yes_to_the_name(path):
    train(path, "Bo")
    for name in ("Bo", "Cleo"):
        writer = open_writer(path)
        writer.show(step(0.5, AthleteChosen(POWER_ON_S + 0.5, name)))
        play_a_set(writer)
        writer.close()
        assert writer.unsaved == 0
    with SessionBook(path) as book:
        assert [row.athlete for row in book.sessions()] == ["Cleo", "Bo", "Bo"]
        assert [len(book.history(name).sessions) for name in ("Ana", "Bo", "Cleo")] == [0, 2, 1]


def test_a_profile_can_be_told_before_the_first_session_and_stays_until_the_last_one_is_deleted(path):
    small = Profile(body_kg=61.0, stature_cm=168.0, basics_only=True)
    save_profile(path, "Ana", small)
    other = train(path, "Bo")
    number = train(path)
    delete_session(path, other)
    with SessionBook(path) as book:
        assert book.history("Ana").profile == small
    delete_session(path, number)
    with SessionBook(path) as book:
        assert book.history("Ana") == History()


def test_answers_and_self_tests_are_part_of_the_past(path):
    number = train(path)
    save_answers(path, number, Answers(comfortable=True, pain=False))
    done_at = StillClock().wall() + dt.timedelta(days=1)
    save_screen(path, "Ana", ScreenDone("hip_flexion", done_at, 95.0, passed=True))
    with SessionBook(path) as book:
        past = book.history("Ana")
        assert book.session(number).answers == Answers(comfortable=True, pain=False)
    assert (past.sessions[0].comfortable, past.sessions[0].pain) == (True, False)
    (screen,) = past.screens
    assert (screen.screen, screen.value, screen.passed) == ("hip_flexion", 95.0, True)
    assert screen.day - past.sessions[0].day == pytest.approx(1.0)


def test_answers_to_an_unknown_session_are_refused(path):
    with pytest.raises(CoachError, match="There is no session 1"):
        save_answers(path, 1, Answers(comfortable=True))
    train(path)
    with pytest.raises(CoachError, match="There is no session 2"):
        save_answers(path, 2, Answers(comfortable=True))


# Deleting


def test_a_deleted_session_leaves_no_trace_in_any_file(path):
    train(path, "Ana")
    number = train(path, "Zebedee Quince")
    before = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Zebedee Quince" in before
    delete_session(path, number)
    after = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Zebedee Quince" not in after
    assert after.count(b"Soft knees") == before.count(b"Soft knees") // 2
    with SessionBook(path) as book:
        assert [(row.athlete, row.reps) for row in book.sessions()] == [("Ana", 2)]


def test_the_number_of_a_deleted_session_is_not_given_again(path):
    delete_session(path, train(path))
    assert train(path) == 2


def test_deleting_an_unknown_session_is_refused(path):
    with pytest.raises(CoachError, match="There is no session 1"):
        delete_session(path, 1)
    assert not path.exists()
    train(path)
    with pytest.raises(CoachError, match="There is no session 2"):
        delete_session(path, 2)


def test_a_running_session_cannot_be_deleted_but_an_old_one_can(path):
    old = train(path)
    writer = open_writer(path)
    writer.show(set_started())
    writer.show(rep_done(1))
    with pytest.raises(CoachError, match="Session 2 may still be running: end it first"):
        delete_session(path, writer.session_id)
    delete_session(path, old)
    writer.show(rep_done(2))
    writer.close()
    assert writer.unsaved == 0
    with SessionBook(path) as book:
        assert [(row.id, row.reps) for row in book.sessions()] == [(2, 2)]


def test_a_delete_that_a_reader_keeps_from_compacting_says_so(path):
    number = train(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM sessions").fetchall()
        with pytest.raises(StoreError, match="Session 1 is deleted, but traces stay in the file"):
            delete_session(path, number)


# Calibrations


def test_the_latest_calibration_of_a_kind_counts(path):
    clock = StillClock()
    first = Calibration("wall", {"wall_x": 0.25}, "camera 640x480", clock.wall())
    second = Calibration("wall", {"wall_x": 0.27}, "camera 640x480", clock.wall() + dt.timedelta(days=1))
    save_calibration(path, first)
    writer = open_writer(path)
    writer.save_calibration(second)
    writer.close()
    with SessionBook(path) as book:
        assert book.latest_calibration("wall") == second
        assert book.latest_calibration("floor") is None


# What the terminal shows


def test_the_list_is_a_table(path):
    train(path)
    train(path, "Bo", seconds=42.0)
    with SessionBook(path) as book:
        assert list_lines(book.sessions(), BERLIN) == [
            "id  when                   athlete  drills  sets  reps  clean  score      length  ending",
            " 2  Tue 12 May 2026 18:04  Bo       rdl        1     2      1     74        42 s  finished",
            " 1  Tue 12 May 2026 18:04  Ana      rdl        1     2      1     74  9 min 12 s  finished",
        ]


def test_an_empty_list_says_how_to_begin():
    assert list_lines([]) == ["No sessions yet: `pi-coach run` begins the first."]


def test_a_session_is_shown_set_by_set_and_rep_by_rep(path):
    number = train(path)
    with SessionBook(path) as book:
        assert show_lines(book.session(number), BERLIN) == [
            "Session 1, Ana, Tuesday 12 May 2026, 18:04",
            "Finished; length 9 min 12 s; from camera; pi-coach 0.1.0",
            "",
            "Set 1: rdl, seen from the left",
            "  2 of 10 reps, 1 clean, mean score 74",
            "  rep    at  score  clean  hip  knee   down     up  faults",
            "    1  0:03     88  yes    84°     -  1.0 s  1.0 s  -",
            "    2  0:06     61  no     84°     -  1.0 s  1.0 s  squatting",
            "  not counted: 0:10",
            "  Two reps, one clean. Sit back further.",
            "  0:08  said: Soft knees",
        ]


def test_a_session_without_sets_says_so(path):
    open_writer(path).close()
    with SessionBook(path) as book:
        assert show_lines(book.session(1), BERLIN)[-1] == "No set was done."


def test_a_set_in_which_nothing_was_counted_has_no_table(path):
    writer = open_writer(path)
    writer.show(set_started())
    writer.close()
    with SessionBook(path) as book:
        assert show_lines(book.session(1), BERLIN)[3:] == ["Set 1: rdl", "  0 of 10 reps, 0 clean"]


def test_an_interrupted_session_and_unsaved_rows_are_told(path):
    train(path)
    with SessionBook(path) as book:
        assert recovered_lines(book.sessions(), BERLIN) == [
            "The session of Tue 12 May, 18:04 was interrupted; 2 reps saved (`pi-coach sessions show 1`)."
        ]
    assert unsaved_lines(0, None) == []
    assert unsaved_lines(1, "I cannot save: the disk is full.") == [
        "1 record of this session not saved. I cannot save: the disk is full."
    ]
