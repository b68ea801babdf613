"""Finished sessions on their way to a broker or a web address: each goes out at least once, whatever is down meanwhile.

What was taken is noted in the book, so that nothing is lost where the broker, the network or this program dies.
"""

from __future__ import annotations

import json
import logging
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach import __version__
from pi_coach.adapters.book import deliveries
from pi_coach.adapters.book.export import SCHEMA, export_json
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.core.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pi_coach.adapters import mqtt
    from pi_coach.adapters.book.rows import SessionDetail
    from pi_coach.assembly import Setting
    from pi_coach.settings import PublishSettings

log = logging.getLogger(__name__)

LONGEST_PASSWORD = 1000
"""MQTT has room for 65,535 bytes; a key of any kind is shorter than this."""
LOOK_S = 15.0
"""The book is looked at this often: nobody waits for the message of a session that has ended."""
LONGEST_WAIT_S = 600.0
"""After failures the pause doubles up to this: a broker that is back is found within ten minutes."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place that is told of sessions."""

    name: str
    """In the book's notes: the same place is not told twice, a new one is told of everything."""
    send: Callable[[SessionDetail], None]
    """Raises DeliveryError where the place does not take it."""
    take_back: Callable[[str], None]
    """Tells that the session of a uuid was deleted here. Raises DeliveryError likewise."""


def targets(publish: PublishSettings, owner_dir: Path) -> tuple[Target, ...]:
    """Return the places that the owner named; none by default. Raises UsageError where they make no sense."""
    found = []
    if publish.mqtt_host:
        found.append(_broker(publish, owner_dir))
    if publish.webhook_url:
        found.append(_webhook(publish.webhook_url))
    return tuple(found)


def open_broker(publish: PublishSettings, owner_dir: Path) -> mqtt.Broker:
    """Return how the broker of the config is reached. Raises UsageError where its password cannot be read."""
    from pi_coach.adapters import mqtt  # noqa: PLC0415  only a station with a broker needs it

    password = secret(owner_dir, publish.mqtt_password_file, "publish.mqtt_password_file")
    return mqtt.Broker(publish.mqtt_host, publish.mqtt_port, publish.mqtt_tls, publish.mqtt_user, password)


def _broker(publish: PublishSettings, owner_dir: Path) -> Target:
    from pi_coach.adapters import mqtt  # noqa: PLC0415  only a station with a broker needs it

    broker = open_broker(publish, owner_dir)
    station = station_name(publish.station)
    root = f"{publish.mqtt_topic}/{station}"

    def receipt(uuid: str) -> mqtt.Receipt | None:
        return mqtt.Receipt(f"{publish.mqtt_topic}/hub", f"{root}/taken", uuid) if publish.hub else None

    def messages(session: SessionDetail) -> Iterator[mqtt.Message]:
        yield mqtt.Message(f"{root}/sessions", _whole(session, station))
        if publish.home_assistant:
            yield from mqtt.descriptions(station, f"{root}/last", __version__)
            yield mqtt.Message(f"{root}/last", json.dumps(last_session(session)), retain=True)

    def send(session: SessionDetail) -> None:
        mqtt.send(broker, [*messages(session)], receipt(session.row.uuid))

    def take_back(uuid: str) -> None:
        gone = mqtt.Message(f"{root}/deleted", _deleted(uuid, station))
        # The numbers of the last session may be of this one. An empty message is what takes a retained one away.
        no_last = [mqtt.Message(f"{root}/last", "", retain=True)] if publish.home_assistant else []
        mqtt.send(broker, [gone, *no_last], receipt(uuid))

    return Target(f"mqtt://{broker.host}:{broker.port}/{root}", send, take_back)


def _webhook(url: str) -> Target:
    from pi_coach.adapters import webhook  # noqa: PLC0415  only a station with one needs it

    if not url.startswith(("http://", "https://")):
        raise UsageError(f"publish.webhook_url is {url!r}: it must begin with http:// or https://")
    station = station_name("")
    return Target(
        url,
        lambda session: webhook.post(url, _whole(session, station)),
        lambda uuid: webhook.post(url, _deleted(uuid, station)),
    )


def secret(owner_dir: Path, file: str, key: str) -> str:
    """Return the password in a file beside coach.toml, which the config names by `key`; empty where it names none.

    Raises UsageError where the file cannot be read.
    """
    if not file:
        return ""
    path = owner_dir / file
    try:
        word = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{path} cannot be read ({getattr(error, 'strerror', None) or 'it is no text'})"
        raise UsageError(f"{reason}: put the password there, or empty {key}") from error
    if len(word) > LONGEST_PASSWORD or not word.isprintable():
        raise UsageError(f"{path} holds no password, which is one line of at most {LONGEST_PASSWORD} letters")
    return word


def station_name(told: str) -> str:
    """Return the station's name as topics can hold it; where none was told, the computer's."""
    return re.sub(r"[^\w-]+", "_", told or socket.gethostname()).strip("_") or "station"


def _whole(session: SessionDetail, station: str) -> str:
    return json.dumps({**export_json(session), "station": station}, allow_nan=False)


def _deleted(uuid: str, station: str) -> str:
    return json.dumps({"schema": SCHEMA, "uuid": uuid, "station": station, "deleted": True})


def last_session(session: SessionDetail) -> dict[str, object]:
    """Return what a home shows of a session."""
    row = session.row
    return {
        "athlete": row.athlete,
        "started_at": row.started_at.isoformat(),
        "minutes": None if row.length_s is None else round(row.length_s / 60, 1),
        "drills": ", ".join(drill.replace("_", " ") for drill in row.drills),
        "sets": row.sets,
        "reps": row.reps,
        "quality_reps": row.quality_reps,
        "score": None if row.score is None else round(row.score),
    }


def publish_waiting(setting: Setting, places: Sequence[Target]) -> int:
    """Send what waits, the oldest first, and return how many messages were taken.

    Raises DeliveryError at the first place that does not take one, after all others were told.
    """
    taken, failures = 0, []
    for place in places:
        try:
            taken += sum(1 for _ in _delivered(setting, place))
        except DeliveryError as error:
            failures.append(str(error))
    if failures:
        raise DeliveryError(" ".join(failures))
    return taken


def _delivered(setting: Setting, place: Target) -> Iterator[int | str]:
    path = setting.places.book
    for uuid in deliveries.withdrawn(path, place.name):
        place.take_back(uuid)
        deliveries.note_withdrawn(path, uuid, place.name)
        yield uuid
    for session_id in deliveries.waiting(path, place.name):
        with SessionBook(path) as book:
            session = book.session(session_id)
        place.send(session)
        deliveries.note(path, session_id, place.name, setting.clock.wall())
        yield session_id


def keep_publishing(setting: Setting, places: Sequence[Target], stop: threading.Event) -> None:
    """Send every session soon after it ended, until told to stop; trouble is logged once and tried again."""
    pause_s, trouble = LOOK_S, ""
    while True:
        try:
            publish_waiting(setting, places)
            pause_s, now = LOOK_S, ""
        except DeliveryError as error:
            pause_s, now = min(2 * pause_s, LONGEST_WAIT_S), str(error)
        if now != trouble:
            log.warning("%s", now or "Sessions are published again.")
            trouble = now
        if stop.wait(pause_s):
            return
