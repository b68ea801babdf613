"""Whatever stands in the owner's files, the coach starts with it or refuses it in one sentence, at once."""

import functools
import os
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hostile import broken_bytes, broken_tree, one_sentence, within
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_coach import choices, config
from pi_coach.catalogue import show_lines
from pi_coach.core.errors import UsageError
from pi_coach.core.sessions.coach import Coach
from pi_coach.exports import exercises
from pi_coach.owner_files import default, defaults_dir
from pi_coach.places import Places
from pi_coach.plan import read_syllabus
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

FILES = sorted(str(path.relative_to(defaults_dir())) for path in defaults_dir().rglob("*.toml"))
KINDS = [[name for name in FILES if Path(name).parent.name == folder] for folder in ("drills", "voice")]
KINDS += [[name] for name in FILES if "/" not in name]
NAMES = st.sampled_from(KINDS).flatmap(st.sampled_from)
"""A file of the config; each kind as often as the others."""

RANDOM = st.randoms(use_true_random=False)
SECONDS = 1.0 if "CI" not in os.environ else 3.0
CHOSEN = {
    "coach": {"athlete": "Ana", "athletes": ["Ana", "Bo"], "button_drills": ["rdl"]},
    "speech": {"language": "de", "volume": 0.5},
    "tones": {"volume": 0.25},
    "targets": {"rdl": {"sets": 3, "reps": 8}},
}
"""A full choices.toml."""


@functools.cache
def poses():
    return list(ScriptedBody(Script().hold(1.0).rep(hinged(84)), Filming(fps=8.0)).poses())


def started(folder, name, content):
    """Start the coach on one file of the owner's; return None where it does, else what it says."""
    path = folder / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        with within(SECONDS):
            read = config.load(folder / "config")
            read_syllabus(read)
            exercises(read)
    except UsageError as error:
        said = one_sentence(error)
        assert Path(name).name in said or str(defaults_dir()) in said, said
        return said
    finally:
        path.unlink()
    _coaches(read, Path(name).stem)
    return None


def _coaches(read, name):
    """Let a drill that was taken be used."""
    drill = read.drills.get(name)
    if drill is not None:
        assert show_lines(drill)
        coach = Coach(read.assignment(drill.id))
        for t, pose in poses():
            coach.see(t, pose, speaking=False)
        coach.finish(poses()[-1][0])


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 6)
@given(NAMES, RANDOM)
def test_a_config_with_wrong_values_starts_or_is_refused_in_a_sentence(tmp_path_factory, name, rng):
    tables = broken_tree(default(name), rng)
    if isinstance(tables, dict):
        started(tmp_path_factory.getbasetemp(), name, tomli_w.dumps(_told(tables)).encode())


def _told(value):
    """Leave out what TOML cannot tell."""
    if isinstance(value, dict):
        return {key: _told(inner) for key, inner in value.items() if inner is not None}
    return [_told(inner) for inner in value if inner is not None] if isinstance(value, list) else value


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 3)
@given(NAMES, RANDOM)
def test_a_config_with_damaged_letters_starts_or_is_refused_in_a_sentence(tmp_path_factory, name, rng):
    content = (defaults_dir() / name).read_bytes()
    started(tmp_path_factory.getbasetemp(), name, broken_bytes(content, rng))


@given(RANDOM)
def test_nothing_in_the_choices_keeps_the_coach_from_starting(tmp_path_factory, rng):
    places = Places(*(tmp_path_factory.getbasetemp() / part for part in ("config", "data", "cache")))
    places.data_dir.mkdir(exist_ok=True)
    if rng.randint(0, 1):
        content = broken_bytes(tomli_w.dumps(CHOSEN).encode(), rng)
    else:
        tables = broken_tree(CHOSEN, rng)
        content = tomli_w.dumps(_told(tables) if isinstance(tables, dict) else {}).encode()
    places.choices.write_bytes(content)
    with within(2 * SECONDS):
        read = choices.load(places)
    assert all("\n" not in line.rstrip() for line in read.refused)


