"""The back's own range: measured once, unloaded, in place of everybody's limits."""

from dataclasses import replace

import pytest
from session_story import attend, bout, plan
from story import DRILLS

from pi_coach.core.session_events import BackCalibrated
from pi_coach.core.sessions.back_range import BackGuide, BackRange, own_limits, watch_back
from pi_coach.testing.body import Filming
from pi_coach.testing.script import TALL, Script, hinged

ROUND = replace(TALL, rounded_pct=8.0)
OUTLINED = Filming(fps=10, outline=True)


def guided(round_pct, flat_pct, fps=10):
    """Let the athlete do as asked, the sentences taking a second each."""
    guide, t = BackGuide(), 0.0
    while not guide.over:
        t += 1 / fps
        value = round_pct if guide.round_pct is None else flat_pct
        guide = watch_back(guide, t, value, speaking=t < 1.0)
        assert t < 20
    return guide.found


def measured(told):
    return [(event.flat_pct, event.round_pct) for event in told.events if isinstance(event, BackCalibrated)]


@pytest.mark.parametrize("fps", [8, 30])
def test_the_middle_of_two_seconds_of_each_shape_is_the_range(fps):
    assert guided(9.0, 1.0, fps) == BackRange(1.0, 9.0)


def test_a_range_that_is_lost_in_the_noise_is_refused():
    assert guided(3.4, 1.0) is None
    assert guided(3.6, 1.0) == BackRange(1.0, 3.6)
    assert guided(1.0, 9.0) is None


def test_an_outline_that_is_too_rough_is_refused():
    assert guided(None, 1.0) is None
    assert guided(9.0, None) is None


def test_the_athlete_gets_time_to_listen_and_to_move():
    guide = BackGuide()
    for tenth in range(35):
        moving = 0.0 if tenth < 28 else 9.0
        guide = watch_back(guide, tenth / 10, moving, speaking=tenth < 20)
    assert guide.seen == (9.0,) * 5


def test_the_limits_become_shares_of_the_own_range():
    drill = own_limits(DRILLS["wall_touch"], BackRange(1.0, 11.0))
    fault = drill.fault("back_rounding")
    assert (fault.above, fault.severe) == pytest.approx((6.0, 8.0))
    others = [f for f in drill.faults if f.id != "back_rounding"]
    assert others == [f for f in DRILLS["wall_touch"].faults if f.id != "back_rounding"]


def test_what_must_agree_shrinks_with_a_stiff_back_and_never_grows():
    usual = DRILLS["wall_touch"].fault("back_rounding")
    stiff = own_limits(DRILLS["wall_touch"], BackRange(0.0, 4.3)).fault("back_rounding")
    assert stiff.supports[0].above == pytest.approx(usual.supports[0].above * 2.15 / usual.above)
    assert own_limits(DRILLS["wall_touch"], BackRange(0.0, 20.0)).fault("back_rounding").supports == usual.supports


def test_without_a_range_and_without_the_fault_a_drill_stays_as_it_is():
    assert own_limits(DRILLS["wall_touch"], None) is DRILLS["wall_touch"]
    plain = next(drill for drill in DRILLS.values() if all(f.id != "back_rounding" for f in drill.faults))
    assert own_limits(plain, BackRange(1.0, 9.0)) == plain


def asked_back(script, drill="standing_dowel", **more):
    return attend(script, plan(bout(drill), calibrate_back=True, **more), filming=OUTLINED)


GUIDED = Script().hold(8.5).go(ROUND, 0.5).hold(3.0).go(TALL, 0.5).hold(6)


def test_in_a_session_the_athlete_is_asked_to_round_the_back_and_to_flatten_it():
    told = asked_back(GUIDED, "band_hinge")
    said = [cue.text for cue in told.cues]
    start = said.index("Now round your back gently")
    assert said[start : start + 3] == ["Now round your back gently", "Now flat back", "Got it. Thank you."]
    ((flat, bulged),) = measured(told)
    assert flat == pytest.approx(0.0, abs=0.3)
    assert bulged == pytest.approx(8.0, abs=1.5)


def test_no_set_begins_from_what_is_done_with_the_back():
    deep = replace(hinged(50), rounded_pct=8.0)
    told = asked_back(Script().hold(8.5).go(deep, 0.5).hold(2.5).go(TALL, 0.5).hold(1.0), "band_hinge")
    assert told.sets == []


def test_a_back_that_hardly_moves_keeps_the_usual_limits_and_hears_so():
    told = asked_back(Script().hold(32), "band_hinge")
    assert measured(told) == []
    assert told.when("I can't see your back well enough. I use the usual limits.")
    assert told.stages[-2:] == ["set", "done"]


def test_nobody_is_asked_to_round_the_back_under_load():
    told = asked_back(Script().hold(25), "kettlebell_deadlift")
    assert not told.when("Now round your back gently")
