"""The button, the rep counter and the state light on the Pi's pins."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gpiozero

from pi_coach.core.errors import CoachError
from pi_coach.core.signals.lights import brightness
from pi_coach.core.signals.panel import Watch, after, pressed, shown
from pi_coach.core.signals.presses import Edge, Finger, Press, move, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pi_coach.clock import Clock
    from pi_coach.core.signals.panel import PanelPlan
    from pi_coach.core.step import Step

BOUNCE_S = 0.02
"""A button's contacts settle within this time."""
INBOX = 64
"""Edges that may wait for the loop, which empties the inbox every frame."""
PWM_HZ = 100
"""Too fast for an eye to see it flicker."""
HALF = 0.5
COLOURS = ("red", "green", "blue")
DEVICES = Path("/dev")
NO_PINS = "This machine has no GPIO pins: use the panel on the screen (--panel sim)."


@dataclass(frozen=True, slots=True)
class Pins:
    """What is wired where, in BCM numbers."""

    button: int
    leds: tuple[int, ...]
    """The rep counter."""
    rgb: tuple[int, ...]
    """Red, green and blue of the state light, or none."""


class GpioPanel:
    """One button that pulls its pin to ground, and lamps that their pins light.

    `trouble` tells whether the session cannot be saved. Raises CoachError where this machine has no pins, or they
    are taken.
    """

    def __init__(
        self,
        pins: Pins,
        plan: PanelPlan,
        clock: Clock,
        trouble: Callable[[], bool] = lambda: False,
        pin_factory: Any = None,  # noqa: ANN401 - the library has no types
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._trouble = trouble
        self._inbox: deque[Edge] = deque(maxlen=INBOX)
        self._up = threading.Event()
        self._finger = Finger()
        self._watch = Watch()
        self._t = 0.0
        with contextlib.ExitStack() as held, _told_plainly():
            factory = pin_factory or _chosen(held)
            button = held.enter_context(gpiozero.Button(pins.button, bounce_time=BOUNCE_S, pin_factory=factory))
            self._leds = _lamps(pins.leds, factory, held)
            self._rgb = _lamps(pins.rgb, factory, held)
            self._named = dict(zip(_names(pins), [*self._leds, *self._rgb], strict=True))
            self._button = button
            # These run on gpiozero's threads, so they only drop a note.
            button.when_pressed, button.when_released = self._pressed, self._released
            self._held = held.pop_all()

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first: a long one while it is still held."""
        now = self._clock.now()
        found: list[Press] = []
        while self._inbox:
            self._finger, presses = move(self._plan.presses, self._finger, self._inbox.popleft())
            found += presses
        self._finger, presses = wait(self._plan.presses, self._finger, now)
        found += presses
        for press in found:
            self._watch = pressed(self._watch, press, self._t)
        if found:
            self._light()
        return found

    def held_on(self) -> bool:
        """Wait while the button is still held, at most until the press is very long, and tell whether it became so."""
        found = self.presses()
        down_s = self._finger.down_s
        if down_s is not None:
            self._up.wait(max(0.0, down_s + self._plan.presses.very_long_s - self._clock.now()))
            found += self.presses()
        return Press.SHUTDOWN in found

    def show(self, step: Step) -> None:
        """Light the lamps as they are at the step's time."""
        self._t = step.t
        self._watch = after(self._watch, step)
        self._light()

    @property
    def is_down(self) -> bool:
        """Whether the button is pressed just now."""
        return bool(self._button.is_pressed)

    @property
    def lamps(self) -> list[str]:
        """Every lamp by its place and its pin: the counter's, then the state light's."""
        return list(self._named)

    def light_alone(self, lamp: str) -> None:
        """Light this one and no other, to see whether each is wired to its pin."""
        for name, each in self._named.items():
            each.shine(float(name == lamp))

    def close(self) -> None:
        """Put the lamps out and free the pins."""
        self._held.close()

    def _pressed(self) -> None:
        self._inbox.append(Edge(self._clock.now(), down=True))
        self._up.clear()

    def _released(self) -> None:
        self._inbox.append(Edge(self._clock.now(), down=False))
        self._up.set()

    def _light(self) -> None:
        now = shown(self._plan, self._watch, self._t, trouble=self._trouble())
        for lamp, light in zip(self._leds, now.counter, strict=True):
            lamp.shine(brightness(light, self._t))
        whole = brightness(now.glow.light, self._t)
        for lamp, part in zip(self._rgb, now.glow.rgb, strict=False):
            lamp.shine(whole * part)


class _Lamp:
    """One lamp: dimmed where its pin can be dimmed, else lit from half of its brightness on."""

    def __init__(self, led: Any) -> None:  # noqa: ANN401 - the library has no types
        self._led = led
        self._dims = True
        self._level = 0.0

    def shine(self, level: float) -> None:
        """Shine from 0 to 1."""
        level = level if self._dims else float(level >= HALF)
        if level == self._level:
            return
        # lgpio switches a dimmed pin a hundred times a second in software; one that is fully on or off rests.
        wanted_hz = PWM_HZ if 0.0 < level < 1.0 else None
        try:
            if self._led.frequency != wanted_hz:
                self._led.frequency = wanted_hz
        except gpiozero.PinPWMUnsupported:
            self._dims = False
            self.shine(level)
        else:
            self._led.value = self._level = level


def _lamps(pins: Iterable[int], factory: Any, held: contextlib.ExitStack) -> list[_Lamp]:  # noqa: ANN401
    return [_Lamp(held.enter_context(gpiozero.PWMLED(pin, frequency=None, pin_factory=factory))) for pin in pins]


def _names(pins: Pins) -> list[str]:
    counter = [f"lamp {place} of {len(pins.leds)} (GPIO{pin})" for place, pin in enumerate(pins.leds, 1)]
    return counter + [f"state light, {part} (GPIO{pin})" for part, pin in zip(COLOURS, pins.rgb, strict=False)]


def _chosen(held: contextlib.ExitStack) -> Any:  # noqa: ANN401
    """Return lgpio's pins, or None for those that gpiozero's own setting names."""
    if "GPIOZERO_PIN_FACTORY" in os.environ:
        return None
    chips = sorted(DEVICES.glob("gpiochip*"))
    if not chips:
        raise CoachError(NO_PINS)
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        raise CoachError("This user may not use the pins: `sudo usermod -aG gpio $USER`, then log in again.")
    # lgpio leaves a pipe in the folder in which it is imported, and fails where it may not.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415
        except (ImportError, AttributeError) as error:
            # The package index has an lgpio for some Pythons that is empty.
            raise CoachError("The pins need lgpio, which is not here: `sudo apt install python3-lgpio`.") from error
    factory = LGPIOFactory()
    held.callback(factory.close)
    return factory


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what gpiozero and its backends raise into one sentence each."""
    try:
        yield
    except CoachError:
        raise
    except gpiozero.PinUnknownPi as error:
        raise CoachError(NO_PINS) from error
    except gpiozero.PinInvalidPin as error:
        raise CoachError(f"The [panel] settings name a pin that is not there ({error}): use BCM numbers.") from error
    except Exception as error:
        raise CoachError(f"The pins of the panel cannot be used: {error}.") from error
