from __future__ import annotations

import io
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from book_story import (
    POWER_ON_S,
    StillClock,
    eventually,
    open_writer,
    play_a_set,
    rep_done,
    set_started,
    step,
    stored_reps,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from pi_coach.adapters.book.database import MIGRATING, READING, WRITING, connect, make_engine
from pi_coach.adapters.book.migrations.versions import (
    rev_0001_session_book,
    rev_0002_reasons_and_loads,
    rev_0003_traces,
    rev_0004_set_figures,
    rev_0005_deliveries,
    rev_0006_stations,
    rev_0007_digests,
)
from pi_coach.adapters.book.opening import NEWEST
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Answers
from pi_coach.adapters.book.schema import metadata
from pi_coach.adapters.book.writer import Keeping
from pi_coach.core.errors import StoreError
from pi_coach.core.events import WallTouched
from pi_coach.core.planning.history import Profile

HERE = Path(__file__).parent
SAME_MODULES = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
"""A child sees what this process sees."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "sessions.db"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of half a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", "size=512k", "none", str(disk))
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def read_only_folder(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    _mount("--bind", str(folder), str(folder))
    _mount("-o", "remount,ro,bind", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments):
    if shutil.which("mount") is None:
        pytest.skip("needs the program mount")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may not mount a disk: {done.stderr.strip()}")


def fill(disk):
    """Fill the disk to the last byte; return the file that does."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 512):
                pass
        except OSError:
            return ballast


# What the book says


def test_a_set_is_in_the_book_as_it_happened(path):
    writer = open_writer(path)
    play_a_set(writer)
    writer.close()
    with SessionBook(path) as book:
        session = book.session(writer.session_id)
    (one,) = session.sets
    assert (one.drill, one.view, one.target_reps) == ("rdl", "left", 10)
    assert (one.started_s, one.ended_s) == (1.0, 14.0)
    assert one.summary == "Two reps, one clean. Sit back further."
    assert [(rep.number, rep.score, rep.quality, rep.faults) for rep in one.reps] == [
        (1, 88, True, ()),
        (2, 61, False, ("squatting",)),
    ]
    assert one.reps[0].measures == {"hip_flexion_deg": 84.0, "knee_flexion_deg": None, "down_s": 1.0, "up_s": 1.0}
    assert (one.partials[0].start_s, one.partials[0].end_s) == (10.0, 11.0)
    assert [(cue.set_number, cue.t_s, cue.text, cue.fault, cue.slot) for cue in session.cues] == [
        (None, 0.5, "Show me your feet", None, "framing"),
        (1, 8.4, "Soft knees", "squatting", "top"),
        (1, 14.0, "Two reps, one clean. Sit back further.", None, "summary"),
    ]
    assert [(event.t_s, event.kind) for event in session.events] == [
        (1.0, "SetStarted"),
        (2.0, "ViewLatched"),
        (3.0, "PhaseEntered"),
        (5.0, "RepCompleted"),
        (7.0, "FaultRaised"),
        (8.0, "RepCompleted"),
        (8.4, "CueHeld"),
        (11.0, "RepAborted"),
        (14.0, "SetCompleted"),
    ]
    assert session.events[4].body == {"fault": "squatting", "value": 41.5, "severe": False}


def test_the_session_says_who_trained_when_and_with_what(path):
    clock = StillClock()
    writer = open_writer(path, clock)
    clock.advance(552.0)
    writer.close("the camera was unplugged")
    with SessionBook(path) as book:
        session = book.session(writer.session_id)
    assert session.row.athlete == "Ana"
    assert session.row.started_at.isoformat() == "2026-05-12T16:04:00+00:00"
    assert session.row.ended_at.isoformat() == "2026-05-12T16:13:12+00:00"
    assert session.row.length_s == 552.0
    assert session.row.ending == "the camera was unplugged"
    assert (session.row.source, session.row.version) == ("camera", "0.1.0")
    assert session.settings == {"speech": {"volume": 0.8}}


def test_a_clock_that_jumps_does_not_change_the_length(path):
    clock = StillClock()
    writer = open_writer(path, clock)
    clock.advance(60.0)
    clock.utc = clock.utc.replace(year=1970)
    writer.close()
    with SessionBook(path) as book:
        assert book.session(writer.session_id).row.length_s == 60.0


def test_sets_are_numbered_and_keep_the_view_until_the_athlete_turns(path):
    writer = open_writer(path)
    play_a_set(writer)
    writer.show(set_started(20.0, "wall_touch"))
    writer.show(rep_done(1))
    writer.close()
    with SessionBook(path) as book:
        session = book.session(writer.session_id)
    assert [(one.number, one.drill, one.view, len(one.reps)) for one in session.sets] == [
        (1, "rdl", "left", 2),
        (2, "wall_touch", "left", 1),
    ]
    assert session.row.drills == ("rdl", "wall_touch")


def test_a_number_that_json_cannot_hold_is_stored_as_unseen(path):
    writer = open_writer(path)
    rep = rep_done(1)
    rep.events[0].rep.measures["trunk_deg"] = float("nan")
    writer.show(set_started())
    writer.show(rep)
    writer.close()
    with SessionBook(path) as book:
        assert book.session(writer.session_id).sets[0].reps[0].measures["trunk_deg"] is None


# Nothing is lost


def test_a_rep_is_in_the_file_long_before_the_next_can_end(path):
    writer = open_writer(path)
    writer.show(set_started())
    for number in (1, 2, 3):
        writer.show(rep_done(number))
        assert eventually(lambda n=number: stored_reps(path) == list(range(1, n + 1)))
    writer.close()


def test_a_commit_survives_a_power_cut(path):
    writer = open_writer(path)
    with closing(connect(path, WRITING)) as book:
        assert book.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert book.execute("PRAGMA synchronous").fetchone() == (2,)
    writer.close()


def test_a_killed_session_is_readable_and_the_next_start_tells_of_it(path):
    kill_after(path, reps=3)
    with SessionBook(path) as book:
        assert book.sessions()[0].ending is None
    writer = open_writer(path)
    assert [(row.id, row.reps) for row in writer.recovered] == [(1, 3)]
    writer.close()
    with SessionBook(path) as book:
        assert [row.ending for row in book.sessions()] == ["finished", "interrupted"]
        assert book.session(1).row.ended_at is None
    again = open_writer(path)
    assert again.recovered == []
    again.close()


@pytest.mark.slow
def test_twenty_kills_lose_no_rep_that_another_followed(path):
    dice = random.Random(6)  # noqa: S311 - only the moments of the kills
    done = [kill_after(path, reps=dice.randint(1, 6), pause_s=dice.uniform(0.0, 0.03)) for _ in range(20)]
    open_writer(path).close()
    with SessionBook(path) as book:
        sessions = book.sessions(100)[:0:-1]
        kept = [[rep.number for one in book.session(row.id).sets for rep in one.reps] for row in sessions]
    assert [row.ending for row in sessions] == ["interrupted"] * 20
    for numbers, reps in zip(kept, done, strict=True):
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= reps - 1
    with closing(connect(path, READING)) as book:
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def kill_after(path, reps, pause_s=None):
    """Let a coach do reps at an athlete's pace, the last one just before SIGKILL; return how many it did.

    Without a pause the last rep gets its time as well.
    """
    pause = threading.Event()
    command = [sys.executable, str(HERE / "book_child.py"), str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=SAME_MODULES) as child:
        assert child.stdout.readline().startswith("ready")
        for number in range(1, reps + 1):
            child.stdin.write("rep\n")
            child.stdin.flush()
            assert child.stdout.readline() == f"{number}\n"
            pause.wait(pause_s if number == reps and pause_s is not None else 0.3)
        child.kill()
    return reps


def test_two_coaches_at_once_do_not_take_each_other_for_dead(path):
    first = open_writer(path)
    second = open_writer(path)
    assert second.recovered == []
    play_a_set(first)
    play_a_set(second)
    first.close()
    second.close()
    with SessionBook(path) as book:
        assert [(row.ending, row.reps) for row in book.sessions()] == [("finished", 2), ("finished", 2)]


# A disk in trouble


def test_a_locked_book_is_told_and_caught_up_with(path):
    writer = open_writer(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.show(set_started())
        writer.show(rep_done(1))
        assert eventually(lambda: writer.trouble is not None)
        assert writer.trouble == "I cannot save: another program has locked it."
        assert writer.unsaved == 4
        other.execute("ROLLBACK")
    assert eventually(lambda: writer.trouble is None)
    assert writer.unsaved == 0
    assert stored_reps(path) == [1]
    writer.close()


def test_what_finds_no_room_in_the_queue_is_counted_and_the_set_goes_on_afterwards(path):
    writer = open_writer(path, keeping=Keeping(queue_events=4))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for second in range(10):
            writer.show(step(second, WallTouched(POWER_ON_S + second)))
        assert writer.trouble is not None
        writer.show(set_started(11.0))
        writer.show(rep_done(4))
        other.execute("ROLLBACK")
    assert eventually(lambda: writer.trouble is None)
    writer.show(rep_done(5))
    writer.close()
    # Six touches, and what the timeline says of the set and the rep, and the rep itself.
    assert writer.unsaved == 9
    assert stored_reps(path) == [5]


def test_a_full_disk_is_told_and_every_rep_is_saved_once_there_is_room(small_disk):
    path = small_disk / "sessions.db"
    writer = open_writer(path)
    writer.show(set_started())
    ballast = fill(small_disk)
    for number in range(1, 101):
        writer.show(rep_done(number))
    assert eventually(lambda: writer.trouble is not None)
    assert writer.trouble == "I cannot save: the disk is full."
    assert writer.unsaved > 0
    ballast.unlink()
    assert eventually(lambda: writer.trouble is None)
    writer.close()
    assert writer.unsaved == 0
    assert stored_reps(path) == list(range(1, 101))


def test_a_disk_that_stays_full_does_not_keep_the_coach_from_ending(small_disk):
    path = small_disk / "sessions.db"
    writer = open_writer(path)
    writer.show(set_started())
    writer.show(rep_done(1))
    assert eventually(lambda: stored_reps(path) == [1])
    ballast = fill(small_disk)
    for number in range(2, 102):
        writer.show(rep_done(number))
    writer.close()
    assert writer.trouble == "I cannot save: the disk is full."
    kept = stored_reps(path)
    assert kept == list(range(1, len(kept) + 1))
    assert writer.unsaved == 2 * (101 - len(kept)) + 1
    ballast.unlink()
    again = open_writer(path)
    assert [row.reps for row in again.recovered] == [len(kept)]
    again.close()


def test_a_row_that_can_never_be_stored_does_not_keep_the_others_out(path, caplog):
    writer = open_writer(path)
    writer.show(set_started())
    for number in (1, 1, 2):
        writer.show(rep_done(number))
    writer.close()
    assert stored_reps(path) == [1, 2]
    assert writer.unsaved == 1
    assert "a row cannot be stored" in caplog.text


# Opening


def test_a_read_only_folder_is_refused_before_coaching(read_only_folder):
    with pytest.raises(StoreError, match=r"sessions\.db cannot be used: its folder is read-only"):
        open_writer(read_only_folder / "sessions.db")
    with pytest.raises(StoreError, match="cannot be used: read-only file system"):
        open_writer(read_only_folder / "new" / "sessions.db")
    assert list(read_only_folder.iterdir()) == []


def test_a_book_on_a_read_only_disk_can_still_be_read_and_is_refused_for_writing(tmp_path):
    folder = tmp_path / "card"
    folder.mkdir()
    writer = open_writer(folder / "sessions.db")
    play_a_set(writer)
    writer.close()
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        with SessionBook(folder / "sessions.db") as book:
            assert [row.reps for row in book.sessions()] == [2]
        with pytest.raises(StoreError, match="cannot be used: it"):
            open_writer(folder / "sessions.db")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_refused_before_coaching_and_leaves_nothing_half_made(small_disk):
    ballast = fill(small_disk)
    with pytest.raises(StoreError, match=r"sessions\.db cannot be used: the disk"):
        open_writer(small_disk / "sessions.db")
    ballast.unlink()
    open_writer(small_disk / "sessions.db").close()


def test_a_disk_that_fills_up_while_the_tables_are_made_leaves_no_half_of_them(small_disk):
    ballast = fill(small_disk)
    with ballast.open("r+b") as file:
        file.truncate(ballast.stat().st_size - 60_000)
    with pytest.raises(StoreError, match="the disk is full"):
        open_writer(small_disk / "sessions.db")
    with closing(sqlite3.connect(small_disk / "sessions.db")) as book:
        assert book.execute("SELECT name FROM sqlite_schema").fetchall() == []
    ballast.unlink()
    open_writer(small_disk / "sessions.db").close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Hip hinge: sit back. " * 100)
    with pytest.raises(StoreError, match=r"notes\.txt cannot be used: it is not a database"):
        open_writer(path)
    assert path.read_text().startswith("Hip hinge")
    assert list(tmp_path.iterdir()) == [path]


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "music.db"
    with closing(sqlite3.connect(path)) as music:
        music.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreError, match=r"music\.db is the database of another program"):
        open_writer(path)
    with closing(sqlite3.connect(path)) as music:
        assert music.execute("SELECT name FROM sqlite_schema").fetchall() == [("songs",)]


def test_a_folder_or_a_file_in_the_way_is_refused(tmp_path):
    with pytest.raises(StoreError, match="cannot be used"):
        open_writer(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        open_writer(tmp_path / "file" / "sessions.db")


def test_a_book_of_a_newer_version_is_refused(path):
    open_writer(path).close()
    with closing(sqlite3.connect(path)) as book, book:
        book.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="written by a newer pi-coach: update this one"):
        open_writer(path)


def test_an_open_up_to_date_book_costs_no_import_of_alembic(path):
    open_writer(path).close()
    done = subprocess.run(
        [sys.executable, str(HERE / "book_child.py"), str(path)],
        input="",
        capture_output=True,
        text=True,
        check=True,
        env=SAME_MODULES,
    )
    assert done.stdout == "ready [] without alembic\n"


# The schema


def test_the_steps_lead_to_the_schema_of_the_program(path):
    open_writer(path).close()
    engine = make_engine(path, READING)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_program_knows_the_newest_step():
    config = Config()
    config.set_main_option("script_location", "pi_coach.adapters.book:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_a_gyms_postgresql_gets_the_same_tables_from_the_steps_as_from_the_schema():
    dialect = postgresql.dialect()
    written = io.StringIO()
    context = MigrationContext.configure(dialect=dialect, opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        rev_0001_session_book.upgrade()
        rev_0002_reasons_and_loads.upgrade()
        rev_0003_traces.upgrade()
        rev_0004_set_figures.make_tables()
        rev_0005_deliveries.upgrade()
        rev_0006_stations.upgrade()
        rev_0007_digests.upgrade()
    from_schema = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    from_schema += [
        str(CreateIndex(index).compile(dialect=dialect)) for table in metadata.sorted_tables for index in table.indexes
    ]
    assert _statements(written.getvalue().split(";")) == _statements(from_schema)


def _statements(texts):
    """Each statement with its columns and constraints in any order; a column that was added later stands among them."""
    lines = [[line.strip(" ,\t") for line in text.splitlines()] for text in texts]
    statements = [list(filter(None, statement)) for statement in lines if any(statement)]
    added = [
        words for statement in statements for words in re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (.+)", statement[0])
    ]
    made = [statement for statement in statements if not statement[0].startswith(("ALTER", "UPDATE"))]
    for table, column in added:
        next(statement for statement in made if statement[0] == f"CREATE TABLE {table} (").append(column)
    return sorted(sorted(statement) for statement in made)


# Growing


STEPS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007"]


@pytest.fixture
def first_version(path):
    return book_of("0001", path)


@pytest.fixture(params=[version for version in STEPS if version < NEWEST])
def earlier_version(path, request):
    return book_of(request.param, path)


def book_of(version, path):
    """A book that was begun in the first version, and used in each one up to this."""
    path.parent.mkdir()
    for step_to in STEPS[: STEPS.index(version) + 1]:
        engine = make_engine(path, MIGRATING)
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", "pi_coach.adapters.book:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, step_to)
        engine.dispose()
        with closing(sqlite3.connect(path)) as book, book:
            book.executescript(USED[step_to])
    return path


OLD_SESSION = """
INSERT INTO athletes VALUES (1, 'Ana');
INSERT INTO sessions VALUES (1, '0123456789abcdef0123456789abcdef', 1, '2026-05-12 16:04:00.000000', NULL, 61.5,
  'finished', 'camera', '0.1.0', '{"speech": {}}');
INSERT INTO sets VALUES (1, 1, 'rdl', 'left', 1.0, 60.0, 10, 'One rep, none clean.');
INSERT INTO reps VALUES (1, 1, 1, 3.0, 4.0, 5.0, 61, 0, '{"hip_flexion_deg": 84.0}', '["squatting"]');
INSERT INTO cues VALUES (1, 1, 1, 5.2, 'Soft knees', 'squatting', 'top');
INSERT INTO events VALUES (1, 1, 1.0, 'SetStarted', '{"drill": "rdl", "target_reps": 10}');
"""

USED = {
    "0001": OLD_SESSION,
    "0002": """
UPDATE athletes SET body_kg = 61.0;
UPDATE sets SET load_kg = 40.0;
INSERT INTO screens VALUES (1, 1, 'hip_flexion', 95.0, 1, '2026-05-13 16:04:00.000000');
""",
    "0003": """
INSERT INTO traces VALUES (1, 1, 3.0, 3.1, 1.333, 1, 3, 1, x'010203');
""",
    "0004": """
INSERT INTO reps VALUES (1, 1, 2, 6.0, 7.0, 8.0, 95, 1, '{"hip_flexion_deg": 90.0}', '[]', '[]');
""",
    "0005": "INSERT INTO deliveries VALUES (1, 'mqtt://gym', '2026-05-12 17:04:00.000000');",
    "0006": "",
    "0007": "",
}
"""What athletes left in a book of each version."""


def test_the_steps_that_are_tested_are_all_there_are():
    config = Config()
    config.set_main_option("script_location", "pi_coach.adapters.book:migrations")
    assert [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()] == STEPS[::-1]


def test_a_book_of_any_earlier_version_keeps_everything_that_is_in_it_and_is_written_on(earlier_version, tmp_path):
    tables = [table.name for table in metadata.sorted_tables]
    before = {name: rows_of(earlier_version, name) for name in tables}
    with closing(open_writer(earlier_version)) as writer:
        play_a_set(writer)
    assert writer.unsaved == 0
    with closing(sqlite3.connect(earlier_version)) as book:
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert book.execute("PRAGMA foreign_key_check").fetchall() == []
    for name in tables:
        after = rows_of(earlier_version, name)
        assert all(any(row.items() <= grown.items() for grown in after) for row in before[name]), name
    with SessionBook(earlier_version) as book:
        assert [(row.id, row.reps) for row in book.sessions()] == [(2, 2), (1, len(before["reps"]))]
        figures = rows_of(earlier_version, "set_figures")
        assert [row["reps"] for row in figures if row["session_id"] == 1] == [len(before["reps"])]
    open_writer(tmp_path / "fresh.db").close()
    assert tables_of(earlier_version) == tables_of(tmp_path / "fresh.db")


def test_a_book_is_kept_as_it_was_before_its_tables_change_and_that_is_told(first_version, caplog):
    before = rows_of(first_version, "reps")
    open_writer(first_version).close()
    (kept,) = first_version.parent.glob("sessions.replaced-*.db")
    assert f"as it was, it is kept as {kept}" in caplog.text
    assert rows_of(kept, "reps") == before
    assert rows_of(kept, "alembic_version") == [{"version_num": "0001"}]
    open_writer(first_version).close()
    assert caplog.text.count("it is kept as") == 1


def rows_of(path, table):
    with closing(sqlite3.connect(path)) as book:
        book.row_factory = sqlite3.Row
        if book.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is None:
            return []
        return [dict(row) for row in book.execute(f"SELECT * FROM {table}")]  # noqa: S608 - tables of the schema


def test_a_session_of_the_first_version_is_read_as_it_was_and_what_was_not_kept_is_unknown(first_version):
    with SessionBook(first_version) as book:
        session = book.session(1)
        past = book.history("Ana")
    (one,) = session.sets
    assert (one.drill, one.summary, one.side, one.silent, one.load_kg) == (
        "rdl",
        "One rep, none clean.",
        None,
        False,
        None,
    )
    (rep,) = one.reps
    assert (rep.score, rep.faults, rep.severe, rep.measures) == (61, ("squatting",), (), {"hip_flexion_deg": 84.0})
    assert [(cue.text, cue.reason) for cue in session.cues] == [("Soft knees", "")]
    assert session.answers == Answers(None, None)
    assert past.profile == Profile(None, None, basics_only=False)
    assert past.sessions[0].sets[0].reps[0].hip_flexion_deg == 84.0


def tables_of(path):
    with closing(sqlite3.connect(path)) as book:
        return sorted(book.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall(), key=str)
