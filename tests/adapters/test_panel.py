"""One contract for both panels: gpiozero on its mock pins, and the panel on the screen."""

import os
import pty
import subprocess
import sys
import termios
import threading

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from pi_coach.adapters.panel import GpioPanel
from pi_coach.adapters.panel_sim import SimPanel
from pi_coach.core.errors import CoachError
from pi_coach.core.events import Phase, Rep, RepCompleted, RepCounted, SetStarted
from pi_coach.core.step import Step
from pi_coach.ports import Press

BUTTON, LAMPS, HOLD_S = 17, (5, 6, 13, 19), 0.15


def step(t, *events):
    return Step(t, "rdl", Phase.TALL, None, None, events, None, 0, 8)


def counted(t, number):
    return RepCounted(t, number)


def completed(t, number, *, quality):
    return RepCompleted(t, Rep(number, t - 2, t - 1, t, 90 if quality else 50, quality, ()))


def eventually(presses, count, timeout_s=3.0):
    """Collect presses until there are `count` of them, then look once more for one too many."""
    found, waiting, waited_s = [], threading.Event(), 0.0
    while len(found) < count and waited_s < timeout_s:
        found += presses()
        waiting.wait(0.01)
        waited_s += 0.01
    waiting.wait(2 * HOLD_S)
    return found + list(presses())


class PinRig:
    """A person at real gpiozero code on mock pins."""

    def __init__(self):
        self.factory = MockFactory()
        self.panel = GpioPanel(BUTTON, LAMPS, HOLD_S, self.factory)
        self._button = self.factory.pin(BUTTON)

    def press(self):
        self._button.drive_low()
        self._button.drive_high()

    def hold(self):
        held = threading.Event()
        self._button.drive_low()
        held.wait(3 * HOLD_S)
        self._button.drive_high()

    def bar(self, t):
        """Look at the lamps for one blink: `o` dark, `x` lit, `-` blinking."""
        seen = []
        for moment in (t, t + 0.5):
            self.panel.show(step(moment))
            seen.append([self.factory.pin(pin).state for pin in LAMPS])
        return "".join("x" if a and b else "-" if a or b else "o" for a, b in zip(*seen, strict=True))

    def close(self):
        self.panel.close()
        self.factory.reset()


class ScreenRig:
    """A person at a keyboard."""

    def __init__(self):
        self.keyboard, self._terminal = pty.openpty()
        self._keys = os.fdopen(self._terminal, "r")
        self.before = termios.tcgetattr(self._keys)
        self.panel = SimPanel(len(LAMPS), self._keys)

    def press(self):
        os.write(self.keyboard, b" ")

    def hold(self):
        os.write(self.keyboard, b"q")

    def bar(self, t):
        self.panel.show(step(t))
        return self.panel.text.split()[0].translate(str.maketrans("○●◐", "ox-"))

    def close(self):
        self.panel.close()
        self._keys.close()
        os.close(self.keyboard)


@pytest.fixture(params=[PinRig, ScreenRig])
def rig(request):
    rig = request.param()
    yield rig
    rig.close()


def test_an_untouched_button_gives_no_press(rig):
    assert eventually(rig.panel.presses, 0) == []


def test_a_short_press_asks_for_the_next_drill(rig):
    rig.press()
    assert eventually(rig.panel.presses, 1) == [Press.NEXT]


def test_a_long_press_ends_the_session_and_asks_for_nothing_else(rig):
    rig.hold()
    assert eventually(rig.panel.presses, 1) == [Press.END]


def test_presses_come_in_their_order_and_once(rig):
    rig.press()
    rig.press()
    rig.hold()
    rig.press()
    assert eventually(rig.panel.presses, 4) == [Press.NEXT, Press.NEXT, Press.END, Press.NEXT]
    assert list(rig.panel.presses()) == []


def test_the_bar_is_dark_before_the_first_rep(rig):
    rig.panel.show(step(0.0, SetStarted(0.0, "rdl", 8)))
    assert rig.bar(1.0) == "oooo"


def test_a_lamp_lights_when_the_rep_counts_and_blinks_when_a_fault_is_told(rig):
    rig.panel.show(step(1.0, counted(1.0, 1)))
    assert rig.bar(1.0) == "xooo"
    rig.panel.show(step(2.0, completed(2.0, 1, quality=True)))
    rig.panel.show(step(3.0, counted(3.0, 2)))
    rig.panel.show(step(4.0, completed(4.0, 2, quality=False)))
    assert rig.bar(5.0) == "x-oo"


