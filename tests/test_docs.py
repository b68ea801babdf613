"""The documents keep their word: their commands run, their files exist, their drill can be coached."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pi_coach import __version__, config
from pi_coach.cli import _parser, main
from pi_coach.core.events import RepCompleted
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged, squatted

ROOT = Path(__file__).resolve().parent.parent
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("*.md"))}
DEFAULTS = config.load(Path("/nobody's/own/config"))
PANEL = DEFAULTS.settings.panel
PAGE = 55
"""Lines of text on a page."""

every_document = pytest.mark.parametrize("name", DOCS)


def code(name):
    """Return the words of a document that are marked as code, and the lines of its blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", DOCS[name], re.MULTILINE | re.DOTALL)
    text = re.sub(r"^```.*?^```", "", DOCS[name], flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text) + [line for block in blocks for line in block.splitlines()]


def commands(program):
    found = [(name, words) for name in DOCS for words in code(name) if re.match(rf"{re.escape(program)}( |$)", words)]
    return pytest.mark.parametrize(("name", "command"), found, ids=[words for _, words in found])


@commands("pi-coach")
def test_every_command_is_understood(name, command, capsys):
    try:
        _parser().parse_args(shlex.split(command)[1:])
    except SystemExit:
        pytest.fail(f"{name}: {capsys.readouterr().err}")


def known_to_deploy():
    done = subprocess.run([ROOT / "deploy.sh", "help"], capture_output=True, text=True, check=True, timeout=20)
    return set(re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE))


def test_every_deploy_command_exists():
    asked = {words.split()[1] for name in DOCS for words in code(name) if re.match(r"\./deploy\.sh \w", words)}
    assert asked
    assert asked <= known_to_deploy()


@every_document
def test_every_link_leads_somewhere(name):
    links = re.findall(r"\]\(([^)]+)\)", DOCS[name])
    assert [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()] == []


@every_document
def test_every_file_that_is_named_exists(name):
    of_a_reader = {"drills/", "voice/", "drills/b_stance_rdl.toml", "coach.toml", "coaching.toml", "programme.toml"}
    named = {words for words in code(name) if re.fullmatch(r"[\w.]+/[\w./]*|[\w/]+\.(py|toml|md|sh|svg)", words)}
    ours = {words for words in named - of_a_reader if not words.startswith(".venv/")}
    assert [words for words in ours if not (ROOT / words).exists() and not (ROOT / "pi_coach" / words).exists()] == []


def test_the_readme_lists_the_drills_that_there_are():
    section = DOCS["README.md"].split("## Drills")[1].split("\n## ")[0]
    table, _, button = section.partition("The button goes round")
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted(DEFAULTS.drills)
    assert tuple(re.findall(r"`(\w+)`", button)) == DEFAULTS.settings.coach.button_drills


def test_safety_is_said_once():
    assert DOCS["README.md"].count("Not a medical device") == 1


def test_the_changes_name_this_version():
    assert f"## {__version__}" in DOCS["CHANGELOG.md"]


def test_the_architecture_fits_on_two_pages():
    assert len(DOCS["ARCHITECTURE.md"].splitlines()) <= 2 * PAGE


def test_the_architecture_lists_every_thread_where_it_is_made():
    for path in (ROOT / "pi_coach").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "threading.Thread":
                (name,) = [keyword.value.value for keyword in node.keywords if keyword.arg == "name"]
                place = path.relative_to(ROOT / "pi_coach")
                rows = [row for row in DOCS["ARCHITECTURE.md"].splitlines() if f"`{name}`" in row]
                assert any(f"`{place}`" in row for row in rows), f"{name} in {place}"


def draw(folder):
    command = [sys.executable, ROOT / "docs" / "draw.py", folder]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_drawings_are_those_of_the_default_config(tmp_path):
    for name, drawing in draw(tmp_path).items():
        assert drawing == (ROOT / "docs" / name).read_text(encoding="utf-8"), f"run `python docs/draw.py` for {name}"


def test_the_wiring_names_every_pin_of_the_config():
    words = re.findall(r"<text [^>]*>([^<]+)</text>", (ROOT / "docs" / "wiring.svg").read_text(encoding="utf-8"))
    assert f"GPIO{PANEL.button_pin} · button" in words
    for rep, pin in enumerate(PANEL.led_pins, start=1):
        assert f"GPIO{pin} · rep {rep}" in words


def guide():
    """Return the drill and the settings of the guide, as a reader would copy them."""
    drill, settings = re.findall(r"^```toml\n(.*?)^```", DOCS["CONTRIBUTING.md"], re.MULTILINE | re.DOTALL)
    return drill, settings


@pytest.fixture
def own(tmp_path):
    """Follow the guide."""
    drill, settings = guide()
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills" / "b_stance_rdl.toml").write_text(drill, encoding="utf-8")
    (tmp_path / "coach.toml").write_text(settings, encoding="utf-8")
    return tmp_path


def coached(drill, script):
    coach = Coach(Assignment(drill, DEFAULTS.wording.phrases))
    steps = [coach.see(t, pose, speaking=False) for t, pose in ScriptedBody(script, Filming(fps=15)).poses()]
    steps.append(coach.finish(script.end_s))
    return [event.rep for step in steps for event in step.events if isinstance(event, RepCompleted)]


def test_the_drill_of_the_guide_is_understood(own, capsys):
    assert main(["--config", str(own), "drills", "show", "b_stance_rdl"]) == 0
    told = capsys.readouterr().out
    assert "2 sets of 8 a side" in told
    assert "lean_back_deg above 10" in told


def test_the_drill_of_the_guide_goes_on_the_button(own):
    assert config.load(own).settings.coach.button_drills == ("wall_touch", "b_stance_rdl")


def test_the_drill_of_the_guide_counts_hinges_and_knows_a_squat(own):
    drill = config.load(own).drill("b_stance_rdl")
    reps = coached(drill, Script().hold(1.5).reps(3, hinged(75)).rep(squatted(85)).hold(2))
    assert [rep.faults for rep in reps] == [(), (), (), ("squatting",)]


def test_the_slip_of_the_guide_is_named_as_the_guide_says(own, capsys):
    path = own / "drills" / "b_stance_rdl.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("squatting", "squating"), encoding="utf-8")
    assert main(["--config", str(own), "drills", "show", "b_stance_rdl"]) == 2
    promised = re.search(r"b_stance_rdl\.toml: (unknown .*), \.\.\.", DOCS["CONTRIBUTING.md"])[1]
    assert promised in capsys.readouterr().err
