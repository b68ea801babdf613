"""The book on a gym's hub: the same tables, the same questions, on a real PostgreSQL."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from book_story import StillClock, play_a_set
from book_train import train
from sqlalchemy import create_engine, insert, text

from pi_coach.adapters.book.edits import calibration_values
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.hub import DRIVER, open_hub
from pi_coach.adapters.book.importing import add, parse
from pi_coach.adapters.book.ledger import Ledger
from pi_coach.adapters.book.opening import NEWEST
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import Calibration
from pi_coach.adapters.book.schema import calibrations, metadata, sessions
from pi_coach.adapters.book.scribe import Scribe
from pi_coach.adapters.book.writer import PRUNE
from pi_coach.core.errors import CoachError, StoreError, UsageError
from pi_coach.core.planning.history import History

psycopg = pytest.importorskip("psycopg", reason="needs psycopg: install the extra `hub`")


def _programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [
        Path(path) for path in [shutil.which("pg_ctl")] if path
    ]
    if not found:
        pytest.skip("needs a PostgreSQL server: apt install postgresql")
    return found[-1].parent


def _as_postgres(*command):
    """The server refuses to run as root."""
    alone = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*alone, *map(str, command)], check=True, capture_output=True, cwd="/", timeout=60)


@pytest.fixture(scope="module")
def server():
    """A server of its own, that nobody reaches but through a socket in its folder."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="pi-coach-pg-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    _as_postgres(programs / "initdb", "--auth=trust", "--no-sync", "--username=coach", "-D", folder / "db")
    alone = f"-k {folder} -c listen_addresses='' -c fsync=off"
    _as_postgres(programs / "pg_ctl", "-D", folder / "db", "-w", "-o", alone, "-l", folder / "log", "start")
    yield f"postgresql://coach@/postgres?host={folder}"
    _as_postgres(programs / "pg_ctl", "-D", folder / "db", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def url(server):
    """The address of an empty database."""
    # Not as a hub: the book that a test left there may be a newer one.
    engine = create_engine(server.replace("postgresql:", f"{DRIVER}:"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


@pytest.fixture
def station(tmp_path):
    """The book of a station with a session in it."""
    path = tmp_path / "sessions.db"
    train(path)
    return path


@pytest.fixture
def hub(url):
    engine = open_hub(url)
    yield engine
    engine.dispose()


def exported(where, number=1):
    with SessionBook(where) as book:
        return export_json(book.session(number), book.movement(number))


def send(station, hub):

    with hub.begin() as connection:
        return add(connection, parse(json.dumps(exported(station)).encode()))


def test_the_steps_lead_to_the_schema_of_the_program(hub):
    with hub.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST


def test_a_hub_that_is_up_to_date_opens_again_and_a_newer_one_is_refused(hub, url):
    open_hub(url).dispose()
    with hub.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="written by a newer pi-coach"):
        open_hub(url)


def test_a_session_of_a_station_reads_on_the_hub_as_at_home(station, hub, url):
    assert send(station, hub) == (1, True)
    assert send(station, hub) == (1, False)
    assert exported(url) == exported(station)
    with SessionBook(station) as here, SessionBook(url) as there:
        assert there.sessions() == here.sessions()
        assert there.history("Ana") == here.history("Ana") != History()
        assert len(there.trace(1, 0.0, 60.0)) == len(here.trace(1, 0.0, 60.0)) > 100
        with pytest.raises(CoachError, match="There is no session 7"):
            there.session(7)


def test_a_session_can_be_written_frame_by_frame(hub, url):
    with hub.begin() as connection:
        connection.execute(text("INSERT INTO athletes (name) VALUES ('Ana')"))
        begun = {
            "uuid": "01234567-89ab-cdef-0123-456789abcdef",
            "athlete_id": 1,
            "started_at": StillClock().wall(),
            "source": "camera",
            "version": "0.1.0",
            "settings": {},
        }
        connection.execute(insert(sessions).values(begun))

    class Writer:
        ledger, scribe = Ledger(1), Scribe(hub, 1000)

        def show(self, shown):
            self.scribe.take(self.ledger.entries(shown))

    writer = Writer()
    play_a_set(writer)
    writer.scribe.close()
    assert writer.scribe.unsaved == 0
    with SessionBook(url) as book:
        (one,) = book.session(1).sets
    assert [(rep.number, rep.score, rep.faults) for rep in one.reps] == [(1, 88, ()), (2, 61, ("squatting",))]


def test_calibrations_and_the_budget_of_movement_work_on_the_hub_too(station, hub, url):
    send(station, hub)
    wall = Calibration("wall", {"wall_x": 0.25}, "camera 640x480", StillClock().wall())
    with hub.begin() as connection:
        connection.execute(insert(calibrations).values(calibration_values(wall)))
        connection.execute(PRUNE, {"budget": 1e9, "sessions": 10})
    with SessionBook(url) as book:
        assert book.latest_calibration("wall") == wall
        assert book.trace(1, 0.0, 60.0) != ()
    with hub.begin() as connection:
        connection.execute(PRUNE, {"budget": 100.0, "sessions": 10})
    with SessionBook(url) as book:
        assert book.trace(1, 0.0, 60.0) == ()
        assert book.session(1).row.reps == 5


def test_a_hub_that_does_not_answer_is_told_in_one_sentence(tmp_path):
    with pytest.raises(StoreError, match="The hub's database cannot be used: ") as told:
        open_hub(f"postgresql://coach@/postgres?host={tmp_path}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("url", ["mysql://coach@gym/book", "gym", "://"])
def test_an_address_that_is_none_of_postgresql_is_refused(url):
    with pytest.raises(UsageError, match="the hub's database must be postgresql://"):
        open_hub(url)
