"""People at a panel: at pins, beside the text, before the line that moves."""

import io
import os
import pty
import re
import select
import termios

from gpiozero.pins.mock import MockFactory, MockPWMPin

from pi_coach.adapters.panel import GpioPanel, Pins
from pi_coach.adapters.panel_sim import SimPanel
from pi_coach.core.events import Phase
from pi_coach.core.sight.measures import Measures
from pi_coach.core.signals.lights import SEGMENTS, Counter, Light
from pi_coach.core.signals.panel import Glow, PanelPlan, State
from pi_coach.core.signals.presses import PressRule
from pi_coach.core.step import Step
from pi_coach.testing.fakes import ManualClock

BUTTON, RGB = 17, (27, 22, 23)
LAMPS = (5, 6, 13, 19, 26, 16, 20, 21, 12, 25, 4, 18, 24, 15)
RULE = PressRule(double_s=0.35, hold_s=1.5, very_long_s=6.0)
COLOURS = {state: (255 * (n & 1), 127 * (n >> 1 & 1), 51 * (n >> 2)) for n, state in enumerate(State, 1)}
"""Red, green and blue of each state, 0 to 255: all different, none black."""
STATES = {colour: state for state, colour in COLOURS.items()}
LOOK_S = [place * 0.1 for place in range(16)]
"""Long enough to tell blinking and pulsing lamps apart."""


def plan(counter="bar", lamps=4, rule=RULE, light=Light.ON):
    glows = {state: Glow("#{:02x}{:02x}{:02x}".format(*rgb), light) for state, rgb in COLOURS.items()}
    return PanelPlan(Counter(counter), lamps, glows, rule)


def step(t, *events, target=8, cue=None):
    return Step(t, "rdl", Phase.TALL, None, Measures(t), events, cue, 0, target)


def classified(looks):
    """Tell from each lamp's brightness at some looks how it shines: `o` dark, `x` lit, `-` blinking, `~` pulsing."""
    kinds = {frozenset({0.0}): "o", frozenset({1.0}): "x", frozenset({0.0, 1.0}): "-"}
    return "".join(kinds.get(frozenset(levels), "~") for levels in zip(*looks, strict=True))


def segments(digits, lit):
    """Return what lights the segments of these digits have, when lit ones have the light `lit`."""
    names = ["" if digit == " " else SEGMENTS[int(digit)] for digit in digits]
    return [lit if segment in name else lit * 0 for name in names for segment in "abcdefg"]


class Rig:
    """What everybody at a panel can do."""

    def __init__(self, shows):
        self.plan = shows
        self.target = 8
        self.trouble = False

    def show(self, t, *events):
        self.panel.show(step(t, *events, target=self.target))

    def look(self, t):
        """Look at the lamps of the counter for a while."""
        looks = []
        for moment in LOOK_S:
            self.show(t + moment)
            looks.append(self.levels())
        return classified(looks)


class PinRig(Rig):
    """At real gpiozero code on mock pins."""

    def __init__(self, shows, pin_class=MockPWMPin):
        super().__init__(shows)
        self.factory = MockFactory(pin_class=pin_class)
        self.clock = ManualClock(100.0)
        self.pins = Pins(BUTTON, LAMPS[: shows.lamps], RGB)
        self.panel = GpioPanel(self.pins, shows, self.clock, lambda: self.trouble, self.factory)
        self.button = self.factory.pin(BUTTON)

    def wait(self, seconds):
        self.clock.advance_to(self.clock.now() + seconds)

    def press(self, seconds):
        self.button.drive_low()
        self.wait(seconds)
        self.button.drive_high()
        self.wait(0.1)

    def tap(self):
        self.press(0.1)

    def tap_twice(self):
        self.press(0.1)
        self.press(0.1)

    def hold(self):
        self.press(2.0)

    def hold_very_long(self):
        self.press(7.0)

    def presses(self):
        self.wait(0.5)
        return self.panel.presses()

    def levels(self):
        return [float(self.factory.pin(pin).state) for pin in self.pins.leds]

    def state(self):
        return STATES[tuple(round(255 * self.factory.pin(pin).state) for pin in RGB)]

    def close(self):
        self.panel.close()
        self.factory.reset()


class TextRig(Rig):
    """At a keyboard, beside the text that tells how each lamp shines."""

    screen = None

    def __init__(self, shows):
        super().__init__(shows)
        self.keyboard, terminal = pty.openpty()
        self.keys = os.fdopen(terminal, "r")
        self.before = termios.tcgetattr(self.keys)
        self.panel = SimPanel(shows, self.keys, self.screen, lambda: self.trouble)

    def type(self, keys):
        os.write(self.keyboard, keys)
        assert select.select([self.keys], [], [], 5.0)[0]

    def tap(self):
        self.type(b"n")

    def tap_twice(self):
        self.type(b"b")

    def hold(self):
        self.type(b"q")

    def hold_very_long(self):
        self.type(b"Q")

    def presses(self):
        return self.panel.presses()

    def look(self, t):
        self.show(t)
        lamps = re.match(r"(.*) [a-z]+ +\[.\]$", self.panel.text)[1].translate(str.maketrans("○●◐◌", "ox-~"))
        if self.plan.counter is not Counter.SEVEN_SEGMENT:
            return lamps
        lit = lamps[-1].replace(" ", "x")
        return "".join(light or "o" for light in segments(lamps[:-1], lit))

    def state(self):
        return re.search(r"([a-z]+) +\[.\]$", self.panel.text)[1]

    def close(self):
        self.panel.close()
        self.keys.close()
        os.close(self.keyboard)


class Screen(io.StringIO):
    """A terminal's screen."""

    encoding = "utf-8"

    def isatty(self):
        return True

    @property
    def line(self):
        """The panel's line as it stands, as pairs of colour code and signs."""
        last = self.getvalue().split("\r\033[K")[-1].rstrip("\r")
        found = re.findall(r"\033\[([\d;]+)m(.*?)\033\[0m|([^\033])", last)
        return [(code, signs or sign) for code, signs, sign in found]

    @property
    def signs(self):
        return "".join(signs for _, signs in self.line)


class DrawnRig(TextRig):
    """At a keyboard, before a line that moves."""

    def __init__(self, shows):
        self.screen = Screen()
        super().__init__(shows)

    def levels(self):
        if self.plan.counter is Counter.SEVEN_SEGMENT:
            code, digits = self.screen.line[1]
            return segments(digits, BRIGHT[code])
        return [BRIGHT[code] * (sign == "●") for code, sign in self.screen.line[1 : 1 + self.plan.lamps]]

    look = Rig.look

    def state(self):
        """Read the state in words, and see that its lamp has the state's colour."""
        state = re.search(r"● ([a-z]+) +\[.\]", self.screen.signs)[1]
        assert ("38;2;{};{};{}".format(*COLOURS[State(state)]), "●") in self.screen.line
        return state


BRIGHT = {"33": 1.0, "2;33": 0.5, "2": 0.0}
"""How bright a lamp of that colour code is."""
