"""Backups, and forgetting: with the real commands on real files."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "adapters"))
from book_story import open_writer
from book_train import train

from pi_coach.adapters.book.backups import backup_name, backups_in, is_sound, prune
from pi_coach.adapters.book.edits import save_calibration, save_profile
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Calibration, back_of
from pi_coach.clock import SystemClock
from pi_coach.core.planning.history import History, Profile


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def path(data):
    return data / "sessions.db"


def everything(path):
    with SessionBook(path) as book:
        return [(row.uuid, row.reps, len(book.trace(row.id, 0.0, 99.0))) for row in book.sessions()]


def bytes_in(folder):
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


# Backups


def test_a_backup_on_another_machine_is_the_book_again_with_movement_and_config(pi_coach, path, tmp_path):
    (tmp_path / "config" / "drills").mkdir(parents=True)
    (tmp_path / "config" / "coach.toml").write_text('[coach]\nathlete = "Ana"\n')
    (tmp_path / "config" / "password").write_text("secret")
    train(path)
    train(path, "Bo")
    code, said, _ = pi_coach("backup", tmp_path / "all.db")
    assert code == 0
    assert f"are in {tmp_path / 'all.db'}" in said
    assert b"secret" not in (tmp_path / "all.db").read_bytes()
    before = everything(path)
    for file in path.parent.iterdir():
        file.unlink()
    code, said, _ = pi_coach("restore", tmp_path / "all.db", config=tmp_path / "new")
    assert code == 0
    assert everything(path) == before
    assert (tmp_path / "new" / "coach.toml").read_text() == '[coach]\nathlete = "Ana"\n'
    assert is_sound(path)


def test_a_backup_is_one_file_that_only_its_owner_may_read(pi_coach, path, tmp_path):
    train(path)
    pi_coach("backup", tmp_path / "usb" / "all.db")
    assert [file.name for file in (tmp_path / "usb").iterdir()] == ["all.db"]
    assert (tmp_path / "usb" / "all.db").stat().st_mode & 0o077 == 0


def test_a_restore_keeps_the_book_that_it_replaces_and_the_config_that_is_there(pi_coach, path, tmp_path):
    train(path)
    pi_coach("backup", tmp_path / "all.db")
    train(path, "Bo")
    now = everything(path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "coach.toml").write_text("[store]\ntrace_mb = 50.0\n")
    code, said, _ = pi_coach("restore", tmp_path / "all.db")
    assert code == 0
    (aside,) = path.parent.glob("sessions.replaced-*.db")
    assert str(aside) in said
    assert everything(aside) == now
    assert len(everything(path)) == 1
    assert (tmp_path / "config" / "coach.toml").read_text() == "[store]\ntrace_mb = 50.0\n"


def test_a_restore_waits_for_the_coach_to_end(pi_coach, path, tmp_path):
    train(path)
    pi_coach("backup", tmp_path / "all.db")
    with closing(open_writer(path)):
        code, _, complaint = pi_coach("restore", tmp_path / "all.db")
        assert (code, complaint) == (
            1,
            "pi-coach: A coach is using the session book: end it first (`sudo systemctl stop pi-coach`).\n",
        )
    assert pi_coach("restore", tmp_path / "all.db")[0] == 0


def test_a_backup_can_be_made_while_somebody_trains(pi_coach, path):
    with closing(open_writer(path)) as writer:
        assert pi_coach("backup")[0] == 0
    assert writer.unsaved == 0
    assert len(backups_in(path.parent / "backups")) == 1


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\xa5" * 8000])
def test_what_is_no_backup_is_refused_and_the_book_stays(pi_coach, path, tmp_path, content):
    train(path)
    (tmp_path / "all.db").write_bytes(content)
    code, _, complaint = pi_coach("restore", tmp_path / "all.db")
    assert code == 1
    assert complaint.count("\n") == 1
    assert len(everything(path)) == 1


def test_a_damaged_backup_is_refused_and_the_book_stays(pi_coach, path, tmp_path):
    train(path)
    pi_coach("backup", tmp_path / "all.db")
    with (tmp_path / "all.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * 4096)
    assert pi_coach("restore", tmp_path / "all.db")[0] == 1
    assert len(everything(path)) == 1


def test_a_hostile_backup_writes_nowhere_but_into_the_config(pi_coach, path, tmp_path):
    train(path)
    pi_coach("backup", tmp_path / "all.db")
    with closing(sqlite3.connect(tmp_path / "all.db")) as book, book:
        for name in (
            "config/../../evil.toml",
            "/etc/evil.toml",
            "config/evil.sh",
            "sessions.toml",
            "config/.evil.toml",
        ):
            book.execute("INSERT INTO sqlar VALUES (?, 0, 0, 1, x'789c030000000001')", (name,))
    assert pi_coach("restore", tmp_path / "all.db", config=tmp_path / "new")[0] == 0
    assert [file for file in tmp_path.rglob("*") if "evil" in file.name or file.name == "sessions.toml"] == []


def test_without_a_book_there_is_nothing_to_back_up(pi_coach):
    code, _, complaint = pi_coach("backup")
    assert code == 1
    assert "nothing to back up" in complaint


def test_a_week_of_days_and_three_months_of_weeks_are_kept(tmp_path):
    first = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC)
    for day in range(200):
        (tmp_path / backup_name(first + dt.timedelta(days=day))).touch()
    prune(tmp_path)
    kept = [dt.date.fromisoformat(file.name[9:17]) for file in backups_in(tmp_path)]
    last = (first + dt.timedelta(days=199)).date()
    assert kept[:7] == [last - dt.timedelta(days=days) for days in range(7)]
    assert len({day.isocalendar()[:2] for day in kept}) == 13
    assert len(kept) <= 7 + 13
    assert prune(tmp_path) == []


def test_a_clock_that_was_wrong_for_a_day_costs_no_backup_that_counts(tmp_path):
    days = [dt.datetime(2026, 3, day, 4, tzinfo=dt.UTC) for day in range(1, 8)]
    for day in (dt.datetime(2099, 1, 1, tzinfo=dt.UTC), dt.datetime(1970, 1, 1, tzinfo=dt.UTC), *days):
        (tmp_path / backup_name(day)).touch()
    prune(tmp_path)
    assert {backup_name(day) for day in days[1:]} <= {file.name for file in backups_in(tmp_path)}


# Import


def test_an_exported_session_is_imported_once(pi_coach, path, tmp_path):
    train(path)
    before = everything(path)
    code, _, _ = pi_coach("sessions", "export", 1, "--with-traces", "--to", tmp_path / "one.json")
    assert code == 0
    assert pi_coach("sessions", "delete", 1)[0] == 0
    assert pi_coach("sessions", "import", tmp_path / "one.json")[:2] == (0, "It is session 2 now.\n")
    assert everything(path) == before
    code, said, _ = pi_coach("sessions", "import", tmp_path / "one.json")
    assert (code, said) == (0, "It is there already, as session 2; nothing was changed.\n")


def test_a_file_that_is_no_session_is_refused_in_one_sentence(pi_coach, tmp_path):
    (tmp_path / "one.json").write_text("[]")
    code, _, complaint = pi_coach("sessions", "import", tmp_path / "one.json")
    assert (code, complaint) == (
        1,
        f"pi-coach: {tmp_path / 'one.json'} cannot be imported: the session must be an object.\n",
    )
    assert pi_coach("sessions", "import", tmp_path / "none.json")[0] == 1
    assert pi_coach("sessions", "import")[0] == 2


# Forgetting


def test_a_deleted_session_is_named_where_backups_hold_it_and_goes_from_them_too(pi_coach, path):
    train(path, "Zebedee Quince")
    pi_coach("backup")
    train(path)
    (backup,) = backups_in(path.parent / "backups")
    assert backup.name in pi_coach("sessions", "delete", 1)[1]
    assert len(everything(backup)) == 1


def test_a_deleted_session_goes_from_the_backups_too_where_that_is_asked_for(pi_coach, path):
    train(path, "Zebedee Quince")
    train(path)
    pi_coach("backup")
    (backup,) = backups_in(path.parent / "backups")
    code, said, _ = pi_coach("sessions", "delete", 1, "--backups-too")
    assert (code, said) == (0, "Session 1 is deleted.\n")
    assert everything(backup) == everything(path)
    assert is_sound(backup)


def test_a_forgotten_athlete_leaves_no_byte_in_any_file(pi_coach, path, data):
    name = "Zebedee Quince"
    train(path, name)
    train(path)
    train(path, name)
    wall = SystemClock().wall()
    save_profile(path, name, Profile(body_kg=61.0))
    save_calibration(path, Calibration(back_of(name), {"flat_pct": 1.0, "round_pct": 9.0}, "", wall))
    pi_coach("backup")
    pi_coach("restore", backups_in(data / "backups")[0])
    assert bytes_in(data).count(name.encode()) > 10
    pieces = stored_pieces(path, 1)
    assert all(piece in bytes_in(data) for piece in pieces)
    code, said, _ = pi_coach("athlete", "--forget", name, "--backups-too")
    assert code == 0
    assert said.splitlines() == [f"{name} is forgotten, with 2 sessions. The name may still be in your coach.toml."]
    after = bytes_in(data)
    assert name.encode() not in after
    assert not any(piece in after for piece in pieces)
    with SessionBook(path) as book:
        assert book.history(name) == History()
        assert [row.athlete for row in book.sessions()] == ["Ana"]
        assert book.trace(2, 0.0, 99.0) != ()


def stored_pieces(path, number):
    """The middle of each stored piece of movement, short enough to lie on one page."""
    with SessionBook(path) as book:
        return [piece.body[200:260] for piece in book.movement(number) if len(piece.body) > 260]


def test_somebody_who_is_not_in_the_book_cannot_be_forgotten(pi_coach, path):
    train(path)
    code, _, complaint = pi_coach("athlete", "--forget", "Nobody")
    assert code == 1
    assert "Nobody called 'Nobody' is in the session book" in complaint


def test_an_athlete_who_trains_right_now_is_not_forgotten(pi_coach, path):
    with closing(open_writer(path)):
        code, _, complaint = pi_coach("athlete", "--forget", "Ana")
    assert code == 1
    assert "may still be running" in complaint
