"""The same book on a gym's PostgreSQL, for many stations: the same tables, the same steps, the same questions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

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
    engine = _engine(url, pool_pre_ping=True)
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
    return _engine(url, poolclass=NullPool)


def _engine(url: str, **more: Any) -> Engine:  # noqa: ANN401  as SQLAlchemy takes it
    try:
        return create_engine(address(url), connect_args=_CONNECT, **more)
    except ModuleNotFoundError as error:
        raise UsageError("the hub's database needs psycopg: `pip install 'psycopg[binary]>=3.2'`") from error


def address(url: str, password: str = "") -> str:
    """Return a server's address as SQLAlchemy takes it, with the password if it has one of its own.

    Raises UsageError where it is none of PostgreSQL.
    """
    try:
        found = make_url(url)
    except ArgumentError as error:
        raise UsageError("the hub's database must be postgresql://USER@HOST/NAME") from error
    if found.drivername not in {"postgresql", DRIVER}:
        raise UsageError(f"the hub's database must be postgresql://, not {found.drivername}://")
    if password:
        found = found.set(password=password)
    return found.set(drivername=DRIVER).render_as_string(hide_password=False)


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
