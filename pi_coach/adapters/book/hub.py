"""The same book on a gym's PostgreSQL, for many stations: the same tables, the same steps, the same questions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from pi_coach.adapters.book.database import why
from pi_coach.adapters.book.opening import NEWEST, migrate
from pi_coach.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

DRIVER = "postgresql+psycopg"
CONNECT_S = 5
"""How long a server is waited for, seconds."""
LOST_MS = 20_000
"""A server that does not acknowledge what it is sent for so long is gone; by itself the system waits a quarter hour."""
_CONNECT = {"connect_timeout": CONNECT_S, "tcp_user_timeout": LOST_MS}
_LOCK = "SELECT pg_advisory_xact_lock(4746237)"
"""Whoever holds this lock, a number like any other, changes the tables."""


def is_url(where: object) -> bool:
    """Tell an address of a server from the path of a file."""
    return isinstance(where, str) and "://" in where


def open_hub(url: str) -> Engine:
    """Return a way to a server's book, its tables made or brought up to date.

    Raises UsageError where the address is none, StoreError where the server does not answer or its book is newer.
    """
    engine = create_engine(_address(url), pool_pre_ping=True, connect_args=_CONNECT)
    try:
        with engine.connect() as connection:
            _bring_up_to_date(connection)
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"The hub's database cannot be used: {why(error)}.") from error
    except StoreError:
        engine.dispose()
        raise
    return engine


@functools.lru_cache(maxsize=4)
def reading_hub(url: str) -> Engine:
    """Return a way to a server's book that all readers of this process share, as they do that to a file.

    Raises what `open_hub` raises, until it does not.
    """
    open_hub(url).dispose()
    return create_engine(_address(url), poolclass=NullPool, connect_args=_CONNECT)


def _address(url: str) -> str:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UsageError("the hub's database must be postgresql://USER@HOST/NAME") from error
    if address.drivername not in {"postgresql", DRIVER}:
        raise UsageError(f"the hub's database must be postgresql://, not {address.drivername}://")
    return address.set(drivername=DRIVER).render_as_string(hide_password=False)


def _bring_up_to_date(connection: Connection) -> None:
    with connection.begin():
        # Two stations may open it at once; the second one finds nothing to do.
        connection.execute(text(_LOCK))
        stored = _stored_version(connection)
        if stored is not None and stored > NEWEST:
            raise StoreError("The hub's book was written by a newer pi-coach: update this one.")
        if stored != NEWEST:
            migrate(connection)


def _stored_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)
