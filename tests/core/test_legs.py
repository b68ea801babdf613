"""Which leg is believed: swapped, shaken by what hides it, or out of sight."""

import math
from dataclasses import replace

import pytest
from story import DRILLS, STANDING, watch

from pi_coach.core.sight.senses import Senses, perceive
from pi_coach.core.types import Joint
from pi_coach.testing.body import SHANK, THIGH, Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged, squatted

RATES = (8, 15, 30, 60)
HINGE = STANDING.hold(1.0).rep(hinged(80), down_s=1.5, up_s=1.2)
BOTTOM = (3.4, 3.8)
"""The middle of the hinge's bottom, seconds."""

LEFT = (Joint.L_KNEE, Joint.L_ANKLE, Joint.L_HEEL, Joint.L_TOE)
RIGHT = (Joint.R_KNEE, Joint.R_ANKLE, Joint.R_HEEL, Joint.R_TOE)
"""Who faces right has the right leg near."""


def filmed(script, fps=30, jitter=0.0005):
    return ScriptedBody(script, Filming(fps=fps, jitter=jitter)).poses()


def changed(poses, span, change):
    """Let a change be made to the landmarks between two moments."""
    return [
        (t, replace(pose, points=change(t, pose.points.copy())) if span[0] <= t < span[1] else pose)
        for t, pose in poses
    ]


def swapped(*joints):
    """Left and right change places."""

    def change(_, points):
        right = [joint + 1 for joint in joints]
        points[[*joints, *right]] = points[[*right, *joints]]
        return points

    return change


def turned(script, heading_deg):
    """Turn a script a little out of the side view, so that one leg is not behind the other."""
    return Script(tuple((t, replace(posture, heading_deg=heading_deg)) for t, posture in script.keys))


def guessed(*legs, size=0.03):
    """Knee and ankle of hidden legs wander about, so that bones keep their length within a fifth."""

    def change(t, points):
        for number, (knee, ankle, *_) in enumerate(legs):
            for joint, beat_hz in ((knee, 3.1 + number), (ankle, 4.7 + number)):
                points[joint, 0] += size * math.sin(2 * math.pi * beat_hz * t + joint)
        return points

    return change


def seen(poses, drill="rdl"):
    """Return time and posture of every frame once the view is known."""
    senses, postures = Senses(), []
    for t, pose in poses:
        senses, percept = perceive(senses, pose, DRILLS[drill].upright, wall_x=None)
        if percept is not None:
            postures.append((t, percept.posture))
    return postures


def during(postures, span, name):
    return [getattr(posture, name) for t, posture in postures if span[0] <= t < span[1]]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize(("joints", "cost_deg"), [((Joint.L_HIP, *LEFT), 2), (LEFT, 7), ((Joint.L_KNEE,), 14)])
def test_legs_that_swap_for_half_a_second_at_the_bottom_cost_the_knee_a_few_degrees(fps, joints, cost_deg):
    poses = filmed(turned(HINGE, 8), fps)
    plain, confused = seen(poses), seen(changed(poses, (3.3, 3.8), swapped(*joints)))
    knees = zip(during(plain, (3.3, 4.4), "knee_deg"), during(confused, (3.3, 4.4), "knee_deg"), strict=True)
    assert max(abs(a - b) for a, b in knees if b is not None) < cost_deg


@pytest.mark.parametrize("fps", RATES)
def test_a_near_leg_behind_a_plate_gives_way_to_the_far_one(fps):
    postures = seen(changed(filmed(HINGE, fps), (2.0, 5.0), guessed(RIGHT)))
    assert during(postures, BOTTOM, "knee_deg") == [pytest.approx(22, abs=3)] * len(
        during(postures, BOTTOM, "knee_deg")
    )
    assert during(postures, BOTTOM, "hip_deg") == [pytest.approx(82, abs=3)] * len(during(postures, BOTTOM, "hip_deg"))


