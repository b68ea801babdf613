"""What a finger on one button can say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.core.signals.presses import Edge, Finger, Press, PressRule, move, wait

RULE = PressRule(double_s=0.35, hold_s=1.5, very_long_s=6.0)
NEXT, BACK, END, SHUTDOWN = Press.NEXT, Press.BACK, Press.END, Press.SHUTDOWN


def pressed(*seconds, until_s=20.0, every_s=0.1):
    """Press and release at these times in turn, before a loop that looks every so often; tell what was asked, when."""
    edges = [Edge(t, down=place % 2 == 0) for place, t in enumerate(seconds)]
    return watched(edges, until_s, every_s)


def watched(edges, until_s=20.0, every_s=0.1):
    finger, told, edges = Finger(), [], list(edges)
    for look in range(round(until_s / every_s) + 1):
        now = look * every_s
        while edges and edges[0].t <= now:
            finger, found = move(RULE, finger, edges.pop(0))
            told += [(press, round(now, 3)) for press in found]
        finger, found = wait(RULE, finger, now)
        told += [(press, round(now, 3)) for press in found]
    return told


def presses(*seconds, **how):
    return [press for press, _ in pressed(*seconds, **how)]


@pytest.mark.parametrize(
    ("story", "seconds", "expected"),
    [
        ("nobody touched it", (), []),
        ("a tap", (1.0, 1.1), [NEXT]),
        ("a slow tap", (1.0, 2.4), [NEXT]),
        ("two taps", (1.0, 1.1, 1.3, 1.4), [BACK]),
        ("two slow taps in one go", (1.0, 1.9, 2.2, 3.1), [BACK]),
        ("two taps with a pause between", (1.0, 1.1, 1.5, 1.6), [NEXT, NEXT]),
        ("three quick taps", (1.0, 1.1, 1.3, 1.4, 1.6, 1.7), [BACK, NEXT]),
        ("four quick taps", (1.0, 1.1, 1.3, 1.4, 1.6, 1.7, 1.9, 2.0), [BACK, BACK]),
        ("a hold", (1.0, 3.0), [END]),
        ("a tap that becomes a hold stops as well", (1.0, 1.1, 1.3, 3.0), [END]),
        ("a hold, then a tap", (1.0, 3.0, 3.1, 3.2), [END, NEXT]),
        ("held until the end of time", (1.0,), [END, SHUTDOWN]),
        ("held on", (1.0, 7.5), [END, SHUTDOWN]),
        ("let go just before the shutdown", (1.0, 6.9), [END]),
    ],
)
def test_each_way_to_press_asks_for_one_thing(story, seconds, expected):
    assert presses(*seconds) == expected, story


def test_a_stop_is_told_while_the_finger_is_still_down():
    assert pressed(1.0, 9.0) == [(END, 2.5), (SHUTDOWN, 7.0)]


def test_a_tap_is_answered_as_soon_as_it_stayed_alone():
    assert pressed(1.0, 1.1) == [(NEXT, 1.5)]


def test_a_second_tap_is_awaited_no_longer_than_the_owner_said():
    tapped = Finger(tap_s=0.0)
    assert wait(RULE, tapped, 0.349) == (tapped, ())
    assert wait(RULE, tapped, 0.35) == (Finger(), (NEXT,))


def test_two_taps_are_answered_with_the_second_release():
    assert pressed(1.0, 1.1, 1.3, 1.4) == [(BACK, 1.4)]


def test_contacts_that_bounce_say_nothing_twice():
    down, up = [Edge(1.0, down=True)] * 3, [Edge(1.1, down=False)] * 3
    assert [press for press, _ in watched(down + up)] == [NEXT]


def test_a_release_without_a_press_is_nothing():
    assert watched([Edge(1.0, down=False)]) == []


def test_a_stop_that_a_busy_loop_sees_late_is_still_a_stop():
    assert presses(1.0, 2.6, every_s=4.0) == [END]


gaps = st.lists(st.integers(10, 8000).map(lambda ms: ms / 1000), max_size=8)


@given(gaps, st.sampled_from([0.03, 0.125, 0.7, 3.0]))
def test_the_presses_do_not_depend_on_how_often_the_loop_looks(seconds, every_s):
    moments = [round(sum(seconds[: n + 1]), 3) for n in range(len(seconds))]
    until_s = (sum(seconds) // 3.0 + 4) * 3.0
    assert presses(*moments, until_s=until_s, every_s=every_s) == presses(*moments, until_s=until_s, every_s=0.01)


@given(gaps)
def test_nothing_but_a_hold_ever_stops_or_shuts_down(seconds):
    moments = [sum(seconds[: n + 1]) for n in range(len(seconds) // 2 * 2)]
    held = [up - down for down, up in zip(moments[::2], moments[1::2], strict=True)]
    found = presses(*moments, until_s=sum(seconds) + 10)
    assert found.count(END) == sum(hold >= RULE.hold_s for hold in held)
    assert found.count(SHUTDOWN) == sum(hold >= RULE.very_long_s for hold in held)
