"""The rep score: what a simulated body's good and bad reps are worth."""

from dataclasses import replace

import pytest
from story import DRILLS

from pi_coach.core.reps.fault import Severity
from pi_coach.core.reps.reading import Reading
from pi_coach.core.reps.score import fall, is_quality, rise, score

RDL = DRILLS["rdl"]
GOOD = Reading(
    hip_flexion_deg=84,
    knee_flexion_deg=18,
    hip_knee_ratio=4.7,
    stoop_squat_index=89,
    shank_forward_deg=-4,
    depth_share=1.1,
    lean_back_deg=1,
    lockout_residual_deg=2,
    down_s=2.0,
    up_s=1.2,
)
SQUAT_HINGE = {"knee_flexion_deg": 45, "hip_knee_ratio": 1.9, "stoop_squat_index": 66, "shank_forward_deg": 7}
SQUAT = {"knee_flexion_deg": 90, "hip_knee_ratio": 1.1, "stoop_squat_index": 32, "shank_forward_deg": 28}


def points(faults=(), **change):
    return score(replace(GOOD, **change), RDL.squat, [RDL.fault(name).severity for name in faults])


@pytest.mark.parametrize(
    ("story", "change", "least", "most"),
    [
        ("good", {}, 97, 100),
        ("knees a little soft", {"knee_flexion_deg": 27, "hip_knee_ratio": 3.4, "shank_forward_deg": 0}, 85, 98),
        ("shallow", {"depth_share": 0.72}, 40, 84),
        ("half", {"depth_share": 0.5}, 0, 55),
        ("a soft lockout", {"lockout_residual_deg": 16}, 60, 79),
        ("leaning back", {"lean_back_deg": 16}, 45, 69),
        ("a squat hinge", SQUAT_HINGE, 30, 59),
        ("a squat", SQUAT, 0, 35),
        ("a rounded back", {"back_curve_pct": 5.5}, 50, 80),
        ("a badly rounded back", {"back_curve_pct": 8.0}, 0, 49),
        ("a flat back", {"back_curve_pct": 1.0}, 97, 100),
        ("dropped", {"down_s": 0.5}, 90, 96),
        ("thrown up", {"up_s": 0.3}, 90, 96),
        ("endless", {"down_s": 8.0}, 90, 96),
        ("shins forward", {"shank_forward_deg": 15}, 85, 93),
    ],
)
def test_reps_fall_into_their_bands(story, change, least, most):
    assert least <= points(**change) <= most, story


def test_a_critical_or_major_fault_caps_the_score():
    assert points(["squatting"]) == 69
    assert score(GOOD, RDL.squat, [Severity.CRITICAL]) == 40
    assert score(GOOD, RDL.squat, [Severity.CRITICAL, Severity.MAJOR]) == 40
    assert points(["shallow"]) == points()


def test_what_was_not_seen_is_left_out():
    assert points(stoop_squat_index=None) >= 97
    assert points(shank_forward_deg=None) >= 97
    assert points(down_s=None) >= 97
    assert points(lockout_residual_deg=None) >= 97
    assert points(lean_back_deg=None) >= 97


def test_a_rep_whose_pattern_or_depth_was_not_seen_has_no_score():
    assert points(knee_flexion_deg=None) is None
    assert points(hip_knee_ratio=None) is None
    assert points(depth_share=None) is None


def test_where_nobody_can_squat_the_knees_do_not_matter():
    assert score(replace(GOOD, **SQUAT), None, []) >= 97
    assert score(replace(GOOD, hip_knee_ratio=None), None, []) >= 97


def test_every_step_away_from_a_good_rep_costs_something():
    assert points(depth_share=0.9) < points()
    assert points(lockout_residual_deg=12) < points()
    assert points(lean_back_deg=10) < points()
    assert points(hip_knee_ratio=2.8) < points()
    assert points(knee_flexion_deg=29) < points()
    assert points(stoop_squat_index=80) < points()
    assert points(shank_forward_deg=8) < points()
    assert points(down_s=1.0) < points()
    assert points(down_s=5.0) < points()
    assert points(up_s=0.5) < points()
    assert points(back_curve_pct=4.0) < points(back_curve_pct=0.0)


@pytest.mark.parametrize(("value", "quality"), [(None, False), (79, False), (80, True), (100, True)])
def test_a_quality_rep_scores_eighty(value, quality):
    assert is_quality(value, []) is quality
    assert is_quality(value, [Severity.MODERATE]) is quality
    assert not is_quality(value, [Severity.MAJOR])


def test_a_ramp_goes_from_nothing_to_all():
    assert [rise(x, 2, 4) for x in (1, 2, 3, 4, 5)] == [0, 0, 0.5, 1, 1]
    assert [fall(x, 2, 4) for x in (1, 2, 3, 4, 5)] == [1, 1, 0.5, 0, 0]