@pytest.mark.parametrize("fps", RATES)
def test_a_far_leg_behind_the_near_one_changes_nothing(fps):
    poses = filmed(HINGE, fps)
    plain, hidden = seen(poses), seen(changed(poses, (2.0, 5.0), guessed(LEFT, size=0.015)))
    for name in ("knee_deg", "shank_deg", "hip_deg"):
        assert during(plain, (0, 9), name) == during(hidden, (0, 9), name), name


@pytest.mark.parametrize("fps", RATES)
def test_of_two_hidden_legs_nothing_is_told_but_the_hip(fps):
    postures = seen(changed(filmed(HINGE, fps), (2.0, 5.0), guessed(LEFT, RIGHT)))
    for name in ("knee_deg", "shank_deg", "hip_height", "weight_foot"):
        assert set(during(postures, BOTTOM, name)) == {None}, name
    assert None not in during(postures, BOTTOM, "hip_deg")


def test_a_leg_that_comes_back_is_believed_within_a_second():
    postures = seen(changed(filmed(HINGE, 15), (2.0, 4.2), guessed(LEFT, RIGHT)))
    assert None not in during(postures, (5.0, 5.8), "knee_deg")


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("bottom", [hinged(90), squatted(85)])
def test_at_the_bottom_of_a_quick_rep_the_knee_is_told(fps, bottom):
    quick = STANDING.hold(1.0).rep(bottom, down_s=0.9, up_s=0.8)
    assert None not in during(seen(filmed(quick, fps, jitter=0.001)), (2.8, 3.3), "knee_deg")


@pytest.mark.parametrize("fps", RATES)
def test_one_knee_on_the_floor_is_no_contradiction(fps):
    def kneeling(_, points):
        points[Joint.L_KNEE] = points[Joint.L_HIP] + (0.0, THIGH)
        points[Joint.L_ANKLE] = points[Joint.L_KNEE] - (SHANK, 0.0)
        return points

    poses = filmed(HINGE, fps)
    plain, half_kneeling = seen(poses), seen(changed(poses, (0, 9), kneeling))
    assert during(half_kneeling, BOTTOM, "knee_deg") == during(plain, BOTTOM, "knee_deg")


def test_a_trembling_knee_that_contradicts_a_steady_one_loses():
    def on_the_plate(t, points):
        points[Joint.R_KNEE] += (0.035, -0.01)
        return guessed(RIGHT, size=0.006)(t, points)

    postures = seen(changed(filmed(STANDING.hold(3.0)), (0, 9), on_the_plate))
    assert during(postures, (2.0, 3.0), "knee_deg") == [pytest.approx(6, abs=2)] * len(
        during(postures, (2.0, 3.0), "knee_deg")
    )


def test_hidden_legs_do_not_become_the_tall_stance():
    senses = Senses()
    for _, pose in changed(filmed(STANDING.hold(3.0)), (0, 9), guessed(LEFT, RIGHT, size=0.012)):
        senses, _ = perceive(senses, pose, DRILLS["rdl"].upright, wall_x=None)
    assert senses.standing.stance is None or senses.standing.stance.knee_deg == 6.0


@pytest.mark.parametrize("fps", [10, 30])
def test_a_rep_behind_a_plate_counts_and_is_no_squat(fps):
    for legs in ((RIGHT,), (LEFT, RIGHT)):
        poses = changed(filmed(STANDING.hold(1.0).reps(2, hinged(85)), fps), (2.3, 20.0), guessed(*legs))
        told = watch(poses)
        assert len(told.reps) == 2, legs
        assert "squatting" not in set().union(*told.faults), legs


def test_joints_on_one_spot_are_no_knee():
    def collapsed(_, points):
        points[[*LEFT, *RIGHT]] = points[Joint.L_HIP]
        return points

    assert len(seen(changed(filmed(HINGE), (2.0, 3.0), collapsed))) < len(seen(filmed(HINGE)))


def test_the_same_moment_twice_is_no_shaking():
    pose = filmed(STANDING)[-1][1]
    assert None not in [posture.knee_deg for _, posture in seen([*filmed(STANDING), *[(pose.t, pose)] * 30])]
