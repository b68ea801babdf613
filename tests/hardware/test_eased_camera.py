"""A real Picamera2 that is told another rate: how late it follows, and what the doctor says of it."""

import json
import sysconfig

import numpy as np
import pytest
from test_virtual_camera import film, run_beside, write_config

from pi_coach.adapters.models import model_path
from pi_coach.core.signals.effort import WAKE_S
from pi_coach.places import find_places

__all__ = ["film"]
pytestmark = [pytest.mark.hardware, pytest.mark.slow]

WAKING = """
import json
from itertools import islice
from pi_coach.adapters.camera import Camera
from pi_coach.adapters.camera_choice import Wanted
from pi_coach.adapters.easing import EasedSource
from pi_coach.clock import SystemClock
from pi_coach.core.signals.effort import Effort

camera = Camera(Wanted(640, 480, 30.0), 4.0, SystemClock())
source = EasedSource(camera, 30.0, SystemClock(), camera.set_rate)
frames = source.frames()
awake = [frame.t for frame in islice(frames, 20)]
found = {}
for name, effort in (("watching", Effort(30.0, looks=4.0)), ("awake", Effort(30.0)), ("hot", Effort(15.0))):
    source.ease(effort)
    found[name] = [frame.t for frame in islice(frames, 12)]
source.close()
print(json.dumps(found))
"""

DOCTOR = f"""
import json, sys
sys.path.append({sysconfig.get_path("purelib")!r})
from pathlib import Path
from pi_coach import config
from pi_coach.assembly import Setting
from pi_coach.checks import parts
from pi_coach.clock import SystemClock
from pi_coach.places import Places

here = Path("/nobody's/own/config")
print(json.dumps(parts.camera(Setting(config.load(here), Places(here, here, here), SystemClock(), print))))
"""


def test_a_camera_is_watched_through_at_few_pictures_and_all_are_there_again_at_once(film, tmp_path):
    found = json.loads(run_beside(write_config(film, tmp_path), "-c", WAKING))
    assert np.diff(found["watching"])[1:] == pytest.approx(0.25, abs=0.05)
    assert found["awake"][0] - found["watching"][-1] < WAKE_S - 0.25
    assert np.median(np.diff(found["awake"])) == pytest.approx(1 / 30, abs=0.002)


def test_a_hot_machines_camera_follows_its_new_rate_within_a_second(film, tmp_path):
    hot = json.loads(run_beside(write_config(film, tmp_path), "-c", WAKING))["hot"]
    assert np.diff(hot)[-3:] == pytest.approx(1 / 15, abs=0.002)


def test_the_doctor_tells_of_a_real_camera_and_its_clock(film, tmp_path):
    state, found, remedy = json.loads(run_beside(write_config(film, tmp_path), "-c", DOCTOR))
    assert found.startswith("ov5647 gives 640x480 pictures, ")
    assert "its clock is the system's, a picture is here" in found
    assert (state, remedy) == ("good", "") or (state == "note" and "Make more light" in remedy)


LIVE = f"""
import logging, os, signal, sys, threading
sys.path.append({sysconfig.get_path("purelib")!r})
from pi_coach.cli import main

class Enough(logging.Handler):
    def emit(self, record):
        os.kill(os.getpid(), signal.SIGTERM)

logging.getLogger("pi_coach.adapters.easing").addHandler(Enough(logging.INFO))
late = threading.Timer(90, os.kill, (os.getpid(), signal.SIGKILL))
late.daemon = True
late.start()
sys.stderr = sys.stdout
sys.exit(main(["--config", sys.argv[1], "--data", sys.argv[2], "--debug", "run", "--panel", "sim"]))
"""


def test_the_live_coach_watches_an_empty_gym_with_few_looks(film, tmp_path):
    ours = find_places(None, None).models_dir
    if not model_path(ours, "full").exists():
        pytest.skip("the pose model is not here: `pi-coach models get`")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(ours)
    (tmp_path / "coach.toml").write_text("[power]\nidle_after_s = 2.0\n[speech]\nenabled = false\n")
    told = run_beside(write_config(film, tmp_path), "-c", LIVE, tmp_path, tmp_path / "data")
    assert "nobody is in sight: watching with 4 looks a second" in told
