"""A gym's day through the whole program, at accelerated time: what does not end with a session must not grow."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.soak.__main__ import figures, soak  # noqa: E402
from docs.soak.figure import draw  # noqa: E402
from docs.soak.gauges import Reading, growth  # noqa: E402

DAY = json.loads((ROOT / "docs" / "soak.json").read_text(encoding="utf-8"))
MOST_MB_A_DAY, MOST_OBJECTS_A_DAY = 20.0, 50_000
"""A month of the one would fill less than half of the smallest Pi; a session that is never let go of has thousands."""
MOST_WAITING = 500
"""Of 10,000 rows that may wait; here the disk is a busy computer's."""
MOST_KB_A_SESSION = 250.0
"""With the movement of a session of six minutes; a card of 32 GB holds 100,000 of them."""


def within(grown):
    assert grown["memory_mb_a_day"] < MOST_MB_A_DAY
    assert grown["objects_a_day"] < MOST_OBJECTS_A_DAY
    assert grown["waiting_most"] < MOST_WAITING
    assert grown["book_kb_a_session"] < MOST_KB_A_SESSION
    # A session under way has its writer and its files; the empty room has not.
    assert max(grown["threads"]) - min(grown["threads"]) <= 1
    assert max(grown["files"]) - min(grown["files"]) <= 6


def test_the_day_that_the_documents_tell_of_was_a_whole_one_and_kept_its_budget():
    assert DAY["run"]["hours"] >= 24
    assert DAY["run"]["sessions"] > 100
    assert growth([Reading(**one) for one in DAY["readings"]]) == DAY["growth"]
    within(DAY["growth"])


def test_a_gauge_that_creeps_is_told_as_growth():
    def reading(hour):
        return Reading(3600.0 * hour, 100.0 + hour, 1000, 4 + hour // 20, 12, 0, 0.1 * hour, hour)

    crept = growth([reading(hour) for hour in range(25)])
    assert crept["memory_mb_a_day"] == pytest.approx(24, abs=0.1)
    assert crept["threads"] == [4, 5]
    assert crept["book_kb_a_session"] == pytest.approx(100)


@pytest.mark.slow
def test_an_hour_of_visits_leaves_nothing_behind_but_the_sessions(tmp_path):
    readings = soak(1.0, tmp_path)
    told = figures(1.0, readings)
    assert told["run"]["sessions"] >= 7
    grown = told["growth"]
    # An hour is too short for a day's slope in megabytes; objects and threads show a leak just as well.
    assert grown["objects_a_day"] / 24 < MOST_OBJECTS_A_DAY
    within(grown | {"memory_mb_a_day": 0.0, "objects_a_day": 0})
    draw(readings, tmp_path / "soak.svg")
    assert (tmp_path / "soak.svg").read_text(encoding="utf-8").startswith("<?xml")
