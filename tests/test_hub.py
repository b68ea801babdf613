"""The gym's hub: each session once, each deletion for good, and nobody's nonsense holds up the others."""

import datetime as dt
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paho.mqtt.publish import single
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent / "adapters"))
from book_story import StillClock, play_a_set
from book_train import NAMES

from pi_coach import hub as hubs
from pi_coach.adapters import aside as asides
from pi_coach.adapters.aside import Aside
from pi_coach.adapters.book import edits, erasing, gathering, schema
from pi_coach.adapters.book.database import WRITING, make_engine
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.opening import bring_up_to_date
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Answers
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.adapters.mqtt import Broker, Message
from pi_coach.adapters.mqtt_inbox import Inbox, Letter, receive
from pi_coach.assembly import Setting
from pi_coach.cli import main
from pi_coach.config import load
from pi_coach.core.errors import DeliveryError, StoreError, UsageError
from pi_coach.hub import Hub, database_url
from pi_coach.places import Places
from pi_coach.publishing import publish_waiting, targets
from pi_coach.settings import HubSettings
from pi_coach.testing.servers import HOST, LocalBroker, LocalDatabase, MissingServerError, until

AT = dt.datetime(2026, 5, 12, 16, 4, tzinfo=dt.UTC)


def trained(path, athlete="Ana"):
    """One session in a station's book; return its number."""
    path.parent.mkdir(exist_ok=True)
    writer = SessionWriter(path, SessionStart(athlete, "camera", "0.1.0", NAMES), StillClock())
    play_a_set(writer)
    writer.close()
    return writer.session_id


def told(path, number=1):
    with SessionBook(path) as book:
        return export_json(book.session(number))


def letter(session, station="rack_1", about="sessions"):
    payload = {**session, "station": station} if isinstance(session, dict) else session
    return Letter(f"gym/{station}/{about}", payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def deletion(uuid, station="rack_1"):
    return letter({"schema": 1, "uuid": uuid, "deleted": True}, station, "deleted")


@pytest.fixture
def station(tmp_path):
    path = tmp_path / "rack_1" / "sessions.db"
    trained(path)
    return path


@pytest.fixture
def book(tmp_path):
    """The hub's book; here in a file, with the same tables as on the server."""
    path = tmp_path / "hub" / "sessions.db"
    path.parent.mkdir()
    bring_up_to_date(path, alone=True)
    return path


@pytest.fixture
def hub(book, tmp_path):
    engine = make_engine(book, WRITING)
    yield Hub(engine, Aside(tmp_path / "refused"), StillClock())
    engine.dispose()


def at_hub(book):
    """What the hub's book has: all sessions whole, without the number that each book gives."""
    with SessionBook(book) as read:
        return [export_json(read.session(row.id)) | {"id": None} for row in read.sessions(1000)]


def kept_aside(tmp_path):
    return list(Aside(tmp_path / "refused").kept())


def test_a_session_that_comes_three_times_is_there_once_and_each_time_answered(hub, book, station):
    sent = told(station)
    answers = [hub.take(letter(sent)) for _ in range(3)]
    assert answers == [Message("gym/rack_1/taken", sent["uuid"])] * 3
    assert at_hub(book) == [sent | {"id": None}]


def test_answers_that_are_given_later_reach_the_hub_under_the_same_number(hub, book, station):
    hub.take(letter(told(station)))
    edits.save_answers(station, 1, Answers(comfortable=True, pain=False))
    hub.take(letter(told(station)))
    assert at_hub(book) == [told(station) | {"id": None}]
    with SessionBook(book) as read:
        assert [row.id for row in read.sessions()] == [1]
        assert read.session(1).answers == Answers(comfortable=True, pain=False)


def test_a_session_that_was_copied_to_another_station_stays_with_the_first(hub, book, station):
    sent = told(station)
    hub.take(letter(sent))
    assert hub.take(letter(sent | {"source": "film"}, "rack_2")) is not None
    hub.take(deletion(sent["uuid"], "rack_2"))
    assert at_hub(book) == [sent | {"id": None}]


def test_who_has_the_same_name_at_two_stations_is_one_athlete(hub, book, station, tmp_path):
    other = tmp_path / "rack_2" / "sessions.db"
    trained(other)
    hub.take(letter(told(station)))
    hub.take(letter(told(other), "rack_2"))
    with SessionBook(book) as read:
        assert [row.athlete for row in read.sessions()] == ["Ana", "Ana"]
        assert len(read.history("Ana").sessions) == 2


def test_a_deleted_session_leaves_nothing_and_is_not_taken_again(hub, book, station):
    sent = told(station)
    hub.take(letter(sent))
    assert hub.take(deletion(sent["uuid"])) == Message("gym/rack_1/taken", sent["uuid"])
    hub.take(letter(sent))
    assert at_hub(book) == []
    with hub.engine.connect() as connection:
        assert connection.scalars(select(schema.athletes.c.name)).all() == []


def test_a_deletion_that_overtakes_its_session_still_counts(hub, book, station):
    sent = told(station)
    hub.take(deletion(sent["uuid"]))
    hub.take(letter(sent))
    assert at_hub(book) == []


def test_who_asks_to_be_forgotten_is_at_all_stations(hub, book, station, tmp_path):
    other = tmp_path / "rack_2" / "sessions.db"
    trained(other, "Zebedee Quince")
    sent = told(other)
    hub.take(letter(told(station)))
    hub.take(letter(sent, "rack_2"))
    with hub.engine.begin() as connection:
        assert gathering.forget(connection, "Zebedee Quince", AT) == 1
    hub.take(letter(sent, "rack_2"))
    assert [one["athlete"] for one in at_hub(book)] == ["Ana"]
    assert "Zebedee" not in json.dumps(at_hub(book))


NO_STATION = "it does not name the station that its topic names"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (b"\xff", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", NO_STATION),
        (b'{"station": "rack_2"}', NO_STATION),
        (b" " * 5_000_001, "it has more than 5 million bytes"),
        ({"schema": 2}, "it is no session in schema 1"),
        ({"cues": "many"}, "the session.cues must be a list"),
        ({"athlete": "A\0na"}, "the session.athlete is no text"),
        ({"athlete": "\ud800"}, "the session.athlete is no text"),
        ({"length_s": 1e300}, "the session.length_s is too large"),
        ({"uuid": "Robert'); DROP TABLE sessions"}, "its uuid"),
        ({"shell": "$(reboot)"}, "the session has the unknown key 'shell'"),
    ],
)
def test_nonsense_is_refused_in_one_line_kept_aside_and_holds_nobody_up(hub, book, station, caplog, changed, reason):
    sent = told(station)
    bad = letter(sent | changed if isinstance(changed, dict) else changed)
    hub.take(bad)
    (line,) = caplog.messages
    assert line.startswith(f"A message to 'gym/rack_1/sessions' is refused: {reason}")
    assert "\n" not in line
    assert [(one.topic, one.payload) for one in hub.aside.kept()] == [(bad.topic, bad.payload)]
    hub.take(letter(sent))
    assert at_hub(book) == [sent | {"id": None}]


