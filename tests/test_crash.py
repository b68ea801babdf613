"""The real program, killed at any moment: what it had counted is in the book, and its next start says what happened."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from pi_coach.adapters.book.backups import is_sound
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.recording import PoseRecorder, RecordingHeader
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

KILLS, AT_ONCE = 200, 4
SPEED = 10
"""Times as fast as life: a rep ends every third of a second, and the one before must be on the disk by then."""
LONGEST_S = 60.0
QUIET = "[speech]\nenabled = false\n[session]\ncountdown_s = 0.0\n"
DONE = re.compile(r"rep (\d+)  score")
TOLD = re.compile(r"was interrupted; (\d+) reps? saved \(`pi-coach sessions show (\d+)`\)")


@dataclass(frozen=True)
class Killed:
    """One run that ended with SIGKILL."""

    session: int | None
    """None where it had not begun one."""
    announced: int
    """Reps whose end the program had told."""
    stored: int
    ended: bool
    """Whether the session had come to its end before the kill."""
    told: tuple[tuple[int, int], ...]
    """Interrupted sessions that its start told of: number, reps."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("poses") / "long.poses.jsonl"
    script = Script().hold(10.0).reps(60, hinged(84), down_s=1.2, up_s=1.0, top_s=0.8)
    recorder = PoseRecorder(path, RecordingHeader(640, 480, 10.0, "scripted", "rdl"))
    for t, pose in ScriptedBody(script, Filming(fps=10.0)).poses():
        recorder.show(Step(t, "rdl", Phase.TALL, pose, None, (), None, 0, 0))
    recorder.close()
    return path


class Coach:
    """The program in a process of its own."""

    def __init__(self, folder, recording):
        self.folder, self.recording = folder, recording
        self.book = folder / "data" / "sessions.db"
        (folder / "config").mkdir(parents=True)
        (folder / "config" / "coach.toml").write_text(QUIET)

    def start(self):
        command = [sys.executable, "-m", "pi_coach", "--config", self.folder / "config", "--data", self.folder / "data"]
        command += ["replay", self.recording, "--panel", "sim", "--speed", str(SPEED)]
        quiet = os.environ | {"PYTHONUNBUFFERED": "1", "CACHE_DIRECTORY": str(self.folder / "cache")}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=quiet)

    def killed(self, dice):
        """Start it and kill it: a sixth of the times while it starts, else somewhere in a set."""
        before = self._last_session()
        reps = dice.choice((None, 0, 1, 2, 3, 4))
        lines = []
        with self.start() as process:
            end = threading.Timer(LONGEST_S, process.kill)
            end.start()
            if reps is not None:
                lines += read_until(process.stdout, reps)
            threading.Event().wait(dice.uniform(0.0, 0.4 if lines else 1.5))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout
            end.cancel()
        session, ended = self._last_session(), self._ended()
        announced = len([line for line in lines if DONE.search(line)])
        told = tuple((int(found[2]), int(found[1])) for line in lines if (found := TOLD.search(line)))
        if session == before:
            return Killed(None, 0, 0, ended=False, told=told)
        return Killed(session, announced, self._reps(session), ended, told)

    def _last_session(self):
        return self._asked("SELECT max(id) FROM sessions")

    def _ended(self):
        return bool(self._asked("SELECT ending IS NOT NULL FROM sessions ORDER BY id DESC LIMIT 1"))

    def _reps(self, session):
        return self._asked("SELECT count(*) FROM reps WHERE session_id = ?", session)

    def _asked(self, question, *given):
        if not self.book.exists():
            return None
        with closing(sqlite3.connect(f"file:{self.book}?mode=ro", uri=True)) as book:
            if book.execute("SELECT 1 FROM sqlite_schema WHERE name = 'reps'").fetchone() is None:
                return None
            found = book.execute(question, given).fetchone()
            return None if found is None else found[0]


def read_until(stream, reps):
    """Read until so many reps were told, or the set went on."""
    lines = []
    for line in stream:
        lines.append(line)
        if (reps == 0 and "go" in line.split()) or len([one for one in lines if DONE.search(one)]) >= reps > 0:
            break
    return lines


def killed_again_and_again(folder, recording, seed):
    dice = random.Random(seed)  # noqa: S311 - only the moments of the kills
    coach = Coach(folder, recording)
    return coach.book, [coach.killed(dice) for _ in range(KILLS // AT_ONCE)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_kills_lose_the_rep_in_progress_at_most_and_each_next_start_tells_of_it(
    tmp_path, recording, record_property
):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        workers = [pool.submit(killed_again_and_again, tmp_path / str(n), recording, n) for n in range(AT_ONCE)]
        runs = [worker.result() for worker in workers]
    for book, kills in runs:
        lost = [kill.announced - kill.stored for kill in kills]
        assert max(lost) <= 1
        assert_told(kills)
        assert is_sound(book)
        assert_whole(book, kills)
    kills = [kill for _, kills in runs for kill in kills]
    assert len(kills) == KILLS
    assert sum(kill.announced for kill in kills) > KILLS
    record_property("reps told", sum(kill.announced for kill in kills))
    record_property("kills before a session", sum(kill.session is None for kill in kills))
    record_property("kills that lost the rep in progress", sum(kill.announced > kill.stored for kill in kills))


def assert_told(kills):
    """Each session that was killed is told of once, by the next start that came as far, with the reps it has."""
    told = [one for kill in kills for one in kill.told]
    expected = [(kill.session, kill.stored) for kill in kills if kill.session is not None and not kill.ended]
    assert told == expected[: len(told)]
    # The last one waits for a start that is yet to come.
    assert len(told) >= len(expected) - 2


def assert_whole(path, kills):
    """Reps are there from the first on without a gap, each with the athlete's movement."""
    with SessionBook(path) as book:
        for kill in kills:
            if kill.session is None:
                continue
            for one in book.session(kill.session).sets:
                assert [rep.number for rep in one.reps] == list(range(1, len(one.reps) + 1))
                assert all(book.trace(kill.session, rep.start_s, rep.end_s) for rep in one.reps)
