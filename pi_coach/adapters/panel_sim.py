"""The panel on the screen and its button on the keyboard, for machines without pins."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import tty
from typing import TYPE_CHECKING, TextIO

from pi_coach.core.lights import Light, bar, reps_after
from pi_coach.ports import Press

if TYPE_CHECKING:
    from pi_coach.core.step import Step

LAMPS = {Light.OFF: "○", Light.ON: "●", Light.BLINK: "◐"}
"""A half-filled lamp stands for a blinking one."""
KEYS = {" ": Press.NEXT, "n": Press.NEXT, "q": Press.END, "e": Press.END}
"""Which key presses the button, and how long."""
SHOW_PRESS_S = 1.0
"""How long a press stays drawn."""


class SimPanel:
    """The same panel as on the pins, as a line of text; takes keys only from a terminal that is ours to read."""

    def __init__(self, lamps: int, keys: TextIO) -> None:
        self._lamps = lamps
        self._reps: tuple[Light, ...] = ()
        self._t = 0.0
        self._drawn_until_t = 0.0
        self._fd = keys.fileno() if keys.isatty() and _foreground(keys.fileno()) else None
        self._before = termios.tcgetattr(self._fd) if self._fd is not None else None
        if self._fd is not None:
            # Keys arrive one by one and are not echoed; Ctrl-C still interrupts.
            tty.setcbreak(self._fd, termios.TCSADRAIN)

    @property
    def text(self) -> str:
        """Return the lamps and the button as they are now."""
        lamps = "".join(LAMPS[light] for light in bar(self._reps, self._lamps))
        return f"{lamps}  [{'■' if self._t < self._drawn_until_t else ' '}]"

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first; never wait."""
        found = [KEYS[key] for key in self._typed() if key in KEYS]
        if found:
            self._drawn_until_t = self._t + SHOW_PRESS_S
        return found

    def show(self, step: Step) -> None:
        """Take over the bar of this step; it is drawn by whoever asks for `text`."""
        self._t = step.t
        self._reps = reps_after(self._reps, step.events)

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._fd is not None and self._before is not None:
            # A window that was closed has nothing to give back.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
            self._fd = None

    def _typed(self) -> str:
        """Return what was typed since the last look; a terminal that was closed gives nothing for ever."""
        if self._fd is None or not select.select([self._fd], [], [], 0)[0]:
            return ""
        try:
            return os.read(self._fd, 64).decode(errors="ignore")
        except OSError:
            return ""


def _foreground(fd: int) -> bool:
    """Tell whether the terminal may be changed: one that started us in the background would stop us for it."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        # Not the terminal that controls us, so it cannot stop us.
        return True
