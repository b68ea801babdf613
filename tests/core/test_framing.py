"""What the coach cannot see, and what it says about it."""

from dataclasses import replace

import pytest
from story import DRILLS, STANDING, play, watch

from pi_coach.core.events import FaultRaised, Slot, TrackingFound, TrackingLost, ViewLatched
from pi_coach.core.reps.framing import Framing, check
from pi_coach.core.types import View
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import TALL, Posture, Script, folded, hinged

FACING = Posture(heading_deg=90)
OBLIQUE = Posture(heading_deg=40)


def views(told):
    return [event.view.value for event in told.events if isinstance(event, ViewLatched)]


@pytest.mark.parametrize(
    ("heading_deg", "view"),
    [(0, "right"), (12, "right"), (180, "left"), (168, "left"), (40, "oblique"), (140, "oblique"), (90, "front")],
)
def test_the_coach_knows_from_where_it_sees_the_athlete(heading_deg, view):
    assert views(play(Script(((0, Posture(heading_deg=heading_deg)),)).hold(1))) == [view]


def test_nobody_there_is_said_after_a_second_and_a_half_and_again_while_it_lasts():
    told = watch([(i / 10, None) for i in range(201)])
    assert told.missed == ["you"]
    assert [(cue.text, cue.fault, cue.slot) for cue in told.cues[:-1]] == [
        ("I can't see you", "not_visible", Slot.FRAMING)
    ] * 3
    assert [cue.t for cue in told.cues[:-1]] == pytest.approx([1.5, 9.5, 17.5], abs=0.11)


def test_feet_out_of_the_picture_are_said_and_held_against_no_rep():
    told = play(STANDING.reps(3, hinged(84)), filming=Filming(fps=10, floor_y=1.08))
    assert told.missed == ["your feet"]
    assert told.said[0] == "I can't see your feet"
    assert len(told.reps) == 3
    assert not any(isinstance(event, FaultRaised) for event in told.events)


def test_heels_just_out_of_the_picture_are_feet_out_of_the_picture():
    assert play(STANDING.hold(1), filming=Filming(fps=10, floor_y=1.01)).missed == ["your feet"]
    assert play(STANDING.hold(1), filming=Filming(fps=10, floor_y=0.99)).missed == []


def test_a_head_out_of_the_picture_is_said():
    told = play(STANDING.hold(2), filming=Filming(fps=10, floor_y=0.5))
    assert told.missed == ["your head"]
    assert told.said[0] == "I can't see your head"


def test_a_glimpse_without_feet_is_not_worth_a_word():
    poses = ScriptedBody(STANDING.reps(2, hinged(84)), Filming(fps=10)).poses()
    low = [(t, replace(p, points=p.points + (0, 0.2)) if 1.0 < t < 1.8 else p) for t, p in poses]  # noqa: RUF005
    told = watch(low)
    assert told.missed == []
    assert len(told.reps) == 2


def test_whoever_comes_back_goes_on_with_the_set():
    script = STANDING.reps(2, hinged(84)).hold(4).rep(hinged(84))
    told = play(script, filming=Filming(fps=10, gaps=((9.5, 12.5),)))
    seen = [type(event) for event in told.events if isinstance(event, TrackingLost | TrackingFound)]
    assert seen == [TrackingLost, TrackingFound]
    assert [rep.number for rep in told.reps] == [1, 2, 3]
    assert told.said[0] == "I can't see you"


def test_walking_out_of_the_picture_in_a_rep_ends_the_attempt():
    told = play(STANDING.rep(hinged(84)).go(hinged(84), 1.5).walk(2.2, 1).hold(3))
    assert len(told.reps) == 1
    assert len(told.partials) == 1


def test_a_drill_that_cannot_be_counted_from_the_front_waits_and_says_so():
    told = play(Script(((0, FACING),)).hold(1.5).reps(2, hinged(84, FACING)), "standing_dowel")
    assert told.missed == ["you from the side"]
    assert told.said[0] == "Turn sideways"
    assert told.reps == []


def test_a_drill_that_can_be_counted_from_the_front_asks_once_and_counts():
    told = play(Script(((0, FACING),)).hold(1.5).reps(3, hinged(90, FACING)), "rdl")
    assert told.said.count("Turn sideways") == 1
    assert len(told.reps) == 3
    assert told.faults == [set()] * 3
    assert told.reps[0].measures["knee_flexion_deg"] is None
    assert told.reps[0].score is None


def test_reps_are_counted_obliquely_too():
    told = play(Script(((0, OBLIQUE),)).hold(1.5).reps(3, hinged(84, OBLIQUE)), "standing_dowel")
    assert len(told.reps) == 3
    assert told.said.count("Turn sideways") == 1


def test_turning_round_between_reps_measures_against_the_new_side():
    left = replace(TALL, heading_deg=180)
    told = play(STANDING.rep(hinged(84)).turn(180, 1).hold(1.5).rep(hinged(84, left)))
    assert [rep.faults for rep in told.reps] == [(), ()]
    assert told.reps[1].measures["hips_back_leg"] == pytest.approx(0.23, abs=0.03)


def test_a_glance_at_the_camera_is_no_new_view():
    told = play(STANDING.rep(hinged(84)).turn(60, 0.3).turn(0, 0.3).hold(1).rep(hinged(84)))
    assert views(told) == ["right"]
    assert len(told.reps) == 2


def test_no_part_that_is_hidden_is_blamed():
    told = play(STANDING.reps(2, folded(90, 52, 6)), filming=Filming(fps=10, legs_hidden=((1.5, 20),)))
    assert told.faults == [set(), set()]


def check_for(spans):
    framing, events = Framing(), []
    for start_s, end_s, missing in spans:
        for i in range(round(start_s * 10), round(end_s * 10)):
            framing, more = check(framing, i / 10, missing)
            events += more
    return [(type(event).__name__, round(event.t, 1)) for event in events]


def test_something_must_be_out_of_sight_for_a_second():
    assert check_for([(0, 1, None), (1, 1.9, "your feet"), (1.9, 4, None)]) == []
    assert check_for([(0, 1, None), (1, 2.2, "your feet")]) == [("TrackingLost", 2.0)]


def test_the_athlete_may_step_aside_a_little_longer():
    assert check_for([(0, 1, None), (1, 2.4, "you"), (2.4, 4, None)]) == []
    assert check_for([(0, 1, None), (1, 2.7, "you")]) == [("TrackingLost", 2.5)]


def test_and_in_sight_again_for_a_moment_before_it_is_taken_back():
    assert check_for([(0, 2, "your feet"), (2, 2.2, None), (2.2, 5, "your feet")]) == [("TrackingLost", 1.0)]
    assert check_for([(0, 2, "your feet"), (2, 2.3, None)]) == [("TrackingLost", 1.0)]
    assert check_for([(0, 2, "your feet"), (2, 2.5, None)])[1:] == [("TrackingFound", 2.4)]


def test_flicker_between_two_missing_parts_starts_afresh():
    assert check_for([(0, 0.7, "you"), (0.7, 1.5, "your feet")]) == []


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_every_drill_can_be_seen_from_where_it_wants_to_be_seen(drill):
    wanted = DRILLS[drill].judge_views
    heading = {View.LEFT: 180, View.RIGHT: 0, View.OBLIQUE: 40, View.FRONT: 90}[wanted[0]]
    told = play(Script(((0, Posture(heading_deg=heading)),)).hold(2), drill)
    assert told.missed == []
    assert not [cue for cue in told.cues if cue.slot is Slot.FRAMING]
