"""The pages that look back, on a book that the real coach has written."""

import datetime as dt
import re
import sqlite3
from contextlib import closing

import pytest
from browsing import browser, setting_in, train

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.web.trends import streak


@pytest.fixture(scope="session")
def page(trained):
    return browser(setting_in(trained))


@pytest.fixture(scope="session")
def wall(trained):
    with SessionBook(setting_in(trained).places.book) as book:
        return book.session(1)


@pytest.fixture(scope="session")
def faulty(trained):
    with SessionBook(setting_in(trained).places.book) as book:
        return book.session(2)


def text_of(answer):
    """The words of a page, without its tags."""
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def rep_address(session, place=0):
    one = session.sets[0]
    return f"/sessions/{session.row.id}/sets/{one.number}/reps/{one.reps[place].number}"


def test_the_list_names_every_session_with_its_figures_and_leads_to_it(page, wall):
    answer = page.get("/sessions")
    assert answer.text.index('href="/sessions/2"') < answer.text.index('href="/sessions/1"')
    assert f"{wall.row.reps} reps in {wall.row.sets} set" in text_of(answer)
    assert "2 sessions" in text_of(answer)


def test_the_calendar_marks_the_days_of_training_and_leads_to_them(page, wall):
    day = wall.row.started_at.astimezone().date()
    answer = page.get("/sessions")
    assert f"since={day}&amp;until={day}" in answer.text
    assert 'aria-current="date"' in answer.text
    assert "2 sessions" in text_of(page.get(f"/sessions?since={day}&until={day}"))


def test_a_month_without_training_is_empty_and_its_neighbours_are_near(page):
    answer = page.get("/sessions?month=2020-02")
    assert "February 2020" in answer.text
    assert "month=2020-01" in answer.text
    assert "month=2020-03" in answer.text
    assert 'class="day shade-' not in answer.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("drill=rdl", [2]),
        ("drill=wall_touch", [1]),
        ("athlete=athlete", [2, 1]),
        ("athlete=Nobody", []),
        ("ending=finished", [2, 1]),
        ("ending=interrupted", []),
        ("since=2019-01-01&until=2019-12-31", []),
        ("since=not-a-day&until=2020-02-31", [2, 1]),
    ],
)
def test_a_filter_keeps_what_it_asks_for(page, asked, found):
    answer = page.get(f"/sessions?{asked}")
    assert [int(number) for number in re.findall(r'class="card session" href="/sessions/(\d+)"', answer.text)] == found
    assert ("Nothing fits this filter" in answer.text) == (found == [])


def test_a_filter_shows_what_it_was_set_to(page):
    assert '<option value="rdl" selected>' in page.get("/sessions?drill=rdl").text


def test_a_session_shows_its_sets_reps_scores_and_faults(page, faulty):
    answer = page.get("/sessions/2")
    text = text_of(answer)
    for one in faulty.sets:
        for rep in one.reps:
            assert f'href="/sessions/2/sets/{one.number}/reps/{rep.number}"' in answer.text
    assert "Romanian deadlift" in text
    assert "40 kg" in text
    assert any(rep.faults for one in faulty.sets for rep in one.reps)
    assert "Squatting instead of hinging" in text
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart"' in answer.text


def test_a_session_tells_what_was_said_and_why_and_what_was_held_back(page, faulty):
    text = text_of(page.get("/sessions/2"))
    cue = next(cue for cue in faulty.cues if cue.fault and cue.reason)
    assert cue.text in text
    assert cue.reason.capitalize() in text
    held = next(event for event in faulty.events if event.kind == "CueHeld")
    assert str(held.body["reason"]).capitalize() in text


def test_a_session_that_was_never_held_is_told_so(page):
    answer = page.get("/sessions/99")
    assert answer.status_code == 404
    assert "There is no session 99" in answer.text


@pytest.mark.parametrize(
    "address", ["/sessions/0", "/sessions/9999999999999999999", "/sessions/one", "/sessions/1/sets/0/reps/1"]
)
def test_an_address_that_is_no_session_is_refused_politely(page, address):
    assert page.get(address).status_code == 422


def test_two_sessions_stand_side_by_side(page):
    text = text_of(page.get("/sessions/2/compare?with=1"))
    assert "All reps" in text
    assert "no drill in common" in text
    assert "Clean" in text


