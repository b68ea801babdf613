"""The service manager: systemd's notification protocol and its journal, in the few lines that they need."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

SYSLOG = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""Python's levels as the journal counts them; `sd-daemon(3)`."""


class Service:
    """What systemd is told of this process; where nobody asked to be told, everything here does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # An @ stands for the null byte of an abstract address.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._unheard = False
        self.watchdog_s = _watchdog_s(environ)
        """A process that is not said to be alive for this long is ended; None where nobody watches."""

    def ready(self, status: str) -> None:
        """Say that the work has begun."""
        self._tell("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say in one line how things are, for `systemctl status`."""
        self._tell(f"STATUS={status}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def stopping(self, status: str) -> None:
        """Say that the work has ended and only closing is left."""
        self._tell("STOPPING=1", f"STATUS={status}")

    def _tell(self, *lines: str) -> None:
        """Send and return at once: a manager that does not listen must not hold up a set."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as out:
                out.connect(self._address)
                out.send("\n".join(lines).encode())
        except OSError as error:
            if not self._unheard:
                log.warning("The service manager cannot be told: %s", error)
            self._unheard = True


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """Return what `sd_watchdog_enabled(3)` would: only the process that is named is watched."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    period_us = environ.get("WATCHDOG_USEC", "")
    return int(period_us) / 1e6 if period_us.isdecimal() else None


def in_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether what is written there goes to the journal, whose stream systemd names."""
    try:
        place = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{place.st_dev}:{place.st_ino}"


def marked(text: str, level: int) -> str:
    """Return the text with the level before each line, as the journal reads it."""
    return "\n".join(f"<{SYSLOG.get(level, 6)}>{line}" for line in text.splitlines())


class JournalFormatter(logging.Formatter):
    """A line a message, its level in front; a traceback has the level of its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message as the journal reads it."""
        return marked(super().format(record), record.levelno)
