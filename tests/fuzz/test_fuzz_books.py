"""Whatever somebody hands over as a session or a backup, it fits and can be read, or it is refused in a sentence."""

import contextlib
import csv
import io
import json
import sqlite3
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from hostile import VALUES, broken_bytes, broken_tree, one_sentence, within
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "adapters"))
from book_train import train

from pi_coach import cli
from pi_coach.adapters.book.backups import back_up
from pi_coach.adapters.book.edits import changing
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.importing import add, parse
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.core.errors import UsageError

RANDOM = st.randoms(use_true_random=False)
HOSTILE = (*VALUES, "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", -(2.0**31), 2**31 - 1, "=1+1", "a\rb")
READING = (
    ("sessions", "list"),
    ("sessions", "show", "1"),
    ("sessions", "export", "1", "--format", "json", "--with-traces"),
    ("sessions", "export", "1", "--format", "csv"),
    ("sessions", "export", "1", "--format", "fit"),
    ("plan", "--athlete", "Ana"),
    ("explain", "1", "1"),
)
UNEXPECTED = "Run again with --debug and report it"
"""What the program says of an error that nobody has thought of."""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "sessions.db"
    train(path)
    return path


@pytest.fixture(scope="module")
def told(book):
    """A session as its export tells it."""
    with SessionBook(book) as read:
        return export_json(read.session(1), read.movement(1))


def run(folder, *arguments):
    """Run the program in this process; return its exit code, what it wrote and what it said."""
    out, said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        code = cli.main(("--config", str(folder / "config"), "--data", str(folder), *arguments))
    out.flush()
    assert UNEXPECTED not in said.getvalue(), f"{arguments}: {said.getvalue()}"
    return code, out.buffer.getvalue(), said.getvalue()


def read_all(folder):
    for command in READING:
        run(folder, *command)


def taken(folder, content):
    """Import a session into a new book and read it in every way; return False where it is refused."""
    path = folder / "sessions.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    try:
        with within(5.0):
            session = parse(content)
    except UsageError as error:
        one_sentence(error)
        return False
    with changing(path) as connection:
        add(connection, session)
    read_all(folder)
    return True


@pytest.mark.slow
@given(RANDOM)
def test_an_export_with_wrong_values_fits_and_can_be_read_or_is_refused(tmp_path_factory, told, rng):
    changed = broken_tree({**told, "trace": told["trace"][:1]}, rng, values=HOSTILE)
    taken(tmp_path_factory.getbasetemp(), json.dumps(changed).encode())


@pytest.mark.slow
@given(RANDOM)
def test_an_export_with_damaged_letters_is_refused_or_fits(tmp_path_factory, told, rng):
    content = json.dumps({**told, "trace": [], "events": []}).encode()
    taken(tmp_path_factory.getbasetemp(), broken_bytes(content, rng, most=2))


SPOILT = {
    "a measure that is a text, which no table could add up": lambda s: _rep(s)["measures"].update(hip_flexion_deg="84"),
    "a measure of measures": lambda s: _rep(s)["measures"].update(hip_flexion_deg={"deg": 84}),
    "a name that clears the terminal": lambda s: s.update(athlete="Ana\x1b[2J"),
    "a name of a million letters": lambda s: s.update(athlete="A" * 1_000_000),
    "a set before the session": lambda s: s["sets"][0].update(started_s=-5.0),
    "a set that ends before it begins": lambda s: s["sets"][0].update(started_s=50.0, ended_s=40.0),
    "a load of a ship": lambda s: s["sets"][0].update(load_kg=1e9),
    "a load that pulls up": lambda s: s["sets"][0].update(load_kg=-40.0),
    "a session of sixty years": lambda s: s.update(length_s=2e9),
    "a session in Caesar's time": lambda s: s.update(started_at="0001-01-01T00:00:00+00:00"),
    "a session at the end of the calendar": lambda s: s.update(started_at="9999-12-31T23:59:59+00:00"),
    "a set without a number of its own": lambda s: s["sets"][0].update(number=-1),
    "a rep without a number of its own": lambda s: _rep(s).update(number=0),
    "a rep that was done without saying which": lambda s: _body(s, "RepCompleted").pop("number"),
    "a fault without its value": lambda s: _body(s, "FaultRaised").pop("value"),
}
"""What was once taken, and then broke the export, the page or the plan."""


def _rep(session):
    return session["sets"][0]["reps"][0]


def _body(session, kind):
    return next(event["body"] for event in session["events"] if event["kind"] == kind)


@pytest.mark.parametrize("name", SPOILT)
def test_what_once_got_into_the_book_and_broke_a_page_is_refused(told, name):
    session = json.loads(json.dumps({**told, "trace": []}))
    SPOILT[name](session)
    with pytest.raises(UsageError):
        parse(json.dumps(session).encode())


