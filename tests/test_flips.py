"""Bits that flip inside healthy pages: each is found, or changes nothing that anybody reads."""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "adapters"))
from book_story import open_writer
from book_train import train

from pi_coach.adapters.book.backups import back_up, backups_in, damaged_in, is_sound
from pi_coach.adapters.book.database import READING, connect
from pi_coach.adapters.book.digests import PARTS
from pi_coach.adapters.book.edits import save_answers
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.mending import damage
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import DAMAGED, Answers
from pi_coach.adapters.book.schema import calibrations, deliveries, screens
from pi_coach.core.errors import CoachError, StoreError

FLIPS = 350
PAGE = 4096
BACKUP = "backups/sessions-20260511-040000.db"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "sessions.db"


def flip_score(path, session=1):
    """Turn a score of 88 into 24 as a worn card does: the bit itself, behind the database's back."""
    with closing(sqlite3.connect(path)) as book:
        # To the one page and back: no log of changes is left, and no digest follows.
        book.execute("PRAGMA journal_mode = DELETE")
        book.execute("DROP TRIGGER reps_updated")
        book.execute("UPDATE reps SET score = 24 WHERE session_id = ? AND number = 1", (session,))
        book.commit()
        book.execute("PRAGMA journal_mode = WAL")


def everything(where):
    with SessionBook(where) as book:
        return {row.id: export_json(book.session(row.id), book.movement(row.id)) for row in book.sessions(1000)}


def scores(path, session=1):
    with SessionBook(path) as book:
        return [rep.score for one in book.session(session).sets for rep in one.reps]


def mended(path):
    with closing(open_writer(path)) as writer:
        return writer.mended


def asides(path):
    return sorted(path.parent.glob("sessions.damaged-*.json"))


# What happens to a session whose score flipped


def test_a_flipped_score_comes_back_from_the_backup_and_the_damaged_session_is_kept(path):
    train(path)
    train(path, "Bo")
    before = everything(path)
    back_up(path, path.parent / BACKUP)
    flip_score(path)
    assert damage(path) is None
    (told,) = mended(path)
    (aside,) = asides(path)
    assert told == (
        "Session 1 was damaged and is again as in the backup sessions-20260511-040000.db; "
        f"what is left of it is kept as {aside.name}."
    )
    assert json.loads(aside.read_text())["reps"][0]["score"] == 24
    assert aside.stat().st_mode & 0o077 == 0
    after = everything(path)
    assert {number: after[number] for number in before} == before
    assert mended(path) == []
    assert is_sound(path)


def test_a_flipped_score_that_no_backup_has_is_marked_in_every_list_and_left_out_of_the_plan(path, pi_coach):
    train(path)
    flip_score(path)
    (told,) = mended(path)
    assert told.startswith("Session 1 is damaged and no backup has it: it is marked and the plan ignores it")
    with SessionBook(path) as book:
        assert book.sessions()[-1].ending == DAMAGED
        assert [len(past.sets) for past in book.history("Ana").sessions] == [0]
    assert DAMAGED in pi_coach("sessions", "list")[1]
    assert json.loads(pi_coach("sessions", "export", "1")[1])["ending"] == DAMAGED
    assert mended(path) == []


def test_a_page_or_an_export_of_a_damaged_session_says_so_before_any_start_has_looked(path):
    train(path)
    flip_score(path)
    with SessionBook(path) as book:
        assert book.session(1).row.ending == DAMAGED


def test_a_backup_mends_first_and_never_holds_a_damaged_session(path, pi_coach):
    train(path)
    back_up(path, path.parent / BACKUP)
    flip_score(path)
    with pytest.raises(StoreError, match="these sessions are damaged: 1;"):
        back_up(path, path.parent / "backups" / "sessions-20260512-040000.db")
    assert [file.name for file in backups_in(path.parent / "backups")] == ["sessions-20260511-040000.db"]
    code, said, _ = pi_coach("backup")
    assert code == 0
    assert "Session 1 was damaged and is again as in the backup" in said
    assert len(backups_in(path.parent / "backups")) == 2
    assert scores(path)[0] == 88


def test_while_somebody_trains_a_backup_of_a_damaged_book_is_refused(path, pi_coach):
    train(path)
    with closing(open_writer(path)):
        flip_score_while_open(path)
        code, _, complaint = pi_coach("backup")
    assert code == 1
    assert "No backup was made" in complaint


def flip_score_while_open(path):
    with closing(sqlite3.connect(path)) as book, book:
        book.execute("UPDATE reps SET score = 24 WHERE number = 1")


def test_a_backup_that_rotted_is_passed_over_for_the_one_before(path):
    train(path)
    newer = path.parent / "backups" / "sessions-20260512-040000.db"
    back_up(path, path.parent / BACKUP)
    back_up(path, newer)
    flip_score(newer)
    flip_score(path)
    assert not is_sound(newer)
    assert "sessions-20260511-040000.db" in mended(path)[0]


