"""One sentence at a time, the most important first, between reps, never late, and a reason for everything held back."""

import tomllib
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
from facts import EVERYTHING, FAULTS, GOOD, POLICY, floor, learner, ruled, set_of
from story import DRILLS, PHRASES, STANDING, ScriptedBody, play, watch

from pi_coach.core.errors import DrillError
from pi_coach.core.events import CueHeld, FaultRaised, Phase, RepCounted, SetCutShort, Slot, TrackingFound, TrackingLost
from pi_coach.core.reps.fault import Words
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.core.speaking.cue_rules import RANGES
from pi_coach.core.speaking.cue_state import CueState, Named
from pi_coach.core.speaking.cues import CuePolicy
from pi_coach.core.speaking.escalation import stays
from pi_coach.owner_files import defaults_dir
from pi_coach.testing.body import Filming
from pi_coach.testing.script import TALL, folded, hinged, squatted

RDL = DRILLS["rdl"]
SQUAT, SHINS, LEAN, FAST, SHALLOW = ("squatting",), ("shins_forward",), ("overextension",), ("too_fast",), ("shallow",)
FROM_THE_START = ruled(silence={"first_reps": 0})


def why_held(place, rep):
    return [reason for number, _, reason in place.held if number == rep]


# Which fault


def test_the_most_important_fault_speaks_and_every_other_is_told_why_it_did_not():
    place = set_of(GOOD, FAST + SQUAT + SHINS)
    assert place.after == [(2, "Hips back")]
    assert {(fault, reason) for _, fault, reason in place.held} == {
        ("shins_forward", "more important: squatting instead of hinging"),
        ("too_fast", "more important: squatting instead of hinging"),
    }


def test_a_cue_says_why_it_was_chosen():
    (cue,) = set_of(GOOD, SQUAT).cues
    assert (cue.fault, cue.slot) == ("squatting", Slot.TOP)
    assert cue.reason == "squatting instead of hinging in rep 2: first time, short"


def test_a_rounded_back_waits_for_squatting_but_a_severely_rounded_one_does_not():
    assert set_of(GOOD, [*SQUAT, ("back_rounding", 5.0)]).said == ["Hips back"]
    assert set_of(GOOD, [*SQUAT, ("back_rounding", 9.0)]).said == ["Long spine"]


def test_who_leans_back_hears_it_before_the_feet_while_still_at_the_top():
    assert set_of(GOOD, LEAN + SHALLOW).said == ["Squeeze glutes, don't arch"]
    assert set_of(GOOD, [*LEAN, "chest_drop"]).said == ["Chest up"]


def test_once_the_lockout_is_over_leaning_back_has_its_ordinary_place():
    place = floor()
    place.rep(GOOD)
    place.speaks_until_s = place.t + 4.8
    place.rep(LEAN + SHALLOW)
    assert place.said == ["Further back"]


def test_a_measure_too_noisy_to_accuse_is_only_counted():
    place = set_of(GOOD, ["locked_knees"])
    assert place.said == []
    assert place.held == [(2, "locked_knees", "seen too dimly to be said: it is counted")]


# When


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT])
def test_nothing_is_said_within_a_quick_rep(phase):
    place = floor()
    for _ in range(3):
        place.rep(GOOD, down_s=1.2)
    place.enter(phase)
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.go(2)
    assert place.said == []


def test_a_cue_waits_until_the_work_is_done():
    place = set_of(GOOD, SQUAT)
    (cue,) = place.cues
    lockout_s = 5.7 + 3.2
    assert cue.t - lockout_s == pytest.approx(0.2, abs=0.051)


def test_nothing_is_said_while_a_sentence_is_being_said():
    place = set_of(GOOD)
    place.speaks_until_s = 60.0
    place.rep(SQUAT)
    assert place.said == []
    place.ask = "I can't see you"
    place.go(2)
    assert place.said == []


def test_two_sentences_are_a_second_and_a_half_apart():
    place = set_of(*[SQUAT, SQUAT, SHINS + LEAN, GOOD, SQUAT, GOOD, SHINS] * 3, target_reps=22)
    assert len(place.cues) >= 6
    assert all(later.t - sooner.t >= 1.5 for sooner, later in pairwise(place.cues))


def test_a_cue_that_found_no_quiet_moment_is_given_up_after_one_more_rep():
    place = set_of(GOOD)
    place.speaks_until_s = 19.0
    place.rep(SQUAT).rep(GOOD).rep(SHINS)
    assert place.said == ["Shins still"]
    assert why_held(place, 2) == ["no quiet moment before the next rep was over"]


