"""A gym of twenty stations, with a real broker and a real database server, all of which die."""

import contextlib
import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "adapters"))
from book_story import StillClock, play_a_set
from book_train import NAMES

from pi_coach.adapters.book.edits import delete_session, save_answers
from pi_coach.adapters.book.opening import bring_up_to_date
from pi_coach.adapters.book.rows import Answers
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.config import load
from pi_coach.core.errors import StoreError
from pi_coach.testing.five_years import Past, write_past
from pi_coach.testing.fleet import Fleet, HubProcess, Station
from pi_coach.testing.servers import LocalBroker, LocalDatabase, MissingServerError, until

psycopg = pytest.importorskip("psycopg", reason="needs psycopg: install the extra `hub`")

STATIONS, EARLIER, CUT_OFF = 20, 3, 5
SPEED = 150.0
"""A publisher's hour goes by in 24 seconds: it tries again after four seconds instead of ten minutes."""
TRIES_AN_HOUR = 10
"""After pauses of 30 s, 1, 2, 4, 8 min, and then 10 min each; at least so many within an hour."""
PATIENCE_S, LOOK_S = 90, 0.5


@pytest.fixture
def broker(tmp_path):
    try:
        running = LocalBroker(tmp_path)
    except MissingServerError as error:
        pytest.skip(str(error))
    yield running
    running.close()


@pytest.fixture
def database():
    try:
        running = LocalDatabase(durable=False)
    except MissingServerError as error:
        pytest.skip(str(error))
    yield running
    running.close()


@pytest.fixture
def hub(tmp_path, broker, database):
    running = HubProcess(tmp_path / "hub", broker.port, database.url)
    yield running
    running.close()


@pytest.fixture
def fleet(tmp_path, broker):
    """Stations with a past, which has not been told to anybody yet."""
    empty = tmp_path / "empty" / "sessions.db"
    empty.parent.mkdir()
    bring_up_to_date(empty, alone=True)
    drills = load(tmp_path / "nobody").drills
    stations = [Station(tmp_path / f"rack_{number}", broker.port, SPEED, empty) for number in range(STATIONS)]
    for number, station in enumerate(stations):
        past = Past(dt.datetime(2026, 5, 12, 16, 4, tzinfo=dt.UTC), EARLIER, 1, seed=number)
        write_past(station.book, past, drills)
    shutil.rmtree(empty.parent)
    with Fleet(stations) as running:
        yield running


def train(stations):
    for station in stations:
        writer = SessionWriter(station.book, SessionStart("Ana", "camera", "0.1.0", NAMES), StillClock())
        play_a_set(writer)
        writer.close()
        assert writer.unsaved == 0


def arrived(database):
    try:
        with psycopg.connect(database.url) as connection:
            return connection.execute("SELECT count(*) FROM sessions").fetchone()[0]
    except psycopg.Error:  # the server is down, or there is no table yet
        return 0


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_is_double_whatever_dies(broker, database, hub, fleet):
    stations, cut_off = fleet.stations, fleet.stations[:CUT_OFF]

    assert until(lambda: arrived(database) >= STATIONS, PATIENCE_S, LOOK_S)
    broker.kill()  # it forgets what it had not passed on
    train(stations[::2])
    broker.start()

    assert until(lambda: arrived(database) >= 2 * STATIONS, PATIENCE_S, LOOK_S)
    hub.kill()
    train(stations[1::2])
    hub.start()

    for station in cut_off:
        station.cable.pull()
        station.cable.refused = 0
    train(cut_off)
    database.kill()
    train(stations[CUT_OFF:])
    database.start()
    broker.kill()
    broker.start(lasting=True)
    assert until(lambda: min(station.cable.refused for station in cut_off) >= TRIES_AN_HOUR, PATIENCE_S, LOOK_S)
    train(cut_off)
    broker.kill()  # what it wrote down is an earlier state
    broker.start(lasting=True)
    for station in cut_off:
        station.cable.mend()

    with contextlib.suppress(StoreError):  # the publisher may be reading: then it is deleted, and only not compacted
        delete_session(stations[0].book, 1)
    save_answers(stations[1].book, 1, Answers(comfortable=False, pain=True))

    assert until(lambda: fleet.waiting() == 0, PATIENCE_S, LOOK_S), hub.log
    fleet.close()  # twenty publishers in a hurry leave little time for others
    assert fleet.differences(database.url) == []
    assert arrived(database) == STATIONS * (EARLIER + 1) + CUT_OFF + STATIONS - 1
