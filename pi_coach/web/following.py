"""Follows the coach over its socket, for as long as it is there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pi_coach.config import Config

SCHEMA = 1
"""Of the moments that the page can draw."""

LONGEST_LINE = 64 * 1024
"""A moment has two kilobytes, the greeting up to three."""

ANSWER_S = 2.0
"""A coach that is there greets at once."""


async def moments(socket: Path) -> AsyncIterator[dict[str, Any]]:
    """Yield the coach's moments, ten a second, until it ends; none where no coach is there."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=LONGEST_LINE)
        try:
            while line := await reader.readline():
                moment = json.loads(line)
                # Another version of the coach may send other things.
                if isinstance(moment, dict) and moment.get("schema") == SCHEMA and moment.get("kind") == "moment":
                    yield moment
        finally:
            writer.close()


async def camera_place(socket: Path) -> str | None:
    """Return where the coach's camera stands; None where no coach with a camera is there."""
    with contextlib.suppress(OSError, ValueError, RecursionError, TimeoutError):
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=LONGEST_LINE)
        try:
            line = await asyncio.wait_for(reader.readline(), ANSWER_S)
            hello = json.loads(line)
            place = hello.get("fingerprint") if isinstance(hello, dict) else None
            return place if isinstance(place, str) else None
        finally:
            writer.close()
    return None


def named(config: Config, moment: dict[str, Any]) -> dict[str, Any]:
    """Return a moment with the names that people read: of the drill, of the faults."""
    drill = config.drills.get(moment["drill"])
    titles = {} if drill is None else {fault.id: fault.title for fault in drill.faults}
    last = [{**rep, "faults": [titles.get(fault, fault) for fault in rep["faults"]]} for rep in moment["last"]]
    return {**moment, "drill_name": "" if drill is None else drill.name, "last": last}
