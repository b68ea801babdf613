"""A whole session, hands-free: what the athlete hears, and what the button and the hands do at each moment."""

from dataclasses import replace

import pytest
from session_story import SAFETY, TIMES, attend, attend_poses, bout, plan
from story import CONFIG, DRILLS

from pi_coach.core.errors import UsageError
from pi_coach.core.events import SafetyStopped, SetCutShort, Side, Slot, Stage, StageEntered
from pi_coach.core.session_events import AthleteChosen
from pi_coach.core.sessions.announcer import KEPT, Announcer
from pi_coach.core.sessions.bout import Course, bout_of, turns
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.core.sessions.session import Session
from pi_coach.core.signals.presses import Press
from pi_coach.testing.body import Filming, ScriptedBody, seat_x
from pi_coach.testing.script import TALL, Posture, Script, hinged, squatted

GOOD = hinged(84)
HANDS_UP = replace(TALL, hands_up=1.0)
READY = Script().hold(14)
"""Until the first set has been counted down to."""
STOPPED = "Session stopped. If pain persists, see a professional."


def wave(script):
    return script.go(HANDS_UP, 0.4).hold(2.4).go(TALL, 0.4)


def renewing(*bouts):
    """Return a session after which another one begins."""
    return Session(plan(*bouts), lambda: plan(*bouts))


# What is said, and when


def test_the_session_leads_from_the_greeting_to_the_first_set():
    told = attend(Script().hold(16), finish=False)
    assert told.stages == ["greeting", "prompt", "countdown", "set"]
    said = ["Hello Ada.", SAFETY, "Today: Romanian deadlift.", "Big breath, brace, weight close", "Ready", "Go"]
    assert [cue.text for cue in told.cues] == told.heard == said
    assert {cue.slot for cue in told.cues} == {Slot.SESSION}


def test_sets_rests_and_the_end_follow_each_other():
    told = attend(READY.reps(2, GOOD).hold(22).reps(2, GOOD).hold(12), finish=False)
    assert told.stages[3:] == ["set", "summary", "rest", "framing", "countdown", "set", "summary", "done"]
    assert len(told.reps) == 4
    assert told.heard[5:] == [
        "Go",
        "Last one",
        "Two reps, all clean. Good hip reach.",
        "Rest 20 seconds",
        "10 seconds",
        "Set 2 of 2",
        "Go",
        "Last one",
        "Two reps, all clean. Good hip reach.",
        "Session done. 4 reps, 4 clean.",
    ]


def test_the_end_of_a_rest_and_the_countdown_are_told_to_the_second():
    told = attend(READY.reps(2, GOOD).hold(30))
    (began,), (_, counted) = told.entered(Stage.REST), told.entered(Stage.COUNTDOWN)
    left = {round(step.t, 1): step.rest_left_s for step in told.steps}
    assert left[round(began, 1)] == pytest.approx(20, abs=0.2)
    assert left[round(counted + 1, 1)] == pytest.approx(2, abs=0.2)
    assert told.entered(Stage.SET)[1] == pytest.approx(began + 20, abs=0.3)
    assert told.when("10 seconds") == [pytest.approx(began + 10, abs=0.2)]


def test_nobody_talks_over_anybody():
    told = attend(READY.reps(2, GOOD).hold(22).reps(2, GOOD).hold(12))
    assert told.heard == [cue.text for cue in told.cues]


def test_a_voice_that_says_nothing_holds_nobody_up():
    session, stages = Session(plan()), []
    for t, pose in ScriptedBody(Script().hold(6), Filming(fps=10)).poses():
        stages += [e.stage for e in session.see(t, pose, speaking=False).events if isinstance(e, StageEntered)]
    assert stages[-1] is Stage.SET


def test_a_voice_that_never_ends_holds_nobody_up_for_long():
    session, stages = Session(plan()), []
    for t, pose in ScriptedBody(READY.reps(2, GOOD).hold(50), Filming(fps=10)).poses():
        stages += [e.stage for e in session.see(t, pose, speaking=True).events if isinstance(e, StageEntered)]
    assert stages[-3:] == [Stage.FRAMING, Stage.COUNTDOWN, Stage.SET]


