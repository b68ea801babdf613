"""A gym on one machine: stations with books and publishers, cables that can be pulled, a hub that can die."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pi_coach.adapters.book import deliveries
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.config import load
from pi_coach.core.errors import StoreError
from pi_coach.places import Places
from pi_coach.publishing import keep_publishing, targets
from pi_coach.testing.servers import HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.publishing import Target

TOPIC = "gym"
SHORTEST_S = 0.5
RESTART_S = 30.0
"""As systemd waits before it starts a publisher again."""
ENDS_S = 30.0


class HurriedEvent(threading.Event):
    """An event on which time passes many times as fast: an hour of waiting and trying again goes by in seconds.

    Short waits take half a second all the same: many publishers share this computer.
    """

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a part of the time."""
        return super().wait(None if timeout is None else min(timeout, max(SHORTEST_S, timeout / self._speed)))


class Cable:
    """Leads from a port of its own to the broker's, until it is pulled."""

    def __init__(self, to_port: int) -> None:
        self.refused = 0
        """So many came in vain while it was pulled."""
        self._to_port, self._pulled = to_port, False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable")
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._lead, HOST, 0), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    def pull(self) -> None:
        """Cut what is connected, and let nobody through any more."""
        self._pulled = True
        self._loop.call_soon_threadsafe(self._cut)

    def mend(self) -> None:
        """Let everybody through again."""
        self._pulled = False

    def close(self) -> None:
        """Take it away."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(ENDS_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(ENDS_S)
            self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._pulled = True
        self._cut()
        leading = asyncio.all_tasks() - {asyncio.current_task()}
        if leading:
            await asyncio.wait(leading)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        back = None
        try:
            if self._pulled:
                self.refused += 1
                return
            there, back = await asyncio.open_connection(HOST, self._to_port)
            self._writers.add(back)
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        except OSError:
            pass  # the broker is not there: who came is sent away
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            if back is not None:
                back.transport.abort()
                self._writers.discard(back)


async def _pump(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            drain.write(piece)
            await drain.drain()
    drain.transport.abort()


class Station:
    """One station: its folder, its book, and a publisher that is started again as systemd does it."""

    def __init__(self, folder: Path, port: int, speed: float, empty_book: Path) -> None:
        self.name, self.cable = folder.name, Cable(port)
        self.setting = _setting(
            folder,
            f'station = "{folder.name}"\nhub = true\nhome_assistant = false\nmqtt_host = "{HOST}"\n'
            f'mqtt_port = {self.cable.port}\nmqtt_topic = "{TOPIC}"\n',
        )
        self.book = self.setting.places.book
        self.book.parent.mkdir()
        shutil.copyfile(empty_book, self.book)
        publish = self.setting.config.settings.publish
        self.places: tuple[Target, ...] = targets(publish, self.setting.places.owner_dir)
        self._stop = HurriedEvent(speed)
        self._thread = threading.Thread(target=self._publish, name="publisher")

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def _publish(self) -> None:
        while not self._stop.is_set():
            try:
                keep_publishing(self.setting, self.places, self._stop)
            except StoreError:
                self._stop.wait(RESTART_S)

    def waiting(self) -> int:
        """Return how much has not arrived yet."""
        (place,) = self.places
        return len(deliveries.waiting(self.book, place.name)) + len(deliveries.withdrawn(self.book, place.name))

    def close(self) -> None:
        """Stop publishing and take the cable away."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(ENDS_S)
        self.cable.close()


class HubProcess:
    """The hub as its service runs it."""

    def __init__(self, folder: Path, port: int, database_url: str) -> None:
        publish = f'mqtt_host = "{HOST}"\nmqtt_port = {port}\nmqtt_topic = "{TOPIC}"\n'
        self.setting = _setting(folder, f'{publish}[hub]\ndatabase_url = "{database_url}"\n')
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it."""
        where = ["--config", str(self.setting.places.owner_dir), "--data", str(self.setting.places.data_dir)]
        with (self.setting.places.owner_dir / "log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "pi_coach", *where, "hub"], stderr=log)  # noqa: S603 - ours

    @property
    def log(self) -> str:
        """What it has told."""
        return (self.setting.places.owner_dir / "log").read_text(encoding="utf-8")

    @property
    def peak_mb(self) -> float:
        """The most memory that it has had, millions of bytes."""
        assert self._process is not None  # noqa: S101 - it was started
        told = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        (peak,) = [line for line in told.splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1]) * 1024 / 1e6

    def kill(self) -> None:
        """End it in the middle of what it does."""
        self._end(kindly=False)

    def close(self) -> None:
        """End it as the service manager does."""
        self._end(kindly=True)

    def _end(self, *, kindly: bool) -> None:
        if self._process is not None:
            (self._process.terminate if kindly else self._process.kill)()
            self._process.wait(ENDS_S)
            self._process = None


class Fleet:
    """Stations that are closed together."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self.stations = list(stations)

    def __enter__(self) -> Self:
        for station in self.stations:
            station.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all publishers and take the cables away; their books stay."""
        for station in self.stations:
            station.close()

    def waiting(self) -> int:
        """Return how much has not arrived yet."""
        return sum(station.waiting() for station in self.stations)

    def differences(self, database_url: str) -> list[str]:
        """Compare each session of each station with the hub's, field by field; return in words what is not the same."""
        expected: dict[str, dict[str, object]] = {}
        for station in self.stations:
            for session in _sessions(station.book):
                expected[str(session["uuid"])] = {**session, "station": station.name}
        found = list(_sessions(database_url))
        known = {str(session["uuid"]): session for session in found}
        wrong = [f"{len(found) - len(known)} are there twice"] if len(found) > len(known) else []
        wrong += [f"{uuid} is missing" for uuid in expected.keys() - known.keys()]
        wrong += [f"{uuid} should not be there" for uuid in known.keys() - expected.keys()]
        return wrong + [
            f"{uuid} differs in {key}"
            for uuid in expected.keys() & known.keys()
            for key in expected[uuid]
            if expected[uuid][key] != known[uuid].get(key)
        ]


def _sessions(where: Path | str) -> Iterable[dict[str, object]]:
    with SessionBook(where) as book:
        for row in book.sessions(100_000):
            yield {**export_json(book.session(row.id)), "id": None, "station": row.station}


def _setting(folder: Path, publish: str) -> Setting:
    own = folder / "own"
    own.mkdir(parents=True)
    (own / "coach.toml").write_text(f"[publish]\n{publish}", encoding="utf-8")
    return Setting(load(own), Places(own, folder / "data", folder / "cache"), SystemClock(), print)
