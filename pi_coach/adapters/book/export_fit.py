"""A session as a FIT strength-training activity, as the services take it that lifters keep their training in.

FIT knows sets, not reps: an active set holds drill, load and count, and what lies between two of them is a rest. A
session's time is its own clock laid on the moment when it began, for the wall clock may have jumped meanwhile.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pi_coach.adapters.book.rows import SessionDetail, SetRow

EPOCH = dt.datetime(1989, 12, 31, tzinfo=dt.UTC)
"""Of FIT."""
UNKNOWN = "unknown"
"""The category of an exercise that FIT has no name for; its title says what it was."""
TITLE_BYTES = 60
"""Longer titles are cut: devices show a line."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exercise:
    """What others call a drill."""

    title: str
    category: str = UNKNOWN
    """FIT's exercise_category."""
    name: str = ""
    """FIT's name within that category; empty where it has none."""


def export_fit(session: SessionDetail, exercises: Mapping[str, Exercise]) -> bytes:
    """Return the session as a FIT file. A drill that `exercises` does not name goes by its id."""
    from garmin_fit_sdk import Encoder  # noqa: PLC0415  half a second to import, and only exports need it

    encoder = Encoder()
    for kind, message in _messages(session, exercises):
        encoder.write_mesg({"mesg_num": _number(kind), **message})
    return bytes(encoder.close())


def _number(kind: str) -> int:
    from garmin_fit_sdk import Profile  # noqa: PLC0415

    return int(Profile["mesg_num"][kind])


def _messages(session: SessionDetail, exercises: Mapping[str, Exercise]) -> Iterator[tuple[str, Message]]:
    began = _began(session)
    yield "FILE_ID", _file_id(session)
    yield "EVENT", {"timestamp": began, "event": "timer", "event_type": "start"}
    named = {one.drill: exercises.get(one.drill, Exercise(one.drill)) for one in session.sets}
    for index, exercise in enumerate(named.values()):
        yield "EXERCISE_TITLE", _title(index, exercise)
    for index, message in enumerate(_sets(session, named)):
        yield "SET", {"message_index": index, **message}
    ended = began + dt.timedelta(seconds=_length_s(session))
    yield "EVENT", {"timestamp": ended, "event": "timer", "event_type": "stop_all"}
    yield from _totals(session)


def _began(session: SessionDetail) -> dt.datetime:
    """Return when a session began; FIT's time begins in 1990, that of a clock which was never set in 1970."""
    return max(session.row.started_at, EPOCH)


def _file_id(session: SessionDetail) -> Message:
    return {
        "type": "activity",
        "manufacturer": "development",  # the number that FIT leaves to makers without one of their own
        "product": 0,
        # The same session gives the same number, so that a service knows it when it is uploaded twice.
        "serial_number": uuid.UUID(session.row.uuid).int & 0xFFFFFFFE | 1,
        "time_created": _began(session),
    }


def _title(index: int, exercise: Exercise) -> Message:
    known = _names(exercise.category)
    title = exercise.title.encode()[:TITLE_BYTES].decode(errors="ignore")
    found: Message = {"message_index": index, "exercise_category": exercise.category, "wkt_step_name": title}
    return found | ({"exercise_name": known[exercise.name]} if exercise.name in known else {})


def _names(category: str) -> dict[str, int]:
    """Return FIT's exercises of a category with their numbers; empty where it has none."""
    from garmin_fit_sdk import Profile  # noqa: PLC0415

    return {name: int(number) for number, name in Profile["types"].get(f"{category}_exercise_name", {}).items()}


def _sets(session: SessionDetail, named: Mapping[str, Exercise]) -> Iterator[Message]:
    """Yield the sets with the rests between them."""
    over_s = 0.0
    for one in session.sets:
        if one.number > 1 and one.started_s > over_s:
            yield _span(session, "rest", over_s, one.started_s)
        over_s = _end_s(one)
        yield _span(session, "active", one.started_s, over_s) | _work(one, named[one.drill])


def _end_s(one: SetRow) -> float:
    """Return when a set ended; one that was cut off ended with its last rep."""
    reps = [rep.end_s for rep in one.reps]
    return one.ended_s if one.ended_s is not None else max(reps, default=one.started_s)


def _length_s(session: SessionDetail) -> float:
    ends = [_end_s(one) for one in session.sets]
    return max(session.row.length_s or 0.0, *ends, 0.0)


def _span(session: SessionDetail, kind: str, start_s: float, end_s: float) -> Message:
    began = _began(session)
    return {
        "set_type": kind,
        "start_time": began + dt.timedelta(seconds=start_s),
        "timestamp": began + dt.timedelta(seconds=end_s),
        "duration": end_s - start_s,
    }


def _work(one: SetRow, exercise: Exercise) -> Message:
    known = _names(exercise.category)
    found: Message = {"repetitions": len(one.reps), "category": [exercise.category]}
    if exercise.name in known:
        found["category_subtype"] = [known[exercise.name]]
    if one.load_kg is not None:
        found |= {"weight": one.load_kg, "weight_display_unit": "kilogram"}
    return found


def _totals(session: SessionDetail) -> Iterator[tuple[str, Message]]:
    """Yield what FIT wants at the end of an activity: one lap, one session, one activity."""
    length_s = _length_s(session)
    began = _began(session)
    ended = began + dt.timedelta(seconds=length_s)
    spent = {"timestamp": ended, "start_time": began, "total_elapsed_time": length_s}
    sport = {"sport": "training", "sub_sport": "strength_training", "total_timer_time": length_s}
    yield "LAP", {"message_index": 0, "event": "lap", "event_type": "stop", **spent, **sport}
    laps = {"first_lap_index": 0, "num_laps": 1, "trigger": "activity_end"}
    yield "SESSION", {"message_index": 0, "event": "session", "event_type": "stop", **spent, **sport, **laps}
    whole = {"type": "manual", "event": "activity", "event_type": "stop", "num_sessions": 1}
    yield "ACTIVITY", {"timestamp": ended, "total_timer_time": length_s, **whole}
