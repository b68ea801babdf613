"""Finished sessions reach a real broker and a real web server, once those are there."""

import contextlib
import http.server
import json
import queue
import shutil
import socket
import subprocess
import threading

import pytest
from book_story import StillClock, eventually, open_writer, play_a_set
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from pi_coach.adapters.book import deliveries
from pi_coach.adapters.book.edits import delete_session, save_answers
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Answers
from pi_coach.assembly import Setting
from pi_coach.cli import main
from pi_coach.config import load
from pi_coach.core.errors import DeliveryError, UsageError
from pi_coach.places import Places
from pi_coach.publishing import keep_publishing, publish_waiting, station_name, targets

HOST = "127.0.0.1"


def free_port():
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return asked.getsockname()[1]


@pytest.fixture
def gym(tmp_path):
    """A station with a session in its book; `write` puts something in the owner's coach.toml."""
    own, data = tmp_path / "own", tmp_path / "data"
    own.mkdir()
    train(data)

    def setting(publish):
        (own / "coach.toml").write_text(f"[publish]\n{publish}", encoding="utf-8")
        return Setting(load(own), Places(own, data, tmp_path / "cache"), StillClock(), print)

    return setting


def train(data):
    clock = StillClock()
    writer = open_writer(data / "sessions.db", clock)
    play_a_set(writer)
    clock.advance(90.0)
    writer.close()


def send_all(setting):
    return publish_waiting(setting, targets(setting.config.settings.publish, setting.places.owner_dir))


class Mosquitto:
    """A broker from Debian on loopback."""

    def __init__(self, folder, *lines):
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed: apt-get install mosquitto")
        self.port = free_port()
        config = folder / "mosquitto.conf"
        # Started by root it would become somebody who may not look into the tests' folder.
        config.write_text("\n".join(["user root", f"listener {self.port} {HOST}", *lines, ""]), encoding="utf-8")
        self._command = [program, "-c", str(config)]
        self.start()

    def start(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(self._answers)

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1.0):
            return True
        return False

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=10)

    @contextlib.contextmanager
    def listener(self):
        """Yield the queue of what is sent from now on, and of what was retained: topic, payload, retained."""
        heard, ready = queue.Queue(1000), threading.Event()
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda *_: client.subscribe("#", qos=1)
        client.on_subscribe = lambda *_: ready.set()
        client.on_message = lambda _, __, one: heard.put((one.topic, json.loads(one.payload), one.retain))
        client.connect(HOST, self.port)
        client.loop_start()
        assert ready.wait(10)
        yield heard
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def broker(tmp_path):
    running = Mosquitto(tmp_path, "allow_anonymous true")
    yield running
    running.stop()


def at(broker):
    return f'station = "rack 3"\nmqtt_host = "{HOST}"\nmqtt_port = {broker.port}\n'


def all_of(heard, count):
    return [heard.get(timeout=10) for _ in range(count)]


def test_by_default_nobody_is_told(gym):
    setting = gym("")
    assert targets(setting.config.settings.publish, setting.places.owner_dir) == ()


def test_a_broker_gets_each_finished_session_whole(gym, broker):
    with broker.listener() as heard:
        assert send_all(gym(at(broker))) == 1
        told = {topic: payload for topic, payload, _ in all_of(heard, 8)}
    session = told["pi_coach/rack_3/sessions"]
    assert (session["schema"], session["athlete"], session["station"]) == (1, "Ana", "rack_3")
    assert [rep["score"] for rep in session["sets"][0]["reps"]] == [88, 61]


def test_home_assistant_finds_the_station_by_itself(gym, broker):
    send_all(gym(at(broker)))
    with broker.listener() as heard:  # who comes later still learns what was retained
        kept = {topic: payload for topic, payload, retained in all_of(heard, 7) if retained}
    sensors = {topic.split("/")[3]: told for topic, told in kept.items() if topic.startswith("homeassistant/sensor/")}
    assert set(sensors) == {"reps", "quality_reps", "score", "minutes", "drills", "started_at"}
    last = kept["pi_coach/rack_3/last"]
    assert (last["reps"], last["quality_reps"], last["minutes"]) == (2, 1, 1.5)
    for key, told in sensors.items():
        assert told["state_topic"] == "pi_coach/rack_3/last"
        assert told["value_template"] == f"{{{{ value_json.{key} }}}}"
        assert key in last
    assert len({told["unique_id"] for told in sensors.values()}) == len(sensors)


def test_a_session_is_told_once_and_a_new_one_when_it_is_over(gym, broker):
    setting = gym(at(broker))
    assert send_all(setting) == 1
    assert send_all(setting) == 0
    running = open_writer(setting.places.book)
    assert send_all(setting) == 0
    running.close()
    assert send_all(setting) == 1


def test_a_broker_that_is_down_loses_nothing(gym, broker):
    setting = gym(at(broker))
    broker.stop()
    with pytest.raises(DeliveryError, match=r"^The broker 127\.0\.0\.1:\d+ does not take messages: .*refused\.$"):
        send_all(setting)
    train(setting.places.data_dir)
    broker.start()
    with broker.listener() as heard:
        assert send_all(setting) == 2
        sent = [payload["id"] for topic, payload, _ in all_of(heard, 16) if topic.endswith("/sessions")]
    assert sent == [1, 2]


def test_a_session_that_was_deleted_is_not_told_any_more(gym, broker):
    setting = gym(at(broker))
    delete_session(setting.places.book, 1)
    assert send_all(setting) == 0