def test_a_fault_of_the_rep_before_is_not_held_against_a_good_one():
    place = set_of(GOOD)
    place.rep(SQUAT, top_s=0.1)
    place.rep(GOOD)
    assert place.said == []
    assert why_held(place, 2) == ["the rep after it was good"]


def test_a_fault_of_an_attempt_that_was_no_rep_is_not_named():
    place = set_of(GOOD, GOOD)
    place.go_down()
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.give_up()
    place.go(3)
    assert place.said == []
    assert place.held == [(3, "heel_lift", "the attempt was no rep")]


# Within a rep


def test_heels_that_come_up_in_a_slow_way_down_are_named_at_once():
    place = floor()
    for _ in range(2):
        place.rep(GOOD, down_s=3)
    place.enter(Phase.DESCENT)
    place.go(1)
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.go(0.1)
    assert [(cue.text, cue.slot) for cue in place.cues] == [("Heels down", Slot.IN_REP)]


@pytest.mark.parametrize(
    ("late_s", "slot"), [(1.8, Slot.IN_REP), (2.2, Slot.TOP)], ids=["two words still fit", "no time is left"]
)
def test_a_word_within_a_rep_needs_its_own_length_and_time_to_act(late_s, slot):
    # "Heels down" lasts 0.7 s, and 0.4 s more is needed to act on it.
    place = floor()
    for _ in range(2):
        place.rep(GOOD, down_s=3)
    place.enter(Phase.DESCENT)
    place.go(late_s)
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.go(3 - late_s)
    place.enter(Phase.ASCENT)
    place.go(1)
    place.done += 1
    place.enter(Phase.LOCKOUT)
    place.hear(RepCounted(place.t, place.done))
    place.go(1)
    assert [(cue.text, cue.slot) for cue in place.cues] == [("Heels down", slot)]


def test_in_a_hold_there_is_time_to_speak_and_on_the_way_up_there_is_not():
    slide = DRILLS["wall_slide"]
    fault = next(fault for fault in slide.faults if fault.spoken and len(fault.words.short.split()) <= 2)
    for phase, said in ((Phase.BOTTOM, [fault.words.short]), (Phase.ASCENT, [])):
        place = floor(slide, FROM_THE_START)
        place.enter(phase)
        place.hear(FaultRaised(place.t, fault.id, place.beyond(fault.id)))
        place.go(0.5)
        assert place.said == said


def test_however_slow_the_way_up_nothing_is_said_on_it():
    place = floor()
    for _ in range(2):
        place.rep(GOOD, down_s=3, up_s=4)
    place.go_down(3)
    place.enter(Phase.ASCENT)
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.go(2)
    assert place.said == []


def test_a_sentence_with_a_comma_is_too_slow_for_a_rep():
    # A comma costs 0.4 s of speech.
    halting = replace(FAULTS["heel_lift"], words=Words(short="Heels, down"))
    place = floor(replace(EVERYTHING, faults=(halting,)))
    for _ in range(2):
        place.rep(GOOD, down_s=4)
    place.enter(Phase.DESCENT)
    place.hear(FaultRaised(place.t, "heel_lift", 0.05))
    place.go(2)
    assert place.said == []


# How much


def test_the_first_rep_is_the_athletes_own():
    place = set_of(SQUAT)
    assert (place.said, why_held(place, 1)) == ([], ["first rep of the set"])
    assert set_of(SQUAT, policy=FROM_THE_START).said == ["Hips back"]


def test_the_last_rep_is_left_to_the_sentence_after_the_set():
    place = set_of(GOOD, GOOD, SQUAT, target_reps=3)
    assert "Hips back" not in place.said
    assert why_held(place, 3) == ["last rep of the set"]
    assert "Hips back" in set_of(GOOD, SQUAT, GOOD, target_reps=3).said


def test_in_a_silent_set_nothing_is_corrected_or_praised():
    place = set_of(*[SQUAT] * 3, *[GOOD] * 6, silent=True)
    assert place.said == []
    assert {reason for *_, reason in place.held} == {"silent set"}


def test_one_correction_a_rep_is_enough():
    place = floor(policy=FROM_THE_START)
    place.rep(SQUAT, top_s=2.0)
    place.hear(FaultRaised(place.t, "overextension", 12.0))
    place.go(3)
    assert place.said == ["Hips back"]
    assert place.held == [(1, "overextension", "one correction a rep is enough")]


