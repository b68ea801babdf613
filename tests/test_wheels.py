"""What an installation fetches is there, ready built, for a 64-bit Raspberry Pi: no compiler is needed on it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
"""Raspberry Pi OS's own Python: an environment with apt's picamera2 can be of no other."""
GLIBC = "manylinux_2_36"
"""bookworm has the older C library of the two."""
BESIDE_PICAMERA2 = "simplejpeg>=1.9"
"""What deploy.sh adds where apt brought picamera2, whose own simplejpeg cannot stand numpy 2."""
OFFLINE = re.compile(r"error sending request|failed to lookup|Connect(ion)? ?(error|refused)|timed out", re.IGNORECASE)


def resolved(requirements, python):
    """Return the wheels by name that pip would choose on a Pi with this Python; None where one is missing."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed: `./deploy.sh test` brings it")
    asked = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-config", "-"]
    where = ["--python-version", python, "--python-platform", f"aarch64-{GLIBC}"]
    only = ["--only-binary", ":all:", "--native-tls"]
    text = "\n".join(requirements)
    done = subprocess.run(
        [uv, *asked, *where, *only], input=text, capture_output=True, text=True, timeout=240, check=False, cwd="/"
    )
    if OFFLINE.search(done.stderr):
        pytest.skip("the package index cannot be reached")
    if done.returncode != 0:
        assert "No solution found" in done.stderr, done.stderr
        return None
    return dict(line.split("==") for line in done.stdout.splitlines())


def requirements(*extras):
    """Return what the program is installed with, the tool that builds it included."""
    optional = PROJECT["project"]["optional-dependencies"]
    own = [requirement for extra in extras for requirement in optional[extra]]
    return [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"], *own]


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_a_pi_4_gets_everything_ready_built_and_mediapipe_never(python):
    chosen = resolved([*requirements("litert"), BESIDE_PICAMERA2], python)
    assert chosen is not None
    assert "ai-edge-litert" in chosen
    assert "mediapipe" not in chosen


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_a_pi_5_can_have_both_pose_engines_ready_built(python):
    chosen = resolved(requirements("litert", "mediapipe"), python)
    assert chosen is not None
    assert {"ai-edge-litert", "mediapipe"} <= set(chosen)


def test_pins_come_ready_built_for_bookworm_and_only_from_apt_for_trixie():
    assert resolved(["lgpio>=0.2.2"], PYTHONS["bookworm"]) is not None
    # The day that this fails, deploy.sh need not ask for the Python any more.
    assert resolved(["lgpio>=0.2.2"], PYTHONS["trixie"]) is None


def test_a_package_that_has_to_be_compiled_would_be_noticed():
    assert resolved(["python-prctl"], PYTHONS["trixie"]) is None
