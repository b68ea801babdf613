"""Which faults are named, and which are not: an athlete made of sticks before the whole coach."""

from dataclasses import replace

import pytest
from story import DRILLS, STANDING, play

from pi_coach.core.events import FaultRaised
from pi_coach.testing.body import Filming, seat_x
from pi_coach.testing.script import TALL, Posture, Script, folded, hinged, squatted

RAISED = {"fps": 10, "outline": True}


def raised(told, fault):
    return [event.value for event in told.events if isinstance(event, FaultRaised) and event.fault == fault]


def test_a_squat_is_flagged():
    told = play(STANDING.reps(2, squatted(95)))
    assert told.faults == [{"squatting"}, {"squatting"}]
    assert told.said[0] == "Hips back"
    assert not any(rep.quality for rep in told.reps)
    assert raised(told, "squatting") == [5.0, 5.0]


def test_a_squat_hinge_is_flagged_too():
    (rep,) = play(STANDING.rep(folded(90, 52, 6))).reps
    assert rep.faults == ("squatting",)
    assert rep.score < 60


def test_a_deep_hinge_with_softer_knees_is_still_a_hinge():
    (rep,) = play(STANDING.rep(folded(100, 27, -2))).reps
    assert "squatting" not in rep.faults
    assert rep.score >= 85


def test_a_pull_from_the_floor_may_bend_the_knees():
    pull = folded(95, 62, 8)
    assert play(STANDING.rep(pull), "conventional_deadlift").faults == [set()]
    assert "squatting" in play(STANDING.rep(pull), "rdl").faults[0]


def test_squatting_is_seen_obliquely_where_both_knee_signs_agree():
    seen_obliquely = Posture(heading_deg=35)
    start = Script(((0, seen_obliquely),)).hold(1.5)
    assert play(start.rep(squatted(95, seen_obliquely))).faults == [{"squatting"}]
    assert play(start.rep(hinged(90, seen_obliquely))).faults == [set()]


@pytest.mark.parametrize(("lean_deg", "named"), [(-6, False), (-12, True)])
def test_leaning_back_at_the_top_is_named_at_the_top(lean_deg, named):
    lean = folded(lean_deg, 0, 0)
    first = STANDING.rep(hinged(84))
    told = play(first.go(hinged(84), 1.5).go(lean, 1.2).hold(1).go(TALL, 0.5).hold(1.5))
    assert told.faults == [set(), {"overextension"} if named else set()]
    assert ("Squeeze glutes, don't arch" in told.said) is named


@pytest.mark.parametrize(("own_deg", "top_deg"), [(9, -4), (-5, -9)])
def test_who_stands_a_little_forward_or_back_is_not_leaning_by_coming_upright(own_deg, top_deg):
    own = Posture(hip_deg=2 + own_deg)
    start = Script(((0, own),)).hold(1)
    told = play(
        start.go(hinged(84, own), 1.5).go(folded(top_deg - own_deg, 0, 0, own), 1.2).hold(1).go(own, 0.5).hold(1)
    )
    assert told.faults == [set()]


def test_a_flick_back_at_the_top_is_no_lean():
    told = play(STANDING.go(hinged(84), 1.5).go(folded(-12, 0, 0), 1.2).go(TALL, 0.15).hold(1))
    assert told.faults == [set()]


@pytest.mark.parametrize(("down_s", "fault"), [(0.6, {"too_fast"}), (1.0, set())])
def test_dropping_down_is_too_fast(down_s, fault):
    assert play(STANDING.rep(hinged(84), down_s=down_s)).faults == [fault]


@pytest.mark.parametrize(("deg", "fault"), [(52, {"shallow"}), (62, set())])
def test_a_shallow_hinge_counts_and_is_named(deg, fault):
    assert play(STANDING.rep(hinged(deg))).faults == [fault]


def test_a_rounded_back_is_seen_in_the_outline():
    rounded = replace(hinged(84), rounded_pct=9)
    told = play(STANDING.rep(rounded), filming=Filming(**RAISED))
    assert told.faults == [{"back_rounding"}]
    assert told.reps[0].measures["back_curve_pct"] == pytest.approx(8, abs=2)
    assert play(STANDING.rep(hinged(84)), filming=Filming(**RAISED)).faults == [set()]