def test_from_the_fourth_rep_on_only_every_second_is_corrected():
    place = set_of(GOOD, SQUAT, SHINS, SHALLOW, LEAN, ["chest_drop"])
    assert [rep for rep, _ in place.after] == [2, 3, 5]
    assert why_held(place, 4) == ["one correction in 2 reps is enough"]
    assert why_held(place, 6) == ["one correction in 2 reps is enough"]


def test_four_corrections_in_ten_reps_are_enough_but_a_severe_back_is_always_named():
    kinds = [SQUAT, SHINS, SHALLOW, LEAN, ["chest_drop"]]
    place = set_of(*(kinds[n % 5] for n in range(9)), policy=ruled(budget={"then_every_reps": 1}))
    assert [rep for rep, _ in place.after] == [2, 3, 4, 5]
    assert why_held(place, 7) == ["4 corrections in 10 reps are enough"]
    place.rep([("back_rounding", 9.0)])
    assert place.said[-1] == "Long spine"


def test_a_severe_back_takes_nothing_from_the_budget():
    assert set_of(GOOD, GOOD, GOOD, [("back_rounding", 9.0)], SQUAT).said == ["Long spine", "Hips back"]


def test_the_same_fault_rests_for_two_reps_and_six_seconds():
    assert [rep for rep, _ in set_of(GOOD, SQUAT, SQUAT, SQUAT).after] == [2, 4]
    quick = floor()
    for _ in range(4):
        quick.rep(SQUAT, down_s=0.8, up_s=0.6, top_s=0.9)
    assert [rep for rep, _ in quick.after] == [2]
    assert why_held(quick, 4) == ["named after rep 2 already"]


def test_what_cools_down_lets_a_lesser_fault_speak():
    assert set_of(GOOD, SQUAT, SQUAT + SHINS).said == ["Hips back", "Shins still"]


@pytest.mark.parametrize(
    ("quality_reps", "corrected"),
    [(0, [2, 3, 4, 5, 6, 7, 8]), (49, [2, 3, 4, 5, 6, 7, 8]), (50, [2, 4, 6, 8]), (199, [2, 4, 6, 8]), (200, [4, 8])],
)
def test_feedback_fades_with_the_quality_reps_ever_done(quality_reps, corrected):
    policy = learner(quality_reps, ruled(budget={"then_every_reps": 1, "most": 50}))
    place = set_of(*[SQUAT, [("shins_forward", 14.0)], LEAN, ["chest_drop"]] * 2, policy=policy)
    assert [rep for rep, _ in place.after] == corrected
    if quality_reps >= 200:
        assert why_held(place, 2) == ["only 25% of such reps are corrected by now"]


def test_who_has_mastered_a_drill_hears_of_a_severe_back_only():
    place = set_of(*[SQUAT] * 3, [("back_rounding", 9.0)], *[GOOD] * 6, policy=learner(900))
    assert place.said == ["Long spine"]
    assert why_held(place, 2) == ["the drill is mastered: told after the set"]


@pytest.mark.parametrize(
    ("quality_reps", "shank_deg", "named"), [(0, 8.1, True), (200, 8.1, True), (350, 8.5, False), (499, 9.3, True)]
)
def test_the_limits_widen_by_up_to_fifteen_percent_for_who_owns_the_drill(quality_reps, shank_deg, named):
    everything = ruled(stages={"own_share": 1.0})
    place = set_of(GOOD, [("shins_forward", shank_deg)], policy=learner(quality_reps, everything))
    assert (place.said == ["Shins still"]) is named
    if not named:
        assert why_held(place, 2) == ["within the wider band of somebody who owns the drill"]


def test_the_band_widens_downwards_where_too_little_is_the_fault():
    everything = learner(450, ruled(stages={"own_share": 1.0}))
    assert set_of(GOOD, [("shallow", 0.75)], policy=everything).said == []
    assert set_of(GOOD, [("shallow", 0.6)], policy=everything).said == ["Further back"]


def test_a_fault_shown_by_another_sign_is_not_measured_against_the_wider_band():
    # A head that drops by 30 degrees is told by a limit of its own, not by that of a head tilted back.
    everything = learner(450, ruled(stages={"own_share": 1.0}))
    assert set_of(GOOD, [("head_crank", -30.0)], policy=everything).said == ["Chin tucked"]


# The goal of a set


