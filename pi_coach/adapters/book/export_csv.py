"""A session as a table: a line a rep, in the form that spreadsheets open by a double click."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.adapters.book.rows import SessionDetail, SetRow
    from pi_coach.core.events import Rep

HEAD = (
    "session",
    "started_at",
    "athlete",
    "drill",
    "set",
    "side",
    "load_kg",
    "rep",
    "start_s",
    "bottom_s",
    "end_s",
    "score",
    "quality",
    "faults",
)
"""The columns that every session has; those of the measures follow, each with its unit in its name."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is worked out by a spreadsheet instead of shown."""


def export_csv(session: SessionDetail) -> bytes:
    """Return the session's reps as CSV in UTF-8; a cell is empty where something was not seen or not told."""
    measures = sorted({name for one in session.sets for rep in one.reps for name in rep.measures})
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow((*HEAD, *map(_plain, measures)))
    table.writerows(_lines(session, measures))
    # Without this mark Excel takes the file for one of the last century's character sets.
    return text.getvalue().encode("utf-8-sig")


def _lines(session: SessionDetail, measures: list[str]) -> Iterator[tuple[object, ...]]:
    row = session.row
    for one in session.sets:
        for rep in one.reps:
            head = (row.id, row.started_at.isoformat(), _plain(row.athlete))
            yield (*head, *_of_set(one), *_of_rep(rep), *(rep.measures.get(name) for name in measures))


def _of_set(one: SetRow) -> tuple[object, ...]:
    return _plain(one.drill), one.number, _plain(one.side or ""), one.load_kg


def _of_rep(rep: Rep) -> tuple[object, ...]:
    spent = (rep.start_s, rep.bottom_s, rep.end_s)
    return (rep.number, *spent, rep.score, "yes" if rep.quality else "no", _plain(" ".join(rep.faults)))


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
