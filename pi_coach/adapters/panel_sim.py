"""The panel on the screen and its button on the keyboard, for machines without pins."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import termios
import tty
from typing import TYPE_CHECKING, TextIO

from pi_coach.adapters.panel_drawing import drawn, told, writes
from pi_coach.core.signals.panel import Watch, after, pressed, shown
from pi_coach.ports import Press

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.core.signals.panel import PanelPlan, Shown
    from pi_coach.core.step import Step

KEYS = {
    " ": (Press.NEXT,),
    "n": (Press.NEXT,),
    "b": (Press.BACK,),
    "q": (Press.END,),
    "e": (Press.END,),
    # A real button passes through the long press on its way.
    "Q": (Press.END, Press.SHUTDOWN),
}
"""Which key presses the button how; a terminal does not tell when a key is let go."""
SHOW_PRESS_S = 1.0
"""How long a press stays drawn."""
CLEAR_LINE = "\r\033[K"


class SimPanel:
    """The same panel as on the pins, as a line of signs; takes keys only from a terminal that is ours to read.

    On a `screen` that can redraw a line, it is drawn below all else and moves; elsewhere `text` has it as it stands.
    `trouble` tells whether the session cannot be saved.
    """

    def __init__(
        self,
        plan: PanelPlan,
        keys: TextIO,
        screen: TextIO | None = None,
        trouble: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan = plan
        self._screen = screen if screen is not None and _redraws(screen) else None
        self._trouble = trouble
        self._watch = Watch()
        self._t = 0.0
        self._down_until_t = 0.0
        self._on_screen = ""
        self._fd = keys.fileno() if keys.isatty() and _foreground(keys.fileno()) else None
        self._before = termios.tcgetattr(self._fd) if self._fd is not None else None
        if self._fd is not None:
            # Keys arrive one by one and are not echoed; Ctrl-C still interrupts.
            tty.setcbreak(self._fd, termios.TCSADRAIN)

    @property
    def text(self) -> str:
        """Return the panel as it is now, to stand beside what happened; empty where it is drawn on the screen."""
        return "" if self._screen is not None else told(self._plan.counter, self._shown, down=self._is_down)

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first; never wait."""
        found = [press for key in self._typed() for press in KEYS.get(key, ())]
        for press in found:
            self._watch = pressed(self._watch, press, self._t)
        if found:
            self._down_until_t = self._t + SHOW_PRESS_S
            self._draw()
        return found

    def held_on(self) -> bool:
        """Tell whether a very long press was typed; a key that is held cannot be waited for."""
        return Press.SHUTDOWN in self.presses()

    def show(self, step: Step) -> None:
        """Take over this step; the line on the screen makes room for what is told of it."""
        self._t = step.t
        self._watch = after(self._watch, step)
        if step.events or step.cue is not None:
            self._write("")
        else:
            self._draw()

    def close(self) -> None:
        """Wipe the line off the screen and give the terminal back as it was."""
        self._write("")
        self._screen = None
        if self._fd is not None and self._before is not None:
            # A window that was closed has nothing to give back.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
            self._fd = None

    @property
    def _shown(self) -> Shown:
        return shown(self._plan, self._watch, self._t, trouble=self._trouble())

    @property
    def _is_down(self) -> bool:
        return self._t < self._down_until_t

    def _draw(self) -> None:
        if self._screen is not None:
            line = drawn(self._plan.counter, self._shown, self._t, down=self._is_down)
            # The last column stays free: a sign there would take some terminals to the next line.
            columns = shutil.get_terminal_size().columns - 1
            plain = not writes(self._screen)
            self._write(line.written(columns, coloured=not os.environ.get("NO_COLOR"), plain=plain))

    def _write(self, line: str) -> None:
        if self._screen is None or line == self._on_screen:
            return
        try:
            # The cursor goes back to the line's beginning, so that whoever prints next prints over it.
            self._screen.write(f"{CLEAR_LINE}{line}\r" if line else CLEAR_LINE)
            self._screen.flush()
            self._on_screen = line
        except OSError:
            # The window was closed; the athlete is still training.
            self._screen = None

    def _typed(self) -> str:
        """Return what was typed since the last look; a terminal that was closed gives nothing for ever."""
        if self._fd is None or not select.select([self._fd], [], [], 0)[0]:
            return ""
        try:
            return os.read(self._fd, 64).decode(errors="ignore")
        except OSError:
            return ""


def _redraws(screen: TextIO) -> bool:
    """Tell whether a line of this stream can be drawn anew."""
    return screen.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _foreground(fd: int) -> bool:
    """Tell whether the terminal may be changed: one that started us in the background would stop us for it."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        # Not the terminal that controls us, so it cannot stop us.
        return True