def test_another_drill_is_announced_in_the_rest_before_it_and_prompted():
    told = attend(READY.reps(1, GOOD).hold(40), plan(bout(sets=1, reps=1), bout("standing_dowel", sets=1)))
    rest = told.heard[told.heard.index("Rest 20 seconds") :]
    assert rest[:2] == ["Rest 20 seconds", "Next: standing dowel hinge"]
    assert rest[3:5] == ["Stick on head, upper back and sacrum", "Ready"]
    assert [event.drill for event in told.sets] == ["rdl", "standing_dowel"]


def test_a_silent_set_is_announced_and_nothing_is_corrected_in_it():
    planned = plan(bout(sets=2, reps=3, rest_s=5, silent_first=True))
    told = attend(READY.hold(4).reps(3, squatted(95), top_s=2.5).hold(12), planned)
    assert "This set is yours, I stay quiet" in told.heard
    assert [event.silent for event in told.sets][:1] == [True]
    assert any(rep.faults for rep in told.reps)
    assert [cue for cue in told.cues if cue.fault is not None] == []


# The athlete never waits for the machine


def test_the_first_rep_starts_the_set_whatever_was_still_to_be_said():
    told = attend(Script().hold(1.0).reps(2, GOOD).hold(12))
    assert told.counted[0] == pytest.approx(4, abs=0.5)
    assert [rep.number for rep in told.reps] == [1, 2]
    assert told.stages[:2] == ["greeting", "set"]
    assert "Big breath, brace, weight close" not in told.heard
    assert told.heard.count(SAFETY) == 1


def test_a_safety_sentence_that_a_rep_overtook_is_said_in_the_rest():
    long_name = "Wolfeschlegelsteinhausenbergerdorff the Elder of Philadelphia"
    told = attend(Script().hold(0.6).reps(2, GOOD, top_s=0.8).hold(12), plan(bout(), name=long_name))
    rest = told.heard[told.heard.index("Rest 20 seconds") :]
    assert rest[:2] == ["Rest 20 seconds", SAFETY]
    assert told.heard.count(SAFETY) == 1


def test_a_rep_in_the_countdown_counts():
    told = attend(Script().hold(11).reps(2, GOOD).hold(2))
    assert told.stages[:4] == ["greeting", "prompt", "countdown", "set"]
    assert "Go" not in told.heard
    assert len(told.reps) == 2


def test_no_rep_counts_before_the_own_stance_is_known():
    script = Script(((0.0, GOOD),)).hold(1).go(TALL, 1.2).hold(1)
    assert attend(script).counted == []


def test_half_an_attempt_before_the_set_begins_no_set():
    told = attend(Script().hold(2).rep(hinged(40), down_s=0.8, up_s=0.8).hold(2), finish=False)
    assert (told.sets, told.partials) == ([], [])


def test_reps_in_a_rest_are_not_counted():
    told = attend(READY.reps(2, GOOD).hold(4).reps(2, GOOD, top_s=0.5).hold(2), plan(bout(rest_s=60)))
    assert len(told.reps) == 2


def test_a_pull_from_the_floor_that_began_in_the_rest_counts():
    floor = Script().hold(14).reps(1, GOOD).hold(3).go(GOOD, 1).hold(24).go(TALL, 1).hold(2)
    told = attend(floor, plan(bout("kettlebell_deadlift", sets=2, reps=1)))
    assert len(told.reps) == 2
    stretched = attend(floor, plan(bout("standing_dowel", sets=2, reps=1)))
    assert len(stretched.reps) == 1


# What is in sight


def test_nobody_at_the_start_is_called_and_then_waited_for_in_silence():
    told = attend_poses([(i / 5, None) for i in range(5 * 90)], finish=False)
    assert told.stages == ["greeting", "framing"]
    assert told.heard[0] == "Hello Ada."
    assert set(told.heard[1:]) == {"I can't see you"}
    assert 3 <= len(told.heard[1:]) <= 5
    assert told.cues[-1].t < 35


def test_whoever_steps_in_then_is_welcomed():
    away = [(i / 10, None) for i in range(100)]
    here = [(t + 10, replace(pose, t=t + 10)) for t, pose in ScriptedBody(Script().hold(16), Filming(fps=10)).poses()]
    told = attend_poses(away + here, finish=False)
    assert told.stages == ["greeting", "framing", "greeting", "prompt", "countdown", "set"]
    assert SAFETY in told.heard


