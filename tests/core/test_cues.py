"""One sentence at a time, the most important first, between reps, never late."""

from dataclasses import replace
from itertools import pairwise

import pytest
from story import DRILLS, STANDING, ScriptedBody, play, watch

from pi_coach.core.coach import Assignment, Coach
from pi_coach.core.cues import CuePolicy, CueState, Moment, choose, wait
from pi_coach.core.events import Phase, Slot
from pi_coach.testing.body import Filming
from pi_coach.testing.script import TALL, Script, folded, hinged, squatted

POLICY = CuePolicy()
RDL = DRILLS["rdl"]
SQUATTING, LEANING, FAST = (RDL.fault(name) for name in ("squatting", "overextension", "too_fast"))


def at_the_top(t=10.0, rep=1, **change):
    return replace(Moment(t, Phase.LOCKOUT, t - 0.5, rep, speaking=False, missing=None), **change)


def waiting(*faults, rep=1):
    state = CueState()
    for fault in faults:
        state = wait(state, fault, rep)
    return state


def said(state, now, policy=POLICY):
    cue = choose(policy, state, now)[1]
    return None if cue is None else cue.text


def test_the_most_important_fault_speaks_and_the_others_keep_silent():
    state, cue = choose(POLICY, waiting(FAST, SQUATTING, LEANING), at_the_top())
    assert (cue.text, cue.fault, cue.slot) == ("Hips back", "squatting", Slot.TOP)
    assert choose(POLICY, state, at_the_top(14.0))[1] is None


def test_priorities_are_those_of_the_catalogue():
    assert SQUATTING.priority < LEANING.priority < FAST.priority


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT])
def test_nothing_is_said_within_a_rep(phase):
    assert said(waiting(SQUATTING), at_the_top(phase=phase)) is None


@pytest.mark.parametrize("phase", [Phase.LOCKOUT, Phase.TALL])
def test_the_top_is_where_the_athlete_listens(phase):
    assert said(waiting(SQUATTING), at_the_top(phase=phase)) == "Hips back"


@pytest.mark.parametrize(("since_s", "speaks"), [(0.15, False), (0.25, True)])
def test_a_cue_waits_until_the_work_is_done(since_s, speaks):
    now = at_the_top(10.0, phase_since_s=10.0 - since_s)
    assert (said(waiting(SQUATTING), now) is not None) is speaks


def test_never_while_speaking():
    assert said(waiting(SQUATTING), at_the_top(speaking=True)) is None
    assert said(CueState(), at_the_top(speaking=True, missing="you")) is None


@pytest.mark.parametrize(("later_s", "speaks"), [(1.4, False), (1.6, True)])
def test_two_sentences_are_apart(later_s, speaks):
    state = replace(waiting(SQUATTING, rep=2), last_s=10.0, last_rep=1)
    assert (said(state, at_the_top(10.0 + later_s, rep=2)) is not None) is speaks


@pytest.mark.parametrize(("rep", "speaks"), [(1, True), (2, True), (3, False)])
def test_a_cue_that_comes_late_is_not_said(rep, speaks):
    assert (said(waiting(SQUATTING, rep=1), at_the_top(rep=rep)) is not None) is speaks


def test_one_correction_a_rep():
    state, _ = choose(POLICY, waiting(SQUATTING, rep=1), at_the_top(10.0, rep=1))
    state = wait(state, LEANING, 1)
    assert said(state, at_the_top(13.0, rep=1)) is None
    assert said(state, at_the_top(13.0, rep=2)) == LEANING.cues[0]


@pytest.mark.parametrize(
    ("t", "rep", "speaks"),
    [(15.9, 3, False), (16.1, 2, False), (16.1, 3, True)],
)
def test_the_same_fault_is_not_named_again_too_soon(t, rep, speaks):
    state, _ = choose(POLICY, waiting(SQUATTING, rep=1), at_the_top(10.0, rep=1))
    state = wait(state, SQUATTING, rep)
    assert (said(state, at_the_top(t, rep=rep)) is not None) is speaks


def test_a_cool_fault_lets_a_lesser_one_speak():
    state, _ = choose(POLICY, waiting(SQUATTING, rep=1), at_the_top(10.0, rep=1))
    state = wait(wait(state, SQUATTING, 2), LEANING, 2)
    assert said(state, at_the_top(13.0, rep=2)) == LEANING.cues[0]


