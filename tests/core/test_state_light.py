"""What the state light says, and when."""

import pytest

from pi_coach.core.errors import UsageError
from pi_coach.core.events import (
    Phase,
    Rep,
    RepCompleted,
    RepCounted,
    Stage,
    StageEntered,
    TrackingFound,
    TrackingLost,
)
from pi_coach.core.sight.measures import Measures
from pi_coach.core.signals.lights import Counter, Light
from pi_coach.core.signals.panel import Glow, PanelPlan, State, Watch, after, pressed, shown, state_at
from pi_coach.core.signals.presses import Press, PressRule
from pi_coach.core.step import Step

SEEN = Measures(0.0)


def step(t, *events, seen=True):
    return Step(t, "rdl", Phase.TALL, None, SEEN if seen else None, events, None, 0, 8)


def rep(t, number=1, *, clean=True):
    faults = () if clean else ("squatting",)
    return RepCompleted(t, Rep(number, t - 2, t - 1, t, 95 if clean else 50, clean, faults))


def stage(t, name):
    return StageEntered(t, Stage(name))


def light(steps, t, *, trouble=False):
    """Show these steps to the panel and tell what its light says at `t`."""
    watch = Watch()
    for one in steps:
        watch = after(watch, one)
    return state_at(watch, t, trouble=trouble)


@pytest.mark.parametrize(
    ("story", "steps", "t", "expected"),
    [
        ("nothing came yet", [], 0.0, "waiting"),
        ("an empty room", [step(1.0, seen=False)], 1.0, "waiting"),
        ("somebody is seen", [step(1.0)], 1.0, "tracking"),
        ("a frame without a body is no loss", [step(1.0), step(1.1, seen=False)], 1.1, "tracking"),
        ("lost", [step(1.0), step(2.0, TrackingLost(2.0, "you"), seen=False)], 2.0, "waiting"),
        ("seen, but without feet", [step(1.0), step(2.0, TrackingLost(2.0, "your feet"))], 3.0, "waiting"),
        ("found again", [step(1.0, TrackingLost(1.0, "you")), step(2.0, TrackingFound(2.0))], 2.0, "tracking"),
        ("a rep that counts has no verdict yet", [step(5.0, RepCounted(5.0, 1))], 5.0, "tracking"),
        ("a clean rep", [step(5.0, rep(5.0))], 5.0, "good"),
        ("for a second and a half", [step(5.0, rep(5.0))], 6.49, "good"),
        ("and no longer", [step(5.0, rep(5.0))], 6.5, "tracking"),
        ("a rep with a fault", [step(5.0, rep(5.0, clean=False))], 5.5, "fault"),
        ("the newest rep", [step(5.0, rep(5.0, clean=False)), step(6.0, rep(6.0, 2))], 6.0, "good"),
        ("a verdict is told although the athlete left", [step(5.0, rep(5.0), TrackingLost(5.0, "you"))], 5.5, "good"),
        ("a pause", [step(5.0, stage(5.0, "paused"))], 5.0, "paused"),
        ("a pause after the verdict", [step(5.0, rep(5.0), stage(5.0, "paused"))], 7.0, "paused"),
        ("a pause, out of sight", [step(5.0, stage(5.0, "paused"), TrackingLost(5.0, "you"))], 9.0, "paused"),
        ("going on", [step(5.0, stage(5.0, "paused")), step(6.0, stage(6.0, "set"))], 6.0, "tracking"),
        ("a rest", [step(5.0, stage(5.0, "rest"))], 5.0, "resting"),
        ("a stop", [step(5.0, stage(5.0, "stopped"))], 99.0, "stopped"),
        ("a stop hides the verdict", [step(5.0, rep(5.0), stage(5.0, "stopped"))], 5.0, "stopped"),
    ],
)
def test_the_light_follows_the_session(story, steps, t, expected):
    assert light(steps, t) == expected, story


@pytest.mark.parametrize(
    ("story", "steps", "t", "expected"),
    [
        ("while standing there", [step(1.0)], 1.0, "trouble"),
        ("in an empty room", [], 1.0, "trouble"),
        ("in a rest", [step(1.0, stage(1.0, "rest"))], 1.0, "trouble"),
        ("but a verdict is told", [step(5.0, rep(5.0))], 6.0, "good"),
        ("before it comes back", [step(5.0, rep(5.0))], 6.5, "trouble"),
        ("and a stop is a stop", [step(5.0, stage(5.0, "stopped"))], 5.0, "stopped"),
    ],
)
def test_a_session_that_cannot_be_saved_is_told(story, steps, t, expected):
    assert light(steps, t, trouble=True) == expected, story


def held(press, t, *later):
    watch = pressed(after(Watch(), step(t, rep(t))), press, t)
    for one in later:
        watch = after(watch, one)
    return lambda at_s: state_at(watch, at_s, trouble=True)


def test_a_long_press_shows_at_once_and_then_the_session_decides():
    says = held(Press.END, 5.0, step(5.1, stage(5.1, "summary")))
    assert [says(t) for t in (5.0, 5.2, 6.49, 6.6)] == ["stopped", "stopped", "stopped", "trouble"]


def test_a_very_long_press_shows_until_the_lamps_go_out():
    says = held(Press.SHUTDOWN, 5.0, step(5.1, stage(5.1, "stopped")), step(9.0, stage(9.0, "done")))
    assert [says(t) for t in (5.0, 5.2, 60.0)] == ["shutdown"] * 3


def test_short_presses_leave_the_light_to_the_session():
    assert held(Press.NEXT, 5.0)(5.0) == held(Press.BACK, 5.0)(5.0) == "good"


def test_the_panel_shows_the_counter_the_state_and_its_colour():
    colours = {state: Glow("#0000ff", Light.PULSE) for state in State} | {State.FAULT: Glow("#FF6000", Light.BLINK)}
    plan = PanelPlan(Counter.BAR, 4, colours, PressRule(0.35, 1.5, 6.0))
    watch = after(Watch(), step(1.0, RepCounted(1.0, 1), rep(1.0, clean=False)))
    now = shown(plan, watch, 1.0, trouble=False)
    assert now.counter == (Light.BLINK, Light.OFF, Light.OFF, Light.OFF)
    assert (now.state, now.glow.light) == (State.FAULT, Light.BLINK)
    assert now.glow.rgb == pytest.approx((1.0, 0.376, 0.0), abs=0.001)


@pytest.mark.parametrize("word", ["", "blue", "#00f", "#0000fg", "0000ff7", "#0000ff ", "#-00001"])
def test_what_is_no_colour_is_told_with_an_example(word):
    with pytest.raises(UsageError, match=r"must be .* such as \"#ff8000\""):
        Glow(word, Light.ON)