@pytest.mark.parametrize(
    "topic", ["x", "gym/sessions", "gym/../sessions", "gym/a b/sessions", f"gym/{'a' * 81}/sessions"]
)
def test_a_topic_that_names_no_station_gets_no_answer(hub, book, topic):
    assert hub.take(Letter(topic, b"{}")) is None
    assert at_hub(book) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_put_into_a_session_the_next_one_is_taken(hub, book, station, data):
    sent = told(station)
    key = data.draw(st.sampled_from(sorted(sent)))
    try:
        hub.take(letter(sent | {key: data.draw(JSON)}))
    except UnicodeEncodeError:
        return
    hub.take(letter(sent))
    assert sent | {"id": None} in at_hub(book)


def test_what_is_put_aside_never_fills_the_disk_and_what_finds_no_room_stays_at_the_station(
    hub, station, tmp_path, monkeypatch
):
    monkeypatch.setattr(asides, "MOST", 3)
    sent = told(station)
    answers = [hub.take(letter(sent | {"schema": 2, "source": str(number)})) for number in range(5)]
    assert [answer is None for answer in answers] == [False, False, False, True, True]
    assert len(kept_aside(tmp_path)) == 3
    hub.take(letter(sent | {"schema": 2, "source": "0"}))  # the same again needs no room
    assert len(kept_aside(tmp_path)) == 3
    assert {file.stat().st_mode & 0o77 for file in (tmp_path / "refused").iterdir()} == {0}


def test_what_an_earlier_hub_could_not_read_is_taken_when_a_newer_one_starts(hub, book, station, tmp_path):
    sent = told(station)
    good = letter(sent)
    hub.aside.put(good.topic, good.payload, "it is of a newer kind")
    hub.aside.put(good.topic, b"{}", "it is nonsense")
    hub.try_again()
    assert at_hub(book) == [sent | {"id": None}]
    assert [one.payload for one in kept_aside(tmp_path)] == [b"{}"]


def test_without_a_database_the_message_stays_with_the_broker(hub, station, tmp_path):
    lost = Hub(make_engine(tmp_path / "nowhere" / "book.db", WRITING), hub.aside, hub.clock)
    with pytest.raises(StoreError, match=r"^The hub's database is lost: "):
        lost.take(letter(told(station)))
    assert kept_aside(tmp_path) == []


