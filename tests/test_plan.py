"""Today's session as the terminal, other programs and the coach get it."""

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import cli, config
from pi_coach.adapters.book.edits import ScreenDone, save_profile, save_screen
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.core.errors import CoachError
from pi_coach.core.events import RepCompleted, SetStarted
from pi_coach.core.planning.history import History, Profile
from pi_coach.core.sessions.bout import turns
from pi_coach.core.step import Step
from pi_coach.plan import as_json, bouts, lines, read_syllabus, todays

sys.path.append(str(Path(__file__).parent / "core"))
from life import SYLLABUS, Life, on_rung
from story import DRILLS, STANDING, play

from pi_coach.testing.fakes import ManualClock
from pi_coach.testing.script import hinged

NOW = dt.datetime(2026, 6, 1, 18, 0, tzinfo=dt.UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


def planned(path, athlete="Ana", wall=NOW):
    with SessionBook(path) as book:
        return todays(SYLLABUS, book.history(athlete), wall)


def text_of(plan):
    return "\n".join(lines("Ana", plan, DRILLS))


# What is said


def test_a_newcomer_with_an_empty_book_gets_the_screen_and_the_wall(path):
    text = text_of(planned(path))
    assert text.startswith("Today for Ana, before the first screen\nNobody has seen you hinge yet.\n")
    assert "  Standing dowel hinge: 1 x 6, rest 45 s, first set silent\n    the screen: " in text
    assert "  Wall touch: 2 x 10, heels 15 cm from the wall, rest 45 s\n" in text
    assert not path.exists()


def test_loads_notes_and_sides_are_told_where_there_are_any():
    text = text_of(on_rung(4, kg=80.0).train(kg=80.0).wait(3).plan())
    assert "Today for Ana, rung T4" in text
    assert " kg, rest 120 s" in text
    assert "To know\n  One heavy day a week: the next in 3 days; lighter today." in text
    wanted = replace(SYLLABUS, rules=replace(SYLLABUS.rules, extras=("wall_slide",)))
    assert "2 x 2 a side, rest 30 s" in text_of(on_rung_with(wanted).plan())


def on_rung_with(syllabus):
    life = Life(syllabus=syllabus)
    life.history, life.day = on_rung(2).history, on_rung(2).day
    return life


def test_self_tests_that_are_due_say_how_they_are_done_and_others_what_came_of_them(path):
    save_screen(path, "Ana", ScreenDone("hip_flexion", NOW - dt.timedelta(days=3), 95.0))
    save_screen(path, "Ana", ScreenDone("ankle", NOW - dt.timedelta(days=40), passed=True))
    text = text_of(planned(path))
    assert "  Hip flexion, lying: 95 degrees (fair)\n" in text
    assert "  Knee to wall: (good): due; good from 10 cm, limited below 6\n    Kneel with one foot" in text
    assert "Reach to the wall" not in text


def test_no_line_is_wider_than_a_terminal():
    for tier in range(5):
        assert max(map(len, lines("Ana", on_rung(tier, kg=80.0).plan(), DRILLS))) <= 100


def test_the_plan_as_json_has_everything_and_null_for_what_is_not_known(path):
    told = json.loads(json.dumps(as_json("Ana", planned(path)), allow_nan=False))
    assert (told["schema"], told["athlete"], told["tier"]) == (1, "Ana", None)
    assert told["entries"][0] == {
        "rung": "standing_dowel",
        "drill": "standing_dowel",
        "sets": 1,
        "reps": 6,
        "rest_s": 45.0,
        "load_kg": None,
        "wall_cm": None,
        "silent_first": True,
        "reason": "the screen: the coach only watches, and knows where to begin",
    }
    assert {screen["screen"] for screen in told["screens"] if screen["due"]} == {
        "hip_flexion",
        "straight_leg_raise",
        "ankle",
    }


# What the coach does with it


def test_the_session_does_the_plan_set_by_set(path):
    plan = planned(path)
    screen, wall = bouts(plan, DRILLS)
    assert (screen.drill, screen.sets, screen.reps, screen.rest_s) == (DRILLS["standing_dowel"], 1, 6, 45.0)
    assert [turn.silent for turn in turns(screen)] == [True]
    assert [turn.silent for turn in turns(wall)] == [False, False]
    assert wall.wall_cm == 15.0
    assert wall.reason == plan.entries[1].reason


def test_every_bout_of_a_loaded_day_has_its_weight():
    plan = on_rung(5, kg=100.0).wait(14).train(kg=100.0).wait(7).plan()
    loads = {bout.drill.id: bout.load_kg for bout in bouts(plan, DRILLS)}
    assert loads["conventional_deadlift"] > 100.0
    assert loads["standing_dowel"] is None


# From the camera to the next plan


def test_a_screen_that_the_coach_watched_decides_the_next_session(path):
    told = play(STANDING.reps(6, hinged(72)), "standing_dowel", target_reps=6)
    keep(path, told.steps, silent=True)
    plan = planned(path, wall=ManualClock().wall() + dt.timedelta(days=3))
    assert plan.tier == 2
    assert plan.why.startswith("6 of 6 reps of the screen were clean.")


def test_a_profile_on_basics_only_keeps_the_loads_away(path):
    told = play(STANDING.reps(6, hinged(72)), "standing_dowel", target_reps=6)
    keep(path, told.steps, silent=True)
    save_profile(path, "Ana", Profile(basics_only=True))
    plan = planned(path, wall=ManualClock().wall() + dt.timedelta(days=3))
    assert plan.tier == 1
    assert all(entry.load_kg is None for entry in plan.entries)


def keep(path, steps, *, silent):
    """Put what the coach saw into the book, as a silent set."""
    writer = SessionWriter(path, SessionStart("Ana", "camera", "0.1.0", {}), ManualClock())
    for step in steps:
        events = (e for e in step.events if isinstance(e, SetStarted | RepCompleted))
        kept = tuple(replace(event, silent=silent) if isinstance(event, SetStarted) else event for event in events)
        writer.show(Step(step.t, step.drill, step.phase, None, None, kept, None, step.reps, step.target_reps))
    writer.close()
    assert writer.unsaved == 0


# The owner's own programme


def owned(tmp_path, text):
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    return read_syllabus(replace(config.load(tmp_path), owner_dir=tmp_path))


def test_an_owner_changes_only_what_should_be_different(tmp_path):
    own = owned(
        tmp_path, 'extras = ["kettlebell_swing"]\n[week]\nbeginner = [1, 2]\n[ladder.wall_touch]\nrest_s = 20\n'
    )
    assert own.rules.extras == ("kettlebell_swing",)
    assert own.rules.week.beginner == (1, 2)
    assert own.rules.ladder["wall_touch"].rest_s == 20.0
    assert own.rules.ladder["wall_touch"].reps == (10, 10)
    assert own.rules.up == SYLLABUS.rules.up


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[week]\nbeginer = [1, 2]\n", "unknown key 'beginer'"),
        ("[heavy]\ntop_reps = 5.5\n", "must be a whole number"),
        ('extras = ["handstand"]\n', "unknown rung 'handstand'"),
        (
            '[ladder.mine]\ndrill = "mine"\ntier = 1\nsets = [2, 2]\nreps = [5, 5]\nrest_s = 30\n',
            "unknown drill 'mine'",
        ),
        ("[ladder.wall_touch]\ntier = 7\n", "tier is 7; allowed are 0 to 5"),
        ("[ladder.wall_touch]\nreps = [10]\n", "reps"),
    ],
)
def test_a_slip_in_the_programme_is_refused_with_file_and_key(tmp_path, text, words):
    with pytest.raises(CoachError, match=words) as refused:
        owned(tmp_path, text)
    assert "programme.toml" in str(refused.value)