def test_the_doctor_names_a_damaged_session_and_what_to_do(path, pi_coach):
    train(path)
    flip_score(path)
    found = {one["check"]: one for one in json.loads(pi_coach("doctor", "--json")[1])}["session book"]
    assert (found["state"], "damaged by the disk: session 1." in found["found"]) == ("broken", True)
    assert "pi-coach backup" in found["remedy"]


def test_an_answer_given_to_a_damaged_session_does_not_hide_the_damage(path):
    train(path)
    save_answers(path, 1, Answers(comfortable=True, pain=False))
    assert damaged_in(path) == []
    flip_score(path)
    save_answers(path, 1, Answers(comfortable=False, pain=False))
    assert damaged_in(path) == [1]


def test_what_was_kept_of_a_damaged_session_is_named_when_the_session_is_deleted(path, pi_coach):
    train(path)
    flip_score(path)
    mended(path)
    assert asides(path)[0].name in pi_coach("sessions", "delete", "1")[1]


def test_a_session_that_no_list_could_show_any_more_is_taken_out_and_told(path):
    train(path)
    train(path)
    with closing(sqlite3.connect(path)) as book, book:
        book.execute("UPDATE sessions SET started_at = '20x6-05-12 16:04:00.000000' WHERE id = 1")
    with pytest.raises(StoreError, match="cannot be used"), SessionBook(path) as book:
        book.sessions()
    (told,) = mended(path)
    assert told.startswith("Session 1 is damaged beyond reading, no backup has it, and it is taken out")
    assert list(everything(path)) == [3, 2]


# Everywhere


def where_stored(path):
    """Return each stored row's bytes in the file, by table: pages of tables and indexes, free space left out."""
    with closing(connect(path, READING)) as book:
        asked = "SELECT name, pgoffset, pgsize, unused, ncell, pagetype FROM dbstat WHERE pagetype <> 'overflow'"
        pages = book.execute(asked).fetchall()
        overflow = book.execute("SELECT name, pgoffset, payload FROM dbstat WHERE pagetype = 'overflow'").fetchall()
    content = path.read_bytes()
    found = {}
    for name, offset, size, _, cells, kind in pages:
        head = offset + (100 if offset == 0 else 0)
        begin = int.from_bytes(content[head + 5 : head + 7], "big") or 65536
        width = 12 if kind == "internal" else 8
        found.setdefault(name, []).extend(
            (*range(head, head + width + 2 * cells), *range(offset + begin, offset + size))
        )
    for name, offset, payload in overflow:
        found.setdefault(name, []).extend(range(offset, offset + 4 + payload))
    return found


def told_of(path):
    """Return everything that pages, exports, plan and lists read of the sessions, None where reading is refused."""
    try:
        with SessionBook(path) as book, book.asking() as connection:
            rest = [
                sorted(map(str, connection.execute(table.select()))) for table in (calibrations, screens, deliveries)
            ]
            listed = [str(row) for row in book.sessions(1000)]
            past = [str(book.history(name)) for name in ("Ana", "Bo")]
        return everything(path), listed, past, rest
    except (CoachError, ValueError, TypeError, KeyError):
        return None


def verdict(path, before):
    """Return who finds a flip: the check of the file, the digest, or nobody, for nothing that is read has changed."""
    try:
        if damage(path) is not None:
            return "check of the file"
    except sqlite3.Error:
        return "check of the file"
    try:
        if damaged_in(path):
            return "digest"
    except StoreError:
        return "refused"
    after = told_of(path)
    if after == before:
        return "nothing changed"
    return "refused" if after is None else "silent"


@pytest.mark.slow
def test_wherever_a_bit_of_what_is_stored_flips_it_is_found_or_nothing_that_is_read_changes(tmp_path, record_property):
    dice = random.Random(6)  # noqa: S311 - only the places of the damage
    whole = tmp_path / "sessions.db"
    for name in ("Ana", "Bo", "Ana", "Ana"):
        train(whole, name)
    save_answers(whole, 1, Answers(comfortable=True, pain=False))
    with closing(sqlite3.connect(whole)) as book:
        book.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, stored, before = whole.read_bytes(), where_stored(whole), told_of(whole)
    hit = tmp_path / "hit" / "sessions.db"
    hit.parent.mkdir()
    outcomes, silent = Counter(), []
    names = sorted(stored)
    for number in range(FLIPS):
        name = names[number % len(names)]
        place, bit = dice.choice(stored[name]), dice.randrange(8)
        hit.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
        found = verdict(hit, before)
        outcomes[found] += 1
        if found == "silent":
            silent.append((name, place, bit))
        for suffix in ("-wal", "-shm"):
            Path(f"{hit}{suffix}").unlink(missing_ok=True)
    for found, count in outcomes.items():
        record_property(found, count)
    assert silent == []
    assert {table.name for table in PARTS} <= set(names)
    assert outcomes["digest"] > FLIPS / 10
