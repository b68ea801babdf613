"""What the rep counter says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.core.events import Phase, PhaseEntered, Rep, RepCompleted, RepCounted, SetStarted
from pi_coach.core.signals.lights import SEGMENTS, Counter, Light, brightness, count, reps_after

OFF, ON, BLINK, PULSE = Light.OFF, Light.ON, Light.BLINK, Light.PULSE
SIGNS = {"o": OFF, "x": ON, "-": BLINK, "~": PULSE}
FAR = 99
"""A target that is a long way off."""


def lights(signs):
    return tuple(SIGNS[sign] for sign in signs)


def signs(states):
    return "".join(sign for light in states for sign, meant in SIGNS.items() if meant is light)


def rep(number, score=95, *, quality=True, faults=()):
    return RepCompleted(number, Rep(number, number - 0.9, number - 0.5, number, score, quality, faults))


@pytest.mark.parametrize(
    ("story", "events", "expected"),
    [
        ("nothing happened yet", [], ""),
        ("a phase is no rep", [PhaseEntered(1.0, Phase.BOTTOM)], ""),
        ("a rep lights its lamp when it counts", [RepCounted(1.0, 1)], "x"),
        ("a clean rep stays lit", [RepCounted(1.0, 1), rep(1)], "x"),
        ("a faulted rep blinks", [RepCounted(1.0, 1), rep(1, 40, quality=False, faults=("squatting",))], "-"),
        ("a low score blinks", [RepCounted(1.0, 1), rep(1, 79, quality=False)], "-"),
        ("a minor fault on a good rep stays lit", [RepCounted(1.0, 1), rep(1, 84, faults=("heel_lift",))], "x"),
        ("a rep seen too badly to score stays lit", [RepCounted(1.0, 1), rep(1, None, quality=False)], "x"),
        ("but not with a fault", [RepCounted(1.0, 1), rep(1, None, quality=False, faults=("squatting",))], "-"),
        (
            "a verdict belongs to its own rep, also when the next has counted",
            [RepCounted(1.0, 1), RepCounted(2.0, 2), rep(1, 40, quality=False)],
            "-x",
        ),
        ("a new set starts dark", [RepCounted(1.0, 1), SetStarted(9.0, "rdl", 8)], ""),
        ("and counts from one", [RepCounted(1.0, 1), SetStarted(9.0, "rdl", 8), RepCounted(12.0, 1)], "x"),
    ],
)
def test_each_rep_has_one_light(story, events, expected):
    assert signs(reps_after((), events)) == expected, story


@pytest.mark.parametrize(
    ("story", "reps", "lamps", "target", "expected"),
    [
        ("before the first rep", "", 4, 8, "oooo"),
        ("one rep", "x", 4, 8, "xooo"),
        ("a fault in the middle", "x-x", 3, FAR, "x-x"),
        ("a lamp more than the bar has begins a new row", "xxx-", 3, FAR, "-oo"),
        ("a full second row", "xxxxxx", 3, FAR, "xxx"),
        ("a third row", "xxxxxxx", 3, FAR, "xoo"),
        ("one lamp shows the newest rep", "x-", 1, FAR, "-"),
        ("no lamps at all", "x", 0, 8, ""),
        ("three to go", "xx", 6, 5, "xxoooo"),
        ("two to go", "xxx", 6, 5, "xxx~~o"),
        ("one to go", "xxx-", 6, 5, "xxx-~o"),
        ("all done", "xxx-x", 6, 5, "xxx-xo"),
        ("one more than asked for", "xxx-xx", 6, 5, "xxx-xx"),
        ("a set of two pulses from the start", "", 4, 2, "~~oo"),
        ("a set of one", "", 4, 1, "~ooo"),
        ("the last two end the second row", "xxxxxx", 4, 8, "xx~~"),
        ("the last two begin the second row, above a full one", "x-xx", 4, 6, "~~xx"),
        ("the last one begins the second row", "x-xx", 4, 5, "~-xx"),
        ("of the last two, one has its lamp in this row", "xxx", 4, 5, "xxx~"),
        ("no target", "xx", 4, 0, "xxoo"),
    ],
)
def test_the_bar_has_a_lamp_for_each_rep_and_the_last_two_to_come_pulse(story, reps, lamps, target, expected):
    assert signs(count(Counter.BAR, lights(reps), lamps, target)) == expected, story


@given(st.lists(st.sampled_from([ON, BLINK])), st.integers(1, 20))
def test_every_rep_lights_the_next_lamp(reps, lamps):
    states = count(Counter.BAR, tuple(reps), lamps, 0)
    shown = len(states) - states.count(OFF)
    assert len(states) == lamps
    assert shown == (0 if not reps else (len(reps) - 1) % lamps + 1)
    assert list(states[:shown]) == reps[len(reps) - shown :]


@pytest.mark.parametrize(
    ("story", "reps", "lamps", "target", "expected"),
    [
        ("none", "", 4, 10, "oooo"),
        ("one is the last lamp", "x", 4, 10, "ooox"),
        ("two", "xx", 4, 10, "ooxo"),
        ("five", "xxxxx", 4, 10, "oxox"),
        ("a fault makes the whole number blink", "xxxx-", 4, 10, "o-o-"),
        ("until the next clean rep", "xxxx-x", 4, 10, "oxxo"),
        ("two to go", "xxxxxxxx", 4, 10, "~ooo"),
        ("one to go, after a fault", "xxxxxxxx-", 4, 10, "-oo-"),
        ("all done", "xxxxxxxxxx", 4, 10, "xoxo"),
        ("more than the lamps can show begins again", "xxxxx", 2, FAR, "ox"),
        ("one lamp tells odd from even", "xxx", 1, FAR, "x"),
        ("no lamps at all", "x", 0, 8, ""),
    ],
)
def test_the_binary_counter_shows_the_number_most_significant_lamp_first(story, reps, lamps, target, expected):
    assert signs(count(Counter.BINARY, lights(reps), lamps, target)) == expected, story


BLANK = "ooooooo"


@pytest.mark.parametrize(
    ("story", "reps", "lamps", "target", "expected"),
    [
        ("nothing yet", "", 7, 10, "xxxxxxo"),
        ("one", "x", 7, 10, "oxxoooo"),
        ("two", "xx", 7, 10, "xxoxxox"),
        ("a fault makes the digit blink", "xx-", 7, 10, "----oo-"),
        ("two to go", "x" * 8, 7, 10, "~~~~~~~"),
        ("ten on one digit shows its last", "x" * 10, 7, FAR, "xxxxxxo"),
        ("no zero in front", "x", 14, 10, BLANK + "oxxoooo"),
        ("ten on two digits", "x" * 10, 14, FAR, "oxxoooo" + "xxxxxxo"),
        ("seventeen, a fault", "x" * 16 + "-", 14, FAR, "o--oooo" + "---oooo"),
    ],
)
def test_digits_show_the_number_segment_by_segment(story, reps, lamps, target, expected):
    assert signs(count(Counter.SEVEN_SEGMENT, lights(reps), lamps, target)) == expected, story


DRAWN = """
 _     _  _     _  _  _  _  _
