"""The button and the rep bar on the Pi's pins."""

from __future__ import annotations

import contextlib
import warnings
from collections import deque
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any

import gpiozero

from pi_coach.core.errors import CoachError
from pi_coach.core.lights import Light, bar, lit, reps_after
from pi_coach.ports import Press

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pi_coach.core.step import Step

BOUNCE_S = 0.02
"""A button's contacts settle within this time."""
INBOX = 64
"""Edges that may wait for the loop, which empties the inbox every frame."""


class _Edge(Enum):
    """What the button reported."""

    DOWN = auto()
    HELD = auto()
    UP = auto()


class GpioPanel:
    """One button that pulls its pin to ground, and one lamp a pin, first rep first.

    Raises CoachError where this machine has no pins, or they are taken.
    """

    def __init__(
        self,
        button_pin: int,
        led_pins: Sequence[int],
        hold_s: float,
        pin_factory: Any = None,  # noqa: ANN401 - the library has no types
    ) -> None:
        self._inbox: deque[_Edge] = deque(maxlen=INBOX)
        self._pressed = False
        self._reps: tuple[Light, ...] = ()
        with contextlib.ExitStack() as pins, _told_plainly():
            button = gpiozero.Button(button_pin, bounce_time=BOUNCE_S, hold_time=hold_s, pin_factory=pin_factory)
            pins.callback(button.close)
            self._leds = [pins.enter_context(gpiozero.LED(pin, pin_factory=pin_factory)) for pin in led_pins]
            # These run on gpiozero's threads, so they only drop a note.
            button.when_pressed = partial(self._inbox.append, _Edge.DOWN)
            button.when_held = partial(self._inbox.append, _Edge.HELD)
            button.when_released = partial(self._inbox.append, _Edge.UP)
            self._pins = pins.pop_all()

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first: a long one ends the session while it is held."""
        found = []
        while self._inbox:
            edge = self._inbox.popleft()
            if self._pressed and edge is not _Edge.DOWN:
                found.append(Press.END if edge is _Edge.HELD else Press.NEXT)
            # After a hold the release means nothing more.
            self._pressed = edge is _Edge.DOWN
        return found

    def show(self, step: Step) -> None:
        """Light the bar as it is at the step's time."""
        self._reps = reps_after(self._reps, step.events)
        for led, light in zip(self._leds, bar(self._reps, len(self._leds)), strict=True):
            bright = lit(light, step.t)
            if bright != led.is_lit:
                led.value = bright

    def close(self) -> None:
        """Put the lamps out and free the pins."""
        self._pins.close()


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what gpiozero and its backends raise into one sentence each."""
    with warnings.catch_warnings():
        # It warns once for each backend that is not installed; that the last one fails is told below.
        warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
        try:
            yield
        except gpiozero.BadPinFactory as error:
            raise CoachError("This machine has no GPIO pins: use the panel on the screen (--panel sim).") from error
        except gpiozero.PinInvalidPin as error:
            raise CoachError(
                f"The [panel] settings name a pin that is not there ({error}): use BCM numbers."
            ) from error
        except Exception as error:
            raise CoachError(f"The pins of the panel cannot be used: {error}.") from error