def test_a_session_deleted_while_it_was_sent_leaves_no_note(gym):
    setting = gym("")
    delete_session(setting.places.book, 1)
    deliveries.note(setting.places.book, 1, "somewhere", setting.clock.wall())
    assert deliveries.waiting(setting.places.book, "somewhere") == []


def test_a_session_that_is_deleted_after_it_was_told_is_told_to_be_gone(gym, broker):
    setting = gym(at(broker) + "home_assistant = false\n")
    send_all(setting)
    with SessionBook(setting.places.book) as book:
        uuid = book.session(1).row.uuid
    delete_session(setting.places.book, 1)
    with broker.listener() as heard:
        assert send_all(setting) == 1
        assert send_all(setting) == 0
        ((topic, told, retained),) = all_of(heard, 1)
    assert (topic, retained) == ("pi_coach/rack_3/deleted", False)
    assert told == {"schema": 1, "uuid": uuid, "station": "rack_3", "deleted": True}


def test_a_deletion_takes_the_last_session_off_the_broker(gym, broker):
    setting = gym(at(broker))
    send_all(setting)
    delete_session(setting.places.book, 1)
    send_all(setting)
    with broker.listener() as heard:
        kept = [topic for topic, _, _ in all_of(heard, 6)]
        assert "pi_coach/rack_3/last" not in kept
        with pytest.raises(queue.Empty):
            heard.get(timeout=0.5)


def test_answers_that_are_given_later_are_sent_as_well(gym, broker):
    setting = gym(at(broker) + "home_assistant = false\n")
    send_all(setting)
    save_answers(setting.places.book, 1, Answers(comfortable=True, pain=False))
    with broker.listener() as heard:
        assert send_all(setting) == 1
        ((_, session, _),) = all_of(heard, 1)
    assert session["answers"] == {"comfortable": True, "pain": False}


@pytest.fixture
def locked_broker(tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    running = Mosquitto(tmp_path, "allow_anonymous false", f"password_file {key_file(keys)}")
    yield running
    running.stop()


def key_file(folder):
    made = folder / "passwords"
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    subprocess.run([program, "-b", "-c", made, "gym", "tr1cep"], check=True)
    return made


def test_a_broker_that_wants_a_password_gets_it_from_its_own_file(gym, locked_broker):
    setting = gym(at(locked_broker) + 'mqtt_user = "gym"\nmqtt_password_file = "broker-password"\n')
    password = setting.places.owner_dir / "broker-password"
    password.write_text("wrong\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match=r"(?i)not authori[sz]ed"):
        send_all(setting)
    password.write_text("tr1cep\n", encoding="utf-8")
    assert send_all(setting) == 1


def test_a_password_file_that_is_not_there_is_named(gym):
    setting = gym('mqtt_host = "localhost"\nmqtt_password_file = "gone"\n')
    with pytest.raises(UsageError, match="gone cannot be read"):
        send_all(setting)


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes what is posted and answers as it was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = http.server.ThreadingHTTPServer((HOST, 0), Hook)
    server.got, server.answer = [], 204
    thread = threading.Thread(target=server.serve_forever, name="hook")
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hooked(hook):
    return f'webhook_url = "http://{HOST}:{hook.server_port}/trained"\n'


def test_a_web_address_gets_the_session_as_json(gym, hook):
    assert send_all(gym(hooked(hook))) == 1
    ((path, session),) = hook.got
    assert (path, session["id"], session["schema"]) == ("/trained", 1, 1)


@pytest.mark.parametrize(("answer", "words"), [(500, "answers 500"), (302, "answers 302")])
def test_a_web_address_that_refuses_or_sends_elsewhere_is_tried_again(gym, hook, answer, words):
    setting = gym(hooked(hook))
    hook.answer = answer
    with pytest.raises(DeliveryError, match=words):
        send_all(setting)
    hook.answer = 200
    assert send_all(setting) == 1
    assert [path for path, _ in hook.got] == ["/trained", "/trained"]


def test_a_web_address_is_told_of_a_deletion_too(gym, hook):
    setting = gym(hooked(hook))
    send_all(setting)
    delete_session(setting.places.book, 1)
    assert send_all(setting) == 1
    (_, session), (_, gone) = hook.got
    assert gone == {"schema": 1, "uuid": session["uuid"], "station": session["station"], "deleted": True}


def test_one_place_that_is_down_does_not_keep_another_from_hearing(gym, hook):
    setting = gym(f'mqtt_host = "{HOST}"\nmqtt_port = {free_port()}\n' + hooked(hook))
    with pytest.raises(DeliveryError, match="The broker"):
        send_all(setting)
    assert len(hook.got) == 1


def test_an_address_that_is_no_web_address_is_refused(gym):
    with pytest.raises(UsageError, match="must begin with http"):
        send_all(gym('webhook_url = "file:///etc/passwd"\n'))


def test_publishing_goes_on_until_it_is_told_to_stop(gym, hook):
    setting = gym(hooked(hook))
    places = targets(setting.config.settings.publish, setting.places.owner_dir)
    stop = threading.Event()
    thread = threading.Thread(target=keep_publishing, args=(setting, places, stop), name="publisher")
    thread.start()
    assert eventually(lambda: hook.got)
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_the_command_tells_what_it_sent(gym, hook, capsys):
    setting = gym(hooked(hook))
    where = ["--config", str(setting.places.owner_dir), "--data", str(setting.places.data_dir)]
    assert main([*where, "publish", "--once"]) == 0
    assert capsys.readouterr().out == "1 messages were taken; nothing waits.\n"


def test_a_stations_name_fits_into_a_topic():
    assert station_name("Rack 3 / by the +window#") == "Rack_3_by_the_window"
    assert station_name("")
