"""A disk that damages the book: what is found, what is put aside, what comes back, and what is told."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "adapters"))
from book_story import StillClock, eventually, open_writer, rep_done, set_started, stored_reps

from pi_coach.adapters.book.backups import back_up, is_sound
from pi_coach.adapters.book.change_log import lost_commits
from pi_coach.adapters.book.database import READING, connect
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.recording import PoseRecorder, RecordingHeader
from pi_coach.core.errors import StoreError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

PAGE = 4096


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


def train(path, sessions=1, reps=20):
    for _ in range(sessions):
        with closing(open_writer(path)) as writer:
            writer.show(set_started())
            for number in range(1, reps + 1):
                writer.show(rep_done(number))


def reps_in(path):
    with SessionBook(path) as book:
        return {row.id: row.reps for row in book.sessions(1000)}


def wipe(path, *pages):
    """Overwrite pages, counted from 1 as SQLite does, as a dying card might."""
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)


def pages_of(path, table):
    with closing(connect(path, READING)) as book:
        (root,) = book.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        leaves = book.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)).fetchall()
    return root, [page for (page,) in leaves]


def damaged_in(folder):
    return sorted(folder.glob("sessions.damaged-*.db"))


def open_and_close(path):
    with closing(open_writer(path)) as writer:
        return " ".join(writer.mended)


# A damaged page


def test_a_book_with_a_damaged_page_is_put_aside_and_what_can_be_read_comes_back(path):
    train(path, sessions=12, reps=40)
    _, leaves = pages_of(path, "reps")
    wipe(path, leaves[len(leaves) // 2])
    told = open_and_close(path)
    (aside,) = damaged_in(path.parent)
    assert told.startswith(f"The session book was damaged and is kept as {aside.name}: the new one has ")
    assert "there was no backup" in told
    assert "what is missing is lost." in told
    assert "is marked and the plan ignores it" in told
    found = sum(reps_in(path).values())
    assert f"has {found} reps" in told
    assert 12 * 40 - 40 <= found < 12 * 40
    assert len(reps_in(path)) == 13
    assert is_sound(path)


def test_what_the_damaged_page_held_comes_from_the_last_good_backup_and_what_came_later_from_the_book(path):
    train(path, sessions=6, reps=40)
    back_up(path, path.parent / "backups" / "sessions-20260511-040000.db")
    train(path, sessions=6, reps=40)
    _, leaves = pages_of(path, "reps")
    wipe(path, leaves[1])
    told = open_and_close(path)
    assert "has 480 reps, 240 reps from the backup sessions-20260511-040000.db, 240 reps read" in told
    assert reps_in(path) == dict.fromkeys(range(1, 13), 40) | {13: 0}


def test_a_damaged_backup_is_passed_over_for_the_one_before(path):
    train(path, sessions=3, reps=40)
    folder = path.parent / "backups"
    back_up(path, folder / "sessions-20260511-040000.db")
    back_up(path, folder / "sessions-20260512-040000.db")
    root, leaves = pages_of(folder / "sessions-20260512-040000.db", "reps")
    wipe(folder / "sessions-20260512-040000.db", leaves[0])
    wipe(path, root)
    assert "from the backup sessions-20260511-040000.db" in open_and_close(path)
    assert reps_in(path) == {1: 40, 2: 40, 3: 40, 4: 0}


@pytest.mark.parametrize("where", [0, 20, 100])
def test_a_book_without_its_first_bytes_comes_back_from_the_backup(path, where):
    train(path, sessions=2)
    back_up(path, path.parent / "backups" / "sessions-20260511-040000.db")
    with path.open("r+b") as file:
        file.seek(where)
        file.write(b"\xff" * 60)
    with pytest.raises(StoreError, match="cannot be used"), SessionBook(path) as book:
        book.sessions()
    assert "40 reps from the backup" in open_and_close(path)
    assert reps_in(path) == {1: 20, 2: 20, 3: 0}
    assert len(damaged_in(path.parent)) == 1


def test_a_book_that_was_cut_short_comes_back(path):
    train(path, sessions=12, reps=40)
    back_up(path, path.parent / "backups" / "sessions-20260511-040000.db")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // PAGE * PAGE)
    assert "480 reps from the backup" in open_and_close(path)


def test_a_sound_book_is_left_alone(path):
    train(path)
    assert open_and_close(path) == ""
    assert damaged_in(path.parent) == []


@pytest.mark.slow
def test_wherever_pages_are_wiped_the_coach_starts_tells_it_and_has_a_sound_book(tmp_path):
    dice = random.Random(6)  # noqa: S311 - only the places of the damage
    whole = tmp_path / "whole.db"
    train(whole, sessions=6, reps=30)
    pages = whole.stat().st_size // PAGE
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "sessions.db"
        path.write_bytes(whole.read_bytes())
        hit = dice.sample(range(1, pages + 1), k=dice.choice((1, 1, 1, 3)))
        wipe(path, *hit)
        told = open_and_close(path)
        assert told, f"nothing was told about pages {hit}"
        assert is_sound(path), hit
        assert damaged_in(folder)[0].read_bytes().count(b"\xa5" * PAGE) == len(hit)


# The log of changes


@pytest.fixture
def killed(path):
    """A book whose writer was killed: all of its last session is in the log of changes."""
    train(path)
    writer = open_writer(path)
    writer.show(set_started())
    for number in range(1, 11):
        writer.show(rep_done(number))
        assert eventually(lambda n=number: stored_reps(path)[-1] == n)
    folder = path.parent / "after"
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", folder / f"sessions.db{suffix}")
    writer.close()
    return folder / "sessions.db"


def flip(file, place):
    content = bytearray(file.read_bytes())
    content[place] ^= 0x10
    file.write_bytes(content)


def test_a_log_that_was_left_by_a_kill_is_whole_and_nothing_is_told(killed):
    assert lost_commits(killed) is None
    assert open_and_close(killed) == ""
    assert reps_in(killed)[2] == 10


@pytest.mark.parametrize("part", [0.0005, 0.2, 0.5, 0.8])
def test_a_flipped_bit_in_the_log_is_told_with_what_it_costs_and_the_log_is_kept(killed, part):
    log = killed.with_name("sessions.db-wal")
    flip(log, int(log.stat().st_size * part))
    damaged = log.read_bytes()
    told = open_and_close(killed)
    (aside,) = killed.parent.glob("sessions.damaged-*-wal")
    assert aside.read_bytes() == damaged
    assert re.search(rf"kept as {aside.name}: at least \d+ of the last session are missing", told)
    assert is_sound(killed)
    assert reps_in(killed)[1] == 20


def test_a_last_entry_that_was_cut_off_is_told(killed):
    log = killed.with_name("sessions.db-wal")
    flip(log, log.stat().st_size - 100)
    assert "The last entry in the session book was cut off" in open_and_close(killed)
    assert reps_in(killed)[2] >= 9


@pytest.mark.slow
def test_wherever_a_bit_of_the_log_flips_it_is_told_or_nothing_is_missing(killed, tmp_path):
    dice = random.Random(7)  # noqa: S311 - only the places of the damage
    content = {suffix: Path(f"{killed}{suffix}").read_bytes() for suffix in ("", "-wal")}
    for number in range(60):
        folder = tmp_path / f"flip {number}"
        folder.mkdir()
        path = folder / "sessions.db"
        for suffix, data in content.items():
            Path(f"{path}{suffix}").write_bytes(data)
        place = dice.randrange(len(content["-wal"]))
        flip(Path(f"{path}-wal"), place)
        told = open_and_close(path)
        assert told or reps_in(path)[2] == 10, f"byte {place} of the log was lost in silence"
        assert is_sound(path)


# The real program on a disk that fills up, beside a program that locks the book, and a clock that jumps


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("poses") / "set.poses.jsonl"
    script = Script().hold(10.0).reps(11, hinged(84), down_s=1.2, up_s=1.0, top_s=0.8)
    recorder = PoseRecorder(path, RecordingHeader(640, 480, 10.0, "scripted", "rdl"))
    for t, pose in ScriptedBody(script, Filming(fps=10.0)).poses():
        recorder.show(Step(t, "rdl", Phase.TALL, pose, None, (), None, 0, 0))
    recorder.close()
    return path


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted("-t", "tmpfs", "-o", "size=2m", "none", disk)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def mounted(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs a user who may mount a disk: {done.stderr.strip()}")


class Coach:
    """The real program coaching a recording at three times the speed of life, and what it prints."""

    def __init__(self, data, tmp_path, recording):
        config = tmp_path / "config"
        config.mkdir(exist_ok=True)
        (config / "coach.toml").write_text("[speech]\nenabled = false\n[session]\ncountdown_s = 0.0\n")
        command = [sys.executable, "-m", "pi_coach", "--config", config, "--data", data, "replay", recording]
        told = os.environ | {"PYTHONUNBUFFERED": "1", "CACHE_DIRECTORY": str(tmp_path / "cache")}
        self.lines = []
        self.process = subprocess.Popen(
            [*command, "--panel", "sim", "--speed", "3"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=told,
        )

    def until(self, words):
        """Read on until it says so; it ends by itself within a minute."""
        for line in self.process.stdout:
            self.lines.append(line)
            if words in line:
                return
        pytest.fail(f"it never said {words!r}: {''.join(self.lines)}")

    @property
    def reps(self):
        """How many it told of: a busy computer misses frames of a recording at this speed."""
        return len([line for line in self.lines if re.search(r"rep \d+  score", line)])

    def ended(self):
        self.lines += self.process.stdout
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()


def fill(disk):
    """Fill the disk to the last byte; return the file that does."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for _ in range(10_000):
            file.write(b"x" * 512)
        pytest.fail("the disk is not the small one any more: somebody unmounted it")
    return ballast


