"""Sessions leave the book in forms that others read: a spreadsheet's table and a FIT activity."""

import csv
import dataclasses
import datetime as dt
import io

import fitdecode
import pytest
from book_story import SUMMARY, StillClock, open_writer, play_a_set, rep_done, set_started, step

from pi_coach.adapters.book.export_csv import export_csv
from pi_coach.adapters.book.export_fit import Exercise, export_fit
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import SessionDetail
from pi_coach.config import load
from pi_coach.core.events import SetCompleted
from pi_coach.exports import MEDIA, exercises, export

BEGAN = dt.datetime(2026, 5, 12, 16, 4, tzinfo=dt.UTC)
RDL = {"rdl": Exercise("Romanian deadlift", "deadlift", "romanian_deadlift")}


@pytest.fixture
def session(tmp_path) -> SessionDetail:
    clock = StillClock()
    writer = open_writer(tmp_path / "sessions.db", clock)
    play_a_set(writer)
    writer.show(set_started(60.0))
    writer.show(rep_done(1))
    writer.show(step(90.0, SetCompleted(5090.0, "rdl", SUMMARY)))
    clock.advance(100.0)
    writer.close()
    with SessionBook(tmp_path / "sessions.db") as book:
        return book.session(1)


def renamed(session, **more):
    return dataclasses.replace(session, row=dataclasses.replace(session.row, **more))


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def fit(content):
    """Every message of a FIT file as a decoder of somebody else's reads it, checksums and all."""
    with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        return [frame for frame in reader if isinstance(frame, fitdecode.FitDataMessage)]


def named(messages, name):
    return [message for message in messages if message.name == name]


def test_a_spreadsheet_gets_a_line_for_each_rep_of_every_set(session):
    lines = rows(export_csv(session))
    assert [(line["set"], line["rep"], line["score"], line["quality"]) for line in lines] == [
        ("1", "1", "88", "yes"),
        ("1", "2", "61", "no"),
        ("2", "1", "88", "yes"),
    ]
    assert lines[1]["faults"] == "squatting"
    assert lines[1]["hip_flexion_deg"] == "84.0"
    assert {line["load_kg"] for line in lines} == {"24.0"}


def test_what_was_not_seen_is_an_empty_cell_and_no_zero(session):
    assert {line["knee_flexion_deg"] for line in rows(export_csv(session))} == {""}


def test_a_name_that_looks_like_a_formula_is_shown_and_not_worked_out(session):
    (name,) = {line["athlete"] for line in rows(export_csv(renamed(session, athlete="=HYPERLINK(1)")))}
    assert name == "'=HYPERLINK(1)"


def test_names_in_any_script_survive_the_spreadsheet(session):
    (name,) = {line["athlete"] for line in rows(export_csv(renamed(session, athlete="Жанна; Ångström")))}
    assert name == "Жанна; Ångström"


def test_a_fit_activity_holds_each_set_with_its_reps_load_and_exercise(session):
    messages = fit(export_fit(session, RDL))
    active = [one for one in named(messages, "set") if one.get_value("set_type") == "active"]
    assert [(one.get_value("repetitions"), one.get_value("weight")) for one in active] == [(2, 24.0), (1, 24.0)]
    assert active[0].get_value("start_time") == BEGAN + dt.timedelta(seconds=1)
    assert active[0].get_value("duration") == 13.0
    (title,) = named(messages, "exercise_title")
    assert title.get_value("wkt_step_name") == "Romanian deadlift"


def test_between_two_sets_a_fit_activity_has_the_rest(session):
    (rest,) = [one for one in named(fit(export_fit(session, RDL)), "set") if one.get_value("set_type") == "rest"]
    assert rest.get_value("duration") == 46.0


def test_a_fit_activity_is_strength_training_that_lasts_as_long_as_the_session(session):
    messages = fit(export_fit(session, RDL))
    (whole,) = named(messages, "session")
    assert (whole.get_value("sport"), whole.get_value("sub_sport")) == ("training", "strength_training")
    assert whole.get_value("start_time") == BEGAN
    assert whole.get_value("total_elapsed_time") == 100.0
    assert [len(named(messages, kind)) for kind in ("file_id", "lap", "activity")] == [1, 1, 1]
    assert messages[0].name == "file_id"


def test_the_same_session_has_the_same_serial_number_in_every_fit_file(session):
    first, again = (fit(export_fit(session, RDL))[0].get_value("serial_number") for _ in range(2))
    other = fit(export_fit(renamed(session, uuid="b" * 32), RDL))[0].get_value("serial_number")
    assert first == again != other


def test_a_session_without_a_set_is_still_an_activity(session):
    empty = dataclasses.replace(session, sets=())
    assert named(fit(export_fit(empty, RDL)), "activity")
    assert rows(export_csv(empty)) == []


def test_a_set_that_was_cut_off_ends_with_its_last_rep(session):
    cut = dataclasses.replace(session, sets=(dataclasses.replace(session.sets[0], ended_s=None),))
    (only,) = named(fit(export_fit(cut, RDL)), "set")
    assert only.get_value("duration") == session.sets[0].reps[-1].end_s - session.sets[0].started_s


def test_every_drill_of_the_catalogue_has_a_name_that_fit_knows_or_goes_by_its_own(session, tmp_path):
    config = load(tmp_path)
    for drill_id, exercise in exercises(config).items():
        one = dataclasses.replace(session.sets[0], drill=drill_id)
        messages = fit(export_fit(dataclasses.replace(session, sets=(one,)), {drill_id: exercise}))
        (title,) = named(messages, "exercise_title")
        assert title.get_value("wkt_step_name") == config.drill(drill_id).name
        assert title.get_value("exercise_category") == exercise.category
        # A name that FIT does not have within the category would be left out without a word.
        assert (title.get_value("exercise_name", fallback=None) is not None) == bool(exercise.name)


def test_a_drill_of_ones_own_goes_out_under_its_own_name(session):
    one = dataclasses.replace(session.sets[0], drill="my_drill")
    (title,) = named(fit(export_fit(dataclasses.replace(session, sets=(one,)), {})), "exercise_title")
    assert title.get_value("wkt_step_name") == "my_drill"


@pytest.mark.parametrize("form", MEDIA)
def test_each_form_has_a_file_name_that_tells_day_and_session(session, form, tmp_path):
    made = export(load(tmp_path), session, form)
    assert made.file_name == f"pi_coach-2026-05-12-1.{form}"
    assert made.content
