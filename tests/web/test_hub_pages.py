"""The same pages over a gym's hub: filtered by station, and nothing is changed there."""

import datetime as dt
import json

import pytest
from browsing import browser, setting_in, train

from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.gathering import take
from pi_coach.adapters.book.hub import address, open_hub
from pi_coach.adapters.book.importing import parse
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.commands.serving import shown
from pi_coach.core.errors import UsageError
from pi_coach.testing.servers import LocalDatabase, MissingServerError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url():
    """The address of a real server's book with the sessions of two stations."""
    pytest.importorskip("psycopg", reason="needs psycopg: install the extra `hub`")
    try:
        running = LocalDatabase(durable=False)
    except MissingServerError as error:
        pytest.skip(str(error))
    yield running.url
    running.close()


@pytest.fixture(scope="module")
def gathered(url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stations")
    stations = {"rack_1": ("good_wall_set", "wall_touch"), "rack_2": ("all_sorts_of_faults", "rdl")}
    engine = open_hub(url)
    for station, (recording, drill) in stations.items():
        train(folder / station, recording, drill)
        with SessionBook(folder / station / "data" / "sessions.db") as book, engine.begin() as connection:
            take(connection, station, parse(json.dumps(export_json(book.session(1))).encode()))
    engine.dispose()
    return url


@pytest.fixture
def hub(gathered, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "coach.toml").write_text(f'[hub]\ndatabase_url = "{gathered}"\n', encoding="utf-8")
    return browser(shown(setting_in(tmp_path), None))


def test_every_page_that_is_read_works_at_the_hub(hub):
    for place in (
        "/",
        "/sessions",
        "/sessions/1",
        "/sessions/2/sets/1/reps/1",
        "/sessions/1/compare?with=2",
        "/sessions/1/sheet",
        "/sessions/1/export",
        "/progress",
        "/plan",
        "/drills",
    ):
        assert hub.get(place).status_code == 200, place


def test_the_first_page_says_that_it_is_the_hub_and_waits_for_nobody(hub):
    page = hub.get("/").text
    assert "All stations" in page
    assert "live.js" not in page
    assert "/setup" not in page


def test_sessions_can_be_had_of_one_station_alone(hub):
    everything, one = hub.get("/sessions").text, hub.get("/sessions?station=rack_2").text
    assert "2 sessions" in everything
    assert "<option>rack_1</option>" in everything
    assert "1 session<" in one
    assert "<option selected>rack_2</option>" in one
    assert " · rack_2" in one
    assert " · rack_1" not in one


@pytest.mark.parametrize("place", ["/sessions/1/delete", "/plan/screens", "/setup/people", "/setup/wall"])
def test_nothing_is_changed_at_the_hub(hub, place):
    answer = hub.post(place, data={})
    assert answer.status_code == 403
    assert "things are changed at a station" in answer.text
    assert "/delete" not in hub.get("/sessions/1").text


def test_a_station_knows_no_stations(tmp_path):
    setting = shown(setting_in(tmp_path), None)
    train(tmp_path, "good_wall_set", "wall_touch")
    page = browser(setting).get("/sessions").text
    assert "Station" not in page
    assert "/delete" in browser(setting).get("/sessions/1").text


def test_another_book_can_be_asked_for_on_the_command_line(gathered, tmp_path):
    setting = setting_in(tmp_path)
    assert shown(setting, gathered).places.shown_book == address(gathered)
    assert shown(setting, "").places.shown_book == setting.places.book


def test_an_address_that_is_no_database_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="must be postgresql://"):
        shown(setting_in(tmp_path), "mysql://gym")


def test_the_latest_stand_first_by_the_stations_clocks(gathered, hub):
    engine = open_hub(gathered)
    with SessionBook(gathered) as book:
        late = export_json(book.session(2))
    earlier = dt.datetime.fromisoformat(late["started_at"]) - dt.timedelta(days=400)
    late |= {"uuid": "00000000-0000-4000-8000-000000000001", "started_at": earlier.isoformat()}
    with engine.begin() as connection:
        take(connection, "rack_3", parse(json.dumps(late).encode()))
    page = hub.get("/sessions").text
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sessions WHERE station = 'rack_3'")
    engine.dispose()
    assert page.rindex("· rack_3") > page.rindex("· rack_1")
