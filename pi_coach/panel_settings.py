"""The owner's choices for button and lights: pins, times and colours."""

from __future__ import annotations

from dataclasses import dataclass

from pi_coach.core.errors import UsageError
from pi_coach.core.signals.lights import SEGMENTS_A_DIGIT, Counter
from pi_coach.core.signals.panel import Glow, PanelPlan, State
from pi_coach.core.signals.presses import PressRule

HIGHEST_PIN = 27
"""The last of the BCM numbers on a Raspberry Pi's header."""
DIGIT_PINS = (SEGMENTS_A_DIGIT, 2 * SEGMENTS_A_DIGIT)
RGB_PINS = (0, 3)


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Button and lights."""

    button_pin: int
    """BCM number, as all pins."""
    counter: Counter
    """What the lamps of the rep counter are."""
    led_pins: tuple[int, ...]
    """The rep counter: first rep first, or most significant bit first, or segments a to g of each digit."""
    rgb_pins: tuple[int, ...]
    """Red, green and blue of the state light; empty where there is none."""
    double_s: float
    hold_s: float
    very_long_s: float
    colours: dict[State, Glow]
    """How the state light shines in each state."""

    def __post_init__(self) -> None:
        """Refuse pins and times that do not fit together."""
        pins = (*self.led_pins, *self.rgb_pins)
        for pin in pins:
            if not 0 <= pin <= HIGHEST_PIN:
                raise UsageError(f"pin {pin} is not on the header; allowed are 0 to {HIGHEST_PIN}, BCM numbers")
            if (self.button_pin, *pins).count(pin) > 1:
                raise UsageError(f"pin {pin} is named twice; button_pin, led_pins and rgb_pins must differ")
        if self.counter is Counter.SEVEN_SEGMENT and len(self.led_pins) not in DIGIT_PINS:
            raise UsageError(
                f'the counter "seven_segment" needs 7 led_pins for one digit or 14 for two, not {len(self.led_pins)}'
            )
        if len(self.rgb_pins) not in RGB_PINS:
            raise UsageError(f"rgb_pins names {len(self.rgb_pins)} pins; allowed are 3 (red, green, blue) or none")
        if self.very_long_s <= self.hold_s:
            raise UsageError(f"very_long_s is {self.very_long_s:g}; it must be more than hold_s, {self.hold_s:g}")
        missing = [state for state in State if state not in self.colours]
        if missing:
            raise UsageError(f"colours has nothing for {', '.join(missing)}")

    @property
    def plan(self) -> PanelPlan:
        """How the panel is read and what it shows."""
        rule = PressRule(self.double_s, self.hold_s, self.very_long_s)
        return PanelPlan(self.counter, len(self.led_pins), self.colours, rule)