@pytest.mark.slow
def test_a_disk_that_fills_up_in_a_set_costs_no_rep_once_there_is_room_again(small_disk, tmp_path, recording):
    with Coach(small_disk, tmp_path, recording) as coach:
        coach.until("rep 1  score")
        ballast = fill(small_disk)
        coach.until("I cannot save: the disk is full.")
        coach.until("rep 3  score")
        ballast.unlink()
        coach.until("Saving again.")
        assert coach.ended() == 0
    assert not [line for line in coach.lines if "not saved" in line]
    assert reps_in(small_disk / "sessions.db") == {1: coach.reps}
    assert is_sound(small_disk / "sessions.db")


@pytest.mark.slow
def test_a_disk_that_stays_full_lets_the_session_end_and_says_what_is_missing(small_disk, tmp_path, recording):
    with Coach(small_disk, tmp_path, recording) as coach:
        coach.until("rep 2  score")
        fill(small_disk)
        coach.until("session done")
        assert coach.ended() == 0
    said = "".join(coach.lines)
    assert re.search(r"\d+ records of this session not saved. I cannot save: the disk is full.", said)
    assert is_sound(small_disk / "sessions.db")
    assert 1 <= reps_in(small_disk / "sessions.db")[1] < coach.reps


@pytest.mark.slow
def test_a_book_that_another_program_locks_in_a_set_is_caught_up_with(tmp_path, recording):
    path = tmp_path / "data" / "sessions.db"
    with Coach(tmp_path / "data", tmp_path, recording) as coach:
        coach.until("rep 1  score")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            coach.until("I cannot save: another program has locked it.")
            other.execute("ROLLBACK")
        coach.until("Saving again.")
        assert coach.ended() == 0
    assert reps_in(path) == {1: coach.reps}


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_clock_that_jumps_between_sessions_keeps_their_order_their_length_and_every_movement(path, year):
    clock = StillClock()
    for jump in (None, year, None):
        if jump is not None:
            clock.utc = clock.utc.replace(year=jump)
        else:
            clock.utc = clock.utc.replace(year=2026)
        with closing(open_writer(path, clock)) as writer:
            writer.show(set_started())
            writer.show(rep_done(1))
            clock.advance(60.0)
            clock.utc = clock.utc.replace(year=jump or 2026)
    with SessionBook(path) as book:
        assert [(row.id, row.length_s, row.reps) for row in book.sessions()] == [
            (3, 60.0, 1),
            (2, 60.0, 1),
            (1, 60.0, 1),
        ]
        assert all(book.trace(number, 0.0, 10.0) for number in (1, 2, 3))
        assert len(book.history("Ana").sessions) == 3
