"""The builder's page keeps its word: its commands run, its parts exist, its pins and colours are the default ones."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.cli import _parser
from pi_coach.core.signals.panel import State

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "building.md").read_text(encoding="utf-8")
PANEL = config.load(Path("/nobody's/own/config")).settings.panel
DEFAULTS = tomllib.loads((ROOT / "config" / "coach.toml").read_text(encoding="utf-8"))
BLOCKS = [line.strip() for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
CODE = [*re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)), *BLOCKS]
COLOURS = {
    "blue": "#0000ff",
    "green": "#00ff00",
    "orange": "#ff6000",
    "magenta": "#ff00ff",
    "yellow": "#ffff00",
    "turquoise": "#00ffff",
    "red": "#ff0000",
    "white": "#ffffff",
}
HOW = {"breathing": "pulse", "blinking": "blink", "": "on"}
STATES = {
    "it waits": State.WAITING,
    "it sees": State.TRACKING,
    "the last rep was clean": State.GOOD,
    "the last rep had": State.FAULT,
    "paused": State.PAUSED,
    "rest": State.RESTING,
    "stopped": State.STOPPED,
    "it cannot save": State.TROUBLE,
    "shutting down": State.SHUTDOWN,
}


def rows(heading):
    section = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"][
        2:
    ]


@pytest.mark.parametrize("command", [words for words in CODE if words.startswith("pi-coach ")])
def test_every_command_of_the_coach_is_understood(command, capsys):
    try:
        _parser().parse_args(shlex.split(command)[1:])
    except SystemExit:
        pytest.fail(capsys.readouterr().err)


def test_every_command_of_deploy_exists():
    done = subprocess.run([ROOT / "deploy.sh", "help"], capture_output=True, text=True, check=True, timeout=20)
    asked = {found for words in CODE for found in re.findall(r"\./deploy\.sh (\w+)", words)}
    assert {"install", "update", "rollback", "backup", "uninstall"} <= asked
    assert asked <= set(re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE))


def test_every_service_that_is_named_is_a_unit():
    words = " ".join(words for words in CODE if re.search(r"systemctl|journalctl -u|security", words))
    named = set(re.findall(r"pi-coach(?:-\w+)*", words))
    assert {"pi-coach", "pi-coach-web"} <= named
    assert [name for name in named if not (ROOT / "systemd" / f"{name}.service").exists()] == []


def test_every_link_leads_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("https://")]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_the_pins_are_those_of_the_default_config():
    told = {what.split(",")[0].split(":")[0]: tuple(map(int, pins.split(", "))) for what, pins in rows("Wire it")}
    assert told == {"button": (PANEL.button_pin,), "lamps": PANEL.led_pins, "state light": PANEL.rgb_pins}
    assert f"GPIO{PANEL.button_pin} " in PAGE


def test_the_colours_of_the_state_light_are_those_of_the_default_config():
    told = {}
    for light, means in rows("What the state light says"):
        colour, _, how = light.partition(", ")
        for begins, state in STATES.items():
            if means.startswith(begins):
                told[state] = {"colour": COLOURS[colour], "light": HOW[how]}
    assert told == {State(name): glow for name, glow in DEFAULTS["panel"]["colours"].items()}


def test_every_key_of_the_config_that_is_named_exists():
    keys = {key for table in DEFAULTS.values() for key in table}
    named = {words.split(" = ")[0] for words in CODE if re.fullmatch(r"[a-z]+_[a-z_]+( = .*)?|model = .*", words)}
    assert {"keep_alive", "lead_in_s", "latency_s", "rotation_deg", "model"} <= named
    assert named <= keys
    assert {words[1:-1] for words in CODE if re.fullmatch(r"\[\w+\]", words)} <= set(DEFAULTS)


def test_values_that_are_proposed_are_allowed(tmp_path):
    proposed = {words for words in CODE if re.fullmatch(r"(keep_alive|lead_in_s|latency_s) = .*", words)}
    assert len(proposed) == 3
    (tmp_path / "coach.toml").write_text("\n".join(["[speech]", *proposed, ""]), encoding="utf-8")
    assert config.load(tmp_path).settings.speech.keep_alive == "hum"


def test_how_far_away_is_what_the_drawing_shows():
    drawn = (ROOT / "docs" / "rig.svg").read_text(encoding="utf-8")
    assert "2.5" in drawn
    assert "3.5" in drawn
    assert "2.5 to 3.5 m away" in PAGE


def test_the_line_of_health_is_one_that_the_coach_writes():
    from_page = next(words for words in CODE if "frames/s," in words)
    number = r"[\d.]+"
    shape = rf"{number} frames/s, \d+ dropped, pose {number} ms, \d+ rows wait for the disk, \d+ degrees Celsius"
    assert re.fullmatch(shape, from_page)
