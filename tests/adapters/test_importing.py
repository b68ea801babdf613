"""An export comes back as it left, and nothing else gets in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from book_story import open_writer
from book_train import train

from pi_coach.adapters.book.edits import changing
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.importing import add, parse
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.core.errors import UsageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A session as its export tells it."""
    path = tmp_path_factory.mktemp("left") / "sessions.db"
    train(path)
    return json.dumps(exported(path))


def exported(path, number=1):
    with SessionBook(path) as book:
        return export_json(book.session(number), book.movement(number))


def taken(path, told):
    with changing(path) as connection:
        return add(connection, parse(json.dumps(told).encode()))


def test_a_session_comes_back_as_it_left_with_its_movement(path, tmp_path):
    train(path)
    left = exported(path)
    assert sum(len(piece["samples"]) for piece in left["trace"]) > 100
    assert taken(tmp_path / "other.db", left) == (1, True)
    assert exported(tmp_path / "other.db") == left
    with SessionBook(path) as here, SessionBook(tmp_path / "other.db") as there:
        for one, other in zip(here.trace(1, 0.0, 60.0), there.trace(1, 0.0, 60.0), strict=True):
            assert (one.t_s, one.hip_flexion_deg, one.aspect) == (other.t_s, other.hip_flexion_deg, other.aspect)
            assert np.array_equal(one.points, other.points)


def test_a_session_that_is_there_already_stays_as_it_is(path):
    train(path)
    assert taken(path, exported(path) | {"athlete": "Somebody else"}) == (1, False)
    with SessionBook(path) as book:
        assert [row.athlete for row in book.sessions()] == ["Ana"]


def test_an_imported_session_gets_the_next_number_and_its_athlete(path, tmp_path):
    train(path)
    train(tmp_path / "other.db", "Bo")
    assert taken(path, exported(tmp_path / "other.db")) == (2, True)
    with SessionBook(path) as book:
        assert [(row.id, row.athlete, row.reps) for row in book.sessions()] == [(2, "Bo", 5), (1, "Ana", 5)]
        assert len(book.history("Bo").sessions) == 1


def test_an_export_without_movement_is_taken_too(path, tmp_path):
    train(path)
    with SessionBook(path) as book:
        left = export_json(book.session(1))
    assert taken(tmp_path / "other.db", left)[1]
    assert exported(tmp_path / "other.db")["trace"] == []


def test_a_session_that_ran_while_it_was_exported_does_not_run_here(path, tmp_path):
    writer = open_writer(path)
    left = exported(path)
    writer.close()
    taken(tmp_path / "other.db", left)
    assert exported(tmp_path / "other.db")["ending"] == "interrupted"


HOSTILE = {
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "nested": b"[" * 100_000,
    "a list": b"[1, 2]",
    "null": b"null",
    "a huge number": b'{"schema": 1' + b"0" * 5000 + b"}",
    "not a number": b'{"schema": NaN}',
    "another schema": b'{"schema": 2}',
    "true for one": b'{"schema": true, "id": 1}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_session_is_refused(name):
    with pytest.raises(UsageError):
        parse(HOSTILE[name])


CHANGES = {
    "an unknown key": lambda told: told.update(sudo=True),
    "a missing key": lambda told: told.pop("athlete"),
    "a number for a name": lambda told: told.update(athlete=7),
    "an empty name": lambda told: told.update(athlete="  "),
    "a text for a number": lambda told: told["sets"][0].update(number="1"),
    "an infinite time": lambda told: told["sets"][0].update(started_s=1e300),
    "a number that no database holds": lambda told: told["sets"][0]["reps"][0].update(score=2**70),
    "a half of a character": lambda told: told.update(athlete="\ud800"),
    "a text with an end in it": lambda told: told.update(source="a\0b"),
    "a very long text": lambda told: told.update(source="a" * 20_000),
    "no uuid": lambda told: told.update(uuid="'; DROP TABLE reps; --"),
    "no time": lambda told: told.update(started_at="yesterday"),
    "a time without its zone": lambda told: told.update(started_at="2026-05-12T16:04:00"),
    "a time before all": lambda told: told.update(started_at="0001-01-01T00:00:00+23:00"),
    "two reps of one number": lambda told: told["sets"][0]["reps"].append(told["sets"][0]["reps"][0]),
    "two sets of one number": lambda told: told["sets"].append(told["sets"][0]),
    "a cue of no set": lambda told: told["cues"][0].update(set=99),
    "too many faults": lambda told: told["sets"][0]["reps"][0].update(faults=["squatting"] * 101),
    "points that are none": lambda told: told["trace"][0]["samples"][0].update(points=[["x"]]),
    "too few points": lambda told: told["trace"][0]["samples"][0].update(points=[[0.1, 0.2, 1.0]]),
    "time that runs back": lambda told: told["trace"][0]["samples"].reverse(),
    "settings without a floor": lambda told: told.update(settings=json.loads('{"a":' * 50 + "1" + "}" * 50)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_session_that_lies_is_refused_in_one_sentence_and_leaves_no_row(path, text, name):
    told = json.loads(text)
    CHANGES[name](told)
    with pytest.raises(UsageError) as refused:
        taken(path, told)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200
    with SessionBook(path) as book:
        assert book.sessions() == []


def test_a_file_beyond_all_measure_is_refused_unread():
    with pytest.raises(UsageError, match="more than 50 million bytes"):
        parse(b" " * 50_000_001)
