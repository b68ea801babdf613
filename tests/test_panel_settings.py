"""What an owner may say about the panel, and what is told where it does not fit."""

import pytest

from pi_coach import config
from pi_coach.core.errors import UsageError
from pi_coach.core.signals.lights import Counter, Light
from pi_coach.core.signals.panel import State


def panel(folder, text=""):
    """Load the panel's settings with an owner's own lines over the defaults."""
    (folder / "coach.toml").write_text(text, encoding="utf-8")
    return config.load(folder).settings.panel


def test_the_defaults_give_every_state_a_look_of_its_own(tmp_path):
    colours = panel(tmp_path).colours
    assert set(colours) == set(State)
    assert len(set(colours.values())) == len(State)
    assert all(glow.light is not Light.OFF for glow in colours.values())


def test_only_a_stop_is_red(tmp_path):
    red = [state for state, glow in panel(tmp_path).colours.items() if glow.colour == "#ff0000"]
    assert red == [State.STOPPED]


def test_the_plan_is_what_the_settings_say(tmp_path):
    plan = panel(tmp_path, '[panel]\ncounter = "binary"\nled_pins = [5, 6]\ndouble_s = 0.5\nhold_s = 2\n').plan
    assert (plan.counter, plan.lamps) == (Counter.BINARY, 2)
    assert (plan.presses.double_s, plan.presses.hold_s, plan.presses.very_long_s) == (0.5, 2.0, 6.0)


def test_one_colour_can_be_changed_alone(tmp_path):
    colours = panel(tmp_path, '[panel.colours]\ngood = { colour = "#FFFFFF" }\n').colours
    assert (colours[State.GOOD].colour, colours[State.GOOD].light) == ("#FFFFFF", Light.ON)


@pytest.mark.parametrize("pins", [list(range(2, 9)), list(range(2, 16))], ids=["one digit", "two digits"])
def test_digits_take_seven_pins_each(tmp_path, pins):
    text = f'[panel]\ncounter = "seven_segment"\nled_pins = {pins}\n'
    assert panel(tmp_path, text).plan.lamps == len(pins)


def test_a_panel_may_have_no_lamps_at_all(tmp_path):
    assert panel(tmp_path, "[panel]\nled_pins = []\nrgb_pins = []\n").plan.lamps == 0


WRONG = {
    "a counter that is none": ('counter = "abacus"', ["panel.counter", "'abacus'", "bar, binary, seven_segment"]),
    "nine segments": ('counter = "seven_segment"\nled_pins = [2, 3, 4, 5, 6, 7, 8, 9, 10]', ["panel", "7", "14", "9"]),
    "a lamp off the header": ("led_pins = [5, 28]", ["panel", "28", "0 to 27"]),
    "two lamps on one pin": ("led_pins = [5, 5]", ["panel", "pin 5", "twice"]),
    "a lamp on the button": ("led_pins = [17]", ["panel", "pin 17", "twice"]),
    "a lamp on the state light": ("led_pins = [27]", ["panel", "pin 27", "twice"]),
    "half a state light": ("rgb_pins = [2, 3]", ["panel", "rgb_pins", "2 pins", "3", "none"]),
    "a stop that shuts down": ("hold_s = 6.0", ["panel", "very_long_s", "hold_s", "6"]),
    "a second tap that is never awaited": ("double_s = 0.0", ["panel.double_s", "0.15 to 1"]),
    "a shutdown that comes too soon": ("very_long_s = 1.6", ["panel.very_long_s", "2 to 30"]),
    "no colour": ('colours = { good = { colour = "green" } }', ["colours", "'green'", "#ff8000"]),
    "an unknown light": ('colours = { good = { light = "dim" } }', ["'dim'", "off, on, blink, pulse"]),
    "an unknown state": ('colours = { happy = { colour = "#00ff00", light = "on" } }', ["'happy'", "waiting"]),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_fit_is_told_with_its_key_and_what_is_allowed(tmp_path, kind):
    line, words = WRONG[kind]
    with pytest.raises(UsageError) as caught:
        panel(tmp_path, f"[panel]\n{line}\n")
    message = str(caught.value)
    assert str(tmp_path / "coach.toml") in message
    assert [word for word in words if word not in message] == [], message
    assert "\n" not in message
