"""The owner's files: what may be changed key by key, and how a wrong one is refused."""

import pytest

from pi_coach import cli, config
from pi_coach.config import load
from pi_coach.core.errors import UsageError
from pi_coach.owner_files import defaults_dir

TINY_DRILL = """
id = "my_hinge"
name = "my hinge"
how_to = "Push your hips back."
setup_prompt = "Brace"
target_deg = 60.0
[plan]
sets = 1
reps = 3
rest_s = 30
[rep]
depth_deg = 40.0
[faults.squatting]
"""


@pytest.fixture
def owner(tmp_path):
    """Write the owner's files and read them."""
    (tmp_path / "drills").mkdir()

    class Owner:
        folder = tmp_path

        @staticmethod
        def writes(name, text):
            (tmp_path / name).write_text(text, encoding="utf-8")
            return Owner

        @staticmethod
        def reads():
            return load(tmp_path)

    return Owner


def test_without_a_file_of_their_own_the_owner_has_the_defaults(owner):
    loaded = owner.reads()
    assert loaded.settings.coach.drill in loaded.drills
    assert set(loaded.settings.coach.button_drills) <= set(loaded.drills)
    assert load(owner.folder / "nowhere") == loaded


def test_the_owner_changes_a_setting_key_by_key(owner):
    before = owner.reads().settings
    after = owner.writes("coach.toml", '[speech]\nrate_wpm = 150\n[coach]\nathlete = "Ana"\n').reads().settings
    assert (after.speech.rate_wpm, after.coach.athlete) == (150, "Ana")
    assert (after.speech.voice, after.coach.drill, after.camera) == (
        before.speech.voice,
        before.coach.drill,
        before.camera,
    )


def test_a_whole_number_will_do_where_a_number_is_asked_for(owner):
    assert owner.writes("coach.toml", "[camera]\nfps = 15\n").reads().settings.camera.fps == 15.0


def test_the_owner_changes_a_drill_key_by_key(owner):
    before = owner.reads().drills["rdl"]
    text = 'target_deg = 80\n[faults.shallow]\nbelow = 0.7\n[faults.shallow.words]\nshort = "Deeper"\n'
    after = owner.writes("drills/rdl.toml", text).reads().drills["rdl"]
    assert (after.target_deg, after.fault("shallow").below, after.fault("shallow").words.short) == (80.0, 0.7, "Deeper")
    assert after.fault("shallow").title == before.fault("shallow").title
    assert after.fault("squatting") == before.fault("squatting")
    assert after.rep == before.rep


def test_the_owner_changes_a_fault_in_every_drill_at_once(owner):
    drills = owner.writes("faults.toml", '[squatting.words]\nshort = "Sit back"\n').reads().drills
    assert (
        drills["rdl"].fault("squatting").words.short
        == drills["wall_touch"].fault("squatting").words.short
        == "Sit back"
    )


def test_the_owner_adds_a_drill_without_python(owner):
    loaded = owner.writes("drills/my_hinge.toml", TINY_DRILL).reads()
    assert loaded.drill("my_hinge").fault("squatting").severity == "major"
    assert "rdl" in loaded.drills


def test_an_unknown_drill_names_the_known_ones(owner):
    with pytest.raises(UsageError, match=r"unknown drill 'rld'; known drills: .*rdl"):
        owner.reads().drill("rld")


