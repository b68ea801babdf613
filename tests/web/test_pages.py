"""The pages on a book that the real coach has written: what they show, and what their forms change."""

import socket
import threading

import pytest
from browsing import browser, setting_in

from pi_coach import choices
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.live_feed import LiveFeed
from pi_coach.clock import SystemClock


@pytest.fixture
def home(own_trained):
    return setting_in(own_trained)


@pytest.fixture
def page(home):
    return browser(home)


def test_without_a_coach_today_tells_of_the_last_session(page):
    text = page.get("/").text
    assert "Nobody is training" in text
    assert 'href="/sessions/2"' in text


def test_the_plan_says_what_to_do_why_and_what_is_missing_for_the_next_rung(page):
    text = page.get("/plan").text
    assert "Today for athlete" in text
    assert "Where you stand" in text
    assert "you are here" in text or "nobody has seen you hinge yet" in text.lower()
    assert "Self-tests" in text


def test_a_self_test_that_was_logged_stands_on_the_plan(page):
    told = {"athlete": "athlete", "screen": "ankle", "value": "11"}
    assert page.post("/plan/screens", data=told).status_code == 303
    assert "11 cm, good" in page.get("/plan").text
    assert page.post("/plan/screens", data=told | {"screen": "nothing"}).status_code == 400
    assert page.post("/plan/screens", data=told | {"value": "much"}).status_code == 400


def test_every_drill_has_a_page_with_its_cues_and_limits_in_words(page, home):
    for drill in home.config.drills.values():
        text = page.get(f"/drills/{drill.id}").text
        assert drill.setup_prompt in text.replace("&#39;", "'")
        for fault in drill.faults:
            assert fault.title in text
            assert all(cue in text.replace("&#39;", "'") for cue in fault.words.cues)
        assert "_deg" not in text.split("<main")[1]
        assert page.get("/drills").text.count(f'"/drills/{drill.id}"') == 1


def test_a_target_is_kept_and_holds_for_the_next_session(page, home):
    assert page.post("/drills/rdl", data={"sets": "4", "reps": "6"}).status_code == 303
    plan = choices.load(home.places).drills["rdl"].plan
    assert (plan.sets, plan.reps) == (4, 6)
    assert 'value="6"' in page.get("/drills/rdl").text


@pytest.mark.parametrize("sent", [{"sets": "0", "reps": "5"}, {"sets": "2"}, {"sets": "x", "reps": "5"}])
def test_a_target_that_nobody_could_do_is_refused(page, home, sent):
    assert page.post("/drills/rdl", data=sent).status_code == 422
    assert not home.places.choices.exists()


def test_language_and_volumes_are_kept_and_shown(page, home):
    page.post("/setup/voice", data={"language": "de", "volume": "35", "tones": "80"})
    settings = choices.load(home.places).settings
    assert (settings.speech.language, settings.speech.volume, settings.tones.volume) == ("de", 0.35, 0.8)
    text = page.get("/setup?saved=voice").text
    assert 'value="de" selected' in text
    assert 'value="35"' in text
    assert "from the next session on" in text


def test_a_language_that_is_not_there_is_refused_with_those_that_are(page):
    answer = page.post("/setup/voice", data={"language": "xx", "volume": "35", "tones": "80"})
    assert answer.status_code == 400
    assert "allowed are de, en" in answer.text


def test_the_button_goes_round_what_was_ticked_in_the_order_it_knew(page, home):
    page.post("/setup/button", data={"drill": ["hip_thrust", "rdl", "wall_touch"]})
    assert choices.load(home.places).settings.coach.button_drills == ("wall_touch", "rdl", "hip_thrust")


def test_people_join_and_leave_and_what_they_told_reaches_the_plan(page, home):
    told = {"name": "Ada Lovelace", "body_kg": "61.5", "stature_cm": "168", "basics_only": "true", "trains": "true"}
    assert page.post("/setup/people", data=told).status_code == 303
    coach = choices.load(home.places).settings.coach
    assert (coach.athlete, coach.athletes) == ("athlete", ("athlete", "Ada Lovelace"))
    with SessionBook(home.places.book) as book:
        profile = book.history("Ada Lovelace").profile
    assert (profile.body_kg, profile.stature_cm, profile.basics_only) == (61.5, 168.0, True)
    page.post("/setup/people", data={"name": "athlete"})
    coach = choices.load(home.places).settings.coach
    assert (coach.athlete, coach.athletes) == ("Ada Lovelace", ())
    assert page.post("/setup/people", data={"name": "Ada Lovelace"}).status_code == 400


def test_a_name_is_shown_as_it_is_and_never_as_a_part_of_the_page(page):
    page.post("/setup/people", data={"name": "<script>alert(1)</script>", "trains": "true"})
    text = page.get("/setup").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("name", ["", " ", "a" * 41, "a\nb", " Ada"])
def test_a_name_that_cannot_be_called_is_refused(page, name):
    assert page.post("/setup/people", data={"name": name, "trains": "true"}).status_code == 422


def test_a_wall_is_not_kept_without_the_camera_that_it_belongs_to(page):
    answer = page.post("/setup/wall", data={"wall_x": "0.4"})
    assert answer.status_code == 409
    assert "start the coach" in answer.text


def test_a_wall_is_kept_with_where_the_camera_stands(page, home):
    place = " ".join(["0.0559"] * 320)
    feed = LiveFeed(home.places.live_socket, SystemClock(), lambda: place)
    try:
        assert page.post("/setup/wall", data={"wall_x": "0.4"}).status_code == 303
    finally:
        feed.close()
    with SessionBook(home.places.book) as book:
        kept = book.latest_calibration("wall")
    assert (kept.value, kept.fingerprint) == ({"wall_x": 0.4}, place)


def test_a_coach_that_answers_nonsense_is_no_coach(page, home):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(home.places.live_socket))
    listener.listen()

    def babble():
        link, _ = listener.accept()
        with link:
            link.sendall(b"what?\n")

    talker = threading.Thread(target=babble, name="babble")
    talker.start()
    answer = page.get("/live")
    talker.join(timeout=5)
    listener.close()
    assert "event: away" in answer.text


def test_the_live_stream_tells_that_nobody_trains_and_when_to_ask_again(page):
    answer = page.get("/live", headers={"accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: away" in answer.text
    assert "retry: 2000" in answer.text


def test_what_cannot_be_had_of_the_choices_is_told_on_the_set_up_page(page, home):
    home.places.choices.write_text("[speech]\nvolume = 7\n")
    text = page.get("/setup").text
    assert "speech.volume is left out" in text


def test_a_session_leaves_in_each_form_under_a_name_of_its_own(page):
    for form, media in (("json", "application/json"), ("csv", "text/csv"), ("fit", "application/vnd.ant.fit")):
        answer = page.get(f"/sessions/1/export?format={form}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media)
        assert f'.{form}"' in answer.headers["content-disposition"]
    assert page.get("/sessions/1/export?format=exe").status_code == 422


def test_a_session_is_deleted_after_it_was_asked_for_and_the_other_one_stays(page, home):
    asked = page.get("/sessions/1/delete").text
    assert "Delete session 1?" in asked
    assert page.post("/sessions/1/delete").status_code == 303
    with SessionBook(home.places.book) as book:
        assert [row.id for row in book.sessions()] == [2]
    assert page.get("/sessions/1/delete").status_code == 404