def test_a_set_works_on_the_most_important_frequent_fault_of_the_last_one():
    place = set_of(*[SHALLOW + SHINS] * 3, GOOD).end()
    place.cues.clear()
    place.told.clear()
    place.begin()
    place.rep(GOOD).rep(SHALLOW)
    assert place.said == []
    assert why_held(place, 2) == ["this set works on something else: shins drifting forward"]
    place.rep(SHINS)
    assert place.said == ["Shins still"]


def test_squatting_and_a_severe_back_are_named_whatever_the_goal_is():
    place = set_of(*[SHINS] * 4).end()
    place.cues.clear()
    place.begin()
    place.rep(GOOD).rep(SQUAT).rep([("back_rounding", 9.0)])
    assert place.said == ["Hips back", "Long spine"]


def test_a_slip_of_the_last_set_is_no_goal():
    place = set_of(SHINS, *[GOOD] * 5).end()
    place.begin()
    place.rep(GOOD).rep(SHALLOW)
    assert place.said[-1] == "Further back"


def test_what_is_never_named_is_no_goal():
    place = set_of(*[["locked_knees"]] * 4).end()
    place.begin()
    place.rep(GOOD).rep(SHALLOW)
    assert place.said[-1] == "Further back"


def test_the_goal_of_the_last_session_is_the_goal_of_the_first_set():
    place = set_of(GOOD, SHALLOW, SHINS, policy=learner(goal="shins_forward"))
    assert place.said == ["Shins still"]


# Tempo


def test_who_drops_down_hears_slow_down_before_anything_else():
    place = floor()
    place.rep(GOOD).rep(SQUAT, down_s=0.7)
    assert [(cue.text, cue.fault) for cue in place.cues] == [("Slow down", "too_fast")]
    assert why_held(place, 2) == ["more important: going down too fast"]
    place.rep(SQUAT, down_s=0.7)
    assert place.said == ["Slow down", "Hips back"]


def test_a_severe_back_is_named_before_the_tempo():
    place = floor()
    place.rep(GOOD).rep([("back_rounding", 9.0)], down_s=0.5)
    assert place.said == ["Long spine"]


def test_a_quick_way_down_without_another_fault_is_no_reason_to_speak():
    place = floor()
    place.rep(GOOD).rep(GOOD, down_s=0.7)
    assert place.said == []


@pytest.mark.parametrize(("drill", "said"), [(DRILLS["band_hinge"], "Hips back"), (EVERYTHING, "Slow down")])
def test_a_band_may_pull_faster(drill, said):
    place = floor(drill)
    place.rep(GOOD).rep(SQUAT, down_s=0.7)
    assert place.said == [said]


# A fault that stays


def test_a_fault_that_stays_is_said_in_other_words_then_what_to_change_and_then_the_set_ends():
    place = set_of(*[SQUAT] * 9)
    assert place.after == [
        (2, "Hips back"), (4, "Bum to the wall"), (6, "Shorten the range"), (7, "Hips back. Shorter range next time."),
    ]  # fmt: skip
    (cut,) = [event for event in place.told if isinstance(event, SetCutShort)]
    assert cut.fault == "squatting"
    assert cut.reason == "squatting instead of hinging: shown in 3 reps in a row, whatever was said"
    assert place.cues[-1].reason == cut.reason


def test_a_fault_in_two_fifths_of_the_reps_ends_the_set_too_once_words_did_not_help():
    place = set_of(GOOD, SQUAT, GOOD, SQUAT, GOOD, SQUAT, GOOD, SQUAT)
    (cut,) = [event for event in place.told if isinstance(event, SetCutShort)]
    assert cut.reason.endswith("shown in 4 of 8 reps, whatever was said")


@pytest.mark.parametrize(
    ("reps", "action_rep", "rep", "ends"),
    [
        ((2, 4), 3, 4, False),
        ((1, 2, 5), 4, 5, True),
        ((5, 6, 7), 7, 7, False),
        ((5, 6, 7), 6, 7, True),
        ((1, 2, 3), 4, 8, False),
        ((5, 6, 7), None, 7, False),
    ],
    ids=["too few reps done", "enough of them", "told just now", "in a row", "gone since", "never told what to change"],
)
def test_a_set_is_ended_only_by_what_stays_after_an_action(reps, action_rep, rep, ends):
    state = CueState(shown={"squatting": reps}, named={"squatting": Named(0.0, (1, 2), action_rep)})
    assert (stays(POLICY.rules.escalation, state, "squatting", rep) is not None) is ends


