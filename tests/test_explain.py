"""What `pi-coach explain` tells, on sessions that the real coach judged and the real book kept."""

import sys
from pathlib import Path

import pytest

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.trail import trail
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.core.errors import CoachError
from pi_coach.core.events import Cue, CueHeld, Slot
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.core.step import Step
from pi_coach.explain import Asked, distance, lines
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import ManualClock
from pi_coach.testing.script import TALL, folded, hinged, squatted

sys.path.append(str(Path(__file__).parent / "core"))
from story import DRILLS, PHRASES, STANDING

GOOD_THEN_SQUAT = STANDING.rep(hinged(80)).rep(squatted(75)).rep(hinged(80))
"""A good hinge, a squat, and a good hinge again."""

CHOSEN = "it matters most and was not named before"
"""Why a cue was chosen, as the coach words it."""


def stored(path, script=GOOD_THEN_SQUAT, drill="rdl", also=(), again=None):
    """Let the coach judge the athlete, and the book keep it; `again` is a second set. Return the session as read."""
    clock = ManualClock()
    writer = SessionWriter(path, SessionStart("Ana", "camera", "0.1.0", {}), clock)
    for one in (script, again):
        if one is not None:
            coach = Coach(Assignment(DRILLS[drill], PHRASES))
            steps = [coach.see(t, pose, speaking=False) for t, pose in ScriptedBody(one, Filming(fps=15)).poses()]
            for step in (*steps, coach.finish(one.end_s)):
                writer.show(step)
    for step in also:
        writer.show(step)
    writer.close()
    with SessionBook(path) as book:
        return book.session(writer.session_id)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("book") / "sessions.db")


def told(session, rep, set_number=None):
    return lines(session, Asked(rep, set_number), DRILLS)


def section(session, rep, name):
    """The lines under a heading."""
    text = told(session, rep)
    after = text[text.index(name) + 1 :]
    return after[: after.index("")] if "" in after else after


def test_a_squat_is_named_with_what_it_read_its_limit_and_why_the_limit_lies_there(session):
    assert told(session, 2)[0].startswith("Session 1, set 1 of 1, rep 2 of 3: rdl, seen from the ")
    assert "not clean" in told(session, 2)[1]
    faults = section(session, 2, "Faults")
    place = next(i for i, line in enumerate(faults) if "Squatting instead of hinging (major" in line)
    assert faults[place].endswith("no clean rep with it")
    assert faults[place + 1].strip().startswith("signs of a squat was ")
    assert faults[place + 1].endswith("the limit is above 1.5: far beyond")
    assert "Two of five signs" in faults[place + 2]


def test_a_good_hinge_beside_a_squat_has_none_of_its_faults(session):
    assert section(session, 1, "Faults") == ["  None."]
    assert section(session, 3, "Faults") == ["  None."]
    assert "Score " in told(session, 1)[1]


def test_every_measure_stands_with_its_unit_beside_the_limit_it_is_held_against(session):
    measured = "\n".join(section(session, 1, "Measured"))
    assert "hip flexion" in measured
    assert "°" in measured
    assert "signs of a squat" in measured
    assert "squatting above 1.5: far within" in measured
    assert "overextension above 8° for 0.3 s: far within" in measured


def test_what_was_not_seen_is_listed_as_not_seen_and_never_as_nought(session):
    unseen = " ".join(line.strip() for line in section(session, 1, "Measured"))
    assert "Not seen:" in unseen
    assert "gap to the wall" in unseen.split("Not seen:")[1]


def test_what_the_coach_said_after_the_rep_is_told_with_its_reason(session):
    said = section(session, 2, "Said")
    assert any(line.startswith('  "') and "about squatting" in line for line in said)


def test_reasons_and_what_was_held_back_are_told_in_the_coachs_own_words(tmp_path):
    t = GOOD_THEN_SQUAT.end_s
    cue = Cue(t, "Well done", None, Slot.TOP, CHOSEN)
    held = CueHeld(t, 3, "shallow", "named two reps ago")
    late = Step(t, "rdl", None, None, None, (held,), cue, 3, 10)
    session = stored(tmp_path / "sessions.db", also=(late,))
    assert '  "Well done" (top)' in section(session, 3, "Said")
    assert f"    because: {CHOSEN}" in section(session, 3, "Said")
    assert section(session, 3, "Held back") == ["  Not deep enough: named two reps ago"]
    assert section(session, 1, "Held back") == ["  Nothing."]


def test_a_fault_of_a_failed_attempt_is_not_blamed_on_the_rep_after_it(tmp_path):
    leaning_back = STANDING.go(folded(-16, 0, 0), 0.5).hold(0.6).go(TALL, 0.5).hold(0.5)
    session = stored(tmp_path / "sessions.db", leaning_back.rep(hinged(32)).rep(hinged(80)).rep(hinged(80)))
    kinds = [event.kind for event in session.events]
    assert "FaultRaised" in kinds[: kinds.index("RepAborted")]
    assert section(session, 1, "Faults") == ["  None."]
    assert [trail(session, session.sets[0], rep).raised for rep in (1, 2, 3)] == [(), (), ()]


def test_each_set_and_each_rep_has_its_own_faults(tmp_path):
    session = stored(tmp_path / "sessions.db", again=STANDING.rep(squatted(75)).rep(hinged(80)))
    raised = {
        (one.number, rep.number): {found.fault for found in trail(session, one, rep.number).raised}
        for one in session.sets
        for rep in one.reps
    }
    assert {place for place, faults in raised.items() if "squatting" in faults} == {(1, 2), (2, 1)}
    assert lines(session, Asked(1), DRILLS)[0].startswith("Session 1, set 2 of 2, rep 1 of 2")
    assert lines(session, Asked(1, 1), DRILLS)[0].startswith("Session 1, set 1 of 2, rep 1 of 3")


def test_a_rep_that_is_not_there_is_refused_with_those_that_are(session):
    with pytest.raises(CoachError, match="Session 1 has no rep 9; reps there: set 1 has 3"):
        told(session, 9)
    with pytest.raises(CoachError, match="Session 1 has no set 4 with a rep 1"):
        told(session, 1, 4)


def test_a_drill_that_left_the_catalogue_is_explained_without_limits(session):
    text = lines(session, Asked(2), {})
    assert "  The drill is not in the catalogue any more: no limits are known." in text
    assert any("the drill has no such fault any more" in line for line in text)


def test_no_line_is_wider_than_a_terminal(session):
    assert max(len(line) for rep in (1, 2, 3) for line in told(session, rep)) <= 110


@pytest.mark.parametrize(
    ("lean_deg", "words"),
    [(7.0, "just within"), (3.0, "clearly within"), (0.0, "far within"), (9.0, "just beyond"), (30.0, "far beyond")],
)
def test_how_far_a_value_is_from_its_limit_is_told_in_the_measures_own_scatter(lean_deg, words):
    assert distance(DRILLS["rdl"].fault("overextension"), lean_deg) == words
