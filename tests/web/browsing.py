"""Asks the real application for its pages, as a browser does."""

import functools
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient

from pi_coach import config
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.live import Live, coach_live
from pi_coach.places import Places
from pi_coach.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
POSES = ROOT / "fixtures" / "poses"

HERE = ("127.0.0.1", 50000)
"""A browser on the coach's own machine."""

OURS = {"accept": "text/html", "sec-fetch-site": "same-origin"}
"""What a browser says of itself on a page of this site."""


@functools.cache
def _plain_config():
    return config.load(Path("/nobody's/own/config"))


def setting_in(folder: Path, clock=None) -> Setting:
    """Return the setting of a machine whose files lie in a folder."""
    places = Places(folder / "config", folder / "data", folder / "cache")
    own = places.owner_dir.is_dir()
    read = config.load(places.owner_dir) if own else replace(_plain_config(), owner_dir=places.owner_dir)
    return Setting(read, places, clock or SystemClock(), lambda _: None)


def browser(setting, host="localhost", client=HERE):
    """Return a browser that follows no redirect by itself."""
    return TestClient(
        create_app(setting), base_url=f"http://{host}", client=client, headers=OURS, follow_redirects=False
    )


def train(folder: Path, recording: str, drill: str, *, speed: float = 5.0, **more) -> int:
    """Let the real coach follow a recorded athlete into the book of a folder; return the session's number."""
    setting = setting_in(folder)
    quiet = replace(setting.config.settings, speech=replace(setting.config.settings.speech, enabled=False))
    asked = Live(drill, str(POSES / f"{recording}.poses.jsonl.gz"), "sim", None, speed=speed, **more)
    (session,) = coach_live(replace(setting, config=replace(setting.config, settings=quiet)), asked)
    return session