WRONG = {
    "an unknown section": ("coach.toml", "[speach]\nrate_wpm = 150\n", ["speach", "known keys", "speech"]),
    "an unknown key": ("coach.toml", "[speech]\nrate = 150\n", ["'rate'", "known keys", "rate_wpm"]),
    "an unknown key of a drill": ("drills/rdl.toml", "targt_deg = 80\n", ["'targt_deg'", "known keys", "target_deg"]),
    "an unknown key of a rep": ("drills/rdl.toml", "[rep]\ndepth = 40\n", ["'depth'", "depth_deg", "rep"]),
    "an unknown key of a fault": (
        "drills/rdl.toml",
        "[faults.shallow]\nbellow = 1\n",
        ["'bellow'", "below", "faults.shallow"],
    ),
    "an unknown fault": ("drills/rdl.toml", "[faults.squating]\n", ["'squating'", "known", "squatting"]),
    "an unknown measure": ("drills/rdl.toml", '[faults.shallow]\nmeasure = "depth"\n', ["'depth'", "depth_share"]),
    "an unknown model": ("coach.toml", '[pose]\nmodel = "huge"\n', ["pose.model", "'huge'", "lite, full, heavy"]),
    "an unknown backend": ("coach.toml", '[pose]\nbackend = "magic"\n', ["pose.backend", "'magic'", "mediapipe"]),
    "an unknown first drill": ("coach.toml", '[coach]\ndrill = "rld"\n', ["'rld'", "known drills", "rdl"]),
    "an unknown button drill": ("coach.toml", '[coach]\nbutton_drills = ["rld"]\n', ["'rld'", "known drills"]),
    "a number out of range": ("coach.toml", "[camera]\nfps = 500\n", ["camera.fps", "500", "5 to 120"]),
    "a pin that is none": ("coach.toml", "[panel]\nbutton_pin = 40\n", ["40", "0 to 27"]),
    "an unknown view": ("drills/rdl.toml", 'judge_views = ["behind"]\n', ["'behind'", "left", "oblique"]),
    "an unknown phase": ("drills/rdl.toml", '[faults.overextension]\nduring = ["top"]\n', ["'top'", "lockout"]),
    "an unknown severity": ("drills/rdl.toml", '[faults.shallow]\nseverity = "bad"\n', ["'bad'", "moderate"]),
    "a text for a number": ("coach.toml", '[camera]\nfps = "30"\n', ["'30'", "a number", "fps"]),
    "a number for a text": ("coach.toml", "[coach]\nathlete = 7\n", ["7", "a text", "athlete"]),
    "a number for yes or no": ("coach.toml", "[speech]\nenabled = 1\n", ["true or false", "enabled"]),
    "half a pin": ("coach.toml", "[panel]\nbutton_pin = 17.5\n", ["17.5", "a whole number", "button_pin"]),
    "a rep that no body can do": ("drills/rdl.toml", "[rep]\ndepth_deg = 500\n", ["depth_deg", "500", "10 to 130"]),
    "a list for a table": ("drills/rdl.toml", 'faults = ["squatting"]\n', ["faults", "[faults.squatting]"]),
    "two limits": ("drills/rdl.toml", "[faults.shallow]\nabove = 1\n", ["shallow", "exactly one", "above"]),
    "a long cue": (
        "drills/rdl.toml",
        '[faults.shallow.words]\nshort = "Please push your hips much further back"\n',
        ["shallow", "Please push", "6 words"],
    ),
    "a target above the bottom": ("drills/rdl.toml", "target_deg = 20\n", ["rdl", "target_deg", "20"]),
    "a set of nothing": ("drills/rdl.toml", "[plan]\nreps = 0\n", ["plan", "1 to 50 reps"]),
    "a view to judge but not to count": (
        "drills/rdl.toml",
        'count_views = ["front"]\n',
        ["judge_views", "count_views"],
    ),
    "a frame fault without phases": ("drills/rdl.toml", "[faults.overextension]\nduring = []\n", ["during"]),
    "a file that is no TOML": ("coach.toml", "[speech\n", ["TOML"]),
    "a file that is no text": ("coach.toml", "\x00\x01", ["TOML"]),
    "another name than its file's": ("drills/mine.toml", TINY_DRILL, ["my_hinge", "my_hinge.toml"]),
    "a drill that says nothing": ("drills/mine.toml", 'id = "mine"\n', ["missing", "name"]),
}


@pytest.mark.parametrize("story", WRONG)
def test_a_wrong_file_is_refused_with_its_name_and_key(owner, story, capsys):
    name, text, words = WRONG[story]
    owner.writes(name, text)
    assert cli.main(["--config", str(owner.folder), "drills"]) == cli.MISUSED
    (complaint,) = capsys.readouterr().err.splitlines()
    assert str(owner.folder / name) in complaint
    for word in words:
        assert word in complaint, word


def test_a_fault_of_the_owners_that_is_wrong_is_blamed_on_their_drill(owner):
    owner.writes("faults.toml", "[shallow]\nbellow = 1\n")
    with pytest.raises(UsageError, match="bellow"):
        owner.reads()


def test_every_number_of_the_coach_has_its_limits():
    settings = load(defaults_dir()).settings
    for key, (low, high) in config.LIMITS.items():
        section, name = key.split(".")
        assert low <= getattr(getattr(settings, section), name) <= high, key