def test_the_databases_password_has_a_file_of_its_own(tmp_path):
    (tmp_path / "secret").write_text("p@ss/word\n", encoding="utf-8")
    assert database_url(HubSettings("", "secret"), tmp_path) == ""
    assert database_url(HubSettings("postgresql://gym@db/coach", ""), tmp_path) == "postgresql+psycopg://gym@db/coach"
    found = database_url(HubSettings("postgresql://gym@db/coach", "secret"), tmp_path)
    assert found == "postgresql+psycopg://gym:p%40ss%2Fword@db/coach"
    with pytest.raises(UsageError, match=r"gone cannot be read .*empty hub\.database_password_file"):
        database_url(HubSettings("postgresql://gym@db/coach", "gone"), tmp_path)


def test_a_machine_that_is_no_hub_says_so_and_one_without_a_broker_is_refused(tmp_path, capsys):
    where = ["--config", str(tmp_path), "--data", str(tmp_path / "data")]
    assert main([*where, "hub"]) == 0
    assert "this machine is no hub" in capsys.readouterr().out
    (tmp_path / "coach.toml").write_text('[hub]\ndatabase_url = "postgresql:///gym"\n', encoding="utf-8")
    assert main([*where, "hub"]) == 2
    assert "a hub needs a broker" in capsys.readouterr().err


# With a real broker, and a real server


@pytest.fixture
def broker(tmp_path):
    try:
        running = LocalBroker(tmp_path)
    except MissingServerError as error:
        pytest.skip(str(error))
    yield running
    running.close()


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("psycopg", reason="needs psycopg: install the extra `hub`")
    try:
        running = LocalDatabase(durable=False)
    except MissingServerError as error:
        pytest.skip(str(error))
    yield running
    running.close()


def configured(folder, broker, more):
    own = folder / "own"
    own.mkdir(parents=True)
    text = f'[publish]\nmqtt_host = "{HOST}"\nmqtt_port = {broker.port}\nmqtt_topic = "gym"\n{more}\n'
    (own / "coach.toml").write_text(text, encoding="utf-8")
    return Setting(load(own), Places(own, folder / "data", folder / "cache"), StillClock(), print)


def publish(setting):
    return publish_waiting(setting, targets(setting.config.settings.publish, setting.places.owner_dir))


@pytest.mark.slow
def test_a_session_counts_as_delivered_once_it_is_in_the_hubs_book_and_a_deletion_follows_it(tmp_path, broker, server):
    at_station = configured(tmp_path / "rack_1", broker, 'station = "rack_1"\nhub = true')
    at_hub_ = configured(tmp_path / "hub", broker, f'[hub]\ndatabase_url = "{server.url}"')
    book = at_station.places.book
    trained(book)
    trained(book, "Zebedee Quince")
    with pytest.raises(DeliveryError, match="the hub behind it is not there"):
        publish(at_station)
    stop = threading.Event()
    hub = threading.Thread(target=hubs.keep_gathering, args=(at_hub_, stop), name="hub")
    hub.start()
    try:
        assert until(lambda: _published(at_station), 30)
        with SessionBook(server.url) as there:
            assert {row.athlete for row in there.sessions()} == {"Ana", "Zebedee Quince"}
            assert all(row.station == "rack_1" for row in there.sessions())
        erasing.forget_athlete(book, "Zebedee Quince")
        assert publish(at_station) == 2  # the deletion, and Ana's session, whose settings named Zebedee
        assert publish(at_station) == 0
        with SessionBook(server.url) as there:
            assert [export_json(there.session(row.id)) | {"id": 1} for row in there.sessions()] == [told(book)]
    finally:
        stop.set()
        hub.join(timeout=10)
    assert not hub.is_alive()
    with pytest.raises(DeliveryError, match="the hub behind it is not there"):
        trained(book) and publish(at_station)


def _published(setting):
    try:
        publish(setting)
    except DeliveryError:
        return False
    return True


@pytest.mark.slow
def test_a_larger_message_than_any_session_does_not_reach_the_hub_at_all(broker):
    stop, heard = threading.Event(), []

    def take(one):
        heard.append(one.payload)
        stop.set()

    inbox = Inbox("hub", ("gym/+/sessions",), "gym/hub", 1000)
    at = {"hostname": HOST, "port": broker.port, "qos": 1}
    receiving = threading.Thread(target=receive, args=(Broker(HOST, broker.port), inbox, take, stop), name="inbox")
    receiving.start()
    try:
        assert until(lambda: _present(broker), 10)
        single("gym/rack/sessions", b"x" * 2000, **at)
        single("gym/rack/sessions", b"short", **at)
        receiving.join(timeout=10)
    finally:
        stop.set()
        receiving.join(timeout=10)
    assert heard == [b"short"]
    assert not _present(broker)


def _present(broker):
    """Tell whether the broker holds the word that a hub is there."""
    command = ["mosquitto_sub", "-h", HOST, "-p", str(broker.port), "-t", "gym/hub", "-C", "1", "-W", "1"]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).stdout == b"here\n"
    except FileNotFoundError:
        pytest.skip("mosquitto_sub is not installed: apt-get install mosquitto-clients")