def test_the_coach_says_what_it_waits_for():
    told = attend(Script().hold(20), filming=Filming(fps=10, floor_y=1.08), finish=False)
    assert told.stages[-1] == "framing"
    assert "I can't see your feet" in told.heard
    assert told.sets == []


def test_an_athlete_who_never_stands_still_is_asked_to():
    script = Script()
    for _ in range(20):
        script = script.go(hinged(25), 0.3).go(TALL, 0.3)
    told = attend(script, finish=False)
    assert told.when("Stand tall, side on, and hold still") == [pytest.approx(9, abs=3)]


def test_the_wall_is_asked_for_before_the_set_and_kept_for_the_next():
    wall = seat_x(hinged(70))
    script = Script().hold(10).go(hinged(70), 1.2).hold(2.2).go(TALL, 1.2).hold(12).reps(2, hinged(71)).hold(5)
    told = attend(script, plan(bout("wall_touch", sets=1)), filming=Filming(fps=10, outline=True))
    assert told.stages[:3] == ["greeting", "calibration", "prompt"]
    assert "Hips to the wall and hold" in told.heard
    assert len(told.reps) == 2
    known = attend(Script().hold(16), plan(bout("wall_touch"), wall_x=wall), filming=Filming(fps=10, outline=True))
    assert "Hips to the wall and hold" not in known.heard


# Walking away


def test_walking_away_ends_the_set_and_loses_nothing():
    script = READY.reps(2, GOOD).walk(2.5).hold(30).walk(0.65).hold(8)
    told = attend(script, plan(bout(sets=2, reps=5)), finish=False)
    assert [rep.number for rep in told.reps] == [1, 2]
    assert told.summaries == ["Two reps, all clean. Good hip reach."]
    gone = told.when("Set done. See you.")
    assert gone == [pytest.approx(told.reps[-1].end_s + 1 + TIMES.away_s, abs=2)]
    assert told.stages[-4:] == ["set", "framing", "countdown", "set"]
    assert "Set 2 of 2" in told.heard


def test_walking_away_before_the_first_rep_keeps_the_set_waiting():
    told = attend(READY.walk(2.5).hold(40).walk(0.65).hold(2).reps(1, GOOD).hold(2), finish=False)
    assert len(told.sets) == 1
    assert [rep.number for rep in told.reps] == [1]


def test_staying_away_ends_the_session_and_stepping_in_begins_another():
    script = READY.reps(2, GOOD).walk(2.5).hold(150).walk(0.65).hold(20)
    told = attend(script, session=renewing(bout(reps=5)), finish=False)
    assert told.stages.count("done") == 1
    assert told.entered(Stage.DONE)[0] == pytest.approx(14 + 7.8 + TIMES.leave_s, abs=3)
    again = told.stages[told.stages.index("done") + 1 :]
    assert again == ["greeting", "prompt", "countdown", "set"]
    assert told.heard.count(SAFETY) == 2


def test_without_renewal_the_end_is_the_end():
    told = attend(READY.reps(2, GOOD).walk(2.5).hold(150).walk(0.65).hold(10))
    assert told.stages[-1] == "done"


def test_nobody_is_missed_in_a_rest():
    script = READY.reps(2, GOOD).hold(3).walk(2.5).hold(170).walk(0.65).hold(14)
    told = attend(script, plan(bout(rest_s=180)), finish=False)
    assert "done" not in told.stages
    assert told.stages[-1] == "set"


# The hands


def test_both_hands_overhead_pause_the_set_and_go_on_with_it():
    script = wave(wave(READY.reps(1, GOOD)).hold(3).rep(GOOD, down_s=0.8)).hold(1).reps(1, GOOD).hold(2)
    told = attend(script, plan(bout(reps=3)), finish=False)
    assert told.stages[3:6] == ["set", "paused", "set"]
    assert [rep.number for rep in told.reps] == [1, 2]
    assert [cue.text for cue in told.cues if cue.text in ("Paused", "Go on")] == ["Paused", "Go on"]


