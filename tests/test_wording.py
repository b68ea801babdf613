"""What the coach says, in every language there is."""

from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import config, wording
from pi_coach.core.errors import UsageError
from pi_coach.owner_files import defaults_dir, read
from pi_coach.testing.fakes import CHARACTERS_S

NOBODY = Path("/nobody's/own/config")
LANGUAGES = wording.languages(NOBODY)
ENGLISH = dict(wording.sentences(read(NOBODY, "voice/en.toml")))
LONGEST_CUE_S = 2.5

every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def owner(tmp_path):
    def writes(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return writes


def own(language):
    return dict(wording.sentences(read(NOBODY, f"voice/{language}.toml")))


def test_there_is_more_than_one_language():
    assert {"en", "de"} <= set(LANGUAGES)


@every_language
def test_no_sentence_is_missing(language):
    missing = sorted(set(ENGLISH) - set(own(language)))
    assert missing == [], f"said in English: {', '.join(missing)}"


@every_language
def test_no_sentence_is_left_over(language):
    assert set(own(language)) <= set(ENGLISH)


@every_language
def test_every_language_counts_to_twenty(language):
    numbers = read(NOBODY, f"voice/{language}.toml")["numbers"]
    assert len(numbers) == len(set(numbers)) == 21


@every_language
def test_every_blank_of_a_sentence_is_filled_in_every_language(language):
    phrases = wording.read(NOBODY, language).phrases
    values = {
        "athlete": "Ada",
        "drill": "rdl",
        "seconds": 45,
        "number": 2,
        "sets": 3,
        "reps": 8,
        "count": 8,
        "clean": 7,
    }
    for key in phrases.sentences:
        assert "{" not in phrases.say(key, fix="x", **values), key


@every_language
def test_every_cue_can_be_heard_between_two_reps(language, owner):
    settings = owner("coach.toml", f'[speech]\nlanguage = "{language}"\n')
    for drill in config.load(settings).drills.values():
        for fault in drill.faults:
            assert fault.words.short, (drill.id, fault.id)
            for text in fault.words.cues:
                assert len(text) / CHARACTERS_S <= LONGEST_CUE_S, text


def test_the_language_chooses_its_voice_unless_the_owner_does(owner):
    assert config.load(owner("coach.toml", '[speech]\nlanguage = "de"\n')).settings.speech.voice == "de"
    own_voice = '[speech]\nlanguage = "de"\nvoice = "de+f2"\n'
    assert config.load(owner("coach.toml", own_voice)).settings.speech.voice == "de+f2"


def test_a_german_coach_speaks_german(owner):
    loaded = config.load(owner("coach.toml", '[speech]\nlanguage = "de"\n'))
    assert loaded.drill("wall_touch").fault("squatting").words.short == "Hüfte zurück"
    assert loaded.wording.phrases.say("framing.side") == "Dreh dich zur Seite"


def test_a_sentence_that_a_language_lacks_is_said_in_english(owner):
    folder = owner("voice/xx.toml", 'language = "Double X"\n[say.framing]\nfeet = "Fiit"\n')
    spoken = wording.read(folder, "xx")
    assert (spoken.language, spoken.phrases.say("framing.feet")) == ("Double X", "Fiit")
    assert spoken.phrases.say("framing.head") == "I can't see your head"
    assert spoken.phrases.number(3) == "Three"


def test_an_owner_changes_one_sentence(owner):
    folder = owner("voice/en.toml", '[faults.squatting]\nshort = "Sit back"\n[say.session]\ngo = "Off you go"\n')
    loaded = config.load(folder)
    assert loaded.drill("rdl").fault("squatting").words == replace(
        config.load(NOBODY).drill("rdl").fault("squatting").words, short="Sit back"
    )
    assert loaded.wording.phrases.say("session.go") == "Off you go"


WRONG = {
    "an unknown language": ("coach.toml", '[speech]\nlanguage = "tlh"\n', ["'tlh'", "de, en"]),
    "an unknown sentence": ("voice/en.toml", '[say.framing]\nfeed = "?"\n', ["say.framing.feed", "voice/en.toml"]),
    "an unknown blank": ("voice/en.toml", '[say.session]\nrest = "{minutes} minutes"\n', ["{minutes}", "{seconds}"]),
    "half a blank": ("voice/en.toml", '[say.session]\nrest = "{seconds seconds"\n', ["say.session.rest", "blanks"]),
    "a number for a sentence": ("voice/en.toml", "[say.session]\nrest = 3\n", ["say.session.rest", "a text"]),
    "a word that no fault has": ("voice/en.toml", '[faults.shallow]\nlong = "?"\n', ["'long'", "short"]),
}


@pytest.mark.parametrize("story", WRONG)
def test_a_wrong_sentence_is_refused_with_its_file_and_key(owner, story):
    name, text, words = WRONG[story]
    folder = owner(name, text)
    with pytest.raises(UsageError) as refused:
        config.load(folder)
    for word in words:
        assert word in str(refused.value), str(refused.value)


def test_english_has_every_sentence():
    assert (defaults_dir() / "voice" / "en.toml").exists()
    assert {key.split(".")[1] for key in ENGLISH if key.startswith("say.")} == {
        "framing", "summary", "session", "coaching",
    }  # fmt: skip