STRANGE = (
    "Zoë 🏋️‍♀️",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "O'Brien; DROP TABLE",
    '"',
    "<script>",
    "\u202eanA",
    "a,b",
    "{t}",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_a_name_and_never_a_formula(tmp_path, told, name):
    session = json.loads(json.dumps({**told, "athlete": name, "trace": []}))
    session["sets"][0]["side"] = name
    session["sets"][0]["drill"] = name
    _rep(session)["measures"] = {name: 1.0}
    _rep(session)["faults"] = [name]
    with changing(tmp_path / "sessions.db") as connection:
        add(connection, parse(json.dumps(session).encode()))
    assert run(tmp_path, "sessions", "export", "1", "--format", "fit")[0] == 0
    _, out, _ = run(tmp_path, "sessions", "export", "1", "--format", "csv")
    for row in csv.reader(io.StringIO(out.decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t", "\r")) or cell == "-1"], row


def spoil(path, *statements):
    with closing(sqlite3.connect(path)) as book:
        for statement in statements:
            book.execute(*statement) if isinstance(statement, tuple) else book.execute(statement)
        book.commit()


ROWS = {
    "a date that is none": "UPDATE sessions SET started_at = 'yesterday'",
    "settings that are no JSON": "UPDATE sessions SET settings = '{'",
    "a movement that is none": "UPDATE traces SET body = x'00'",
    "a movement without samples": "UPDATE traces SET samples = 0",
    "a version that is a number": "UPDATE alembic_version SET version_num = 5",
    "no version at all": "DELETE FROM alembic_version",
    "a table that is gone": "DROP TABLE cues",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_book_with_impossible_rows_is_told_in_a_sentence(tmp_path, book, name):
    back_up(book, tmp_path / "sessions.db")
    spoil(tmp_path / "sessions.db", "PRAGMA ignore_check_constraints = ON", ROWS[name])
    read_all(tmp_path)


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 2)
@given(RANDOM)
def test_a_book_with_damaged_pages_is_told_in_a_sentence(tmp_path_factory, book, rng):
    folder = tmp_path_factory.mktemp("damaged")
    back_up(book, folder / "whole.db")
    content = bytearray((folder / "whole.db").read_bytes())
    for _ in range(rng.randint(1, 6)):
        at = rng.choice((rng.randint(0, 100), rng.randint(0, len(content) - 1)))
        content[at : at + 8] = bytes(rng.randint(0, 255) for _ in range(8))
    (folder / "sessions.db").write_bytes(content)
    read_all(folder)


ARCHIVED = {
    "a way out of the folder": ("config/../../out.toml", b"x = 1"),
    "a way from the root": ("/tmp/out.toml", b"x = 1"),  # noqa: S108  nothing is written there
    "a name that is a number": (5, b"x = 1"),
    "a name that is bytes": (b"config/coach.toml", b"x = 1"),
    "no name": (None, b"x = 1"),
    "a file without content": ("config/coach.toml", None),
    "content that is a text": ("config/coach.toml", "x = 1"),
    "content that was not packed": ("config/coach.toml", b"x = 1"),
    "content that unpacks to a gigabyte": ("config/coach.toml", zlib.compress(b"#" * 200_000_000, 9)),
    "a program": ("config/run.sh", zlib.compress(b"rm -rf /")),
}
"""Name and content of a file inside a backup."""


@pytest.mark.parametrize("name", ARCHIVED)
def test_a_hostile_file_inside_a_backup_gets_nowhere(tmp_path, book, name):
    inside, content = ARCHIVED[name]
    backup, home = tmp_path / "backup.db", tmp_path / "home"
    back_up(book, backup)
    packed = zlib.compress(content) if content == b"x = 1" and "packed" not in name else content
    spoil(
        backup,
        "DROP TABLE sqlar",
        "CREATE TABLE sqlar (name, mode INT, mtime INT, sz INT, data)",
        ("INSERT INTO sqlar VALUES (?, 420, 0, 5, ?)", (inside, packed)),
    )
    code, _, said = run(home, "restore", str(backup))
    assert code in (0, 1), said
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()} - {"backup.db"}
    assert written <= {"sessions.db", "sessions.db-wal", "sessions.db-shm"}, written


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 5000, b"{}" * 999])
def test_what_is_no_backup_is_refused_and_the_book_stays(tmp_path, book, content):
    back_up(book, tmp_path / "sessions.db")
    before = (tmp_path / "sessions.db").read_bytes()
    (tmp_path / "backup.db").write_bytes(content)
    assert run(tmp_path, "restore", str(tmp_path / "backup.db"))[0] == 1
    assert (tmp_path / "sessions.db").read_bytes() == before


@pytest.mark.slow
@given(RANDOM)
def test_a_damaged_backup_is_restored_or_refused_in_a_sentence(tmp_path_factory, book, rng):
    folder = tmp_path_factory.mktemp("backup")
    back_up(book, folder / "backup.db")
    (folder / "backup.db").write_bytes(broken_bytes((folder / "backup.db").read_bytes(), rng))
    code, _, _ = run(folder / "home", "restore", str(folder / "backup.db"))
    if code == 0:
        read_all(folder / "home")