def test_hands_overhead_mean_nothing_where_the_drill_lifts_the_arms_or_the_owner_does_not_want_it():
    script = wave(READY.reps(1, GOOD))
    assert "paused" not in attend(script, plan(bout("wall_slide"))).stages
    assert "paused" not in attend(script, plan(bout(), times={"hands_pause": False})).stages
    assert "paused" in attend(script, plan(bout())).stages


def test_hands_overhead_end_a_rest():
    told = attend(wave(READY.reps(2, GOOD).hold(5)).hold(6), plan(bout(rest_s=120)))
    assert told.entered(Stage.SET)[1] < told.entered(Stage.REST)[0] + 12


# Sides


def test_a_drill_per_side_does_all_reps_on_one_side_and_then_on_the_other():
    planned = plan(bout("wall_slide", sets=2, reps=1, rest_s=20))
    script = READY.rep(GOOD).hold(16).rep(GOOD).hold(24).rep(GOOD).hold(16).rep(GOOD).hold(8)
    told = attend(script, planned, finish=False)
    assert [event.side for event in told.sets] == [Side.FIRST, Side.SECOND, Side.FIRST, Side.SECOND]
    assert told.heard.count("Switch sides") == 2
    assert told.heard.count("Rest 20 seconds") == 1
    assert 10 <= told.entered(Stage.SET)[1] - told.entered(Stage.REST)[0] <= 15
    assert told.stages[-1] == "done"


# The button


@pytest.mark.parametrize(
    ("t", "stage"), [(3, "greeting"), (7, "prompt"), (11, "countdown"), (14, "set"), (23.5, "summary"), (26, "rest")]
)
def test_a_long_press_stops_the_session_at_any_stage(t, stage):
    told = attend(READY.hold(1).reps(2, GOOD, top_s=0.5).hold(30), presses=[(t, Press.END)], finish=False)
    assert told.stages[told.stages.index("stopped") - 1] == stage
    (cue,) = [cue for cue in told.cues if cue.text.startswith(STOPPED)]
    assert cue.urgent
    assert cue is told.cues[-1]
    assert told.stages[-1] == "stopped"


def test_a_stop_sums_up_what_was_done():
    told = attend(READY.reps(2, GOOD).hold(3), plan(bout(reps=5)), presses=[(22.5, Press.END)])
    assert told.cues[-1].text == f"{STOPPED} Session done. 2 reps, 2 clean."
    assert told.summaries == ["Two reps, all clean. Good hip reach."]


def test_a_very_long_press_stops_once_and_asks_to_shut_down():
    session = Session(plan())
    told = attend(READY.hold(4), presses=[(15, Press.END), (15.2, Press.SHUTDOWN)], session=session)
    assert session.shutdown
    assert told.stages.count("stopped") == 1
    assert len(told.when(STOPPED)) == 1


@pytest.mark.parametrize(("t", "sets"), [(3, 0), (7, 0), (11, 0), (14, 1)])
def test_a_short_press_goes_on_to_the_next_drill_and_names_it(t, sets):
    planned = plan(bout(), bout("standing_dowel"))
    told = attend(Script().hold(30), planned, presses=[(t, Press.NEXT)], finish=False)
    assert "Next: standing dowel hinge" in told.heard
    assert [event.drill for event in told.sets] == ["rdl"] * sets + ["standing_dowel"]
    assert told.steps[-1].drill == "standing_dowel"


def test_a_short_press_in_a_set_sums_it_up():
    planned = plan(bout(reps=5), bout("standing_dowel"))
    told = attend(READY.reps(2, GOOD).hold(12), planned, presses=[(22.5, Press.NEXT)], finish=False)
    assert told.summaries == ["Two reps, all clean. Good hip reach."]
    assert told.heard[-5:-3] == ["Two reps, all clean. Good hip reach.", "Next: standing dowel hinge"]


def test_a_short_press_ends_a_rest():
    told = attend(READY.reps(2, GOOD).hold(20), plan(bout(rest_s=120)), presses=[(30, Press.NEXT)])
    assert told.entered(Stage.SET)[1] == pytest.approx(33.2, abs=0.5)


