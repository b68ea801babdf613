"""A gym's hub: gathers the sessions of all stations from the broker into one book on a PostgreSQL server.

A station is told that a session has arrived once it is in the book, so that neither the broker nor this program nor the
server can lose one: until then it waits in the station's own book.
"""

from __future__ import annotations

import logging
import re
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from pi_coach.adapters import mqtt_inbox
from pi_coach.adapters.aside import Aside
from pi_coach.adapters.book import gathering, importing
from pi_coach.adapters.book.database import why
from pi_coach.adapters.book.hub import address, open_hub
from pi_coach.adapters.book.shape import check
from pi_coach.adapters.mqtt import Message
from pi_coach.core.errors import DeliveryError, StoreError, UsageError
from pi_coach.publishing import open_broker, secret

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from pi_coach.adapters.mqtt_inbox import Letter
    from pi_coach.assembly import Setting
    from pi_coach.clock import Clock
    from pi_coach.settings import HubSettings

log = logging.getLogger(__name__)

LARGEST_BYTES = 5_000_000
"""Of a message: an hour of training without its movement has a tenth of it."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""After failures the pause doubles from the first up to the last: who is back is found within a minute."""
_STATION = re.compile(r"[\w-]{1,80}")
_PARTS = 3
"""A topic's last levels and all before them: root, station, what it is about."""
_DELETED = {"schema": int, "uuid": str, "station": str, "deleted": bool}


def database_url(hub: HubSettings, owner_dir: Path) -> str:
    """Return the address of the hub's book with its password; empty where this machine is no hub. Raises UsageError."""
    if not hub.database_url:
        return ""
    return address(hub.database_url, secret(owner_dir, hub.database_password_file, "hub.database_password_file"))


@dataclass(frozen=True, slots=True)
class Hub:
    """Takes what comes."""

    engine: Engine
    aside: Aside
    clock: Clock

    def take(self, letter: Letter) -> Message | None:
        """Keep what a message says, and return the answer to its station.

        What cannot be read is put aside and holds nothing up. Raises StoreError where the book cannot be written.
        """
        found, refusal = self._try(letter.topic, letter.payload)
        if refusal:
            kept = self.aside.put(letter.topic, letter.payload, refusal)
            place = "It is kept aside." if kept else "There is no room to keep it aside: the station keeps it."
            log.warning("A message to %.80r is refused: %s. %s", letter.topic, refusal, place)
            if not kept:
                return None
        if found is None:
            return None
        root, station, _ = letter.topic.rsplit("/", 2)
        return Message(f"{root}/{station}/taken", found)

    def try_again(self) -> None:
        """Take what was put aside earlier, where it can be read by now. Raises StoreError."""
        for kept in self.aside.kept():
            _, refusal = self._try(kept.topic, kept.payload)
            if not refusal:
                kept.file.unlink()

    def _try(self, topic: str, payload: bytes) -> tuple[str | None, str]:
        """Return the uuid that a message is about, None where it names none, and why it is refused, else nothing."""
        found: str | None = None
        try:
            station, about = _place(topic)
            told = _told(payload, station)
            with suppress(ValueError, TypeError, AttributeError):
                found = str(uuid.UUID(told.get("uuid")))
            self._keep(station, about, told)
        except UsageError as error:
            return found, str(error)
        except StoreError:
            raise
        except Exception as error:
            # Somebody's message must not stop those of all others, whatever is wrong with it.
            log.exception("A message could not be read")
            return found, f"{type(error).__name__} while reading it"
        return found, ""

    def _keep(self, station: str, about: str, told: dict[str, Any]) -> None:
        if about == "deleted":
            check(told, _DELETED, "the message")
            with _writing(self.engine) as connection:
                gathering.take_back(connection, station, _uuid(told["uuid"]), self.clock.wall())
            return
        del told["station"]
        session = importing.fitting(told | {"trace": []})  # the movement stays at its station
        with _writing(self.engine) as connection:
            outcome = gathering.take(connection, station, session)
        log.debug("%s of %s is %s", session["uuid"], station, outcome)


def _place(topic: str) -> tuple[str, str]:
    """Return which station sent a message, and what about."""
    parts = topic.rsplit("/", 2)
    if len(parts) < _PARTS or not _STATION.fullmatch(parts[1]):
        raise UsageError("no station has such a name")
    return parts[1], parts[2]


def _told(payload: bytes, station: str) -> dict[str, Any]:
    if len(payload) > LARGEST_BYTES:
        raise UsageError(f"it has more than {LARGEST_BYTES // 1_000_000} million bytes")
    told = importing.read(payload)
    if not isinstance(told, dict) or told.get("station") != station:
        raise UsageError("it does not name the station that its topic names")
    return told


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise UsageError("its uuid cannot be read") from error


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction. Raises UsageError where the server refuses what is written, StoreError where it is lost."""
    try:
        with engine.begin() as connection:
            yield connection
    except (DataError, IntegrityError) as error:
        raise UsageError(f"the database does not take it, {why(error)}") from error
    except DBAPIError as error:
        raise StoreError(f"The hub's database is lost: {why(error)}.") from error


def forget(setting: Setting, name: str) -> int:
    """Delete an athlete with the sessions of all stations; return how many those were. Raises StoreError."""
    engine = open_hub(database_url(setting.config.settings.hub, setting.places.owner_dir))
    try:
        with _writing(engine) as connection:
            return gathering.forget(connection, name, setting.clock.wall())
    finally:
        engine.dispose()


def gather(setting: Setting, stop: threading.Event) -> None:
    """Take what comes until told to stop. Raises DeliveryError or StoreError where broker or server are lost."""
    settings, owner_dir = setting.config.settings, setting.places.owner_dir
    engine = open_hub(database_url(settings.hub, owner_dir))
    try:
        hub = Hub(engine, Aside(setting.places.data_dir / "refused"), setting.clock)
        hub.try_again()
        root = settings.publish.mqtt_topic
        topics = (f"{root}/+/sessions", f"{root}/+/deleted")
        inbox = mqtt_inbox.Inbox(f"{root.replace('/', '_')}_hub", topics, f"{root}/hub", LARGEST_BYTES)
        mqtt_inbox.receive(open_broker(settings.publish, owner_dir), inbox, hub.take, stop)
    finally:
        engine.dispose()


def keep_gathering(setting: Setting, stop: threading.Event) -> None:
    """Take what comes until told to stop; trouble is logged once and tried again."""
    pause_s, trouble = FIRST_WAIT_S, ""
    while not stop.is_set():
        began_s = setting.clock.now()
        try:
            gather(setting, stop)
        except (DeliveryError, StoreError) as error:
            if setting.clock.now() - began_s > LONGEST_WAIT_S:
                pause_s, trouble = FIRST_WAIT_S, ""
            if str(error) != trouble:
                trouble = str(error)
                log.warning("%s It is tried again.", trouble)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_WAIT_S)
