"""One rep, told as the fold over time: seconds and degrees beyond the athlete's own tall stance."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.core.events import Phase, PhaseEntered, RepAborted, RepCounted
from pi_coach.core.reps.engine import Look, RepRule, RepState, least_depth_deg, lose, reset, step

RULE = RepRule(depth_deg=45.0)
RATES = (8, 15, 30, 60)


def hinge(*points, fps=30):
    """The fold between given pairs of time and degrees, frame by frame."""
    looks = []
    for (t0, deg0), (t1, deg1) in pairwise(points):
        speed = (deg1 - deg0) / (t1 - t0)
        frames = round((t1 - t0) * fps)
        looks += [Look(t0 + i / fps, deg0 + speed * i / fps, speed) for i in range(frames)]
    return [*looks, Look(points[-1][0], points[-1][1], 0.0)]


def follow(looks, rule=RULE, state=None):
    state, events = state or RepState(), []
    for look in looks:
        state, more = step(rule, state, look)
        events += more
    return state, events


def phases(events):
    return [event.phase.value for event in events if isinstance(event, PhaseEntered)]


def partials(events):
    return [event.partial for event in events if isinstance(event, RepAborted)]


def counted(events):
    return [event.t for event in events if isinstance(event, RepCounted)]


@pytest.mark.parametrize("fps", RATES)
def test_a_hinge_goes_through_every_phase_and_counts_once(fps):
    state, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (2.75, 80), (4.25, 0), (7, 0), fps=fps))
    assert state.reps == 1
    assert phases(events) == ["tall", "descent", "bottom", "ascent", "lockout", "tall"]
    assert not partials(events)


@pytest.mark.parametrize("fps", RATES)
def test_it_counts_a_fifth_of_a_second_after_the_lockout_is_reached(fps):
    _, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (4.5, 0), (6, 0), fps=fps))
    reached = 2.5 + 2.0 * (80 - RULE.lockout_deg) / 80
    assert counted(events)[0] == pytest.approx(reached + RULE.lockout_hold_s, abs=1.5 / fps)


def test_a_rep_starts_when_the_tall_stance_is_left_and_bottoms_where_it_is_deepest():
    state, _ = follow(hinge((0, 0), (1, 0), (3, 80), (4, 20)))
    assert state.onset_s == pytest.approx(1.0 + RULE.leave_deg / 2 / 40, abs=0.04)
    assert state.peak_s == pytest.approx(3.0, abs=0.04)
    assert state.peak_deg == pytest.approx(80.0, abs=1.5)


def test_half_a_hinge_is_no_rep():
    state, events = follow(hinge((0, 0), (1, 0), (2, 43), (3, 0), (4, 0)))
    assert state.reps == 0
    assert state.phase is Phase.TALL
    assert [(p.start_s, p.bottom_s) for p in partials(events)] == [pytest.approx((1.17, 2.0), abs=0.05)]


def test_two_degrees_deeper_it_is_one():
    assert follow(hinge((0, 0), (1, 0), (2, 47), (3, 0), (4, 0)))[0].reps == 1


@pytest.mark.parametrize(("deg", "attempts"), [(20, 0), (25, 1)])
def test_shifting_the_weight_is_not_even_an_attempt(deg, attempts):
    _, events = follow(hinge((0, 0), (1, 0), (2, deg), (3, 0), (4, 0)))
    assert len(partials(events)) == attempts


@pytest.mark.parametrize(("deg", "left"), [(14, False), (17, True)])
def test_standing_a_little_bent_is_still_standing(deg, left):
    _, events = follow(hinge((0, 0), (1, 0), (1.5, deg), (3, deg)))
    assert ("descent" in phases(events)) is left


def test_a_jump_of_the_picture_is_no_descent():
    looks = hinge((0, 0), (2, 0))
    glitch = [replace(look, fold_deg=70.0) if 1.0 <= look.t < 1.08 else look for look in looks]
    assert phases(follow(glitch)[1]) == ["tall"]


def test_a_bottom_that_is_held_still_is_a_bottom_before_it_is_left():
    _, events = follow(hinge((0, 0), (1, 0), (2, 80), (3, 80)))
    assert phases(events)[-1] == "bottom"


def test_slowing_down_on_the_way_is_no_bottom():
    _, events = follow(hinge((0, 0), (1, 0), (2, 50), (3, 70), (3.5, 90))[:-1])
    assert phases(events)[-1] == "descent"


def test_rocking_at_the_bottom_is_one_rep():
    state, events = follow(
        hinge((0, 0), (1, 0), (2, 90), (2.5, 81), (3, 90), (3.5, 81), (4, 90), (5.5, 0), (7, 0)),
    )
    assert state.reps == 1
    assert phases(events).count("ascent") == 1


def test_coming_half_up_and_going_down_again_is_one_rep():
    state, events = follow(hinge((0, 0), (1, 0), (2, 80), (3, 40), (4, 80), (5.5, 0), (7, 0)))
    assert state.reps == 1
    assert phases(events)[:6] == ["tall", "descent", "bottom", "ascent", "bottom", "ascent"]


def test_a_small_dip_on_the_way_up_is_still_the_way_up():
    _, events = follow(hinge((0, 0), (1, 0), (2, 80), (3, 40), (3.5, 46), (4.5, 0), (5, 0)))
    assert phases(events).count("bottom") == 1


@pytest.mark.parametrize(("top_deg", "reps"), [(21, 1), (28, 0)])
def test_a_soft_lockout_counts_where_it_rests_near_the_top(top_deg, reps):
    state, _ = follow(hinge((0, 0), (1, 0), (2.5, 80), (4, top_deg), (5, top_deg)))
    assert state.reps == reps


def test_coming_to_rest_near_the_top_is_a_soft_lockout():
    _, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (4, 23), (5, 14)))
    assert counted(events) == [pytest.approx(4.2, abs=0.1)]


def test_passing_near_the_top_is_no_lockout_before_the_turn():
    _, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (4.175, 13), (5.85, 80)))
    assert counted(events) == [pytest.approx(4.375, abs=0.1)]


@pytest.mark.parametrize("fps", RATES)
def test_touch_and_go_counts_every_top(fps):
    top = [(1.0 + i, 80.0 if i % 2 else 0.0) for i in range(7)]
    state, _ = follow(hinge((0, 0), *top, (8.5, 0), fps=fps))
    assert state.reps == 3


def test_touch_and_go_with_soft_tops_counts_them_too():
    state, events = follow(hinge((0, 0), (1, 0), (2, 80), (3, 16), (4, 80), (5, 16), (6, 80), (7, 0), (8, 0)))
    assert state.reps == 3
    assert not partials(events)


def test_a_jump_to_the_top_in_the_middle_of_a_rep_is_no_lockout():
    looks = hinge((0, 0), (1, 0), (2, 80), (4, 80))
    glitch = [replace(look, fold_deg=0.0) if 3.0 <= look.t < 3.1 else look for look in looks]
    assert follow(glitch)[0].reps == 0


def test_nobody_does_a_rep_in_half_a_second():
    quick = hinge((0, 0), (1, 0), (1.15, 80), (1.3, 0), (3, 0))
    state, events = follow(quick)
    assert state.reps == 0
    assert len(partials(events)) == 1
    assert follow(quick, replace(RULE, min_rep_s=0.3))[0].reps == 1


@pytest.mark.parametrize(("down_s", "attempts"), [(28, 0), (32, 1)])
def test_whoever_stays_down_for_half_a_minute_was_doing_something_else(down_s, attempts):
    state, events = follow(hinge((0, 0), (1, 0), (2, 80), (2 + down_s, 80)))
    assert len(partials(events)) == attempts
    assert state.phase is Phase.BOTTOM


def test_a_picture_that_begins_at_the_bottom_shows_the_way_up_of_a_rep():
    state, events = follow(hinge((0, 80), (1, 80), (2.5, 0), (4, 0)))
    assert state.reps == 1
    assert phases(events)[0] == "descent"


def test_who_is_still_down_from_something_else_has_to_stand_up_first():
    state, events = follow(hinge((0, 80), (1, 80), (2.5, 0), (4, 0)), state=RepState(wait_tall=True))
    assert state.reps == 0
    assert phases(events) == ["tall"]
    assert not state.wait_tall


def test_half_folded_at_the_start_is_neither_tall_nor_a_bottom():
    assert follow(hinge((0, 30), (2, 30)))[1] == []


def test_the_own_depth_sets_the_bar_for_a_bottom():
    rule = replace(RULE, depth_deg=30.0)
    deep = [(0, 0), (1, 0), (2, 100), (3.5, 0), (5, 0)]
    assert follow(hinge(*deep, (6, 45), (7, 0), (8, 0)), rule)[0].reps == 1
    assert follow(hinge(*deep, (6, 55), (7, 0), (8, 0)), rule)[0].reps == 2
    assert follow(hinge((0, 0), (1, 0), (2, 45), (3, 0), (4, 0)), rule)[0].reps == 1


def test_the_own_depth_is_a_running_middle():
    state, _ = follow(hinge((0, 0), (1, 0), (2, 100), (3.5, 0), (5, 0), (6, 80), (7.5, 0), (9, 0)))
    assert state.usual_deg == pytest.approx(90.0, abs=2)
    assert least_depth_deg(RULE, state) == pytest.approx(45.0, abs=1)


def test_who_is_turned_away_at_the_top_has_not_locked_out():
    looks = hinge((0, 0), (1, 0), (2.5, 80), (4, 0), (6, 0))
    away = [replace(look, turned=look.t > 3.5) for look in looks]
    state, events = follow(away)
    assert state.reps == 0
    assert phases(events)[-1] == "ascent"


def test_who_turns_away_and_bends_again_has_not_done_a_rep():
    looks = hinge((0, 0), (1, 0), (2.5, 80), (4, 0), (5, 0), (6, 80), (7, 80))
    away = [replace(look, turned=look.t > 3.5) for look in looks]
    assert follow(away)[0].reps == 0


def test_after_the_lockout_has_settled_the_athlete_just_stands():
    _, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (4, 0), (8, 0)))
    entered = {event.phase: event.t for event in events if isinstance(event, PhaseEntered)}
    assert entered[Phase.TALL] - entered[Phase.LOCKOUT] == pytest.approx(RULE.settle_s, abs=0.05)


def test_who_rests_a_little_soft_does_not_begin_a_rep_by_it():
    state, events = follow(hinge((0, 0), (1, 0), (2.5, 80), (4, 20), (6, 22), (7, 22)))
    assert state.reps == 1
    assert state.phase is Phase.LOCKOUT
    assert not partials(events)


def test_a_gap_does_not_count_as_a_hold():
    up = hinge((0, 0), (1, 0), (2.5, 80), (4, 8))
    blind = [Look(4.5, 8.0, 0.0), Look(4.55, 8.0, 0.0)]
    assert follow([*up[:-1], *blind])[0].reps == 0
    seen = [Look(4.0 + i / 30, 8.0, 0.0) for i in range(1, 9)]
    assert follow([*up[:-1], *seen])[0].reps == 1


def test_a_short_gap_changes_nothing():
    looks = [look for look in hinge((0, 0), (1, 0), (2.5, 80), (4, 0), (5, 0)) if not 2.2 < look.t < 2.45]
    assert follow(looks)[0].reps == 1


@pytest.mark.parametrize(("away_s", "given_up"), [(1.0, False), (2.0, True)])
def test_who_leaves_the_picture_in_a_rep_leaves_the_rep(away_s, given_up):
    state, _ = follow(hinge((0, 0), (1, 0), (2.5, 80)))
    after, events = lose(state, 2.5 + away_s)
    assert (after.phase is Phase.SETUP) is given_up
    assert len(partials(events)) == int(given_up)


def test_who_leaves_the_picture_keeps_the_count_and_the_own_depth():
    state, _ = follow(hinge((0, 0), (1, 0), (2.5, 80), (4, 0), (5, 0)))
    after, events = lose(state, 20.0)
    assert (after.phase, after.reps, after.usual_deg) == (Phase.SETUP, 1, state.usual_deg)
    assert partials(events) == []
    assert lose(after, 30.0) == (after, ())


def test_giving_up_a_rep_tells_of_the_attempt():
    state, _ = follow(hinge((0, 0), (1, 0), (2.5, 80)))
    _, events = reset(state, 3.0)
    assert [type(event) for event in events] == [RepAborted, PhaseEntered]
    assert partials(events)[0].end_s == 3.0


folds = st.lists(st.tuples(st.floats(0.02, 2.0), st.floats(-30, 170), st.booleans()), min_size=1, max_size=60)


def looks_of(story):
    t, looks, before = 0.0, [], 0.0
    for wait_s, fold_deg, turned in story:
        t += wait_s
        looks.append(Look(t, fold_deg, (fold_deg - before) / wait_s, turned))
        before = fold_deg
    return looks


@given(folds)
def test_the_same_inputs_twice_give_equal_outputs(story):
    state = RepState()
    for look in looks_of(story):
        before = replace(state)
        first, again = step(RULE, state, look), step(RULE, state, look)
        assert first == again
        assert state == before
        state = first[0]


@given(folds)
def test_whatever_the_athlete_does_a_rep_is_a_bottom_followed_by_a_lockout(story):
    since_count = []
    state = RepState()
    for look in looks_of(story):
        state, events = step(RULE, state, look)
        for event in events:
            if isinstance(event, PhaseEntered):
                since_count.append(event.phase)
            elif isinstance(event, RepCounted):
                assert Phase.BOTTOM in since_count
                assert since_count[-1] is Phase.LOCKOUT
                since_count = []


@given(folds)
def test_no_fold_short_of_the_bottom_is_ever_counted(story):
    shallow = [replace(look, fold_deg=min(look.fold_deg, RULE.depth_deg - 1)) for look in looks_of(story)]
    assert follow(shallow)[0].reps == 0