def test_the_empty_past_of_an_unknown_athlete_is_that_of_a_newcomer(path):
    with SessionBook(path) as book:
        assert book.history("Nobody") == History()


def coach(capsys, folder, *words):
    code = cli.main(["--config", str(folder / "none"), "--data", str(folder), *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_an_athlete_tells_is_kept_and_reaches_the_plan(tmp_path, capsys):
    assert coach(capsys, tmp_path, "athlete")[1].count("not told") == 2
    coach(capsys, tmp_path, "athlete", "--body", "81", "--stature", "178")
    code, out, _ = coach(capsys, tmp_path, "athlete", "--basics-only", "yes", "--screen", "ankle", "8")
    assert code == cli.DONE
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["kg", "cm", "yes"]
    assert "Knee to wall: 8 cm" in coach(capsys, tmp_path, "plan")[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("athlete", "--body", "8000"), "--body is 8000; allowed are 20 to 300"),
        (("athlete", "--stature", "1.78"), "--stature is 1.78; allowed are 100 to 230"),
        (("athlete", "--screen", "knee", "8"), "unknown self-test 'knee'; known are hip_flexion"),
        (("athlete", "--screen", "ankle", "far"), "'far' is no number; ankle is measured in cm"),
        (("run", "--load", "20"), "--load needs --drill"),
        (("run", "--drill", "rdl", "--load", "0"), "0.5 to 500 kg"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path, capsys, words, complaint):
    code, _, err = coach(capsys, tmp_path, *words)
    assert code == cli.MISUSED
    assert complaint in err
    assert err.count("\n") == 1


def test_how_a_session_felt_needs_that_session(tmp_path, capsys):
    code, _, err = coach(capsys, tmp_path, "answer", "7", "--pain", "yes")
    assert code == cli.FAILED
    assert "There is no session 7" in err
