"""One contract for every panel: gpiozero on its mock pins, and the panel on the screen."""

import contextlib
import os
import pty
import subprocess
import sys
import termios
import threading
import types

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from panel_rigs import BUTTON, COLOURS, LAMPS, RGB, RULE, DrawnRig, PinRig, TextRig, plan, step

from pi_coach.adapters import panel as panel_module
from pi_coach.adapters.panel import GpioPanel, Pins
from pi_coach.adapters.panel_sim import SimPanel
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError
from pi_coach.core.events import Cue, Rep, RepCompleted, RepCounted, SetStarted, Slot, Stage, StageEntered, TrackingLost
from pi_coach.core.signals.lights import Light
from pi_coach.core.signals.panel import State
from pi_coach.core.signals.presses import PressRule
from pi_coach.ports import Press

PINS = Pins(BUTTON, LAMPS[:4], RGB)
NEXT, BACK, END, SHUTDOWN = Press.NEXT, Press.BACK, Press.END, Press.SHUTDOWN


def counted(t, number):
    return RepCounted(t, number)


def completed(t, number, *, quality):
    return RepCompleted(t, Rep(number, t - 2, t - 1, t, 90 if quality else 50, quality, ()))


class ShortedPin(MockPin):
    """A pin that something holds to ground."""

    def _set_pull(self, value):
        super()._set_pull(value)
        self.drive_low()


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    """Let this be a terminal that can do what most can."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(params=[PinRig, TextRig, DrawnRig])
def at(request):
    """Take a place at a panel that shows what is asked for."""
    rigs = []

    def sit(*shows):
        rigs.append(request.param(plan(*shows)))
        return rigs[-1]

    yield sit
    for rig in rigs:
        rig.close()


class TestEveryPanel:
    def test_an_untouched_button_gives_no_press(self, at):
        assert at().presses() == []

    @pytest.mark.parametrize(
        ("way", "expected"),
        [("tap", [NEXT]), ("tap_twice", [BACK]), ("hold", [END]), ("hold_very_long", [END, SHUTDOWN])],
    )
    def test_each_way_to_press_asks_for_its_own_thing_once(self, at, way, expected):
        rig = at()
        getattr(rig, way)()
        assert rig.presses() == expected
        assert rig.presses() == []

    def test_presses_come_in_their_order(self, at):
        rig = at()
        found = []
        for way in (rig.tap, rig.hold, rig.tap, rig.tap_twice, rig.tap):
            way()
            found += rig.presses()
        assert found == [NEXT, END, NEXT, BACK, NEXT]

    def test_a_button_that_nobody_holds_asks_for_no_shutdown(self, at):
        rig = at()
        rig.hold()
        assert rig.presses() == [END]
        assert not rig.panel.held_on()

    def test_a_very_long_press_is_found_at_the_end_of_a_session(self, at):
        rig = at()
        rig.hold_very_long()
        assert rig.panel.held_on()

    def test_the_bar_is_dark_before_the_first_rep(self, at):
        rig = at()
        rig.show(0.0, SetStarted(0.0, "rdl", 8))
        assert rig.look(1.0) == "oooo"

    def test_a_lamp_lights_when_the_rep_counts_and_blinks_when_a_fault_is_told(self, at):
        rig = at()
        rig.show(1.0, counted(1.0, 1))
        assert rig.look(1.0) == "xooo"
        rig.show(4.0, completed(4.0, 1, quality=True), counted(4.0, 2), completed(4.0, 2, quality=False))
        assert rig.look(5.0) == "x-oo"

    def test_the_last_two_lamps_pulse(self, at):
        rig = at("bar", 6)
        rig.target = 5
        for number in range(1, 4):
            rig.show(number, counted(number, number))
        assert rig.look(5.0) == "xxx~~o"

    def test_the_fifth_rep_on_four_lamps_begins_a_new_row(self, at):
        rig = at()
        for number in range(1, 5):
            rig.show(number, counted(number, number))
        assert rig.look(4.5) == "xxxx"
        rig.show(7.0, counted(7.0, 5))
        assert rig.look(7.0) == "xooo"

    def test_a_new_set_puts_the_lamps_out(self, at):
        rig = at()
        rig.show(1.0, counted(1.0, 1))
        rig.show(2.0, SetStarted(2.0, "rdl", 8))
        assert rig.look(3.0) == "oooo"

    @pytest.mark.parametrize(
        ("counter", "lamps", "clean", "faulted", "last"),
        [
            ("binary", 4, "ooxx", "o-oo", "o~~o"),
            ("seven_segment", 7, "xxxxoox", "o--oo--", "~o~~~~~"),
            ("seven_segment", 14, "ooooooo" + "xxxxoox", "ooooooo" + "o--oo--", "ooooooo" + "~o~~~~~"),
        ],
    )
    def test_a_number_is_steady_after_a_clean_rep_blinks_after_a_fault_and_pulses_at_the_end(
        self, at, counter, lamps, clean, faulted, last
    ):
        rig = at(counter, lamps)
        for number in range(1, 4):
            rig.show(number, counted(number, number), completed(number, number, quality=True))
        assert rig.look(4.0) == clean
        rig.show(7.0, counted(7.0, 4), completed(7.0, 4, quality=False))
        assert rig.look(7.0) == faulted
        rig.show(10.0, counted(10.0, 5), counted(10.0, 6))
        assert rig.look(10.0) == last

    def test_a_counter_without_lamps_leaves_the_rest_as_it_is(self, at):
        rig = at("bar", 0)
        rig.show(1.0, counted(1.0, 1))
        assert (rig.look(1.0), rig.state()) == ("", "tracking")

    def test_the_state_light_tells_the_rep_and_goes_back(self, at):
        rig = at()
        told = []
        for t, events in [
            (1.0, (TrackingLost(1.0, "you"),)),
            (2.0, (completed(2.0, 1, quality=True),)),
            (4.0, (completed(4.0, 2, quality=False),)),
            (6.0, ()),
            (7.0, (StageEntered(7.0, Stage.PAUSED),)),
            (8.0, (StageEntered(8.0, Stage.REST),)),
            (9.0, (StageEntered(9.0, Stage.STOPPED),)),
        ]:
            rig.show(t, *events)
            rig.show(t + 0.1)
            told.append(rig.state())
        assert told == ["waiting", "good", "fault", "waiting", "paused", "resting", "stopped"]

    def test_the_state_light_tells_that_saving_fails_for_as_long_as_it_does(self, at):
        rig = at()
        told = []
        for rig.trouble in (False, True, False):
            rig.show(1.0)
            told.append(rig.state())
        assert told == ["tracking", "trouble", "tracking"]

    def test_a_long_press_shows_before_the_next_frame(self, at):
        rig = at()
        rig.show(1.0)
        rig.hold()
        rig.presses()
        assert rig.state() == "stopped"
        rig.hold_very_long()
        rig.presses()
        assert rig.state() == "shutdown"

    def test_a_panel_can_be_closed_twice(self, at):
        rig = at()
        rig.panel.close()
        rig.panel.close()


class TestPins:
    def test_a_stop_is_told_while_the_button_is_still_down(self):
        rig = PinRig(plan())
        rig.button.drive_low()
        rig.wait(1.4)
        assert rig.panel.presses() == []
        rig.wait(0.2)
        assert rig.panel.presses() == [END]
        rig.close()

    def test_a_button_that_is_held_on_after_the_session_is_waited_for(self):
        clock, factory = SystemClock(), MockFactory()
        panel = GpioPanel(PINS, plan("bar", 4, PressRule(0.1, 0.15, 0.4)), clock, pin_factory=factory)
        began = clock.now()
        factory.pin(BUTTON).drive_low()
        assert panel.held_on()
        assert clock.now() - began >= 0.4
        panel.close()

    def test_a_button_that_is_let_go_in_time_is_not_waited_for(self):
        factory = MockFactory()
        panel = GpioPanel(PINS, plan("bar", 4, PressRule(0.1, 0.15, 60.0)), SystemClock(), pin_factory=factory)
        factory.pin(BUTTON).drive_low()
        finger = threading.Timer(0.2, factory.pin(BUTTON).drive_high)
        finger.start()
        assert not panel.held_on()
        finger.join(5.0)
        panel.close()

    def test_a_button_that_is_shorted_from_the_start_says_nothing(self):
        rig = PinRig(plan(), ShortedPin)
        assert rig.button.state is False
        rig.wait(60.0)
        assert rig.presses() == []
        rig.close()

    def test_pins_that_cannot_be_dimmed_blink_slowly_instead_of_pulsing(self):
        rig = PinRig(plan(), MockPin)
        rig.target = 2
        assert rig.look(0.0) == "--oo"
        rig.close()

    def test_a_lamp_that_is_fully_on_or_off_is_not_switched_a_hundred_times_a_second(self):
        rig = PinRig(plan())
        rig.target = 3
        rig.show(1.0, counted(1.0, 1))
        assert [rig.factory.pin(pin).frequency for pin in rig.pins.leds] == [None, 100, 100, None]
        rig.show(2.0, SetStarted(2.0, "rdl", 8))
        rig.target = 8
        rig.show(2.1)
        assert [rig.factory.pin(pin).frequency for pin in rig.pins.leds] == [None] * 4
        rig.close()

    @pytest.mark.parametrize(
        ("light", "shares"),
        [(Light.OFF, (0.0, 0.0)), (Light.ON, (1.0, 1.0)), (Light.BLINK, (1.0, 0.0)), (Light.PULSE, (0.1, 0.55))],
    )
    def test_the_state_light_shines_in_its_colour_as_the_config_says(self, light, shares):
        rig = PinRig(plan("bar", 4, RULE, light))
        full = COLOURS[State.TRACKING]
        for t, share in zip((3.2, 3.6), shares, strict=True):
            rig.show(t)
            shone = [255 * rig.factory.pin(pin).state for pin in RGB]
            assert shone == pytest.approx([share * part for part in full])
        rig.close()

    def test_a_panel_without_a_state_light_counts_all_the_same(self):
        factory = MockFactory()
        panel = GpioPanel(Pins(BUTTON, LAMPS[:4], ()), plan(), SystemClock(), pin_factory=factory)
        panel.show(step(1.0, counted(1.0, 1)))
        assert [factory.pin(pin).state for pin in LAMPS[:4]] == [True, False, False, False]
        panel.close()

    def test_closing_frees_the_pins_for_the_next_program(self):
        rig = PinRig(plan())
        rig.show(1.0, counted(1.0, 1))
        rig.panel.close()
        again = GpioPanel(PINS, plan(), SystemClock(), pin_factory=rig.factory)
        assert [rig.factory.pin(pin).state for pin in PINS.leds] == [False] * 4
        again.close()

    def test_a_taken_pin_is_told_in_one_sentence_and_the_others_are_let_go(self):
        factory = MockFactory()
        taken = gpiozero.LED(LAMPS[2], pin_factory=factory)
        with pytest.raises(CoachError, match="pins of the panel cannot be used"):
            GpioPanel(PINS, plan(), SystemClock(), pin_factory=factory)
        taken.close()
        GpioPanel(PINS, plan(), SystemClock(), pin_factory=factory).close()

    def test_a_pin_that_does_not_exist_is_told_by_its_number(self):
        with pytest.raises(CoachError, match=r"\[panel\] settings name a pin that is not there.*99"):
            GpioPanel(Pins(99, (), ()), plan("bar", 0), SystemClock(), pin_factory=MockFactory())


class TestTheChoiceOfPins:
    @pytest.fixture
    def chips(self, monkeypatch, tmp_path):
        """Let the devices lie in a folder of the test, and gpiozero's own choice be unset."""
        monkeypatch.setattr(panel_module, "DEVICES", tmp_path)
        monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
        monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
        return tmp_path

    def complaint(self):
        with pytest.raises(CoachError) as caught:
            GpioPanel(PINS, plan(), SystemClock())
        return str(caught.value)

    def test_a_machine_without_pins_says_which_panel_to_use(self, chips):
        assert list(chips.iterdir()) == []
        assert self.complaint() == "This machine has no GPIO pins: use the panel on the screen (--panel sim)."

    @pytest.mark.parametrize("lgpio", [None, types.ModuleType("lgpio")], ids=["missing", "empty"])
    def test_a_pi_without_lgpio_says_what_to_install(self, chips, lgpio, monkeypatch):
        (chips / "gpiochip0").touch()
        monkeypatch.setitem(sys.modules, "lgpio", lgpio)
        assert self.complaint() == "The pins need lgpio, which is not here: `sudo apt install python3-lgpio`."

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may use everything")
    def test_a_user_who_may_not_use_the_pins_is_told_how_to_get_leave(self, chips):
        (chips / "gpiochip0").touch(mode=0)
        assert "usermod -aG gpio" in self.complaint()

    def test_gpiozeros_own_setting_is_kept(self, chips, monkeypatch):
        assert list(chips.iterdir()) == []
        monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "wooden")
        assert "'wooden'" in self.complaint()


