"""What the database adds up by itself, on SQLite and on a gym's PostgreSQL, against a count by hand."""

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from browsing import setting_in
from sqlalchemy import create_engine, insert, select, text

from pi_coach import config
from pi_coach.adapters.book import edits
from pi_coach.adapters.book.database import MIGRATING, WRITING, make_engine
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.schema import metadata, reps, set_faults, set_figures
from pi_coach.testing.five_years import Past, write_past
from pi_coach.web import queries_progress, queries_reps, queries_sessions
from pi_coach.web.queries_progress import Scope
from pi_coach.web.queries_sessions import Wanted

DRILLS = config.load(Path("/nobody's/own/config")).drills
UNTIL = dt.datetime(2026, 5, 12, 7, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Two months of training, written through the real schema."""
    path = tmp_path_factory.mktemp("book") / "sessions.db"
    write_past(path, Past(UNTIL, sessions=60, traced=3), DRILLS)
    return path


def by_hand(connection):
    """Each set's figures, counted rep by rep."""
    found = {}
    for rep in connection.execute(select(reps).order_by(reps.c.session_id, reps.c.set_number, reps.c.number)):
        one = found.setdefault(
            (rep.session_id, rep.set_number), {"reps": 0, "quality": 0, "hip": 0.0, "run": 0, "best": 0}
        )
        one["reps"] += 1
        one["quality"] += rep.quality
        one["hip"] += rep.measures["hip_flexion_deg"]
        one["run"] = one["run"] + 1 if rep.quality else 0
        one["best"] = max(one["best"], one["run"])
    return found


def check(connection):
    counted = by_hand(connection)
    kept = connection.execute(select(set_figures)).all()
    assert len(kept) == len(counted) > 0
    for row in kept:
        one = counted[row.session_id, row.set_number]
        assert (row.reps, row.quality_reps, row.best_run) == (one["reps"], one["quality"], one["best"])
        assert row.hip_sum == pytest.approx(one["hip"])
        assert row.hip_seen == row.tempo_seen == row.reps
    named = sum(len(faults) for (faults,) in connection.execute(select(reps.c.faults)))
    assert sum(connection.scalars(select(set_faults.c.reps))) == named > 0


def test_the_sums_of_sets_are_those_of_their_reps(book):
    with SessionBook(book) as stored, stored.asking() as connection:
        check(connection)


def test_the_real_coach_leaves_the_same_sums_behind(trained):
    with SessionBook(setting_in(trained).places.book) as stored:
        sessions = [stored.session(number) for number in (1, 2)]
        with stored.asking() as connection:
            kept = {(row.session_id, row.set_number): row for row in connection.execute(select(set_figures))}
    for session in sessions:
        for one in session.sets:
            row = kept[session.row.id, one.number]
            assert (row.reps, row.quality_reps) == (len(one.reps), sum(rep.quality for rep in one.reps))
            seen = [rep.measures["hip_knee_ratio"] for rep in one.reps if rep.measures["hip_knee_ratio"] is not None]
            assert row.ratio_seen == len(seen)
            assert row.ratio_sum == pytest.approx(sum(seen))


def test_a_changed_rep_changes_the_sums_with_it(book, tmp_path):
    path = Path(shutil.copy(book, tmp_path / "sessions.db"))
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE reps SET quality = NOT quality, faults = '[\"squatting\"]' WHERE number < 3")
    with SessionBook(path) as stored, stored.asking() as connection:
        check(connection)


def test_a_deleted_session_takes_its_sums_along(book, tmp_path):
    path = Path(shutil.copy(book, tmp_path / "sessions.db"))
    edits.delete_session(path, 30)
    with SessionBook(path) as stored, stored.asking() as connection:
        check(connection)
        assert connection.scalar(select(set_figures.c.reps).where(set_figures.c.session_id == 30)) is None
        assert connection.scalar(select(set_faults.c.reps).where(set_faults.c.session_id == 30)) is None


OLD_ROWS = """
INSERT INTO athletes (id, name) VALUES (1, 'Ada');
INSERT INTO sessions (id, uuid, athlete_id, started_at, ending, source, version, settings)
 VALUES (1, 'f4c1', 1, '2025-01-01 10:00:00.000000', 'finished', 'camera', '0.1.0', '{}');
INSERT INTO sets (session_id, number, drill, started_s, target_reps) VALUES (1, 1, 'rdl', 1.0, 8);
INSERT INTO reps (session_id, set_number, number, start_s, bottom_s, end_s, score, quality, measures, faults) VALUES
 (1, 1, 2, 1, 2, 3, 90, 1, '{"hip_flexion_deg": 80.0, "down_s": 1.0, "up_s": 1.0}', '[]'),
 (1, 1, 3, 4, 5, 6, 60, 0, '{"hip_flexion_deg": 40.0, "down_s": 1.5, "up_s": 1.0}', '["shallow", "too_fast"]');
"""


def test_sets_of_an_earlier_book_are_summed_up_even_where_their_first_rep_was_lost(tmp_path):
    path = tmp_path / "sessions.db"
    engine = make_engine(path, MIGRATING)
    alembic = Config()
    alembic.set_main_option("script_location", "pi_coach.adapters.book:migrations")
    with engine.connect() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0003")
    engine.dispose()
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.executescript(OLD_ROWS)
    with SessionBook(path) as stored, stored.asking() as connection:
        check(connection)


def answers(connection):
    """Everything that the pages ask, as one value."""
    ada = Scope("Ada")
    since = UNTIL - dt.timedelta(days=20)
    place = queries_reps.Place(60, 1, 1, 0.0, 0.0, 0.0, None)
    drill = queries_sessions.lines(connection, Wanted())[0].drills[0]
    day = (UNTIL - dt.timedelta(days=30)).date()
    return [
        queries_sessions.lines(connection, Wanted(drill="standing_dowel", athlete="Ada", ending="finished"), 2),
        queries_sessions.lines(connection, Wanted(since=day, until=day + dt.timedelta(days=4))),
        queries_sessions.count(connection, Wanted(athlete="Ben")),
        queries_sessions.days(connection, Wanted(since=day, until=day + dt.timedelta(days=4))),
        queries_sessions.choices(connection),
        queries_sessions.last_day(connection),
        [(one.id, [round(float(value), 6) for value in one.sums]) for one in queries_progress.trained(connection, ada)],
        [
            (part.drill, part.side, part.load_kg, part.reps, part.quality_reps, part.run, part.depth, part.load)
            for part in queries_progress.parts(connection, "Ada")
        ],
        queries_progress.faults(connection, ada),
        queries_progress.faults(connection, Scope("Ada", "rdl", since)),
        queries_progress.days(connection, "Ben"),
        queries_progress.began(connection, [1, 2]),
        queries_reps.best_rep(connection, place, drill),
    ]


def test_a_list_says_what_each_session_was(book):
    with SessionBook(book) as stored, stored.asking() as connection:
        newest = queries_sessions.lines(connection, Wanted())
        second = queries_sessions.lines(connection, Wanted(), 2)
    assert [line.id for line in (*newest, *second)] == list(range(60, 20, -1))
    line = newest[0]
    session = SessionBook(book).session(line.id)
    assert (line.reps, line.quality_reps) == (session.row.reps, session.row.quality_reps)
    assert line.score == pytest.approx(session.row.score)
    assert line.drills == session.row.drills


def test_bests_name_the_latest_session_that_reached_them(book):
    with SessionBook(book) as stored, stored.asking() as connection:
        found = queries_progress.parts(connection, "Ada")
        for part in found[:6]:
            query = """SELECT max(s.id) FROM sessions s JOIN sets ON sets.session_id = s.id
                JOIN set_figures f ON f.session_id = sets.session_id AND f.set_number = sets.number
                JOIN athletes a ON a.id = s.athlete_id
                WHERE a.name = 'Ada' AND drill = :drill AND side IS :side AND load_kg IS :load AND best_run = :run"""
            values = {"drill": part.drill, "side": part.side, "load": part.load_kg, "run": part.run.value}
            assert connection.execute(text(query), values).scalar_one() == part.run.session_id


BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NEEDS_POSTGRESQL = "no PostgreSQL here: apt-get install postgresql, pip install psycopg"


def server_is_here():
    try:
        import psycopg  # noqa: PLC0415, F401
    except ImportError:
        return False
    return bool(BIN)


@contextmanager
def postgresql():
    """Run a server of one's own, reached through a socket in a folder of its own; PostgreSQL refuses to be root."""
    folder = Path(tempfile.mkdtemp(prefix="pi-coach-pg-"))
    data = folder / "data"
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if who:
        shutil.chown(folder, "postgres")

    def run(tool, *more):
        subprocess.run([*who, str(BIN[-1] / tool), *more], check=True, capture_output=True, timeout=60, cwd="/")

    run("initdb", "-D", str(data), "-U", "coach", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://coach@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.skipif(not server_is_here(), reason=NEEDS_POSTGRESQL)
def test_a_gyms_postgresql_keeps_the_same_sums_and_gives_the_same_answers(book):
    with postgresql() as address:
        gym = create_engine(address)
        alembic = Config()
        alembic.set_main_option("script_location", "pi_coach.adapters.book:migrations")
        with gym.connect() as connection:
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
            connection.commit()
        ours = make_engine(book, WRITING)
        with ours.connect() as mine, gym.begin() as theirs:
            for table in metadata.sorted_tables:
                rows = [dict(row) for row in mine.execute(select(table)).mappings()]
                if rows and table not in {set_figures, set_faults}:
                    theirs.execute(insert(table), rows)
        with ours.connect() as mine, gym.connect() as theirs:
            check(theirs)
            for here, there in zip(answers(mine), answers(theirs), strict=True):
                assert here == there
        ours.dispose()
        gym.dispose()
