"""The athlete's own tall stance, their bones and the side they face: learnt by watching."""

from dataclasses import replace

import pytest
from story import DRILLS, FILMING, STANDING

from pi_coach.core.sight.body import BONE_TOLERANCE, Bones, facing_score, learn_bones, skeleton
from pi_coach.core.sight.measures import compare
from pi_coach.core.sight.senses import Senses, fold_deg, perceive
from pi_coach.core.sight.stance import GENERIC, UprightRule
from pi_coach.core.types import View
from pi_coach.testing.body import SHANK, THIGH, TRUNK, Filming, ScriptedBody
from pi_coach.testing.script import TALL, Posture, Script, folded, hinged

UPRIGHT = DRILLS["rdl"].upright


def sense(script, filming=FILMING, rule=UPRIGHT):
    """Look at a script; return what was learnt, and every percept with its time."""
    senses, percepts = Senses(), []
    for t, pose in ScriptedBody(script, filming).poses():
        if pose is not None:
            senses, percept = perceive(senses, pose, rule, wall_x=None)
            percepts.append((t, percept))
    return senses, percepts


def known_since(script, **more):
    senses = Senses()
    for t, pose in ScriptedBody(script, Filming(fps=15, **more)).poses():
        senses, _ = perceive(senses, pose, UPRIGHT, wall_x=None)
        if senses.standing.stance is not None:
            return t
    return None


def test_standing_still_for_a_moment_shows_the_stance():
    assert known_since(Script().hold(2)) == pytest.approx(0.6, abs=0.15)


def test_who_keeps_moving_shows_no_stance():
    fidget = Script()
    for _ in range(8):
        fidget = fidget.go(folded(12, 2, 0), 0.25).go(TALL, 0.25)
    assert known_since(fidget) is None


@pytest.mark.parametrize("posture", [hinged(40), folded(35, 0, 0), Posture(hip_deg=2, knee_deg=50, shank_deg=28)])
def test_who_is_bent_shows_no_stance(posture):
    assert known_since(Script(((0, posture),)).hold(3)) is None


def test_the_stance_is_the_athletes_own():
    own = Posture(hip_deg=11, knee_deg=14, shank_deg=8)
    stance = sense(Script(((0, own),)).hold(2))[0].standing.stance
    assert (stance.hip_deg, stance.knee_deg, stance.shank_deg) == pytest.approx((11, 14, 8), abs=0.2)
    assert stance.trunk_deg == pytest.approx(5, abs=0.2)
    assert stance.trunk_length == pytest.approx(TRUNK, abs=0.002)
    assert stance.leg_length == pytest.approx(THIGH + SHANK, abs=0.003)


def test_a_longer_look_refines_the_stance():
    jittery = Filming(fps=15, jitter=0.003, seed=3)
    short, long = (sense(Script().hold(for_s), jittery)[0].standing.stance for for_s in (0.8, 2.5))
    assert abs(long.hip_deg - 2) <= abs(short.hip_deg - 2) + 0.3
    assert long.hip_deg == pytest.approx(2, abs=1.0)


def test_a_straighter_stance_later_replaces_a_slouched_one():
    slouched = Posture(hip_deg=18, knee_deg=8, shank_deg=4)
    senses, _ = sense(Script(((0, slouched),)).hold(2.5).go(TALL, 0.6).hold(2))
    assert senses.standing.stance.hip_deg == pytest.approx(2, abs=1)


def test_a_slouch_later_does_not_replace_a_straight_stance():
    slouched = Posture(hip_deg=18, knee_deg=8, shank_deg=4)
    senses, _ = sense(Script().hold(2.5).go(slouched, 0.6).hold(2))
    assert senses.standing.stance.hip_deg == pytest.approx(2, abs=1)


def test_another_place_needs_a_stance_of_its_own():
    bent, there = replace(hinged(40), place=0.8), replace(TALL, place=0.95, hip_deg=8)
    senses, _ = sense(STANDING.hold(1.5).go(bent, 0.5).go(there, 0.5).hold(2))
    assert senses.standing.stance.feet_x == pytest.approx(0.95, abs=0.01)
    assert senses.standing.stance.hip_deg == pytest.approx(8, abs=1)
    near, _ = sense(STANDING.hold(3).walk(0.70).hold(2))
    assert near.standing.stance.feet_x == pytest.approx(0.65, abs=0.02)


def test_kneeling_tall_is_a_stance_where_the_drill_kneels():
    kneeling = Posture(hip_deg=5, knee_deg=92, shank_deg=92)
    rule = DRILLS["kneeling_dowel"].upright
    assert sense(Script(((0, kneeling),)).hold(2), rule=rule)[0].standing.stance.knee_deg == pytest.approx(92, abs=1)
    assert sense(Script(((0, kneeling),)).hold(2))[0].standing.stance is None


def test_a_rule_says_which_postures_are_upright():
    rule = UprightRule()
    standing = sense(STANDING)[1][-1][1].posture
    assert rule.allows(standing)
    assert rule.allows(replace(standing, knee_deg=None))
    for bent in ({"trunk_deg": 16}, {"trunk_deg": -16}, {"hip_deg": 33}, {"knee_deg": 36}, {"knee_deg": -26}):
        assert not rule.allows(replace(standing, **bent)), bent
    assert rule.allows(replace(standing, hip_deg=None, bow_deg=14))
    assert not rule.allows(replace(standing, hip_deg=None, bow_deg=16))