class TestTheScreen:
    def test_the_drawn_button_shows_a_press_for_a_second(self):
        rig = TextRig(plan())
        rig.show(10.0)
        assert rig.panel.text == "○○○○ tracking [ ]"
        rig.tap()
        assert rig.presses() == [NEXT]
        assert rig.panel.text == "○○○○ tracking [■]"
        rig.show(11.1)
        assert rig.panel.text == "○○○○ tracking [ ]"
        rig.close()

    @pytest.mark.parametrize(
        ("key", "asked"),
        [(b" ", NEXT), (b"n", NEXT), (b"b", BACK), (b"q", END), (b"e", END)],
    )
    def test_some_keys_press_the_button_and_others_do_nothing(self, key, asked):
        rig = TextRig(plan())
        rig.type(b"x\n\x1b[A\xff" + key)
        assert rig.presses() == [asked]
        rig.close()

    def test_the_line_makes_room_for_what_is_told_and_comes_back(self):
        rig = DrawnRig(plan())
        rig.show(1.0)
        assert rig.screen.signs.startswith(" ○○○○   ● tracking  [ ]   n next")
        rig.show(1.1, counted(1.1, 1))
        assert rig.screen.signs == ""
        rig.panel.show(step(1.2, cue=Cue(1.2, "Hips back", "squatting", Slot.TOP)))
        assert rig.screen.signs == ""
        rig.show(1.3)
        assert rig.screen.signs.startswith(" ●○○○")
        rig.panel.close()
        assert rig.screen.signs == ""
        rig.close()

    def test_a_line_that_did_not_change_is_not_drawn_again(self):
        rig = DrawnRig(plan())
        rig.show(1.0)
        before = rig.screen.getvalue()
        rig.show(1.1)
        assert rig.screen.getvalue() == before
        rig.close()

    @pytest.mark.parametrize(
        ("columns", "expected"),
        [
            (80, " ○○○○   ● tracking  [ ]   n next · b back · q end · Q shut down"),
            (50, " ○○○○   ● tracking  [ ]   "),
            (20, " ○○○○   ● tracking"),
            (4, " ○○"),
        ],
    )
    def test_a_narrow_terminal_shows_what_fits(self, columns, expected, monkeypatch):
        monkeypatch.setenv("COLUMNS", str(columns))
        rig = DrawnRig(plan())
        rig.show(1.0)
        assert rig.screen.signs.rstrip() == expected.rstrip()
        rig.close()

    def test_a_terminal_without_colours_gets_none(self, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        rig = DrawnRig(plan())
        rig.show(1.0, counted(1.0, 1))
        rig.show(1.1)
        assert {code for code, _ in rig.screen.line} == {""}
        rig.close()

    def test_a_terminal_that_knows_only_ascii_gets_plain_signs(self):
        rig = DrawnRig(plan())
        rig.screen.encoding = "ascii"
        rig.show(1.0, counted(1.0, 1))
        rig.show(1.1)
        assert rig.screen.signs == " #...   # tracking  [ ]   n next - b back - q end - Q shut down"
        rig.close()

    def test_a_terminal_that_cannot_redraw_gets_the_text(self, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        rig = DrawnRig(plan())
        rig.show(1.0)
        assert (rig.screen.getvalue(), rig.panel.text) == ("", "○○○○ tracking [ ]")
        rig.close()

    def test_a_real_terminal_is_drawn_on_and_may_be_closed(self):
        window, terminal = pty.openpty()
        screen = os.fdopen(terminal, "w", encoding="utf-8")
        rig = TextRig(plan())
        panel = SimPanel(plan(), rig.keys, screen)
        panel.show(step(1.0))
        assert "tracking" in os.read(window, 4096).decode()
        os.close(window)
        panel.show(step(1.1, counted(1.1, 1)))
        panel.show(step(1.2))
        panel.close()
        rig.close()
        with contextlib.suppress(OSError):
            screen.close()

    def test_the_terminal_is_given_back_as_it_was(self):
        rig = TextRig(plan())
        during = termios.tcgetattr(rig.keyboard)
        assert not during[3] & (termios.ICANON | termios.ECHO)
        assert during[3] & termios.ISIG
        rig.panel.close()
        assert termios.tcgetattr(rig.keyboard)[3] == rig.before[3]
        rig.close()

    def test_a_window_that_is_closed_ends_the_keys_but_not_the_coach(self):
        rig = TextRig(plan())
        os.close(rig.keyboard)
        assert rig.panel.presses() == []
        rig.panel.close()
        rig.keys.close()

    def test_a_pipe_gives_no_keys(self, tmp_path):
        (tmp_path / "typed").write_text("qqq")
        with (tmp_path / "typed").open() as keys:
            panel = SimPanel(plan(), keys)
            assert panel.presses() == []
            panel.close()


BACKGROUND = """
import os, pty, sys
from pi_coach import config
from pi_coach.adapters.panel_sim import SimPanel
from pathlib import Path

pid, terminal = pty.fork()
if pid == 0:
    # The first of a session cannot leave its group, so the coach is its child.
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        panel = SimPanel(config.load(Path("/nobody's")).settings.panel.plan, sys.stdin)
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