def test_two_sessions_of_one_drill_are_compared_drill_by_drill(own_trained):
    train(own_trained, "good_wall_set", "wall_touch")
    answer = browser(setting_in(own_trained)).get("/sessions/3/compare?with=1")
    assert "no drill in common" not in answer.text
    assert answer.text.count("<caption>") == 2
    assert "Wall touch" in answer.text


def test_a_session_is_no_better_than_itself(page):
    answer = page.get("/sessions/1/compare?with=1")
    assert "Wall touch" in answer.text
    assert "better" not in answer.text


def test_a_session_offers_earlier_ones_of_its_drill_to_compare_with(own_trained):
    train(own_trained, "good_wall_set", "wall_touch")
    answer = browser(setting_in(own_trained)).get("/sessions/3")
    assert re.findall(r'<option value="(\d+)">', answer.text) == ["1"]


def test_a_rep_tells_its_score_measures_limits_and_faults(page, faulty):
    one = faulty.sets[0]
    place, rep = next((place, rep) for place, rep in enumerate(one.reps) if "squatting" in rep.faults)
    text = text_of(page.get(rep_address(faulty, place)))
    assert f"Rep {rep.number} of {len(one.reps)}" in text
    assert "Squatting instead of hinging" in text
    assert "Two of five signs" in text
    assert "Signs of a squat" in text


def test_a_rep_shows_its_curves_and_its_bottom_without_any_script(page, wall):
    answer = page.get(rep_address(wall))
    for curve in ("hip", "knee", "trunk"):
        assert re.search(rf'<polyline class="{curve}" points="[\d., ]+"/>', answer.text)
    assert answer.text.count('<polyline class="near"') == 3


def test_a_movement_holds_the_hinge_that_was_measured(page, wall):
    sent = page.get(rep_address(wall) + "/movement.json").json()
    rep = wall.sets[0].reps[0]
    times, hips = sent["athlete"]["t"], [row[0] for row in sent["athlete"]["angles"]]
    assert times[0] < 0 < times[-1]
    assert max(hip for hip in hips if hip is not None) == pytest.approx(rep.measures["hip_flexion_deg"], abs=4)
    assert hips[times.index(min(times, key=abs))] > 0.9 * max(hip for hip in hips if hip is not None)
    assert len(sent["athlete"]["figures"]) == len(times)


def test_the_ghost_is_the_best_rep_and_stands_where_the_athlete_stands(page, wall):
    reps = wall.sets[0].reps
    best = max((rep for rep in reps if rep.quality), key=lambda rep: (rep.score, -rep.number))
    other = next(place for place, rep in enumerate(reps) if rep.number != best.number)
    answer = page.get(rep_address(wall, other))
    assert f'href="/sessions/1/sets/1/reps/{best.number}">your best rep' in answer.text
    sent = page.get(rep_address(wall, other) + "/movement.json").json()
    feet = [next(figure for figure in one["figures"] if figure)[3][4:6] for one in (sent["athlete"], sent["ghost"])]
    assert feet[0] == pytest.approx(feet[1], abs=3)


def test_the_best_rep_has_no_ghost_of_itself(page, wall):
    best = max((rep for rep in wall.sets[0].reps if rep.quality), key=lambda rep: (rep.score, -rep.number))
    address = f"/sessions/1/sets/1/reps/{best.number}"
    assert "This is your best rep" in page.get(address).text
    assert page.get(f"{address}/movement.json").json()["ghost"] is None


def test_a_rep_whose_movement_is_not_kept_any_more_keeps_its_figures(own_trained):
    setting = setting_in(own_trained)
    with closing(sqlite3.connect(setting.places.book)) as book, book:
        book.execute("DELETE FROM traces")
    page = browser(setting)
    answer = page.get("/sessions/1/sets/1/reps/1")
    assert "not kept any more" in answer.text
    assert "Measured" in answer.text
    assert page.get("/sessions/1/sets/1/reps/1/movement.json").status_code == 404


def test_a_rep_that_was_never_done_is_told_so(page):
    answer = page.get("/sessions/1/sets/1/reps/99")
    assert answer.status_code == 404
    assert "has no rep 99" in answer.text


