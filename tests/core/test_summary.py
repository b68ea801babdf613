"""The sentence at the end of a set: one number, one strength, one fix, in sixteen words of any language."""

import functools
from itertools import combinations
from pathlib import Path

import pytest
from story import DRILLS, PHRASES

from pi_coach import config, wording
from pi_coach.core.events import Rep
from pi_coach.core.reps.fault import MEASURES, READINGS
from pi_coach.core.speaking.summary import MOST_WORDS, headline, most_important, sentence

RDL = DRILLS["rdl"]
SEEN = dict.fromkeys((*READINGS, *MEASURES), 1.0)
COUNTS = ((0, 20), (7, 3), (1, 0), (0, 1), (8, 9), (40, 37))
"""Clean reps and reps with the faults."""


def reps(count, faults=(), *, quality=True, score=90, measures=SEEN):
    return [Rep(n, n, n, n, score, quality, tuple(faults), measures) for n in range(1, count + 1)]


def told(done):
    return sentence(RDL, PHRASES, done)


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
    assert headline(PHRASES, done) == spoken


def test_a_good_set_hears_its_greatest_strength():
    assert told(reps(8)) == "Eight reps, all clean. Good hip reach."


def test_a_set_with_a_fault_hears_what_to_do_about_it():
    mixed = reps(5) + reps(3, ["no_lockout"], quality=False)
    assert told(mixed) == "Eight reps, five clean. Good hip reach. Next set: squeeze tall at the top."


def test_a_single_slip_is_not_worth_a_word():
    assert "Next set" not in told(reps(9) + reps(1, ["no_lockout"]))
    assert "Next set" in told(reps(7) + reps(3, ["no_lockout"]))


def test_the_most_important_of_several_faults_is_the_fix():
    assert told(reps(4, ["overextension", "squatting"])).endswith("Next set: hips back first.")


def test_what_was_not_seen_is_not_praised():
    blind = reps(3, measures=SEEN | {"squat_votes": None, "back_curve_pct": None})
    assert "hip reach" not in told(blind)
    assert told(reps(3, score=None)) == "Three reps, all clean."


def test_a_set_of_no_reps_has_no_most_important_fault():
    assert most_important(RDL.faults, {"squatting": 3}, 0) is None
    assert most_important(RDL.faults, {"squatting": 1, "shallow": 4}, 10).id == "shallow"


def test_where_a_language_needs_too_many_words_the_strength_gives_way_to_the_fix():
    wordy = PHRASES.__class__(
        {**PHRASES.sentences, "summary.some_clean": "{count} of all the reps that you did, {clean} of them clean."},
        PHRASES.numbers,
    )
    mixed = reps(5) + reps(3, ["squatting"], quality=False)
    assert sentence(RDL, wordy, mixed) == (
        "Eight of all the reps that you did, five of them clean. Next set: hips back first."
    )


@functools.cache
def spoken(language, place):
    (place / "coach.toml").write_text(f'[speech]\nlanguage = "{language}"\n')
    return config.load(place)


@pytest.mark.parametrize("language", wording.languages(Path("/nobody's/own/config")))
@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_no_summary_is_longer_than_sixteen_words_in_any_language(drill, language, tmp_path_factory):
    words = spoken(language, tmp_path_factory.getbasetemp())
    rule, phrases = words.drills[drill], words.wording.phrases
    names = [fault.id for fault in rule.faults]
    for some in (pick for size in (0, 1, 2, len(names)) for pick in combinations(names, size)):
        for clean, faulty in COUNTS:
            text = sentence(rule, phrases, reps(clean) + reps(faulty, some, quality=False))
            assert 1 <= len(text.split()) <= MOST_WORDS, text
            assert text.endswith(".")
            assert ".." not in text


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_in_english_a_summary_has_room_for_number_strength_and_fix(drill):
    names = {fault.id for fault in DRILLS[drill].faults}
    for fault in DRILLS[drill].faults:
        done = reps(11) + reps(6, [fault.id], quality=False)
        text = sentence(DRILLS[drill], PHRASES, done)
        assert text.startswith("Seventeen reps, eleven clean. ")
        assert text.endswith(f"Next set: {fault.words.fix}.")
        assert text.count(".") == 3 or len(names) == 1, text
