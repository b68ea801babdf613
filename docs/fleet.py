"""Measures a gym's hub on this computer: `python -m docs.fleet` writes docs/fleet.json."""  # noqa: INP001

from __future__ import annotations

import datetime as dt
import json
import shutil
import statistics
import sys
import tempfile
import uuid
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import create_engine, func, inspect, select, text

from pi_coach.adapters.book.digests import NOT_YET, seal_the_rest
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.hub import open_hub
from pi_coach.adapters.book.opening import bring_up_to_date
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.schema import metadata
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.config import load
from pi_coach.places import Places
from pi_coach.testing.five_years import Past, write_past
from pi_coach.testing.fleet import TOPIC, Fleet, HubProcess, Station
from pi_coach.testing.servers import HOST, LocalBroker, LocalDatabase, until
from pi_coach.web.app import create_app

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

HERE = Path(__file__).resolve().parent
STATIONS = 20
EACH = 10
"""Sessions that each station brings to the hub, all at once."""
BACKLOG = 300
"""Sessions that wait in the broker when the hub comes."""
YEAR = 150
"""Sessions of a station in a year, three a week."""
YEARS = (1, 20, 100)
"""Station-years in the hub's book."""
LOOKS = 7
"""So often each page is asked for; the median counts."""
PATIENCE_S = 900.0
UNTIL = dt.datetime(2026, 5, 12, 16, 4, tzinfo=dt.UTC)
CLOCK = SystemClock()