def test_without_an_outline_nothing_is_said_about_the_back():
    told = play(STANDING.rep(replace(hinged(84), rounded_pct=9)))
    assert told.reps[0].measures["back_curve_pct"] is None
    assert told.faults == [set()]


def test_a_back_that_is_always_round_is_the_athletes_own():
    round_shouldered = Posture(rounded_pct=6)
    start = Script(((0, round_shouldered),)).hold(1.5)
    assert play(start.rep(hinged(84, round_shouldered)), filming=Filming(**RAISED)).faults == [set()]


def test_a_cranked_head_is_a_minor_fault():
    told = play(STANDING.rep(replace(hinged(84), head_back_deg=30)), "standing_dowel")
    assert told.faults == [{"head_crank"}]
    assert told.reps[0].quality


def test_standing_on_the_toes_is_named_where_no_load_is_held():
    forward = folded(80, 3, 12)
    assert "weight_forward" in play(STANDING.rep(forward), "standing_dowel").faults[0]
    assert "weight_forward" not in play(STANDING.rep(hinged(80)), "standing_dowel").faults[0]


def test_knees_that_fall_in_are_seen_from_the_front():
    facing = Posture(heading_deg=90)
    start = Script(((0, facing),)).hold(1.5)
    told = play(start.rep(replace(hinged(80, facing), knees_in=0.4)), "sumo_deadlift")
    assert told.faults == [{"knees_in"}]
    assert play(start.rep(hinged(80, facing)), "sumo_deadlift").faults == [set()]


def test_a_hold_that_is_let_go_early_is_named():
    def slide(hold_s):
        return STANDING.go(hinged(60), 1.5).hold(hold_s).go(TALL, 1.2).hold(1)

    assert "short_hold" in play(slide(3), "wall_slide").faults[0]
    assert "short_hold" not in play(slide(6), "wall_slide").faults[0]


def test_locked_knees_are_counted_and_never_spoken():
    told = play(STANDING.rep(folded(80, -9, -8)), "rdl")
    drills = [drill for drill in DRILLS.values() if any(fault.id == "locked_knees" for fault in drill.faults)]
    for drill in drills:
        assert not drill.fault("locked_knees").spoken
    assert "squatting" not in told.faults[0]


@pytest.mark.parametrize(
    ("story", "bottom", "least", "most"),
    [
        ("a good hinge", hinged(84), 95, 100),
        ("a deep one", hinged(105), 90, 100),
        ("softer knees", folded(85, 24, -1), 85, 100),
        ("a shallow one", hinged(50), 30, 84),
        ("a squat hinge", folded(90, 52, 6), 0, 59),
        ("a squat", squatted(95), 0, 49),
    ],
)
def test_scores_follow_the_pattern(story, bottom, least, most):
    (rep,) = play(STANDING.rep(bottom, down_s=2)).reps
    assert least <= rep.score <= most, story


def test_a_soft_and_a_leaning_lockout_cost_points():
    good = STANDING.go(hinged(84), 2)
    (soft,) = play(good.go(folded(16, 4, 0), 1.2).hold(1.2)).reps
    (lean,) = play(good.go(folded(-16, 0, 0), 1.2).hold(1.2)).reps
    assert soft.score < 80
    assert lean.score <= 69


def test_a_rep_whose_leg_was_hidden_has_no_score():
    (rep,) = play(STANDING.rep(hinged(84)), filming=Filming(fps=10, legs_hidden=((1.5, 9.0),))).reps
    assert rep.score is None
    assert not rep.quality


def test_a_chest_that_caves_in_is_not_a_rounded_lower_back():
    caved = replace(hinged(84), chest_pct=6)
    told = play(STANDING.rep(caved), "rdl", filming=Filming(**RAISED))
    assert told.faults == [{"chest_drop"}]
    lumbar = play(STANDING.rep(replace(hinged(84), rounded_pct=9)), filming=Filming(**RAISED))
    assert lumbar.faults == [{"back_rounding"}]