def test_a_fault_that_obeys_the_action_ends_nothing():
    place = set_of(*[SQUAT] * 6, *[GOOD] * 6)
    assert "Shorten the range" in place.said
    assert not [event for event in place.told if isinstance(event, SetCutShort)]


def test_a_fault_that_comes_back_after_a_while_is_said_again_in_calm():
    place = set_of(GOOD, SQUAT, *[GOOD] * 4, SQUAT, *[GOOD] * 4, SQUAT)
    named = [cue.text for cue in place.cues if cue.fault == "squatting"]
    assert named == ["Hips back", "Bum to the wall", "Less knee more hip"]


def test_a_fault_without_an_action_never_ends_a_set():
    place = set_of(*[["no_lockout"]] * 12)
    assert set(place.said) == {"Stand all the way up", "Squeeze tall"}
    assert not [event for event in place.told if isinstance(event, SetCutShort)]


def test_the_last_rep_ends_the_set_anyway():
    place = set_of(*[SQUAT] * 7, target_reps=7)
    assert not [event for event in place.told if isinstance(event, SetCutShort)]


def test_after_the_end_of_a_set_nothing_more_is_corrected_in_it():
    place = set_of(*[SQUAT] * 10)
    assert place.after[-1][0] == 7
    place.end()
    assert place.held[-1] == (10, "squatting", "the set is over: its last sentence tells what matters")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_whatever_stays_the_coach_goes_on_in_short_sentences_with_a_reason_each(fault):
    place = set_of(*[[fault]] * 8)
    assert any(cue.fault == fault for cue in place.cues) is FAULTS[fault].spoken
    assert all(1 <= len(cue.text.split()) <= 10 for cue in place.cues)
    assert all(cue.reason for cue in place.cues)
    assert all(reason for *_, reason in place.held)


# Counting and asking


def test_the_last_two_reps_are_announced_and_no_other_is_counted_aloud():
    assert set_of(*[GOOD] * 4, target_reps=4).after == [(2, "Two more"), (3, "Last one")]
    assert set_of(*[GOOD] * 4).said == []


def test_whoever_wants_it_hears_every_number_unless_something_matters_more():
    place = set_of(GOOD, SQUAT, target_reps=6, policy=ruled(talk={"count_aloud": True}))
    assert place.after == [(1, "One"), (2, "Hips back"), (2, "Two")]


def test_the_last_rep_is_counted_by_the_sentence_after_the_set():
    place = set_of(*[GOOD] * 3, target_reps=3, policy=ruled(talk={"count_aloud": True}))
    assert place.after == [(1, "Two more"), (2, "Last one")]


def test_a_correction_comes_before_the_announcement():
    place = set_of(GOOD, SQUAT, GOOD, target_reps=4)
    assert place.after[:2] == [(2, "Hips back"), (2, "Two more")]


def test_even_in_a_silent_set_the_last_two_reps_are_announced():
    assert set_of(*[SQUAT] * 3, target_reps=4, silent=True).said == ["Two more", "Last one"]


def test_whoever_wants_it_is_asked_how_a_rep_felt_before_hearing_about_it():
    place = set_of(GOOD, SQUAT, GOOD, policy=ruled(talk={"ask_every_reps": 2}))
    assert place.after == [(2, "How was that one?"), (2, "Hips back"), (3, "That's it")]


# What cannot be seen


def test_what_cannot_be_seen_comes_before_any_fault():
    place = set_of(GOOD, GOOD)
    place.enter(Phase.LOCKOUT)
    place.hear(FaultRaised(place.t, "squatting", 5.0))
    place.ask = "I can't see your feet"
    place.go(1)
    assert [(cue.text, cue.fault, cue.slot) for cue in place.cues] == [
        ("I can't see your feet", "not_visible", Slot.FRAMING)
    ]


def test_what_cannot_be_seen_is_repeated_calmly():
    place = floor()
    place.ask = "I can't see you"
    place.go(18)
    assert [cue.t for cue in place.cues] == pytest.approx([0.1, 8.1, 16.1], abs=0.11)
    place.ask = "I can't see your feet"
    place.go(2)
    assert place.said[-1] == "I can't see your feet"


