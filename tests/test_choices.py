"""What is chosen on the web page: laid over the owner's files, key by key, and never in the coach's way."""

import pytest

from pi_coach import choices
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.core.errors import UsageError
from pi_coach.latest_setting import LatestSetting
from pi_coach.places import Places


@pytest.fixture
def places(tmp_path):
    made = Places(tmp_path / "own", tmp_path / "data", tmp_path / "cache")
    made.owner_dir.mkdir()
    made.data_dir.mkdir()
    return made


def test_choices_win_over_the_owners_file_and_that_over_the_defaults(places):
    (places.owner_dir / "coach.toml").write_text('[speech]\nvolume = 0.3\nrate_wpm = 150\n[coach]\nathlete = "Ada"\n')
    choices.choose(places, {"speech": {"volume": 0.6}})
    settings = choices.load(places).settings
    assert (settings.speech.volume, settings.speech.rate_wpm, settings.coach.athlete) == (0.6, 150, "Ada")
    assert settings.tones.volume == 1.0


def test_later_choices_keep_the_earlier_ones(places):
    choices.choose(places, {"speech": {"volume": 0.6}})
    choices.choose(places, {"targets": {"rdl": {"reps": 6}}})
    config = choices.choose(places, {"targets": {"rdl": {"sets": 2}}})
    assert config.settings.speech.volume == 0.6
    assert (config.drills["rdl"].plan.sets, config.drills["rdl"].plan.reps) == (2, 6)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"speech": {"volume": 7.0}}, "speech.volume is 7"),
        ({"speech": {"volume": "loud"}}, "must be a number"),
        ({"speech": {"device": "hw:1"}}, "speech.device cannot be chosen"),
        ({"camera": {"fps": 30.0}}, "camera.fps cannot be chosen"),
        ({"web": {"host": "::"}}, "web.host cannot be chosen"),
        ({"coach": {"button_drills": ["nothing"]}}, "unknown drill 'nothing'"),
        ({"targets": {"rdl": {"reps": 99}}}, "1 to 50 reps"),
        ({"targets": {"rdl": {"rest_s": 5.0}}}, "targets.rdl.rest_s cannot be chosen"),
        ({"targets": {"../coach": {"reps": 5}}}, "cannot be chosen"),
    ],
)
def test_what_may_not_be_chosen_is_refused_and_nothing_is_kept(places, chosen, told):
    with pytest.raises(UsageError, match=told.replace("(", r"\(")):
        choices.choose(places, chosen)
    assert not places.choices.exists()


def test_a_file_with_mistakes_is_left_out_key_by_key_with_a_sentence_each(places):
    places.choices.write_text(
        '[speech]\nvolume = 7\nlanguage = "de"\n[camera]\nfps = 3\n[targets.rdl]\nsets = 99\nreps = 5\n'
    )
    config = choices.load(places)
    assert config.settings.speech.language == "de"
    assert config.drills["rdl"].plan.reps == 5
    assert config.settings.speech.volume == 1.0
    assert len(config.refused) == 3
    for line, key in zip(config.refused, ("speech.volume", "camera.fps", "targets.rdl.sets"), strict=True):
        assert line.startswith(f"{places.choices}: {key} is left out: ")


def test_a_file_that_is_no_toml_is_left_out_as_a_whole_and_replaced_by_the_next_choice(places):
    places.choices.write_text("[speech")
    config = choices.load(places)
    assert config.settings.speech.volume == 1.0
    assert "not readable" in config.refused[0]
    assert choices.choose(places, {"speech": {"volume": 0.5}}).refused == ()


def test_an_owners_own_mistake_is_still_the_owners(places):
    (places.owner_dir / "coach.toml").write_text("[speech]\nvolume = 9\n")
    places.choices.write_text("[speech]\nrate_wpm = 1\n")
    with pytest.raises(UsageError, match=r"coach.toml: speech.volume is 9"):
        choices.load(places)


def latest(places):
    return LatestSetting(Setting(choices.load(places), places, SystemClock(), print))


def test_what_is_chosen_meanwhile_is_known_at_the_next_look(places):
    setting = latest(places)
    assert setting.now() is setting.now()
    choices.choose(places, {"coach": {"athletes": ["Ada", "Ben"]}})
    assert setting.known.config.settings.coach.athletes == ()
    assert setting.now().config.settings.coach.athletes == ("Ada", "Ben")


def test_an_owners_file_that_breaks_meanwhile_changes_nothing(places):
    setting = latest(places)
    (places.owner_dir / "coach.toml").write_text("[speech]\nvolume = 9\n")
    assert setting.now().config.settings.speech.volume == 1.0