def test_after_the_planned_drills_the_button_goes_round_the_others():
    more = tuple(bout_of(DRILLS[name]) for name in ("wall_touch", "standing_dowel", "rdl"))
    course = Course((bout(),), more)
    names = []
    for _ in range(4):
        course = course.next_drill()
        names.append(course.now.bout.drill.id)
    assert names == ["wall_touch", "standing_dowel", "rdl", "wall_touch"]
    assert course.drill_before().now.bout.drill.id == "rdl"
    assert Course((bout(),), more).drill_before().now.bout.drill.id == "standing_dowel"
    assert Course((bout(),)).next_drill() == Course((bout(),)).drill_before() == Course((bout(),))


def test_two_short_presses_go_back_a_drill_before_the_first_rep():
    planned = plan(bout(), bout("standing_dowel"))
    told = attend(Script().hold(30), planned, presses=[(10, Press.NEXT), (15, Press.BACK)], finish=False)
    assert told.steps[-1].drill == "rdl"
    assert "Next: Romanian deadlift" in told.heard


def test_two_short_presses_pause_a_set_and_go_on_with_it():
    told = attend(
        READY.reps(1, GOOD).hold(3).reps(1, GOOD).hold(2).reps(1, GOOD),
        plan(bout(reps=5)),
        presses=[(18.5, Press.BACK), (26, Press.BACK)],
    )
    assert told.stages[3:6] == ["set", "paused", "set"]
    assert [rep.number for rep in told.reps] == [1, 2]


def test_a_pause_within_a_rep_gives_the_attempt_up():
    told = attend(READY.reps(1, GOOD).rep(GOOD).hold(1), plan(bout(reps=5)), presses=[(19.8, Press.BACK)])
    assert len(told.reps) == 1
    assert len(told.partials) == 1


def test_a_pause_just_after_the_last_rep_is_the_end_of_the_set():
    told = attend(READY.reps(2, GOOD).hold(3), presses=[(21.2, Press.BACK)], finish=False)
    assert "paused" not in told.stages
    assert told.stages[4] == "summary"


def test_after_the_end_a_press_begins_another_session():
    session = renewing(bout(sets=1, reps=1))
    told = attend(READY.rep(GOOD).hold(20), session=session, presses=[(30, Press.NEXT)])
    assert told.stages.count("greeting") == 2


# Stops


def test_a_safety_stop_ends_the_set_and_rests_two_minutes_at_least():
    rounded = replace(GOOD, rounded_pct=14.0)
    script = READY.reps(1, GOOD).rep(rounded, down_s=2.0, up_s=2.0).hold(135)
    planned = plan(bout("kettlebell_deadlift", reps=8, rest_s=60, load_kg=24.0))
    told = attend(script, planned, filming=Filming(fps=10, outline=True), finish=False)
    (stop,) = [event for event in told.events if isinstance(event, SafetyStopped)]
    assert told.stages[3:7] == ["set", "stopped", "rest", "framing"]
    assert told.entered(Stage.STOPPED) == [stop.t]
    assert told.heard[-5:-3] == ["Stop the set. Set it down.", "Rest two minutes, then go lighter"]
    assert told.entered(Stage.SET)[1] - told.entered(Stage.REST)[0] >= 119.5
    assert [event.load_kg for event in told.sets] == [24.0, None]
    assert [rep.number for rep in told.reps] == [1]


def test_a_set_that_is_cut_short_is_summed_up_and_followed_by_its_rest():
    told = attend(READY.reps(7, squatted(95), top_s=2).hold(12), plan(bout(reps=10)), finish=False)
    assert any(isinstance(event, SetCutShort) for event in told.events)
    assert told.stages[3:6] == ["set", "summary", "rest"]
    assert told.heard[-3].endswith("Shorter range next time.")
    assert told.heard[-2:] == [told.summary, "Rest 20 seconds"]


# Who trains

ASK_ADA, ASK_BEN = "Who is training? Ada?", "Who is training? Ben?"


def chosen(told):
    return [event.athlete for event in told.events if isinstance(event, AthleteChosen)]


def test_one_athlete_is_not_asked_for_the_name():
    told = attend(Script().hold(8))
    assert chosen(told) == []
    assert ASK_ADA not in told.heard


def test_of_several_the_one_who_stands_still_trains():
    told = attend(Script().hold(22), plan(who=("Ada", "Ben")), finish=False)
    assert told.heard[:3] == [ASK_ADA, "Hello Ada.", SAFETY]
    assert chosen(told) == ["Ada"]
    assert told.stages[-1] == "set"


