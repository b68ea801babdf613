"""The wall behind the athlete: known, found, touched, missed."""

import pytest
from story import STANDING, play

from pi_coach.core.events import PhaseEntered, WallCalibrated, WallTouched
from pi_coach.core.sight.wall import WallWatch, search, touch
from pi_coach.testing.body import Filming, seat_x
from pi_coach.testing.script import TALL, Posture, Script, hinged

OUTLINED = Filming(fps=10, outline=True)
WALL_X = seat_x(hinged(70))
"""A wall that a hinge of 70 degrees just touches."""


def at_the_wall(script, **assignment):
    return play(script, "wall_touch", OUTLINED, **assignment)


def touches(told):
    return [event.t for event in told.events if isinstance(event, WallTouched)]


def test_a_wall_that_is_reached_is_touched_once_a_rep():
    told = at_the_wall(STANDING.reps(2, hinged(71)), wall_x=WALL_X)
    assert len(touches(told)) == 2
    assert told.faults == [set(), set()]
    assert told.reps[0].measures["wall_gap_leg"] == pytest.approx(0, abs=0.01)


def test_hips_that_stop_short_of_the_wall_are_named():
    told = at_the_wall(STANDING.reps(2, hinged(58)), wall_x=WALL_X)
    assert touches(told) == []
    assert told.faults == [{"wall_missed"}, {"wall_missed"}]
    assert told.said[0] == "Reach the wall"


def test_touching_a_near_wall_is_a_full_rep_however_shallow():
    near = seat_x(hinged(40))
    assert at_the_wall(STANDING.rep(hinged(42)), wall_x=near).faults == [set()]
    assert at_the_wall(STANDING.rep(hinged(42))).faults == [{"shallow"}]


def test_without_a_known_wall_no_wall_fault_is_judged():
    told = at_the_wall(STANDING.rep(hinged(58)))
    assert told.reps[0].measures["wall_gap_leg"] is None
    assert "wall_missed" not in told.faults[0]


def test_an_athlete_who_faces_left_has_the_wall_on_the_right():
    left = Posture(heading_deg=180)
    start = Script(((0, left),)).hold(1)
    wall_x = seat_x(hinged(70, left))
    assert wall_x > left.place
    assert at_the_wall(start.rep(hinged(71, left)), wall_x=wall_x).faults == [set()]
    assert at_the_wall(start.rep(hinged(58, left)), wall_x=wall_x).faults == [{"wall_missed"}]


def test_the_wall_is_found_by_leaning_on_it_and_then_used():
    lean = STANDING.hold(1.5).go(hinged(70), 1.2).hold(2.2).go(TALL, 1.2).hold(1.5)
    told = at_the_wall(lean.rep(hinged(71)).rep(hinged(58)), find_wall=True)
    (wall,) = [event for event in told.events if isinstance(event, WallCalibrated)]
    assert wall.wall_x == pytest.approx(WALL_X, abs=0.005)
    assert told.said[:2] == ["Hips to the wall and hold", "Got the wall. Stand tall."]
    assert told.faults == [set(), {"wall_missed"}]


def test_leaning_on_the_wall_to_find_it_is_no_rep_and_no_attempt():
    told = at_the_wall(STANDING.hold(1.5).go(hinged(70), 1.2).hold(2.2).go(TALL, 1.2).hold(1.5), find_wall=True)
    assert told.reps == []
    assert told.partials == []
    assert [event.phase.value for event in told.events if isinstance(event, PhaseEntered)] == ["tall"]


def test_before_the_wall_is_found_nothing_counts():
    told = at_the_wall(STANDING.reps(2, hinged(71), top_s=0.5), find_wall=True)
    assert told.reps == []
    assert told.said[0] == "Hips to the wall and hold"


def test_a_drill_without_a_wall_does_not_ask_for_one():
    told = play(STANDING.rep(hinged(84)), "rdl", OUTLINED, find_wall=True)
    assert len(told.reps) == 1


def seek(spans, fps=15):
    """Let the seat rest or move, told as from and to in seconds and image heights."""
    watch, t = WallWatch(), 0.0
    for for_s, from_x, to_x in spans:
        for i in range(round(for_s * fps)):
            watch = search(watch, t, from_x + (to_x - from_x) * i / (for_s * fps))
            t += 1 / fps
    return watch.wall_x


def test_who_has_not_moved_has_not_gone_to_the_wall():
    assert seek([(5, 0.60, 0.60)]) is None
    assert seek([(1, 0.60, 0.60), (1, 0.60, 0.57), (4, 0.57, 0.57)]) is None


def test_the_wall_is_where_the_seat_rests_after_having_moved():
    assert seek([(1, 0.60, 0.60), (1, 0.60, 0.52), (2, 0.52, 0.52)]) == pytest.approx(0.52, abs=0.003)


def test_a_short_stop_on_the_way_is_no_wall():
    assert seek([(1, 0.60, 0.60), (1, 0.60, 0.52), (1.0, 0.52, 0.52), (1, 0.52, 0.45), (0.5, 0.45, 0.45)]) is None


def test_swaying_seats_are_no_wall():
    sway = [(0.5, 0.50, 0.54), (0.5, 0.54, 0.50)] * 4
    assert seek([(1, 0.60, 0.60), (1, 0.60, 0.50), *sway]) is None


def near(gaps, fps=30):
    watch, told = WallWatch(wall_x=0.5), []
    for i, gap in enumerate(gaps):
        watch, touched = touch(watch, i / fps, gap)
        told += [i] if touched else []
    return told


def test_a_touch_lasts_and_is_told_once():
    assert near([0.1] * 3 + [0.01] * 20) == [8]
    assert near([0.1] * 3 + [0.01] * 4 + [0.1] * 3) == []


def test_leaning_off_a_little_is_the_same_touch():
    assert near([0.01] * 10 + [0.03] * 10 + [0.01] * 10) == [5]
    assert near([0.01] * 10 + [0.05] * 10 + [0.01] * 10) == [5, 25]


def test_a_seat_that_is_not_seen_touches_nothing():
    assert near([0.01] * 4 + [None] + [0.01] * 4) == []


def test_a_hair_from_the_wall_is_a_touch():
    assert near([0.019] * 10) == [5]
    assert near([0.022] * 10) == []
