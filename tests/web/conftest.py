"""The real pages over a real book."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pi_coach import config
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.places import Places
from pi_coach.web.app import create_app

HERE = ("127.0.0.1", 50000)
"""A browser on the coach's own machine."""

OURS = {"accept": "text/html", "sec-fetch-site": "same-origin"}
"""What a browser says of itself on a page of this site."""


def setting_in(folder: Path, clock=None) -> Setting:
    """Return the setting of a machine whose files lie in a folder."""
    places = Places(folder / "config", folder / "data", folder / "cache")
    return Setting(config.load(places.owner_dir), places, clock or SystemClock(), print)


def browser(setting, host="localhost", client=HERE):
    """Return a browser that follows no redirect by itself."""
    return TestClient(
        create_app(setting), base_url=f"http://{host}", client=client, headers=OURS, follow_redirects=False
    )


@pytest.fixture
def setting(tmp_path):
    return setting_in(tmp_path)


@pytest.fixture
def page(setting):
    return browser(setting)