def test_a_press_asks_for_the_next_and_two_say_yes():
    presses = [(2.5, Press.NEXT), (5, Press.BACK)]
    told = attend(Script().hold(8), plan(who=("Ada", "Ben")), presses=presses)
    assert told.heard[:3] == [ASK_ADA, ASK_BEN, "Hello Ben."]
    assert chosen(told) == ["Ben"]


def test_hands_overhead_say_yes():
    told = attend(wave(Script().hold(1.0)).hold(3), plan(who=("Ada", "Ben")))
    assert chosen(told) == ["Ada"]


def test_whoever_just_begins_is_the_one_that_was_asked_for():
    told = attend(Script().hold(1).reps(2, GOOD), plan(who=("Ada", "Ben")))
    assert chosen(told) == ["Ada"]
    assert len(told.reps) == 2


def test_nobody_is_asked_for_a_name_who_is_not_there():
    told = attend_poses([(i / 5, None) for i in range(50)], plan(who=("Ada", "Ben")), finish=False)
    assert ASK_ADA not in told.heard
    assert chosen(told) == []


# Its parts


def test_a_session_of_nothing_or_of_nobody_is_refused():
    with pytest.raises(UsageError, match="at least one drill"):
        Course(())
    with pytest.raises(UsageError, match="at least one athlete"):
        replace(plan(), trainees=())


def test_a_drills_own_plan_is_a_bout():
    drill = DRILLS["wall_slide"]
    assert len(turns(bout_of(drill))) == 2 * drill.plan.sets
    assert len(turns(bout_of(DRILLS["rdl"]))) == DRILLS["rdl"].plan.sets


def test_what_comes_too_late_is_not_said_and_a_speech_is_cut():
    announcer = Announcer(CONFIG.wording.phrases)
    announcer.say(0.0, "session.go", fresh_s=2.0)
    assert announcer.next(2.5) is None
    for number in range(KEPT + 2):
        announcer.say_text(0.0, str(number))
    assert announcer.next(0.0).text == "2"


def test_a_coach_that_is_prepared_for_the_next_set_still_knows_the_athlete():
    coach = Coach(Assignment(DRILLS["rdl"], CONFIG.wording.phrases))
    for t, pose in ScriptedBody(Script().hold(1), Filming(fps=10)).poses():
        coach.see(t, pose, speaking=False)
    coach.prepare(Assignment(DRILLS["standing_dowel"], CONFIG.wording.phrases))
    assert coach.knows_stance
    assert coach.drill.id == "standing_dowel"


def test_a_session_without_a_single_frame_still_ends():
    told = attend_poses([])
    assert told.stages == ["greeting", "done"]
    assert told.cues[-1].text == "Session done."


@pytest.mark.parametrize("fps", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_the_frame_rate_changes_nothing_but_the_grain(fps):
    told = attend(READY.reps(2, GOOD).hold(22).reps(2, GOOD).hold(12), filming=Filming(fps=fps), finish=False)
    assert told.stages[-1] == "done"
    assert len(told.reps) == 4


def test_an_athlete_who_faces_the_camera_is_asked_to_turn_and_then_trains():
    front = Script(((0.0, Posture(heading_deg=90)),)).hold(12).turn(0).hold(14).reps(1, GOOD)
    told = attend(front, plan(bout("wall_touch", reps=1)), filming=Filming(fps=10, outline=True), finish=False)
    assert "Turn sideways" in told.heard


def test_a_loaded_set_ends_when_the_way_up_slows_and_a_drill_without_load_goes_on():
    tiring = READY.reps(3, GOOD, up_s=0.9).reps(4, GOOD, up_s=1.9).hold(8)
    told = attend(tiring, plan(bout("rdl", 1, 8)), finish=False)
    (cut,) = [event for event in told.events if isinstance(event, SetCutShort)]
    assert (cut.fault, cut.reason) == (None, "the way up has slowed")
    assert len(told.reps) == 5
    assert "Five clean. Rest here." in told.heard
    assert len(attend(tiring, plan(bout("standing_dowel", 1, 8)), finish=False).reps) == 7
