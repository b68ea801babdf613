"""Angles, smoothing and what a rep's frames are summed up to."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import DRILLS

from pi_coach.core.filters import middle, push, slope_per_s, span_s, spread
from pi_coach.core.geometry import Point, cross, distance, inclination_deg, midpoint, wrapped_deg
from pi_coach.core.reps.judging import read_bottom, read_lockout, squat_votes
from pi_coach.core.reps.reading import Reading, held_at_least, ratio, stoop_squat_index
from pi_coach.core.sight.measures import Measures
from pi_coach.core.types import View

RDL = DRILLS["rdl"]


@pytest.mark.parametrize(
    ("high", "forward", "deg"),
    [
        (Point(0, -1), 1, 0),
        (Point(1, -1), 1, 45),
        (Point(1, -1), -1, -45),
        (Point(1, 0), 1, 90),
        (Point(0, 1), 1, 180),
        (Point(0, 0), 1, None),
    ],
)
def test_a_line_leans_forward_where_the_athlete_faces(high, forward, deg):
    found = inclination_deg(Point(0, 0), high, forward)
    assert found == (None if deg is None else pytest.approx(deg))


@given(st.floats(-2000, 2000))
def test_wrapping_keeps_the_direction(deg):
    wrapped = wrapped_deg(deg)
    assert -180 <= wrapped <= 180
    assert math.cos(math.radians(wrapped)) == pytest.approx(math.cos(math.radians(deg)), abs=1e-6)


def test_distances_middles_and_turns_are_those_of_the_picture():
    assert distance(Point(1, 1), Point(4, 5)) == 5
    assert midpoint(Point(0, 2), Point(4, 0)) == Point(2, 1)
    assert cross(Point(0, 0), Point(0, -1), Point(0, 0), Point(1, 0)) > 0


def test_a_window_is_a_span_of_time_and_not_of_frames():
    samples = ()
    for i in range(100):
        samples = push(samples, i / 10, float(i), 0.5)
    assert [value for _, value in samples] == [95, 96, 97, 98, 99]
    assert span_s(samples) == pytest.approx(0.4)
    assert spread(samples) == 4
    assert middle(samples) == 97
    assert slope_per_s(samples) == pytest.approx(10)


def test_nothing_seen_has_no_middle_and_no_speed():
    assert middle(()) is None
    assert slope_per_s(()) is None
    assert slope_per_s(((1.0, 5.0),)) is None
    assert slope_per_s(((1.0, 5.0), (1.0, 6.0))) is None
    assert spread(()) == span_s(()) == 0


def smooth_rep(down_s=2.0, pause_s=0.3, up_s=1.5, peak=80.0, fps=30, start_s=0.5, **more):
    """The measures of a smooth rep."""
    frames, t = [], 0.0
    ends = start_s, start_s + down_s, start_s + down_s + pause_s, start_s + down_s + pause_s + up_s
    while t < ends[3] + 0.5:
        share = min(max((t - ends[0]) / down_s, 0), 1) - min(max((t - ends[2]) / up_s, 0), 1)
        fold = peak * share**3 * (10 - 15 * share + 6 * share**2)
        frames.append(Measures(t, fold_deg=fold, hip_flexion_deg=fold, **more))
        t += 1 / fps
    return frames


@pytest.mark.parametrize("fps", [8, 15, 30, 60])
def test_tempo_is_told_to_a_tenth_at_any_frame_rate(fps):
    reading = read_bottom(RDL, View.RIGHT, smooth_rep(fps=fps))
    assert reading.down_s == pytest.approx(2.0, abs=0.1)
    assert reading.up_s == pytest.approx(1.5, abs=0.1)


def test_a_rep_that_begins_at_the_bottom_has_no_way_down():
    reading = read_bottom(RDL, View.RIGHT, [m for m in smooth_rep() if m.t > 2.4])
    assert reading.down_s is None
    assert reading.up_s is not None


def test_the_bottom_is_told_by_its_middle_and_not_by_one_wild_frame():
    frames = smooth_rep(knee_flexion_deg=18.0)
    wild = [replace(m, knee_flexion_deg=90.0) if 2.5 < m.t < 2.6 else m for m in frames]
    reading = read_bottom(RDL, View.RIGHT, wild)
    assert reading.knee_flexion_deg == 18.0
    assert reading.hip_flexion_deg == pytest.approx(78.5, abs=1.5)
    assert reading.depth_share == pytest.approx(78.5 / RDL.target_deg, abs=0.03)


def test_the_way_down_and_up_say_nothing_about_the_bottom():
    frames = [replace(m, knee_flexion_deg=15.0 if m.fold_deg > 72 else 70.0) for m in smooth_rep()]
    assert read_bottom(RDL, View.RIGHT, frames).knee_flexion_deg == 15.0


def test_a_knee_that_was_hidden_most_of_the_time_is_not_told():
    def seen(share):
        frames = smooth_rep()
        return [replace(m, knee_flexion_deg=15.0) if i % 10 < share * 10 else m for i, m in enumerate(frames)]

    assert read_bottom(RDL, View.RIGHT, seen(0.2)).knee_flexion_deg is None
    assert read_bottom(RDL, View.RIGHT, seen(0.5)).knee_flexion_deg == 15.0


def test_how_long_the_bottom_was_held_is_told():
    held = read_bottom(RDL, View.RIGHT, smooth_rep(pause_s=5.0)).hold_s
    assert 5.0 < held < 6.0


def test_a_back_is_judged_only_where_it_is_bent():
    def rounded(peak):
        return [replace(m, trunk_deg=0.8 * m.fold_deg, back_curve_pct=6.0) for m in smooth_rep(peak=peak)]

    assert read_bottom(RDL, View.RIGHT, rounded(80)).back_curve_pct == 6.0
    assert read_bottom(RDL, View.RIGHT, rounded(45)).back_curve_pct is None


def test_from_the_front_only_times_are_told():
    reading = read_bottom(RDL, View.FRONT, [Measures(m.t, fold_deg=m.fold_deg) for m in smooth_rep()])
    told = {f.name for f in fields(Reading) if getattr(reading, f.name) is not None}
    assert told == {"down_s", "up_s", "hold_s"}


def test_ratios_do_not_divide_by_noise():
    assert ratio(80.0, 1.0, 5.0) == 16.0
    assert ratio(80.0, 16.0, 5.0) == 5.0
    assert ratio(None, 16.0, 5.0) is None
    assert ratio(80.0, None, 5.0) is None


def test_hips_back_over_hips_down_is_told_at_the_bottom():
    reading = read_bottom(RDL, View.RIGHT, smooth_rep(hips_back_leg=0.24, hip_drop_leg=0.04))
    assert reading.back_drop_ratio == pytest.approx(6)
    assert read_bottom(RDL, View.RIGHT, smooth_rep(hips_back_leg=0.24, hip_drop_leg=0.0)).back_drop_ratio == 12


def test_the_stoop_squat_index_needs_shoulders_that_came_down():
    assert stoop_squat_index(0.04, 0.40) == pytest.approx(90)
    assert stoop_squat_index(0.40, 0.50) == pytest.approx(20)
    assert stoop_squat_index(0.04, 0.07) is None
    assert stoop_squat_index(0.04, 0.09) is not None
    assert stoop_squat_index(None, 0.40) is None


def lean(*spans):
    frames, t = [], 0.0
    for for_s, deg in spans:
        for _ in range(round(for_s * 20)):
            frames.append(Measures(t, lean_back_deg=deg))
            t += 0.05
    return frames


@pytest.mark.parametrize(
    ("spans", "held"),
    [
        (((1, 0), (0.5, 12), (1, 0)), 12),
        (((1, 0), (0.2, 12), (1, 0)), 0),
        (((1, 0), (0.2, 12), (0.4, 7), (1, 0)), 7),
        (((0.2, 12),), None),
        (((0.2, 12), (0.2, None), (0.2, 12)), None),
        ((), None),
    ],
)
def test_a_lean_counts_as_far_as_it_was_held(spans, held):
    assert held_at_least(lean(*spans), lambda m: m.lean_back_deg, 0.3) == held


def test_the_lockout_adds_what_is_left_of_the_fold_and_the_lean():
    frames = [Measures(t / 20, fold_deg=15 - t / 2, lean_back_deg=3.0) for t in range(20)]
    reading = read_lockout(Reading(hip_flexion_deg=80), frames)
    assert (reading.hip_flexion_deg, reading.lockout_residual_deg, reading.lean_back_deg) == (80, 5.5, 3.0)
    assert read_lockout(Reading(), [Measures(0.0)]).lockout_residual_deg is None


GOOD = Reading(knee_flexion_deg=18, hip_knee_ratio=4.8, stoop_squat_index=89, back_drop_ratio=6, shank_forward_deg=-4)
SIGNS = {
    "knee_flexion_deg": 40.0,
    "hip_knee_ratio": 2.0,
    "stoop_squat_index": 60.0,
    "back_drop_ratio": 2.0,
    "shank_forward_deg": 10.0,
}


def votes(*signs, view=View.RIGHT):
    return squat_votes(RDL.squat, view, replace(GOOD, **{sign: SIGNS[sign] for sign in signs}))


def test_each_sign_of_a_squat_has_one_vote():
    assert votes() == 0
    assert votes("knee_flexion_deg") == votes("hip_knee_ratio") == 1
    for sign in ("stoop_squat_index", "back_drop_ratio", "shank_forward_deg"):
        assert votes("knee_flexion_deg", sign) == 2
    assert votes(*SIGNS) == 5


def test_without_a_sign_of_the_knee_nobody_squats():
    assert votes("stoop_squat_index", "back_drop_ratio", "shank_forward_deg") == 0


def test_seen_obliquely_both_signs_of_the_knee_must_agree_and_more_clearly():
    assert votes("knee_flexion_deg", "stoop_squat_index", "back_drop_ratio", view=View.OBLIQUE) == 0
    assert votes("knee_flexion_deg", "hip_knee_ratio", view=View.OBLIQUE) == 2
    doubtful = replace(GOOD, knee_flexion_deg=40, hip_knee_ratio=2.35)
    assert squat_votes(RDL.squat, View.OBLIQUE, doubtful) == 0
    assert squat_votes(RDL.squat, View.RIGHT, doubtful) == 2


def test_a_knee_that_was_not_seen_gives_no_votes():
    assert squat_votes(RDL.squat, View.RIGHT, replace(GOOD, knee_flexion_deg=None)) is None
    assert squat_votes(RDL.squat, View.RIGHT, replace(GOOD, hip_knee_ratio=None)) is None
    assert squat_votes(RDL.squat, View.RIGHT, replace(GOOD, stoop_squat_index=None)) == 0
