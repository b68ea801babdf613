"""The sentence at the end of a set."""

from itertools import combinations

import pytest
from story import DRILLS

from pi_coach.core.drill import MEASURES, READINGS
from pi_coach.core.events import Rep
from pi_coach.core.summary import headline, number, sentence

RDL = DRILLS["rdl"]
SEEN = dict.fromkeys((*READINGS, *MEASURES), 1.0)


def reps(count, faults=(), *, quality=True, score=90, measures=SEEN):
    return [Rep(n, n, n, n, score, quality, tuple(faults), measures) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("done", "spoken"),
    [
        ([], "No reps."),
        (reps(1), "One clean rep."),
        (reps(1, quality=False), "One rep, none clean."),
        (reps(10), "Ten reps, all clean."),
        (reps(8) + reps(2, quality=False), "Ten reps, eight clean."),
        (reps(3, quality=False), "Three reps, none clean."),
        (reps(25), "25 reps, all clean."),
    ],
)
def test_it_begins_with_how_many(done, spoken):
    assert headline(done) == spoken


def test_numbers_are_spoken():
    assert [number(n) for n in (0, 1, 12, 20, 21)] == ["No", "One", "Twelve", "Twenty", "21"]


def test_a_good_set_hears_its_greatest_strength():
    assert sentence(RDL, reps(8)) == "Eight reps, all clean. Good hip reach."


def test_a_set_with_a_fault_hears_what_to_do_about_it():
    mixed = reps(5) + reps(3, ["no_lockout"], quality=False)
    assert sentence(RDL, mixed) == "Eight reps, five clean. Good hip reach. Next set: squeeze tall at the top."


def test_a_single_slip_is_not_worth_a_word():
    assert "Next set" not in sentence(RDL, reps(9) + reps(1, ["no_lockout"]))
    assert "Next set" in sentence(RDL, reps(7) + reps(3, ["no_lockout"]))


def test_the_most_important_of_several_faults_is_the_fix():
    assert sentence(RDL, reps(4, ["overextension", "squatting"])).endswith("Next set: hips back first.")


def test_what_was_not_seen_is_not_praised():
    blind = reps(3, measures=SEEN | {"squat_votes": None, "back_curve_pct": None})
    assert "hip reach" not in sentence(RDL, blind)
    assert sentence(RDL, reps(3, score=None)) == "Three reps, all clean."


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_no_summary_is_longer_than_sixteen_words(drill):
    drill = DRILLS[drill]
    names = [fault.id for fault in drill.faults]
    for some in (pick for size in range(4) for pick in combinations(names, size)):
        for clean, faulty in ((0, 20), (7, 3), (19, 1), (1, 0)):
            done = reps(clean) + reps(faulty, some, quality=False)
            text = sentence(drill, done)
            assert 1 <= len(text.split()) <= 16, text
            assert text.endswith(".")
            assert ".." not in text