def test_progress_adds_up_what_the_sessions_say(page, wall, faulty):
    text = text_of(page.get("/progress"))
    clean = wall.row.quality_reps + faulty.row.quality_reps
    assert f"Clean reps in your life {clean}" in text
    assert f"{100 - clean} to 100" in text
    for title in ("Clean reps", "Range", "Hip to knee", "Left at the top", "Tempo scatter", "Volume", "Personal bests"):
        assert title in text


def test_progress_of_one_drill_knows_its_loads_and_nothing_of_others(page, faulty):
    text = text_of(page.get("/progress?drill=rdl&period=all"))
    assert f"{faulty.row.reps} reps" in text
    assert "Squatting instead of hinging" in text


def test_progress_of_a_period_without_training_says_so(own_trained):
    setting = setting_in(own_trained)
    with closing(sqlite3.connect(setting.places.book)) as book, book:
        book.execute("UPDATE sessions SET started_at = '2020-01-01 10:00:00.000000'")
    page = browser(setting)
    assert "Nothing was trained in this period" in page.get("/progress").text
    assert "Nothing was trained" not in page.get("/progress?period=all").text


@pytest.mark.parametrize("address", ["/sessions", "/progress", "/progress?period=all&drill=rdl"])
def test_a_book_that_was_never_begun_reads_as_an_empty_one(tmp_path, address):
    answer = browser(setting_in(tmp_path)).get(address)
    assert answer.status_code == 200


def test_a_session_without_a_set_is_told_so(own_trained):
    setting = setting_in(own_trained)
    with closing(sqlite3.connect(setting.places.book)) as book, book:
        book.execute("PRAGMA foreign_keys = ON")
        book.execute("DELETE FROM sets WHERE session_id = 1")
        book.execute("UPDATE sessions SET ending = NULL, ended_at = NULL, length_s = NULL, digest = NULL")
    page = browser(setting)
    assert "No set was done" in page.get("/sessions/1").text
    assert "still running" in page.get("/sessions/1").text
    assert "No rep was counted" in page.get("/sessions/1/sheet").text
    assert page.get("/sessions").status_code == 200


def test_a_drill_that_left_the_catalogue_is_still_shown(own_trained):
    setting = setting_in(own_trained)
    with closing(sqlite3.connect(setting.places.book)) as book, book:
        book.execute("UPDATE sets SET drill = 'old_bow', side = 'first' WHERE session_id = 1")
    page = browser(setting)
    for address in ("/sessions", "/sessions/1", "/sessions/1/sets/1/reps/1", "/sessions/1/sheet", "/progress"):
        assert "ld bow" in page.get(address).text, address


def test_what_an_athlete_is_called_is_never_a_part_of_the_page(own_trained):
    setting = setting_in(own_trained)
    with closing(sqlite3.connect(setting.places.book)) as book, book:
        book.execute("UPDATE athletes SET name = '<script>alert(1)</script>'")
        book.execute("UPDATE cues SET text = '<img src=x onerror=alert(1)>', reason = '<b>'")
    page = browser(setting)
    for address in ("/sessions", "/sessions/2", "/sessions/2/sets/1/reps/1", "/sessions/2/sheet", "/progress"):
        answer = page.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text


def test_pages_run_and_style_nothing_inside_themselves(page, wall):
    for address in (
        "/sessions",
        "/sessions/2",
        "/sessions/2/compare?with=1",
        rep_address(wall),
        "/progress",
        "/sessions/1/sheet",
    ):
        text = page.get(address).text
        assert "<style" not in text, address
        assert not re.search(r"\sstyle=", text), address
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), address
        assert not re.search(r"\son\w+=", text), address
        assert not re.search(r'(?:src|href)="https?:', text), address


def test_the_weeks_in_a_row_count_a_week_that_has_just_begun():
    monday = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
    weeks = [monday + dt.timedelta(weeks=week) for week in (0, 1, 2, 5, 6)]
    assert streak(weeks, dt.date(2026, 12, 21)).now == 2
    assert streak(weeks, dt.date(2026, 12, 27)).now == 2
    assert streak(weeks, dt.date(2026, 12, 28)).now == 0
    assert streak(weeks, dt.date(2026, 12, 28)).longest == 3
