"""The program as it is installed: a wheel in an environment of its own, away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def run(*command, cwd, **environment):
    """Run a command as somebody who has only the installed program."""
    env = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"} | environment
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=240, check=False)


def made(*command, cwd):
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    made(sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel into a fresh environment and return its `pi-coach`."""
    env = tmp_path_factory.mktemp("installed") / "env"
    made(sys.executable, "-m", "venv", "--without-pip", env, cwd=env.parent)
    python = env / "bin" / "python"
    quiet = ("--no-deps", "--no-index", "--quiet")
    made(sys.executable, "-m", "pip", "--python", python, "install", *quiet, wheel, cwd=env.parent)
    # The libraries are those that run this test. The checkout does not come along: a path file adds a folder, but
    # does not follow the path files inside it.
    (site,) = env.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return env / "bin" / "pi-coach"


@pytest.fixture
def coach(installed, tmp_path):
    """Run the installed `pi-coach` from a folder that holds nothing of ours."""
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "XDG_CACHE_HOME": ""}

    def command(*arguments):
        return run(installed, *arguments, cwd=tmp_path, **home)

    return command


def test_a_wheel_carries_the_default_config_whole(wheel):
    with zipfile.ZipFile(wheel) as archive:
        carried = {name: archive.read(name) for name in archive.namelist() if name.startswith("pi_coach/defaults/")}
    ours = {
        f"pi_coach/defaults/{path.relative_to(ROOT / 'config')}": path for path in (ROOT / "config").rglob("*.toml")
    }
    assert carried == {name: path.read_bytes() for name, path in ours.items()}


def test_a_wheel_carries_no_tests_and_no_films(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert [top for top in tops if not top.endswith(".dist-info")] == ["pi_coach"]


def test_an_installed_coach_knows_every_drill_wherever_it_is_started(coach):
    listed = coach("drills")
    assert listed.returncode == 0, listed.stderr
    for drill in (ROOT / "config" / "drills").glob("*.toml"):
        assert drill.stem in listed.stdout


def test_an_installed_coach_is_not_the_checkout(installed, tmp_path):
    where = "import pi_coach; print(pi_coach.__file__)"
    told = run(installed.with_name("python"), "-c", where, cwd=tmp_path).stdout
    assert Path(told.strip()).is_relative_to(installed.parent.parent)


def test_an_owners_config_overrides_the_default_key_by_key(coach, tmp_path):
    own = tmp_path / "own"
    (own / "drills").mkdir(parents=True)
    (own / "drills" / "rdl.toml").write_text('name = "slow hinge"\n', encoding="utf-8")
    changed = coach("--config", own, "drills", "show", "rdl")
    kept = coach("drills", "show", "rdl")
    assert changed.returncode == 0, changed.stderr
    assert changed.stdout.startswith("Slow hinge\n")
    assert changed.stdout.splitlines()[1:] == kept.stdout.splitlines()[1:]


def test_an_owners_coach_toml_needs_only_what_it_changes(coach, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "coach.toml").write_text('[pose]\nmodel = "lite"\n', encoding="utf-8")
    film = ROOT / "fixtures" / "clips" / "wall_touch_demo.mp4"
    # No model is installed here, and the complaint names the one that was asked for.
    assert "'full'" in coach("run", "--source", film, "--panel", "sim").stderr
    assert "'lite'" in coach("--config", own, "run", "--source", film, "--panel", "sim").stderr


def test_an_owners_wrong_key_is_refused_with_its_place(coach, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "coach.toml").write_text("[speech]\nvolum = 1\n", encoding="utf-8")
    refused = coach("--config", own, "drills")
    assert refused.returncode == 2
    assert str(own / "coach.toml") in refused.stderr
    assert "volum" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
