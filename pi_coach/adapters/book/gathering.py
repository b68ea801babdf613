"""The sessions of many stations in one book: each exactly once, however often it is sent.

A session is known by its uuid and belongs to the station that sent it first. That station alone may correct it or take
it back. Who has the same name at several stations is one athlete.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from pi_coach.adapters.book.erasing import unname
from pi_coach.adapters.book.export import export_json
from pi_coach.adapters.book.importing import add, fitting
from pi_coach.adapters.book.queries import session_detail
from pi_coach.adapters.book.schema import athletes, sessions, withdrawn

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.importing import Session


class Outcome(StrEnum):
    """What became of a session that was sent."""

    NEW = "new"
    KNOWN = "known"
    """It came before, and just so."""
    CORRECTED = "corrected"
    """It came before and has changed at its station: answers were given later, or a name was forgotten."""
    FOREIGN = "foreign"
    """Another station sent it first, and it stays theirs."""
    WITHDRAWN = "withdrawn"
    """Its station has deleted it."""


def take(connection: Connection, station: str, told: Session) -> Outcome:
    """Write a station's session into the book. Raises sqlalchemy.exc.DBAPIError."""
    if _is_withdrawn(connection, station, told["uuid"]):
        return Outcome.WITHDRAWN
    known = connection.execute(
        select(sessions.c.id, sessions.c.station).where(sessions.c.uuid == told["uuid"])
    ).one_or_none()
    if known is None:
        add(connection, told, station=station)
        return Outcome.NEW
    if known.station != station:
        return Outcome.FOREIGN
    if _as_it_was_sent(connection, known.id) == told | {"id": known.id}:
        return Outcome.KNOWN
    _remove(connection, sessions.c.id == known.id)
    # Under its old number, which a page may have been marked by.
    add(connection, told, id=known.id, station=station)
    return Outcome.CORRECTED


def _as_it_was_sent(connection: Connection, session_id: int) -> Session:
    return fitting(export_json(session_detail(connection, session_id)))


def _is_withdrawn(connection: Connection, station: str, uuid: str) -> bool:
    this = (withdrawn.c.uuid == uuid) & (withdrawn.c.station == station)
    return connection.scalar(select(withdrawn.c.uuid).where(this)) is not None


def take_back(connection: Connection, station: str, uuid: str, at: dt.datetime) -> None:
    """Delete a station's session, and remember its uuid: it may still be on its way, or come twice.

    Raises sqlalchemy.exc.DBAPIError.
    """
    if not _is_withdrawn(connection, station, uuid):
        connection.execute(insert(withdrawn).values(uuid=uuid, station=station, withdrawn_at=at))
    _remove(connection, (sessions.c.uuid == uuid) & (sessions.c.station == station))


def forget(connection: Connection, name: str, at: dt.datetime) -> int:
    """Delete an athlete with the sessions of all stations; return how many those were.

    Raises sqlalchemy.exc.DBAPIError.
    """
    number = select(athletes.c.id).where(athletes.c.name == name).scalar_subquery()
    theirs = select(sessions.c.station, sessions.c.uuid).where(sessions.c.athlete_id == number)
    found = connection.execute(theirs).all()
    for station, uuid in found:
        take_back(connection, station or "", uuid, at)
    _remove(connection, sessions.c.athlete_id == number)
    unname(connection, name)
    return len(found)


def _remove(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(delete(sessions).where(which))
    # A name without a session is a trace too; nobody tells a hub anything else of an athlete.
    connection.execute(delete(athletes).where(athletes.c.id.not_in(select(sessions.c.athlete_id))))
