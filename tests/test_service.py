"""What systemd hears of the coach: ready with the first picture, alive while frames and the book move, its journal."""

import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.adapters.service import JournalFormatter, Service, in_journal
from pi_coach.core.events import Phase
from pi_coach.core.sessions.coach import Assignment
from pi_coach.core.sessions.coach import Coach as Coaching
from pi_coach.core.step import Step
from pi_coach.core.types import Frame
from pi_coach.health import FIRST_REPORT_S, REPORT_S, WRITER_S, Heartbeat, PoseMeter, Tally, health_line
from pi_coach.pipeline import Ends, run
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock
from pi_coach.testing.script import Script

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "fixtures" / "poses" / "rdl.poses.jsonl.gz"
CONFIG = config.load(Path("/nobody's/own/config"))
WATCHDOG_S = 20.0
STEP = Step(0.0, "rdl", Phase.TALL, None, None, (), None, 0, 5)


class Manager:
    """The service manager's end of the line."""

    def __init__(self, address):
        self.address = address
        self._heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard.bind(address.replace("@", "\0"))
        self._said = []

    def environ(self, **more):
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)), **more}

    def listen(self):
        """Take in what was said; the line holds ten messages."""
        while select.select([self._heard], [], [], 0)[0]:
            self._said.append(self._heard.recv(4096).decode())

    def heard(self):
        """Return what was said since the last call."""
        self.listen()
        said, self._said = self._said, []
        return said

    def close(self):
        self._heard.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "path" else f"@pi-coach-test-{os.getpid()}"
    with contextlib.closing(Manager(address)) as listening:
        yield listening


class Book:
    """A session book whose writer is told what to do."""

    def __init__(self):
        self.waiting, self.attempts, self.trouble = 0, 0, None


class Blank:
    """A pose engine that takes its time and sees nobody."""

    def __init__(self, clock):
        self.clock = clock

    def find(self, _):
        self.clock.advance_to(self.clock.now() + 0.02)

    def close(self):
        """Nothing is held."""


class Coach:
    """Heartbeat and meter as the loop drives them, in the time of a clock that is told."""

    def __init__(self, manager):
        self.manager = manager
        self.clock, self.book = ManualClock(100.0), Book()
        self.meter = PoseMeter(Blank(self.clock), self.clock)
        self.heart = Heartbeat(Service(manager.environ()), self.clock, self.book, self.meter)
        self.seq = 0

    def coaches(self, length_s, *, fps=10, blind=False):
        """Let frames come for a while; each other one is missed."""
        end_s = self.clock.now() + length_s
        while self.clock.now() < end_s:
            began_s = self.clock.now()
            if not blind:
                self.seq += 2
                self.meter.find(Frame(self.seq, began_s, None))
            self.heart.show(STEP)
            self.manager.listen()
            self.clock.advance_to(began_s + 1 / fps)


@pytest.fixture
def coach(manager):
    return Coach(manager)


def test_ready_is_told_with_the_first_picture_and_once(coach, manager):
    assert manager.heard() == []
    coach.coaches(1.0)
    assert [said for said in manager.heard() if "READY" in said] == ["READY=1\nSTATUS=Coaching."]


def test_a_camera_that_is_not_there_yet_makes_nobody_ready(coach, manager):
    coach.heart.camera_trouble = lambda: "No camera was found."
    coach.coaches(1.0, blind=True)
    said = manager.heard()
    assert "STATUS=No camera was found." in said
    assert not [line for line in said if "READY" in line]


def test_frames_feed_the_watchdog_often_enough_and_not_each(coach, manager):
    coach.coaches(WATCHDOG_S * 3)
    assert 9 <= manager.heard().count("WATCHDOG=1") <= 13


def test_without_frames_nothing_feeds_the_watchdog(coach, manager):
    coach.coaches(1.0)
    manager.heard()
    coach.clock.advance_to(coach.clock.now() + 60)
    assert manager.heard() == []


def test_a_writer_that_hangs_stops_the_feeding_whatever_the_frames_do(coach, manager):
    coach.coaches(1.0)
    coach.book.waiting = 3
    coach.coaches(WRITER_S)
    manager.heard()
    coach.coaches(WATCHDOG_S)
    assert "WATCHDOG=1" not in manager.heard()


class Hanging:
    """A pose engine that hangs from some frame on, until it is let go."""

    def __init__(self, body, hangs_at):
        self.body, self.hangs_at, self.hangs, self.let_go = body, hangs_at, threading.Event(), threading.Event()

    def find(self, frame):
        if frame.seq >= self.hangs_at and not self.let_go.is_set():
            self.hangs.set()
            self.let_go.wait(60)
        return self.body.find(frame)

    def close(self):
        """Nothing is held."""


