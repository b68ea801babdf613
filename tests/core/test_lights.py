"""What the rep bar says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.core.events import Phase, PhaseEntered, Rep, RepCompleted, RepCounted, SetStarted
from pi_coach.core.lights import Light, bar, lit, reps_after

OFF, ON, BLINK = Light.OFF, Light.ON, Light.BLINK


def rep(number, score=95, *, quality=True, faults=()):
    return RepCompleted(number, Rep(number, number - 0.9, number - 0.5, number, score, quality, faults))


@pytest.mark.parametrize(
    ("story", "events", "expected"),
    [
        ("nothing happened yet", [], ()),
        ("a phase is no rep", [PhaseEntered(1.0, Phase.BOTTOM)], ()),
        ("a rep lights its lamp when it counts", [RepCounted(1.0, 1)], (ON,)),
        ("a clean rep stays lit", [RepCounted(1.0, 1), rep(1)], (ON,)),
        ("a faulted rep blinks", [RepCounted(1.0, 1), rep(1, 40, quality=False, faults=("squatting",))], (BLINK,)),
        ("a low score blinks", [RepCounted(1.0, 1), rep(1, 79, quality=False)], (BLINK,)),
        ("a minor fault on a good rep stays lit", [RepCounted(1.0, 1), rep(1, 84, faults=("heel_lift",))], (ON,)),
        ("a rep seen too badly to score stays lit", [RepCounted(1.0, 1), rep(1, None, quality=False)], (ON,)),
        (
            "but not with a fault",
            [RepCounted(1.0, 1), rep(1, None, quality=False, faults=("squatting",))],
            (BLINK,),
        ),
        (
            "a verdict belongs to its own rep, also when the next has counted",
            [RepCounted(1.0, 1), RepCounted(2.0, 2), rep(1, 40, quality=False)],
            (BLINK, ON),
        ),
        ("a new set starts dark", [RepCounted(1.0, 1), SetStarted(9.0, "rdl", 8)], ()),
        ("and counts from one", [RepCounted(1.0, 1), SetStarted(9.0, "rdl", 8), RepCounted(12.0, 1)], (ON,)),
    ],
)
def test_each_rep_has_one_light(story, events, expected):
    assert reps_after((), events) == expected, story


@pytest.mark.parametrize(
    ("reps", "lamps", "expected"),
    [
        ((), 3, (OFF, OFF, OFF)),
        ((ON,), 3, (ON, OFF, OFF)),
        ((ON, BLINK, ON), 3, (ON, BLINK, ON)),
        ((ON, ON, ON, BLINK), 3, (BLINK, OFF, OFF)),
        ((ON,) * 6, 3, (ON, ON, ON)),
        ((ON,) * 7, 3, (ON, OFF, OFF)),
        ((ON,), 1, (ON,)),
        ((ON, BLINK), 1, (BLINK,)),
        ((ON,), 0, ()),
    ],
)
def test_a_set_longer_than_the_bar_begins_a_new_row(reps, lamps, expected):
    assert bar(reps, lamps) == expected


@given(st.lists(st.sampled_from([ON, BLINK])), st.integers(1, 20))
def test_every_rep_lights_the_next_lamp(reps, lamps):
    states = bar(tuple(reps), lamps)
    shown = len(states) - states.count(OFF)
    assert len(states) == lamps
    assert shown == (0 if not reps else (len(reps) - 1) % lamps + 1)
    assert list(states[:shown]) == reps[len(reps) - shown :]


@pytest.mark.parametrize(
    ("light", "t", "bright"),
    [
        (OFF, 0.0, False),
        (ON, 0.0, True),
        (ON, 0.7, True),
        (BLINK, 0.0, True),
        (BLINK, 0.49, True),
        (BLINK, 0.5, False),
        (BLINK, 0.99, False),
        (BLINK, 1.0, True),
    ],
)
def test_a_blinking_lamp_is_bright_for_half_a_second_in_each(light, t, bright):
    assert lit(light, t) is bright
