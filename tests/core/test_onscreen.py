"""What somebody who looks on from a screen sees, told in seconds."""

from dataclasses import replace

from pi_coach.core.events import (
    Cue,
    Phase,
    Rep,
    RepCompleted,
    SetStarted,
    Slot,
    Stage,
    StageEntered,
    TrackingFound,
    TrackingLost,
    ViewLatched,
)
from pi_coach.core.session_events import AthleteChosen
from pi_coach.core.signals.onscreen import LAST_REPS, Onscreen, after, sight
from pi_coach.core.step import Step
from pi_coach.core.types import View
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script


def step(t, *events, cue=None, pose=None, phase=Phase.TALL):
    return Step(t, "rdl", phase, pose, None, events, cue, 3, 8)


def watched(*steps):
    seen = Onscreen()
    for one in steps:
        seen = after(seen, one)
    return seen


def rep(number):
    return Rep(number, 0.0, 1.0, 2.0, 90, quality=True)


def standing(**filming):
    return next(pose for _, pose in ScriptedBody(Script().hold(1), Filming(**filming)).poses() if pose is not None)


def test_the_last_words_stay_on_the_screen_until_others_are_said():
    cue = Cue(1.0, "Soft knees", "squatting", Slot.TOP)
    assert watched(step(1, cue=cue), step(2)).cue is cue


def test_a_new_set_begins_without_the_reps_of_the_one_before():
    seen = watched(step(1, SetStarted(1, "rdl", 8)), step(9, RepCompleted(9, rep(1))))
    assert (seen.set_number, len(seen.last)) == (1, 1)
    seen = after(seen, step(60, SetStarted(60, "rdl", 8)))
    assert (seen.set_number, seen.last) == (2, ())


def test_no_more_reps_are_shown_than_a_phone_is_wide():
    seen = watched(*(step(n, RepCompleted(n, rep(n))) for n in range(1, 15)))
    assert [one.number for one in seen.last] == list(range(5, 15))
    assert len(seen.last) == LAST_REPS


def test_what_is_out_of_sight_is_told_until_it_is_back():
    seen = watched(step(1, TrackingLost(1, "your feet")))
    assert seen.missing == "your feet"
    assert after(seen, step(2, TrackingFound(2))).missing is None


def test_another_session_begins_with_a_clean_screen():
    seen = watched(step(1, AthleteChosen(1, "Ada"), SetStarted(1, "rdl", 8), RepCompleted(1, rep(1))))
    assert seen.athlete == "Ada"
    seen = after(seen, step(99, StageEntered(99, Stage.GREETING)))
    assert (seen.athlete, seen.last, seen.set_number, seen.stage) == (None, (), 0, Stage.GREETING)


def test_somebody_who_stands_well_in_the_picture_is_told_so():
    stands = sight(watched(step(1, ViewLatched(1, View.RIGHT), pose=standing())))
    assert (stands.head, stands.feet, stands.side, stands.far, stands.near) == (True, True, True, False, False)


def test_before_the_view_is_known_nobody_says_whether_it_is_from_the_side():
    assert sight(watched(step(1, pose=standing()))).side is None


def test_nobody_in_sight_stands_nowhere():
    assert sight(watched(step(1))) is None


def test_distance_is_told_to_who_stands_tall_and_not_to_who_bends():
    pose = standing()
    small = replace(pose, points=pose.points * 0.5)
    assert sight(watched(step(1, pose=small))).far
    assert not sight(watched(step(1, pose=small, phase=Phase.BOTTOM))).far


def test_feet_below_the_picture_and_a_head_above_it_are_missed():
    pose = standing()
    low, high = pose.points.copy(), pose.points.copy()
    low[:, 1] += 1 - low[27:33, 1].min() + 0.05
    high[:, 1] -= high[:, 1].max()
    assert not sight(watched(step(1, pose=replace(pose, points=low)))).feet
    assert not sight(watched(step(1, pose=replace(pose, points=high)))).head