def test_who_goes_out_of_sight_under_load_is_told_to_put_it_down():
    script = STANDING.rep(hinged(84)).go(hinged(84), 1.5).hold(6)
    gone = Filming(fps=10, gaps=((6.2, 20.0),))
    assert "I can't see you. Put it down safely." in play(script, "rdl", gone).said
    assert "I can't see you" in play(script, "standing_dowel", gone).said
    standing = Filming(fps=10, gaps=((4.5, 20.0),))
    assert "I can't see you" in play(STANDING.rep(hinged(84)).hold(6), "rdl", standing).said


@pytest.mark.parametrize(("ago_s", "in_rep"), [(0.1, True), (2.0, False)])
def test_an_attempt_that_ends_with_the_athlete_out_of_sight_was_lost_in_mid_rep(ago_s, in_rep):
    place = floor()
    place.go_down()
    place.give_up()
    place.go(ago_s)
    place.hear(TrackingLost(place.t, "you"))
    assert place.state.lost_in_rep is in_rep
    place.hear(TrackingFound(place.t))
    assert not place.state.lost_in_rep


def test_a_severe_fault_stays_severe_when_a_milder_value_of_the_same_rep_follows():
    place = floor()
    place.hear(FaultRaised(0.0, "back_rounding", 9.0, severe=True), FaultRaised(0.1, "back_rounding", 5.0))
    assert [seen.severe for seen in place.state.waiting] == [True]


# With the whole coach


def test_in_a_set_of_squats_the_coach_speaks_every_second_rep():
    told = play(STANDING.reps(5, squatted(95), top_s=2))
    named = [(cue.text, cue.fault) for cue in told.cues if cue.slot is Slot.TOP]
    assert named == [("Hips back", "squatting"), ("Bum to the wall", "squatting")]
    held = [event.reason for event in told.events if isinstance(event, CueHeld)]
    assert held[0] == "first rep of the set"


def test_the_coach_never_talks_over_itself():
    lean = folded(-14, 0, 0)
    script = STANDING.hold(0.5)
    for _ in range(5):
        script = script.go(squatted(95), 0.7).go(lean, 0.9).hold(0.6).go(TALL, 0.3).hold(0.5)
    poses = ScriptedBody(script, Filming(fps=10)).poses()
    coach = Coach(Assignment(RDL, PHRASES))
    assert [cue for t, pose in poses if (cue := coach.see(t, pose, speaking=True).cue)] == []
    told = watch(poses)
    starts = [cue.t for cue in told.cues[:-1]]
    assert len(starts) >= 2
    assert all(later - sooner >= 1.5 for sooner, later in pairwise(starts))


def test_top_cues_come_between_lockout_and_descent():
    told = play(STANDING.reps(4, squatted(95)))
    tops = [step for step in told.steps[:-1] if step.cue is not None and step.cue.slot is Slot.TOP]
    assert tops
    assert all(step.phase in (Phase.LOCKOUT, Phase.TALL) for step in tops)


def test_the_coach_of_somebody_who_owns_the_drill_speaks_less():
    squats = STANDING.reps(5, squatted(95), top_s=2)
    assert len(play(squats, policy=learner(300)).cues) < len(play(squats).cues)


def test_a_coach_without_a_policy_teaches_a_newcomer():
    assert Assignment(RDL, PHRASES).policy == CuePolicy() == POLICY
    assert POLICY.learner.quality_reps == 0


# Its numbers


def test_the_numbers_a_coach_may_argue_about_stand_in_the_config():
    written = tomllib.loads((defaults_dir() / "coaching.toml").read_text(encoding="utf-8"))
    written["praise"]["streaks"] = tuple(written["praise"]["streaks"])
    assert written == asdict(POLICY.rules)


def test_every_number_in_the_config_says_why_it_is_what_it_is():
    lines = (defaults_dir() / "coaching.toml").read_text(encoding="utf-8").splitlines()
    assert sum("#" in line for line in lines if "=" in line or line.startswith("[")) >= 25


@pytest.mark.parametrize(("key", "range_"), RANGES.items())
def test_a_number_out_of_range_is_refused_and_named(key, range_):
    section, name = key.split(".")
    for value in (range_[0] - 1, range_[1] + 1):
        with pytest.raises(DrillError, match=rf"{key} is {value:g}; allowed are {range_[0]:g} to {range_[1]:g}"):
            ruled(**{section: {name: value}})


def test_stages_that_do_not_rise_and_more_votes_than_windows_are_refused():
    with pytest.raises(DrillError, match="must rise"):
        ruled(stages={"own_from": 20})
    with pytest.raises(DrillError, match=r"safety\.votes is 4; allowed are 1 to safety\.windows"):
        ruled(safety={"votes": 4})
