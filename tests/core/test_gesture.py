"""Both hands overhead: the sign that needs no button."""

from dataclasses import replace

import pytest
from story import DRILLS

from pi_coach.core.sight.gesture import Hands, overhead, watch_hands
from pi_coach.core.types import Joint
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import TALL, Posture, Script, hinged

HANDS_UP = replace(TALL, hands_up=1.0)
HOLD_S = 2.0


def signs(script, fps=10, alter=lambda pose: pose):
    """Return when the sign was given."""
    hands, found = Hands(), []
    for t, pose in ScriptedBody(script, Filming(fps=fps)).poses():
        hands, given = watch_hands(hands, t, None if pose is None else alter(pose), HOLD_S)
        found += [t] if given else []
    return found


def hidden(*joints):
    def hide(pose):
        seen = pose.visibility.copy()
        seen[list(joints)] = 0.2
        return replace(pose, visibility=seen)

    return hide


UP_AND_STAY = Script().hold(1).go(HANDS_UP, 0.5).hold(3).go(TALL, 0.5).hold(1)


@pytest.mark.parametrize("fps", [8, 15, 30, 60])
def test_hands_held_up_for_two_seconds_are_a_sign_at_any_frame_rate(fps):
    (given,) = signs(UP_AND_STAY, fps)
    assert given == pytest.approx(3.4, abs=0.3)


def test_a_sign_is_taken_once_however_long_the_hands_stay_up():
    assert len(signs(Script().go(HANDS_UP, 0.5).hold(20))) == 1


def test_hands_that_come_down_may_give_the_next_sign():
    twice = Script().hold(1).go(HANDS_UP, 0.5).hold(3).go(TALL, 0.5).hold(1).go(HANDS_UP, 0.5).hold(3)
    assert len(signs(twice)) == 2


def test_a_short_stretch_is_no_sign():
    assert signs(Script().hold(1).go(HANDS_UP, 0.5).hold(1.2).go(TALL, 0.5).hold(2)) == []


@pytest.mark.parametrize("wrist", [Joint.L_WRIST, Joint.R_WRIST])
def test_a_hand_that_is_only_guessed_at_is_no_sign(wrist):
    assert signs(UP_AND_STAY, alter=hidden(wrist)) == []


def test_a_wrist_that_flickers_out_of_sight_for_a_moment_is_still_up():
    def flicker(pose):
        return hidden(Joint.L_WRIST)(pose) if 2.0 < pose.t < 2.25 else pose

    assert len(signs(UP_AND_STAY, alter=flicker)) == 1


def test_a_sign_is_seen_from_the_front_too():
    front = Posture(heading_deg=90)
    script = Script(((0.0, front),)).go(replace(front, hands_up=1.0), 0.5).hold(3)
    assert len(signs(script)) == 1


def test_no_hinge_and_no_arms_held_out_in_it_are_a_sign():
    for up in (0.0, 0.5, 1.0):
        bottom = replace(hinged(95), hands_up=up)
        assert signs(Script().hold(1).go(bottom, 1.5).hold(4)) == []


def test_one_hand_up_is_no_sign():
    def one_down(pose):
        points = pose.points.copy()
        points[Joint.L_WRIST] = points[Joint.L_HIP]
        return replace(pose, points=points)

    assert signs(UP_AND_STAY, alter=one_down) == []
    (_, pose), *_ = ScriptedBody(Script(((0.0, HANDS_UP),)).hold(1), Filming(fps=10)).poses()
    assert overhead(pose)


def test_only_the_drill_that_lifts_the_arms_itself_says_so():
    assert [drill.id for drill in DRILLS.values() if drill.arms_rise] == ["wall_slide"]