def test_a_pose_engine_that_hangs_starves_the_watchdog_in_the_real_loop(manager):
    clock = ManualClock()
    body = ScriptedBody(Script().hold(20), Filming(fps=30), clock)
    engine = Hanging(body, hangs_at=200)
    meter = PoseMeter(engine, clock)
    heart = Heartbeat(Service(manager.environ()), clock, Book(), meter)
    ends = Ends(body, meter, FakeSpeaker(clock), FakeButtons(), [heart])
    session = Coaching(Assignment(CONFIG.drills["rdl"], CONFIG.wording.phrases))
    loop = threading.Thread(target=run, args=(ends, session), name="loop", daemon=True)
    loop.start()
    assert engine.hangs.wait(60)
    before = manager.heard()
    clock.advance_to(clock.now() + 60)
    assert "WATCHDOG=1" in before
    assert manager.heard() == []
    engine.let_go.set()
    loop.join(60)
    assert "WATCHDOG=1" in manager.heard()


def test_a_disk_that_refuses_is_told_and_coaching_goes_on(coach, manager):
    coach.book.waiting, coach.book.trouble = 3, "I cannot save: the disk is full."
    for _ in range(30):
        coach.book.attempts += 1
        coach.coaches(1.0)
    said = manager.heard()
    assert said.count("WATCHDOG=1") >= 5
    assert "STATUS=I cannot save: the disk is full." in said


def test_a_line_a_minute_tells_how_the_coach_is(coach, manager, caplog):
    with caplog.at_level(logging.INFO, "pi_coach.health"):
        coach.coaches(FIRST_REPORT_S + 2 * REPORT_S + 1)
    assert len(caplog.messages) == 3
    assert caplog.messages[2].startswith("10.0 frames/s, 601 dropped, pose 20.0 ms, 0 rows wait for the disk")
    assert f"STATUS=Coaching. {caplog.messages[2]}" in manager.heard()


def test_what_was_not_measured_is_not_in_the_line():
    assert health_line(Tally(), 60.0, 7, None) == "0.0 frames/s, 0 dropped, 7 rows wait for the disk"
    assert health_line(Tally(), 60.0, 0, 61.3).endswith("61 degrees Celsius")


def test_the_end_is_told_before_anything_is_closed(coach, manager):
    coach.heart.close()
    assert manager.heard() == ["STOPPING=1\nSTATUS=Saving what is left."]


def test_on_a_machine_without_a_service_manager_nothing_is_told_or_logged(caplog):
    service = Service({})
    service.ready("Coaching.")
    service.alive()
    assert service.watchdog_s is None
    assert caplog.messages == []


def test_a_manager_that_went_away_is_told_of_once_and_holds_nobody_up(tmp_path, caplog):
    service = Service({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    for _ in range(3):
        service.alive()
    assert len(caplog.messages) == 1


def test_a_manager_that_does_not_listen_holds_nobody_up(manager):
    service = Service(manager.environ())
    told = threading.Event()

    def tell():
        for _ in range(2000):
            service.alive()
        told.set()

    telling = threading.Thread(target=tell, name="telling", daemon=True)
    telling.start()
    assert told.wait(30)


@pytest.mark.parametrize(
    ("more", "watched"),
    [({}, WATCHDOG_S), ({"WATCHDOG_PID": str(os.getpid())}, WATCHDOG_S), ({"WATCHDOG_PID": "1"}, None)],
)
def test_only_the_process_that_is_named_is_watched(manager, more, watched):
    assert Service(manager.environ(**more)).watchdog_s == watched


def test_every_line_of_a_message_has_its_priority():
    record = logging.LogRecord("pi_coach.live", logging.WARNING, "", 1, "first\nsecond", (), None)
    assert JournalFormatter("%(name)s: %(message)s").format(record) == "<4>pi_coach.live: first\n<4>second"


def test_the_journal_is_told_from_a_terminal_and_from_a_file(tmp_path):
    with (tmp_path / "log").open("w") as stream:
        place = os.fstat(stream.fileno())
        assert in_journal(stream, {"JOURNAL_STREAM": f"{place.st_dev}:{place.st_ino}"})
        assert not in_journal(stream, {"JOURNAL_STREAM": "8:1"})
        assert not in_journal(stream, {})


def coached(manager, tmp_path, *arguments):
    """Run the program itself as a service."""
    command = [sys.executable, "-m", "pi_coach", "--data", tmp_path, "run", "--panel", "sim", *arguments]
    environ = {**os.environ, **manager.environ(), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )


def test_a_wrong_drill_is_in_the_status_and_ends_with_two(manager, tmp_path):
    done = coached(manager, tmp_path, "--drill", "nothing", "--source", str(RECORDING))
    assert done.returncode == 2
    (status,) = manager.heard()
    assert status.startswith("STATUS=")
    assert "nothing" in status
    assert status.removeprefix("STATUS=") in done.stderr


@pytest.mark.slow
def test_the_program_tells_ready_alive_and_stopping_in_this_order(manager, tmp_path):
    quiet = tmp_path / "own"
    quiet.mkdir()
    (quiet / "coach.toml").write_text("[speech]\nenabled = false\n", encoding="utf-8")
    done = coached(manager, tmp_path, "--source", str(RECORDING))
    assert done.returncode == 0, done.stderr
    said = manager.heard()
    assert said[0].startswith("READY=1")
    assert "WATCHDOG=1" in said[1:-1]
    assert said[-1].startswith("STOPPING=1")
