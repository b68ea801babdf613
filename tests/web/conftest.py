"""The real pages over a real book."""

import shutil

import pytest
from browsing import browser, setting_in, train


@pytest.fixture
def setting(tmp_path):
    return setting_in(tmp_path)


@pytest.fixture
def page(setting):
    return browser(setting)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder whose book has two sessions of the real coach; to be read only."""
    folder = tmp_path_factory.mktemp("trained")
    train(folder, "good_wall_set", "wall_touch")
    train(folder, "all_sorts_of_faults", "rdl", load_kg=40.0)
    return folder


@pytest.fixture
def own_trained(trained, tmp_path):
    """A copy of it, to be written."""
    return shutil.copytree(trained, tmp_path / "trained")
