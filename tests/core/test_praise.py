"""What is praised: what was corrected and now works, and clean reps in a row; rarely, and never a bad rep."""

from dataclasses import replace

import pytest
from facts import EVERYTHING, FAULTS, GOOD, floor, learner, ruled, set_of

from pi_coach.core.reps.fault import Severity
from pi_coach.core.speaking.safety import Alarm

SQUAT, SHINS = ("squatting",), ("shins_forward",)


def praises(place):
    return [(rep, cue.text) for rep, cue in zip(place.reps_of_cues, place.cues, strict=True) if cue.fault is None]


def test_the_first_good_rep_after_a_correction_is_praised_and_the_next_is_not():
    place = set_of(GOOD, SQUAT, GOOD, GOOD)
    assert praises(place) == [(3, "That's it")]
    assert place.cues[-1].reason == "the first good rep after what was said about rep 2"


def test_a_good_rep_that_nothing_was_said_before_is_not_worth_a_word():
    assert set_of(GOOD, GOOD, GOOD, GOOD).said == []


def test_praise_waits_until_the_top_has_shown_no_leaning_back():
    place = floor()
    place.rep(GOOD).rep(SQUAT).rep(GOOD, top_s=1.5)
    assert place.cues[-1].t - (place.t - 1.5) == pytest.approx(0.6, abs=0.11)


@pytest.mark.parametrize("fault", ["overextension", "squatting", "back_rounding"])
def test_a_rep_with_a_fault_is_never_praised(fault):
    place = floor()
    place.rep(GOOD).rep(SQUAT).rep([fault])
    assert praises(place) == []


def test_a_rep_with_a_grave_fault_is_not_praised_even_where_that_fault_is_never_named():
    silent = replace(FAULTS["knees_out"], severity=Severity.MAJOR)
    place = floor(replace(EVERYTHING, faults=(silent, FAULTS["squatting"])))
    place.rep(GOOD).rep(SQUAT).rep(["knees_out"])
    assert praises(place) == []
    lesser = set_of(GOOD, SQUAT, ["knees_out"])
    assert praises(lesser) == [(3, "That's it")]


def test_a_rep_whose_verdict_is_bad_is_not_praised_however_little_was_seen():
    place = floor()
    place.rep(GOOD).rep(SQUAT, top_s=2.0)
    place.rep(GOOD, top_s=0.5, quality=False)
    place.go(3)
    assert praises(place) == []


def test_praise_is_rare_and_owed_praise_comes_later():
    place = set_of(GOOD, SQUAT, GOOD, SHINS, GOOD, ["overextension"], GOOD, GOOD)
    assert praises(place) == [(3, "That's it"), (7, "That's it")]
    times = [cue.t for cue in place.cues if cue.fault is None]
    assert times[1] - times[0] >= 12


def test_quick_reps_do_not_bring_more_praise():
    place = floor(policy=ruled(praise={"streaks": (2, 5)}))
    for _ in range(8):
        place.rep(GOOD, down_s=0.8, up_s=0.6, top_s=1.2)
    times = [cue.t for cue in place.cues]
    assert times[1] - times[0] >= 12 > 4 * 2.8


def test_one_praise_for_two_corrections_even_where_the_first_good_rep_found_no_word():
    place = floor()
    place.rep(GOOD).rep(SQUAT).rep(SHINS)
    place.speaks_until_s = place.t + 5.75
    place.rep(GOOD).rep(GOOD)
    assert praises(place) == [(5, "That's it")]
    assert place.cues[-1].reason == "2 corrections and 0 praises so far"


def test_five_and_ten_clean_reps_in_a_row_are_told():
    place = set_of(*[GOOD] * 12)
    assert praises(place) == [(5, "Five in a row"), (10, "Ten in a row")]


def test_a_streak_begins_anew_after_a_bad_rep():
    place = set_of(*[GOOD] * 3, SQUAT, *[GOOD] * 5)
    assert praises(place) == [(5, "That's it"), (9, "Five in a row")]


def test_quick_reps_hear_of_a_streak_once_it_is_judged():
    place = floor()
    for _ in range(7):
        place.rep(GOOD, top_s=1.0)
    assert praises(place) == [(6, "Five in a row")]


def test_a_best_streak_is_told_once_and_only_where_there_was_one_before():
    assert praises(set_of(*[GOOD] * 13, policy=learner(best_streak=6, policy=ruled(praise={"streaks": (5,)})))) == [
        (5, "Five in a row"),
        (8, "Your best streak yet"),
    ]
    assert praises(set_of(*[GOOD] * 9, policy=learner(best_streak=2)))[0] == (5, "Your best streak yet")
    assert praises(set_of(*[GOOD] * 4, policy=learner(best_streak=2))) == []


def test_who_has_mastered_the_drill_is_not_praised_and_nobody_is_in_a_silent_set():
    assert set_of(*[GOOD] * 6, policy=learner(600)).said == []
    assert set_of(*[GOOD] * 6, silent=True).said == []


def test_a_corrected_set_has_at_least_a_praise_for_two_corrections():
    place = set_of(GOOD, SQUAT, GOOD, SHINS, GOOD, GOOD, SQUAT, GOOD, GOOD, GOOD)
    corrections = [cue for cue in place.cues if cue.fault is not None]
    assert 2 * len(praises(place)) >= len(corrections) >= 2


def test_a_flat_back_after_a_safety_warning_is_praised():
    place = floor()
    place.rep(GOOD)
    place.go_down()
    place.state = replace(place.state, alarm=(Alarm.WARN, 9.0))
    place.go(0.1)
    place.rep([("back_rounding", 9.0)]).rep(GOOD)
    assert place.said == ["Long spine", "That's it"]