def test_a_single_jump_of_the_landmarks_does_not_move_the_fold():
    poses = ScriptedBody(Script().hold(2), Filming(fps=30)).poses()
    jump = ScriptedBody(Script(((0, hinged(90)),)).hold(0.1)).poses()[0][1].points
    senses, folds = Senses(), []
    for t, pose in poses:
        jumped = replace(pose, points=jump) if 1.0 < t < 1.09 else pose
        senses, percept = perceive(senses, jumped, UPRIGHT, wall_x=None)
        folds += [percept.measures.fold_deg] if percept else []
    assert max(folds) < 12


def test_the_speed_of_the_fold_is_told_in_degrees_a_second():
    _, percepts = sense(STANDING.go(hinged(80), 2.0), Filming(fps=30))
    fastest = max(percept.measures.fold_speed_deg_s for _, percept in percepts if percept)
    assert fastest == pytest.approx(80 / 2 * 1.875, abs=4)


@pytest.mark.parametrize(
    ("hip_deg", "bow_deg", "fold"),
    [(60, 20, 60), (20, 50, 50), (-3, 2, -3), (-3, 20, 20), (None, 20, 20), (0.5, 3, 3)],
)
def test_the_fold_is_the_larger_of_hip_and_bow_and_beyond_straight_the_hips(hip_deg, bow_deg, fold):
    standing = sense(STANDING)[1][-1][1]
    seen_deg = None if hip_deg is None else GENERIC.hip_deg + hip_deg
    bent = replace(standing.posture, bow_deg=bow_deg, hip_deg=seen_deg)
    assert fold_deg(bent, GENERIC, bows=True) == pytest.approx(fold)
    assert fold_deg(bent, GENERIC, bows=False) == pytest.approx(0 if hip_deg is None else hip_deg)


@pytest.mark.parametrize(("own_deg", "now_deg", "lean"), [(0, -10, 10), (9, -4, 4), (-8, -11, 3), (0, 5, -5)])
def test_a_lean_is_behind_the_own_stance_and_behind_vertical(own_deg, now_deg, lean):
    senses, percepts = sense(STANDING)
    now = replace(percepts[-1][1].posture, trunk_deg=now_deg)
    assert compare(now, replace(senses.standing.stance, trunk_deg=own_deg), 1, None).lean_back_deg == lean


def body(posture, **more):
    return skeleton(ScriptedBody(Script(((0, posture),)).hold(0.1), Filming(**more)).poses()[0][1])


@pytest.mark.parametrize(
    "posture", [TALL, hinged(90), folded(100, 100, 30), Posture(hip_deg=5, knee_deg=92, shank_deg=92)]
)
def test_which_way_the_athlete_faces_shows_in_every_posture(posture):
    assert facing_score(body(posture)) > 0.15
    assert facing_score(body(replace(posture, heading_deg=180))) < -0.15
    assert abs(facing_score(body(replace(posture, heading_deg=90)))) < 0.05


def test_bones_follow_the_longer_reading():
    whole = body(TALL)
    short = body(TALL, legs_hidden=((0, 1),))
    known = learn_bones(Bones(), whole)
    assert known.thigh == pytest.approx(THIGH, abs=0.001)
    for i in range(30):
        known = learn_bones(known, replace(short, t=i / 30))
    assert known.thigh > (1 - BONE_TOLERANCE) * THIGH
    for i in range(30):
        known = learn_bones(known, replace(whole, t=1 + i / 30))
    assert known.thigh == pytest.approx(THIGH, abs=0.01)


def test_the_far_leg_is_measured_where_something_hides_the_near_one():
    poses = ScriptedBody(STANDING.go(hinged(80), 1.5).hold(1), Filming(fps=15)).poses()
    senses = Senses()
    for _, pose in poses:
        points = pose.points.copy()
        if pose.t > 1.0:
            points[[26, 28]] += (-0.09, -0.05)  # the plates: knee and ankle of the right, near leg
        senses, percept = perceive(senses, replace(pose, points=points), UPRIGHT, wall_x=None)
    assert percept.measures.knee_flexion_deg == pytest.approx(16, abs=2)


def latched(*spans, fps=15):
    """The view after each span, told as seconds and heading."""
    script = Script(((0, Posture(heading_deg=spans[0][1])),))
    for for_s, heading in spans:
        script = script.turn(heading, 0.01).hold(for_s)
    senses, views = Senses(), []
    for _, pose in ScriptedBody(script, Filming(fps=fps)).poses():
        senses, _ = perceive(senses, pose, UPRIGHT, wall_x=None)
        if senses.watch.view is not None and (not views or views[-1] is not senses.watch.view):
            views.append(senses.watch.view)
    return views


@pytest.mark.parametrize("fps", [8, 30])
def test_a_view_is_latched_and_changes_only_for_a_lasting_turn(fps):
    assert latched((1, 0), (2, 90), fps=fps) == [View.RIGHT, View.FRONT]
    assert latched((1, 0), (0.6, 90), (1, 0), fps=fps) == [View.RIGHT]


def test_a_little_to_and_fro_at_the_limit_keeps_the_view():
    assert latched((1, 18), (1.5, 25), (1.5, 18), (1.5, 25)) == [View.RIGHT]
    assert latched((1, 40), (1.5, 24), (1.5, 40)) == [View.OBLIQUE]
    assert latched((1, 70), (1.5, 53), (1.5, 70)) == [View.FRONT]
    assert latched((1, 18), (2, 32)) == [View.RIGHT, View.OBLIQUE]


def test_turning_out_of_the_side_view_shows_at_once():
    script = STANDING.turn(90, 0.5).hold(0.2)
    senses = Senses()
    turned_s = None
    for t, pose in ScriptedBody(script, Filming(fps=30)).poses():
        senses, _ = perceive(senses, pose, UPRIGHT, wall_x=None)
        if turned_s is None and senses.watch.turned:
            turned_s = t
    assert 1.2 < turned_s < 1.5
    assert senses.watch.view is View.RIGHT