KEPT = {
    "a text where the people should be, which became a list of letters": ("coach.toml", '[coach]\nathletes = "Ana"'),
    "an empty name, which no export could bring back": ("coach.toml", '[coach]\nathlete = ""'),
    "a name that clears the terminal": ("coach.toml", '[coach]\nathlete = "\\u001b[2J"'),
    "a number of 5000 digits, which Python refuses to read": ("coach.toml", "[power]\nidle_fps = " + "9" * 5000),
    "a number beyond what a float holds": ("coach.toml", "[power]\nidle_fps = " + "9" * 400),
    "lists within lists, deeper than Python goes": ("coach.toml", "a = " + "[" * 50_000),
    "tables within tables, deeper than Python goes": ("coach.toml", "a = " + "{a = " * 50_000),
    "tables as deep as can be read, too deep to be laid over others": (
        "coach.toml",
        "a = " + "{a=" * 60 + "1" + "}" * 60,
    ),
    "a key of 50,000 parts, which took minutes": ("coach.toml", "a." * 50_000 + "b = 1"),
    "a limit that is no number, which no athlete crosses": ("faults.toml", "[squatting]\nabove = nan"),
    "a fault that is no table": ("faults.toml", "squatting = 5"),
    "a drill's fault that is no table": ("drills/rdl.toml", "[faults]\nsquatting = 5"),
    "a depth that is no number": ("drills/rdl.toml", "target_deg = nan"),
    "views by name, not in a list": ("drills/rdl.toml", "judge_views = {left = 1}"),
    "spoken numbers that are no list": ("voice/en.toml", "numbers = 5"),
    "a spoken number that is no word": ("voice/en.toml", "numbers = [5]"),
    "a language without a name": ("voice/en.toml", "language = 5"),
    "one sentence for all": ("voice/en.toml", 'say = "Go"'),
    "drills that are no tables": ("voice/en.toml", "drills = 5"),
    "a drill that is a sentence": ("voice/en.toml", '[drills]\nrdl = "Hinge"'),
    "a drill that is a number": ("voice/en.toml", "[drills]\nrdl = 5"),
    "faults of a drill that are a sentence": ("voice/en.toml", '[drills.rdl]\nfaults = "Hinge"'),
    "a misspelt table of sentences": ("voice/en.toml", '[says]\nx = "Go"'),
    "a blank that cannot be filled in as it is asked for": ("voice/en.toml", '[say.session]\nrest = "{seconds:s}"'),
    "a blank that is turned into nothing known": ("voice/en.toml", '[say.session]\nrest = "{seconds!z}"'),
}
"""What was once taken, or failed with another error than a sentence."""


@pytest.mark.parametrize("name", KEPT)
def test_what_once_broke_the_start_is_refused_in_a_sentence(tmp_path, name):
    file, content = KEPT[name]
    assert started(tmp_path, file, content.encode()) is not None


@pytest.mark.parametrize("content", [b"\xff\xfe[\x00c\x00]\x00", b"[coach]\nathlete = '\xc3\x28'", b"\x00" * 100])
def test_what_is_no_text_is_no_config_either(tmp_path, content):
    assert "not readable as TOML" in started(tmp_path, "coach.toml", content)


def test_a_config_of_ten_megabytes_is_refused_before_it_is_read(tmp_path):
    content = b"".join(b"key_%d = 1\n" % number for number in range(700_000))
    assert len(content) > 10_000_000
    assert "more than 200,000 bytes" in started(tmp_path, "coach.toml", content)


def test_a_pipe_in_the_place_of_a_config_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "coach.toml")
    with pytest.raises(UsageError, match="it is no file"):
        config.load(tmp_path)


def test_a_schema_of_every_default_file_is_known_to_the_fuzzer():
    for name in FILES:
        assert tomllib.loads((defaults_dir() / name).read_text(encoding="utf-8")) == default(name)
