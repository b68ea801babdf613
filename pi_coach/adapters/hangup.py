"""A terminal that is closed, as by a connection that breaks, ends no set: the session under way goes on to its end."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from pi_coach.core.events import Stage, StageEntered

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from pi_coach.core.step import Step

log = logging.getLogger(__name__)

NOBODY_TRAINS = (Stage.GREETING, Stage.DONE, Stage.STOPPED)
"""Stages in which there is nothing to go on with."""


class Hangup:
    """An Output that follows the session, and ends the coaching with it once the terminal was closed."""

    def __init__(self, end: Callable[[], None]) -> None:
        """Call `end` once nobody trains any more."""
        self._end = end
        self._idle = True
        self._gone = self._told = False
        self._terminals: list[int] = []

    def listen(self, stack: ExitStack) -> None:
        """Heed the system's SIGHUP until `stack` unwinds; whoever used `nohup` wants no end at all."""
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            return
        self._terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]
        stack.callback(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, self._hang_up))

    def show(self, step: Step) -> None:
        """Take in where the session is."""
        for event in step.events:
            if isinstance(event, StageEntered):
                self._idle = event.stage in NOBODY_TRAINS
        if self._gone:
            self._tell()
            if self._idle or step.idle:
                self._end()

    def close(self) -> None:
        """Nothing is held."""

    def _hang_up(self, *_: object) -> None:
        self._gone = True
        # Writing to a terminal that is gone fails, and would end the session after all.
        for terminal in self._terminals:
            os.dup2(os.open(os.devnull, os.O_WRONLY), terminal)

    def _tell(self) -> None:
        """Log it, once; not where the signal arrives, which may be in the middle of another line."""
        if not self._told:
            self._told = True
            log.warning("The terminal was closed: the session under way goes on, and the coach ends with it.")