def test_a_fault_that_stays_is_said_in_other_words():
    state, texts = CueState(), []
    for rep in range(1, 9, 2):
        state, cue = choose(POLICY, wait(state, SQUATTING, rep), at_the_top(10.0 * rep, rep=rep))
        texts.append(cue.text)
    assert texts == ["Hips back", "Bum to the wall", "Less knee more hip", "Hips back"]


def test_a_fault_without_a_sentence_is_only_counted():
    silent = replace(SQUATTING, cues=())
    assert wait(CueState(), silent, 1) == CueState()


def test_what_cannot_be_seen_comes_before_any_fault():
    _, cue = choose(POLICY, waiting(SQUATTING), at_the_top(missing="your feet"))
    assert (cue.text, cue.fault, cue.slot) == ("I can't see your feet", "not_visible", Slot.FRAMING)


@pytest.mark.parametrize(
    ("later_s", "missing", "speaks"), [(7, "you", False), (9, "you", True), (2, "your feet", True)]
)
def test_what_cannot_be_seen_is_repeated_calmly(later_s, missing, speaks):
    state, _ = choose(POLICY, CueState(), at_the_top(10.0, missing="you"))
    assert (said(state, at_the_top(10.0 + later_s, missing=missing)) is not None) is speaks


def test_in_a_set_of_squats_the_coach_speaks_every_second_rep():
    told = play(STANDING.reps(4, squatted(95), top_s=2))
    named = [(cue.text, cue.fault) for cue in told.cues if cue.slot is Slot.TOP]
    assert named == [("Hips back", "squatting"), ("Bum to the wall", "squatting")]
    assert told.cues[1].t - told.cues[0].t >= POLICY.fault_cooldown_s


def test_the_coach_never_talks_over_itself():
    lean = folded(-14, 0, 0)
    script = STANDING.hold(0.5)
    for _ in range(3):
        script = script.go(squatted(95), 0.7).go(lean, 0.9).hold(0.6).go(TALL, 0.3).hold(0.5)
    poses = ScriptedBody(script, Filming(fps=10)).poses()
    coach = Coach(Assignment(RDL))
    assert [cue for t, pose in poses if (cue := coach.see(t, pose, speaking=True).cue)] == []
    told = watch(poses)
    starts = [cue.t for cue in told.cues[:-1]]
    assert len(starts) >= 2
    assert all(later - sooner >= POLICY.apart_s for sooner, later in pairwise(starts))


def test_top_cues_come_between_lockout_and_descent():
    told = play(STANDING.reps(3, squatted(95)))
    for step in told.steps[:-1]:
        if step.cue is not None and step.cue.slot is Slot.TOP:
            assert step.phase in (Phase.LOCKOUT, Phase.TALL)


def test_the_set_begins_with_how_to_set_up():
    told = play(Script().hold(1), prompt=True)
    assert told.said[0] == RDL.setup_prompt
    assert told.cues[0].slot is Slot.FRAMING
    assert play(Script().hold(1)).said == [told.summary]


def test_a_button_press_ends_the_set_and_names_the_next_drill():
    coach = Coach(Assignment(RDL))
    poses = ScriptedBody(STANDING.rep(hinged(84)), Filming(fps=10)).poses()
    for t, pose in poses:
        coach.see(t, pose, speaking=False)
    step = coach.assign(6.0, Assignment(DRILLS["wall_touch"]))
    assert [type(event).__name__ for event in step.events] == ["RepCompleted", "SetCompleted", "SetStarted"]
    assert step.events[1].summary.startswith("One clean rep.")
    assert step.cue.text == "wall touch"
    assert (step.drill, step.reps, step.target_reps) == ("wall_touch", 0, 10)
    assert coach.drill.id == "wall_touch"


def test_after_a_drill_change_the_athlete_is_still_known():
    coach = Coach(Assignment(RDL))
    for t, pose in ScriptedBody(STANDING, Filming(fps=10)).poses():
        coach.see(t, pose, speaking=False)
    coach.assign(1.1, Assignment(DRILLS["standing_dowel"]))
    poses = ScriptedBody(Script(((0, hinged(80)),)).hold(0.5).go(TALL, 1.3).hold(1), Filming(fps=10)).poses()
    steps = [coach.see(t + 1.2, replace(pose, t=t + 1.2), speaking=False) for t, pose in poses]
    assert steps[-1].reps == 1
