"""The pages with five years of daily training in the book: written in less than a minute, shown in less than 100 ms."""

import dataclasses
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

import pytest
from browsing import browser, setting_in
from chromium import note

from pi_coach import config
from pi_coach.testing.five_years import Past, write_past

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = (
    "/",
    "/drills",
    "/setup",
    "/sessions",
    "/sessions?drill=wall_touch&athlete=Ada&ending=finished&since=2022-01-01&page=9",
    "/sessions?month=2023-05",
    "/sessions/1799",
    "/sessions/1799/compare?with=900",
    "/sessions/1799/sets/3/reps/4",
    "/sessions/1799/sets/3/reps/4/movement.json",
    "/sessions/1799/sheet",
    "/progress",
    "/progress?period=1y",
    "/progress?period=all",
    "/progress?period=all&drill=rdl",
)
LIMIT_S = 0.100
WRITTEN_WITHIN_S = 60.0
TIMES = 7

YARDSTICK = "/drills"
QUIET_S = 0.006
"""What the yardstick, a page without the book, takes on an idle machine like CI's: a busy one, whose cores are shared,
takes longer for every page, and is allowed as many times as long as for this one."""


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """The machine of somebody who trained for five years, and how long it took to write it all down."""
    setting = setting_in(tmp_path_factory.mktemp("years"))
    setting.places.book.parent.mkdir(parents=True)
    known = config.load(Path("/nobody's/own/config"))
    past = Past(setting.clock.wall(), settings=dataclasses.asdict(known.settings))
    began = time.process_time()
    write_past(setting.places.book, past, known.drills)
    return setting, time.process_time() - began


def seconds(page, address):
    """The processor's time for an answer: what other programs do meanwhile does not count."""
    began = time.process_time()
    assert page.get(address).status_code == 200, address
    return time.process_time() - began


def test_five_years_are_written_through_the_real_schema_within_a_minute(years):
    setting, took_s = years
    with closing(sqlite3.connect(setting.places.book)) as book:
        counts = {
            table: book.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  named here
            for table in ("sessions", "sets", "reps", "events", "set_figures", "traces")
        }
    assert counts["sessions"] == 1800
    assert counts["sets"] == counts["set_figures"] > 9_000
    assert counts["reps"] > 80_000
    assert counts["events"] > 600_000
    assert counts["traces"] > 1_000
    assert took_s < WRITTEN_WITHIN_S, counts


def test_any_page_takes_less_than_a_tenth_of_a_second(years):
    page = browser(years[0])
    first = {address: seconds(page, address) for address in PAGES}
    again = {address: statistics.median(seconds(page, address) for _ in range(TIMES)) for address in PAGES}
    slower = max(1.0, again[YARDSTICK] / QUIET_S)
    figures = {
        address: {"first_ms": round(first[address] * 1000, 1), "median_ms": round(again[address] * 1000, 1)}
        for address in PAGES
    }
    note("page-times", {"machine_slower_by": round(slower, 2), "pages": figures})
    late = {address: took_s for address, took_s in again.items() if took_s >= LIMIT_S * slower}
    assert late == {}, figures