def main() -> None:
    """Measure, and write what was found."""
    scratch = Path(tempfile.mkdtemp(prefix="pi-coach-fleet-"))
    try:
        found: dict[str, Any] = {}
        for measured in (_together, _backlog, _growth):
            with ExitStack() as stack:
                found |= measured(scratch, stack)
            sys.stdout.write(json.dumps(found, indent=1) + "\n")
    finally:
        shutil.rmtree(scratch)
    (HERE / "fleet.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def _count(url: str) -> int:
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            there = connection.scalar(text("SELECT to_regclass('sessions') IS NOT NULL"))
            return int(connection.scalar(text("SELECT count(*) FROM sessions"))) if there else 0
    finally:
        engine.dispose()


def _together(scratch: Path, stack: ExitStack) -> dict[str, Any]:
    """Let all stations send what they have at the same moment, and wait for the hub's word."""
    empty = scratch / "empty" / "sessions.db"
    empty.parent.mkdir()
    bring_up_to_date(empty, alone=True)
    broker = stack.enter_context(closing(LocalBroker(scratch)))
    database = stack.enter_context(closing(LocalDatabase()))
    drills = load(scratch / "nobody").drills
    stations = [Station(scratch / f"rack_{number}", broker.port, 1.0, empty) for number in range(STATIONS)]
    for number, station in enumerate(stations):
        write_past(station.book, Past(UNTIL, EACH, 0, seed=number), drills)
    hub = stack.enter_context(closing(HubProcess(scratch / "hub", broker.port, database.url)))
    until(lambda: _version(database.url) >= "0006", 60)
    began_s = CLOCK.now()
    with Fleet(stations) as fleet:
        done = until(lambda: fleet.waiting() == 0, PATIENCE_S, 1.0)
        took_s = CLOCK.now() - began_s
    wrong = fleet.differences(database.url)
    if not done or wrong:
        raise SystemExit(f"not all is there: {wrong[:5]}")
    peak_mb = hub.peak_mb
    return {
        "stations": STATIONS,
        "sessions_sent": STATIONS * EACH,
        "sessions_a_second_confirmed": round(STATIONS * EACH / took_s, 1),
        "hub_peak_mb": round(peak_mb, 1),
    }


def _version(url: str) -> str:
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            there = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            return str(connection.scalar(text("SELECT version_num FROM alembic_version"))) if there else ""
    finally:
        engine.dispose()


def _backlog(scratch: Path, stack: ExitStack) -> dict[str, Any]:
    """Let the hub take what waits for it in the broker when it comes back, as fast as it can."""
    broker = stack.enter_context(closing(LocalBroker(scratch)))
    database = stack.enter_context(closing(LocalDatabase()))
    hub = stack.enter_context(closing(HubProcess(scratch / "hub_2", broker.port, database.url)))
    until(lambda: _version(database.url) >= "0006", 60)
    probe = stack.enter_context(closing(_Probe(broker.port)))
    until(lambda: probe.present, 60)
    hub.kill()  # the broker keeps its place
    messages = _messages(scratch / "rack_0" / "data" / "sessions.db", BACKLOG)
    probe.send(messages)
    hub.start()
    until(lambda: _count(database.url) > 0, 60)
    began_s, first = CLOCK.now(), _count(database.url)
    until(lambda: _count(database.url) == BACKLOG, PATIENCE_S)
    took_s = CLOCK.now() - began_s
    stored_bytes = _stored_bytes(database.url)
    peak_mb = hub.peak_mb
    sizes = [len(message) for message in messages]
    return {
        "backlog": BACKLOG,
        "sessions_a_second_from_the_backlog": round((BACKLOG - first) / took_s, 1),
        "message_kb": round(statistics.median(sizes) / 1000, 1),
        "stored_kb_a_session": round(stored_bytes / BACKLOG / 1000, 1),
        "hub_peak_mb_backlog": round(peak_mb, 1),
    }


class _Probe:
    """Sends messages as stations do, without asking for the hub's word."""

    def __init__(self, port: int) -> None:
        self.present = False
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(1000)
        self._client.on_message = lambda *found: setattr(self, "present", bool(found[2].payload))
        self._client.connect(HOST, port)
        self._client.loop_start()
        self._client.subscribe(f"{TOPIC}/hub", 1)

    def send(self, messages: list[bytes]) -> None:
        """Return once the broker has them all."""
        sent = [self._client.publish(f"{TOPIC}/rack_0/sessions", message, 1) for message in messages]
        for receipt in sent:
            receipt.wait_for_publish(60)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def _messages(book: Path, count: int) -> list[bytes]:
    """Return as many sessions as are wanted, each with a uuid of its own."""
    with SessionBook(book) as read:
        sessions = [export_json(read.session(row.id)) for row in read.sessions(EACH)]
    return [
        json.dumps({**sessions[number % len(sessions)], "uuid": str(uuid.uuid4()), "station": "rack_0"}).encode()
        for number in range(count)
    ]


def _stored_bytes(url: str) -> int:
    engine = _engine(url)
    with engine.connect() as connection:
        asked = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200"
        found = int(connection.scalar(text(asked)))
    engine.dispose()
    return found


# How pages grow


TABLES = ("sets", "reps", "partials", "cues", "events", "set_figures", "set_faults")


def _growth(scratch: Path, stack: ExitStack) -> dict[str, Any]:
    """Ask for the main pages of hubs with more and more in their books."""
    database = stack.enter_context(closing(LocalDatabase()))
    book = scratch / "year" / "sessions.db"
    book.parent.mkdir()
    drills = load(scratch / "nobody").drills
    write_past(book, Past(UNTIL, YEAR, 0, seed=1), drills)
    hub = open_hub(database.url)
    stack.callback(hub.dispose)
    _copy_year(book, hub)
    found, there = [], 1
    for years in YEARS:
        _repeat_year(hub, there, years)
        there = years
        found.append(
            {"station_years": years, **_rows(hub), "page_ms": _page_ms(scratch / f"web_{years}", database.url)}
        )
    return {"pages": found}


def _copy_year(book: Path, hub: Engine) -> None:
    """Bring a station's year into the hub's book, table by table."""
    here = create_engine(f"sqlite:///{book}")
    wanted = {"athletes", "sessions", "sets", "reps", "partials", "cues", "events"}
    with here.connect() as source, hub.begin() as target:
        for table in (one for one in metadata.sorted_tables if one.name in wanted):
            rows = [_kept(table.name, dict(row)) for row in source.execute(table.select()).mappings()]
            if rows:
                target.execute(table.insert(), rows)
        target.execute(text("UPDATE sessions SET station = 'rack_0'"))
        seal_the_rest(target)
    here.dispose()


def _kept(table: str, row: dict[str, Any]) -> dict[str, Any]:
    if table == "sessions":
        return row | {"digest": NOT_YET}  # the numbers are the same, the station is not
    return row if table == "athletes" else {name: value for name, value in row.items() if name != "id"}


def _repeat_year(hub: Engine, there: int, wanted: int) -> None:
    """Give the same year to more stations, each with athletes of its own; the database's own sums are copied along."""
    stations = f"generate_series({there}, {wanted - 1}) AS other"
    with hub.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("athletes", "sessions", *TABLES):
            names = [one["name"] for one in inspect(connection).get_columns(table)]
            values = ", ".join(_value(table, name) for name in names if _copied(table, name))
            columns = ", ".join(name for name in names if _copied(table, name))
            original = "id" if table in ("athletes", "sessions") else "session_id"
            most = 2 if table == "athletes" else YEAR
            connection.execute(
                text(
                    f"INSERT INTO {table} ({columns}) SELECT {values} FROM {stations}, {table} AS one "  # noqa: S608
                    f"WHERE one.{original} <= {most}"
                )
            )
    with hub.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copied(table: str, name: str) -> bool:
    return name != "id" or table in ("athletes", "sessions")


OTHERWISE = {
    ("athletes", "id"): "one.id + 2 * other",
    ("athletes", "name"): "one.name || ' ' || other",
    ("sessions", "id"): f"one.id + {YEAR} * other",
    ("sessions", "athlete_id"): "one.athlete_id + 2 * other",
    ("sessions", "uuid"): "gen_random_uuid()",
    ("sessions", "station"): "'rack_' || other",
    ("sessions", "digest"): f"'{NOT_YET}'",  # what it is made of is never looked at here
}
"""What is not the same at another station."""


def _value(table: str, name: str) -> str:
    same = f"one.session_id + {YEAR} * other" if name == "session_id" else f"one.{name}"
    return OTHERWISE.get((table, name), same)


def _rows(hub: Engine) -> dict[str, Any]:
    with hub.connect() as connection:
        counted = [table for table in metadata.sorted_tables if table.name in ("sessions", "reps", "events")]
        counts = {table.name: connection.scalar(select(func.count()).select_from(table)) for table in counted}
        size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    return {**counts, "database_mb": round(size / 1e6)}


def _page_ms(folder: Path, url: str) -> dict[str, float]:
    places = replace(Places(folder / "own", folder / "data", folder / "cache"), hub=url)
    pages = {
        "today": "/",
        "sessions": "/sessions",
        "sessions of a station": "/sessions?station=rack_0",
        "sessions of an athlete": "/sessions?athlete=Ada",
        "one session": f"/sessions/{YEAR}",
        "progress": "/progress?athlete=Ada",
        "plan": "/plan?athlete=Ada",
    }
    app = create_app(Setting(load(folder / "own"), places, CLOCK, print))
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50000)) as browser:
        return {name: _median_ms(browser, address) for name, address in pages.items()}


def _median_ms(browser: TestClient, address: str) -> float:
    took = []
    for _ in range(LOOKS + 1):
        began_s = CLOCK.now()
        answer = browser.get(address)
        took.append(1000 * (CLOCK.now() - began_s))
        if answer.status_code != 200:  # noqa: PLR2004
            raise SystemExit(f"{address} answers {answer.status_code}: {answer.text[:300]}")
    return round(statistics.median(took[1:]), 1)  # the first one also reads templates


if __name__ == "__main__":
    main()