| |  | _| _||_||_ |_   ||_||_|
|_|  ||_  _|  | _||_|  ||_| _|
"""
"""The ten digits, three signs each."""
PLACES = {"a": (0, 1), "b": (1, 2), "c": (2, 2), "d": (2, 1), "e": (2, 0), "f": (1, 0), "g": (1, 1)}
"""Row and column of each segment."""


@pytest.mark.parametrize("digit", range(10))
def test_the_segments_draw_the_digit(digit):
    rows = [row.ljust(30)[3 * digit : 3 * digit + 3] for row in DRAWN.strip("\n").split("\n")]
    lit = "".join(name for name, (row, column) in sorted(PLACES.items()) if rows[row][column] != " ")
    assert SEGMENTS[digit] == lit


@pytest.mark.parametrize(
    ("light", "t", "bright"),
    [
        (OFF, 0.0, 0.0),
        (ON, 0.0, 1.0),
        (ON, 0.7, 1.0),
        (BLINK, 0.0, 1.0),
        (BLINK, 0.49, 1.0),
        (BLINK, 0.5, 0.0),
        (BLINK, 0.99, 0.0),
        (BLINK, 1.0, 1.0),
        (PULSE, 0.0, 0.1),
        (PULSE, 0.4, 0.55),
        (PULSE, 0.8, 1.0),
        (PULSE, 1.6, 0.1),
    ],
)
def test_a_blinking_lamp_is_bright_or_dark_and_a_pulsing_one_swells(light, t, bright):
    assert brightness(light, t) == pytest.approx(bright)


@given(st.sampled_from(Light), st.floats(0, 1e6))
def test_no_lamp_is_brighter_than_it_can_be(light, t):
    assert 0.0 <= brightness(light, t) <= 1.0
