"""Tells an MQTT broker of finished sessions, and Home Assistant how to show them."""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pi_coach.core.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ANSWER_S = 10.0
"""A broker that has not acknowledged a message after this long is not there."""
AT_LEAST_ONCE = 1
"""MQTT's quality of service: the broker acknowledges each message, and one may come twice."""
PRESENT_S = 3.0
"""What a broker has retained comes at once; the rest is for a slow network."""
HOME_ASSISTANT = "homeassistant"
"""Where Home Assistant looks for descriptions unless it was told otherwise."""


@dataclass(frozen=True, slots=True)
class Broker:
    """How to reach a broker."""

    host: str
    port: int = 1883
    tls: bool = False
    user: str = ""
    """Empty: the broker lets everybody in."""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; a retained one is given to whoever subscribes later."""

    topic: str
    payload: str
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """By what a message is known to have arrived for good, and not with the broker alone: that one may forget it."""

    presence: str
    """The topic that holds a message while there is somebody who takes messages."""
    topic: str
    """Where they tell what they have taken."""
    word: str
    """What they say once they have this."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One number or text of the last session, as Home Assistant shows it."""

    key: str
    """In the message of the last session."""
    name: str
    icon: str
    unit: str = ""
    device_class: str = ""


SENSORS = (
    Sensor("reps", "Reps", "mdi:counter", "reps"),
    Sensor("quality_reps", "Clean reps", "mdi:check-circle-outline", "reps"),
    Sensor("score", "Score", "mdi:gauge"),
    Sensor("minutes", "Length", "mdi:timer-outline", "min", "duration"),
    Sensor("drills", "Drills", "mdi:weight-lifter"),
    Sensor("started_at", "Last session", "mdi:calendar", device_class="timestamp"),
)
"""What a home shows of the last session."""


def send(broker: Broker, messages: Sequence[Message], receipt: Receipt | None = None) -> None:
    """Return once the broker has acknowledged every message, and who is behind it the receipt that is asked for.

    Raises DeliveryError where they do not, within a bound.
    """
    from paho.mqtt.client import Client  # noqa: PLC0415  only a station with a broker needs it
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415

    client = Client(CallbackAPIVersion.VERSION2)
    introduce(client, broker)
    try:
        _connect(client, broker)
        arrived = _listen(client, receipt) if receipt else None
        _publish(client, messages)
        if arrived and not arrived.wait(ANSWER_S):
            raise TimeoutError("the hub behind it does not answer")
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DeliveryError(f"The broker {broker.host}:{broker.port} does not take messages: {reason}.") from error
    finally:
        client.disconnect()
        client.loop_stop()


def introduce(client: Any, broker: Broker) -> None:  # noqa: ANN401  the library's types want the import
    """Let a client be who the broker knows, over as safe a line as it offers."""
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    if broker.tls:
        client.tls_set_context(ssl.create_default_context())
    client.connect_timeout = ANSWER_S


def _listen(client: Any, receipt: Receipt) -> threading.Event:  # noqa: ANN401  the library's types want the import
    """Return what will be set by the receipt, once there is somebody to give it. Raises TimeoutError if there is not.

    While nobody is there nothing is sent: the session book is where sessions wait, not the broker.
    """
    present, arrived = threading.Event(), threading.Event()

    def on_message(*found: Any) -> None:  # noqa: ANN401
        topic, payload = found[2].topic, found[2].payload
        if topic == receipt.presence and payload:
            present.set()
        elif topic == receipt.topic and payload == receipt.word.encode():
            arrived.set()

    client.on_message = on_message
    client.subscribe([(receipt.presence, AT_LEAST_ONCE), (receipt.topic, AT_LEAST_ONCE)])
    if not present.wait(PRESENT_S):
        raise TimeoutError("the hub behind it is not there")
    return arrived


def _connect(client: Any, broker: Broker) -> None:  # noqa: ANN401  the library's types want the import
    answered, refusals = threading.Event(), []

    def on_connect(*found: Any) -> None:  # noqa: ANN401
        refusals.extend([str(found[3])] if found[3].is_failure else [])
        answered.set()

    client.on_connect = on_connect
    client.connect(broker.host, broker.port)
    client.loop_start()
    if not answered.wait(ANSWER_S):
        raise TimeoutError("it does not answer")
    if refusals:
        raise ConnectionRefusedError(refusals[0])


def _publish(client: Any, messages: Sequence[Message]) -> None:  # noqa: ANN401  the library's types want the import
    sent = [client.publish(one.topic, one.payload, AT_LEAST_ONCE, one.retain) for one in messages]
    for receipt in sent:
        receipt.wait_for_publish(ANSWER_S)
        if not receipt.is_published():
            raise TimeoutError("it does not answer")


def descriptions(station: str, state_topic: str, version: str) -> Iterator[Message]:
    """Yield what makes Home Assistant show a station without being set up, one message a sensor."""
    device = {"identifiers": [f"pi_coach_{station}"], "name": f"pi_coach {station}", "model": "pi_coach"}
    for sensor in SENSORS:
        told: dict[str, object] = {
            "name": sensor.name,
            "unique_id": f"pi_coach_{station}_{sensor.key}",
            "state_topic": state_topic,
            "value_template": f"{{{{ value_json.{sensor.key} }}}}",
            "icon": sensor.icon,
            "device": device | {"sw_version": version},
        }
        if sensor.unit:
            told["unit_of_measurement"] = sensor.unit
        if sensor.device_class:
            told["device_class"] = sensor.device_class
        topic = f"{HOME_ASSISTANT}/sensor/pi_coach_{station}/{sensor.key}/config"
        yield Message(topic, json.dumps(told), retain=True)
