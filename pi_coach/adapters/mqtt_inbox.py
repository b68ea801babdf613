"""The receiving side of MQTT: a message stays with the broker until what it says is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pi_coach.adapters.mqtt import AT_LEAST_ONCE, introduce
from pi_coach.core.errors import CoachError, DeliveryError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from pi_coach.adapters.mqtt import Broker, Message

LOOK_S = 1.0
"""So soon it is noticed that the program is to end."""
KEEPALIVE_S = 30
"""A broker that is silent for one and a half times this is not there any more; it thinks the same of us."""
KEPT_S = 30 * 24 * 3600
"""The broker keeps what waits for us this long."""
WITH_WILL = 4
"""MQTT 5's way to leave and have the broker tell the others: "disconnect with will message"."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it came."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is to be received, and under which name."""

    name: str
    """The broker keeps messages under it; who comes with the same name puts the one before out."""
    topics: tuple[str, ...]
    presence: str
    """The topic that holds a message while this inbox is open."""
    largest_bytes: int
    """The broker does not pass on larger messages."""


def receive(broker: Broker, inbox: Inbox, take: Callable[[Letter], Message | None], stop: threading.Event) -> None:
    """Hand over each message until told to stop; it is acknowledged after `take` has returned, then answered.

    Raises DeliveryError where the broker is lost. A CoachError of `take` ends it too; the broker keeps the message.
    """
    from paho.mqtt.client import error_string  # noqa: PLC0415  only a hub needs it

    visit = _Visit(inbox, take)
    client = _client(broker, inbox, visit)
    try:
        client.connect(broker.host, broker.port, KEEPALIVE_S, clean_start=False, properties=_lasting(inbox))
        while not stop.is_set() and not visit.failures:
            code = client.loop(LOOK_S)
            if code and not visit.failures:
                raise ConnectionError(error_string(code).rstrip("."))
    except (OSError, ValueError) as error:
        visit.failures.append(DeliveryError(f"{_name(broker)} is lost: {getattr(error, 'strerror', None) or error}."))
    finally:
        _leave(client)
    for failure in visit.failures:
        raise failure


@dataclass(slots=True)  # not frozen: what goes wrong in the library's calls is kept for who called the library
class _Visit:
    inbox: Inbox
    take: Callable[[Letter], Message | None]
    failures: list[CoachError] = field(default_factory=list)

    def on_connect(self, client: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:  # noqa: ANN401  the library's types want the import
        if reason.is_failure:
            self.failures.append(DeliveryError(f"The broker does not let the hub in: {reason}."))
        else:
            client.subscribe([(topic, AT_LEAST_ONCE) for topic in self.inbox.topics])

    def on_subscribe(self, client: Any, _data: object, _mid: int, reasons: list[Any], _properties: object) -> None:  # noqa: ANN401
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self.failures.append(DeliveryError(f"The broker does not let the hub read: {refused[0]}."))
        else:
            client.publish(self.inbox.presence, "here", AT_LEAST_ONCE, retain=True)

    def on_message(self, client: Any, _data: object, message: Any) -> None:  # noqa: ANN401
        if self.failures:
            return  # several may come with one reading; those stay with the broker
        try:
            answer = self.take(Letter(message.topic, message.payload))
        except CoachError as error:
            self.failures.append(error)
            return
        client.ack(message.mid, message.qos)
        if answer is not None:
            client.publish(answer.topic, answer.payload)


def _client(broker: Broker, inbox: Inbox, visit: _Visit) -> Any:  # noqa: ANN401
    from paho.mqtt.client import Client, MQTTv5  # noqa: PLC0415
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415

    client = Client(CallbackAPIVersion.VERSION2, inbox.name, protocol=MQTTv5, manual_ack=True)
    introduce(client, broker)
    # Without a payload: a retained message is taken away by an empty one.
    client.will_set(inbox.presence, None, AT_LEAST_ONCE, retain=True)
    client.on_connect, client.on_subscribe, client.on_message = visit.on_connect, visit.on_subscribe, visit.on_message
    return client


def _lasting(inbox: Inbox) -> Any:  # noqa: ANN401
    from paho.mqtt.packettypes import PacketTypes  # noqa: PLC0415
    from paho.mqtt.properties import Properties  # noqa: PLC0415

    wish: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wish.SessionExpiryInterval = KEPT_S
    wish.MaximumPacketSize = inbox.largest_bytes
    return wish


def _leave(client: Any) -> None:  # noqa: ANN401
    from paho.mqtt.packettypes import PacketTypes  # noqa: PLC0415
    from paho.mqtt.reasoncodes import ReasonCode  # noqa: PLC0415

    client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=WITH_WILL))


def _name(broker: Broker) -> str:
    return f"The broker {broker.host}:{broker.port}"