def test_the_fifth_rep_on_four_lamps_begins_a_new_row(rig):
    for number in range(1, 5):
        rig.panel.show(step(number, counted(number, number)))
    assert rig.bar(4.5) == "xxxx"
    rig.panel.show(step(5.0, counted(5.0, 5)))
    assert rig.bar(6.0) == "xooo"


def test_a_new_set_puts_the_lamps_out(rig):
    rig.panel.show(step(1.0, counted(1.0, 1)))
    rig.panel.show(step(2.0, SetStarted(2.0, "rdl", 8)))
    assert rig.bar(3.0) == "oooo"


def test_a_panel_can_be_closed_twice(rig):
    rig.panel.close()
    rig.panel.close()


def test_closing_frees_the_pins_for_the_next_program():
    rig = PinRig()
    rig.panel.show(step(1.0, counted(1.0, 1)))
    rig.panel.close()
    again = GpioPanel(BUTTON, LAMPS, HOLD_S, rig.factory)
    assert [rig.factory.pin(pin).state for pin in LAMPS] == [False] * 4
    again.close()


def test_a_taken_pin_is_told_in_one_sentence_and_the_others_are_let_go():
    factory = MockFactory()
    taken = gpiozero.LED(LAMPS[2], pin_factory=factory)
    with pytest.raises(CoachError, match="pins of the panel cannot be used"):
        GpioPanel(BUTTON, LAMPS, HOLD_S, factory)
    taken.close()
    GpioPanel(BUTTON, LAMPS, HOLD_S, factory).close()


def test_a_pin_that_does_not_exist_is_told_by_its_number():
    with pytest.raises(CoachError, match=r"\[panel\] settings name a pin that is not there.*99"):
        GpioPanel(99, LAMPS, HOLD_S, MockFactory())


def test_a_machine_without_pins_says_which_panel_to_use():
    try:
        GpioPanel(BUTTON, LAMPS, HOLD_S).close()
    except CoachError as error:
        assert str(error) == "This machine has no GPIO pins: use the panel on the screen (--panel sim)."  # noqa: PT017
    else:
        pytest.skip("this machine has GPIO pins")


def test_the_drawn_button_shows_a_press_for_a_second():
    rig = ScreenRig()
    rig.panel.show(step(10.0))
    assert rig.panel.text == "○○○○  [ ]"
    rig.press()
    assert eventually(rig.panel.presses, 1) == [Press.NEXT]
    assert rig.panel.text == "○○○○  [■]"
    rig.panel.show(step(11.1))
    assert rig.panel.text == "○○○○  [ ]"
    rig.close()


@pytest.mark.parametrize(
    ("key", "press"), [(b" ", Press.NEXT), (b"n", Press.NEXT), (b"q", Press.END), (b"e", Press.END)]
)
def test_four_keys_press_the_button_and_others_do_nothing(key, press):
    rig = ScreenRig()
    os.write(rig.keyboard, b"x\n\x1b[A\xff" + key)
    assert eventually(rig.panel.presses, 1) == [press]
    rig.close()


def test_the_terminal_is_given_back_as_it_was():
    rig = ScreenRig()
    during = termios.tcgetattr(rig.keyboard)
    assert not during[3] & (termios.ICANON | termios.ECHO)
    assert during[3] & termios.ISIG
    rig.panel.close()
    assert termios.tcgetattr(rig.keyboard)[3] == rig.before[3]
    rig.close()


def test_a_window_that_is_closed_ends_the_keys_but_not_the_coach():
    rig = ScreenRig()
    os.close(rig.keyboard)
    assert rig.panel.presses() == []
    rig.panel.close()
    rig._keys.close()  # noqa: SLF001


def test_a_pipe_gives_no_keys(tmp_path):
    (tmp_path / "typed").write_text("qqq")
    with (tmp_path / "typed").open() as keys:
        panel = SimPanel(4, keys)
        assert panel.presses() == []
        panel.close()


BACKGROUND = """
import os, pty, sys
from pi_coach.adapters.panel_sim import SimPanel

pid, terminal = pty.fork()
if pid == 0:
    # The first of a session cannot leave its group, so the coach is its child.
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        panel = SimPanel(4, sys.stdin)
        print("keys", panel.presses(), flush=True)
        panel.close()
    else:
        os.waitpid(child, 0)
    os._exit(0)
print(os.fdopen(terminal).readline())
"""


def test_a_coach_in_the_background_leaves_the_terminal_alone():
    # A shell's terminal stops a background program that changes it.
    done = subprocess.run([sys.executable, "-c", BACKGROUND], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "keys []"