def test_a_badly_rounded_back_under_load_is_critical():
    told = play(STANDING.rep(replace(hinged(84), rounded_pct=12)), "rdl", filming=Filming(**RAISED))
    assert told.reps[0].severe == ("back_rounding",)
    assert told.reps[0].score <= 40
    (event,) = [event for event in told.events if isinstance(event, FaultRaised)]
    assert event.severe


def test_heels_that_come_up_are_named_and_a_step_is_not():
    lifted = replace(hinged(80), heel_up=0.04)
    assert "heel_lift" in play(STANDING.rep(lifted), "standing_dowel").faults[0]
    stepped = replace(lifted, place=0.70)
    assert "heel_lift" not in play(STANDING.rep(stepped), "standing_dowel").faults[0]


def test_knees_that_splay_are_counted_and_told_only_after_the_set():
    facing = Posture(heading_deg=90)
    start = Script(((0, facing),)).hold(1.5)
    told = play(start.reps(2, replace(hinged(80, facing), knees_in=-0.7)), "sumo_deadlift")
    assert told.faults == [{"knees_out"}, {"knees_out"}]
    assert told.said[:-1] == []
    assert told.said[-1].endswith("Next set: knees over the toes.")


def wall_behind(bottom):
    """A wall that the hips just reach at the bottom."""
    return {"drill": "wall_touch", "wall_x": seat_x(bottom) + 0.004, "filming": Filming(fps=30, outline=True)}


@pytest.mark.parametrize(("down_s", "crashes"), [(0.4, True), (2.0, False)])
def test_falling_into_the_wall_is_named(down_s, crashes):
    told = play(STANDING.rep(hinged(84), down_s=down_s), **wall_behind(hinged(60)))
    assert ("wall_crash" in told.faults[0]) is crashes
    assert (told.reps[0].measures["wall_speed_leg_s"] > 0.6) is crashes


def test_leaning_on_the_wall_is_named_too():
    leaning = folded(60, 20, -10)
    told = play(STANDING.go(leaning, 2).hold(1.5).go(TALL, 1.2).hold(1), **wall_behind(leaning))
    assert told.reps[0].measures["wall_lean_s"] > 0.5
    assert "wall_crash" in told.faults[0]


def test_hips_that_rise_before_the_chest_are_named_in_a_pull_from_the_floor():
    floor, hips_up = folded(85, 65, 10), folded(100, 25, 0)
    ready = STANDING.go(floor, 1.5).hold(0.3)
    first = play(ready.go(hips_up, 0.6).go(TALL, 1.4).hold(1), "conventional_deadlift")
    together = play(ready.go(TALL, 1.8).hold(1), "conventional_deadlift")
    assert "hips_first" in first.faults[0]
    assert "hips_first" not in together.faults[0]


def test_locked_knees_are_judged_over_three_reps():
    told = play(STANDING.reps(4, folded(80, -6, -8)), "rdl")
    assert [("locked_knees" in faults) for faults in told.faults] == [False, False, True, False]
    assert "Soft knees" not in told.said


def test_swings_are_judged_five_at_a_time():
    told = play(STANDING.reps(7, squatted(95), down_s=0.7, up_s=0.5, top_s=0.35), "kettlebell_swing", Filming(fps=30))
    assert [("squatting" in faults) for faults in told.faults] == [False] * 4 + [True] + [False] * 2


def test_under_a_load_that_nobody_told_the_weight_over_the_foot_is_not_judged():
    forward = folded(80, 3, 12)
    told = play(STANDING.rep(forward), "rdl")
    assert told.reps[0].measures["weight_foot"] is None
    known = play(STANDING.rep(forward), "rdl", load_kg=20.0, body_kg=80.0)
    assert "weight_forward" in known.faults[0]
    light = play(STANDING.rep(forward), "standing_dowel").reps[0].measures["weight_foot"]
    assert known.reps[0].measures["weight_foot"] != pytest.approx(light, abs=0.01)


def test_sitting_too_low_in_a_sumo_pull_is_seen_from_the_front():
    facing = Posture(heading_deg=90)
    start = Script(((0, facing),)).hold(1.5)
    low = play(start.rep(folded(128, 112, 30, facing)), "sumo_deadlift")
    high = play(start.rep(folded(80, 45, 8, facing)), "sumo_deadlift")
    assert "squatting" in low.faults[0]
    assert "squatting" not in high.faults[0]
