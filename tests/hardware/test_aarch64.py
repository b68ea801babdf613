"""The pose engine on emulated processors of a Raspberry Pi 4 and 5 sees what it sees on this machine."""

import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import av
import numpy as np
import pytest
from platformdirs import user_cache_path

from pi_coach.adapters import models
from pi_coach.core.errors import ModelError
from pi_coach.places import find_places

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIP = ROOT / "fixtures/clips/wall_touch_good_right.mp4"
CACHE = user_cache_path("pi-coach") / "aarch64"
PROCESSORS = {"Raspberry Pi 4": "cortex-a72", "Raspberry Pi 5": "cortex-a76"}
BUILD_S, LOOK_S = 900, 600
NEEDED = ("debootstrap", "dpkg", "apt-get")

MISSING = [tool for tool in NEEDED if shutil.which(tool) is None]
if MISSING:
    pytest.skip(f"the emulated Pi is made with {', '.join(MISSING)}: install debootstrap", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("the emulated Pi is made with debootstrap, which wants root: run as root", allow_module_level=True)
if platform.machine() != "x86_64":
    pytest.skip("the emulated Pi is compared with an x86-64 machine, this is none", allow_module_level=True)
pytestmark = [pytest.mark.hardware, pytest.mark.slow, pytest.mark.timeout(BUILD_S + LOOK_S)]


@pytest.fixture(scope="module")
def emulator():
    """Return what runs Python on the emulated processor; made once for this user, in one or two minutes."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    build = [HERE / "build_aarch64.sh", CACHE, *extras["litert"]]
    done = subprocess.run(
        build, env=os.environ | {"PYTHON": sys.executable}, capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    if done.returncode:
        pytest.skip(f"the emulated Pi could not be made, the network may be gone: {done.stderr.strip()[-300:]}")
    return [CACHE / "usr/bin/qemu-aarch64", "-L", CACHE / "root", CACHE / "root/usr/bin/python3"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return this machine's full model, else one that is fetched for this run."""
    for name, path, ok in models.installed(find_places(None, None).models_dir):
        if ok and name == "full":
            return path
    try:
        return models.fetch("full", tmp_path_factory.mktemp("models"), lambda _line: None)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    with av.open(str(CLIP)) as video:
        image = next(video.decode(video=0)).to_ndarray(format="rgb24")
    path = tmp_path_factory.mktemp("picture") / "picture.npy"
    np.save(path, image)
    return path


def looked(python, model, picture, kept, **environment):
    done = subprocess.run(
        [*python, HERE / "look.py", model, picture, kept],
        env=os.environ | environment, capture_output=True, text=True, timeout=LOOK_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return np.load(kept)


@pytest.fixture(scope="module")
def seen_here(model, picture, tmp_path_factory):
    return looked([sys.executable], model, picture, tmp_path_factory.mktemp("here") / "pose.npz", PYTHONPATH=str(ROOT))


@pytest.mark.parametrize("machine", PROCESSORS)
def test_a_raspberry_pi_sees_the_athlete_where_this_machine_does(
    machine, emulator, model, picture, seen_here, tmp_path
):
    path = f"{ROOT}{os.pathsep}{CACHE / 'packages'}"
    seen = looked(emulator, model, picture, tmp_path / "pose.npz", PYTHONPATH=path, QEMU_CPU=PROCESSORS[machine])
    # Image heights: half a pixel of 480.
    assert seen["points"] == pytest.approx(seen_here["points"], abs=1e-3)
    assert seen["visibility"] == pytest.approx(seen_here["visibility"], abs=1e-3)
    assert seen["seat"] == pytest.approx(seen_here["seat"], abs=2e-3)
