"""The program as its tests run it, and how properties are searched.

The same examples in every run here, new ones where somebody looks for bugs.
"""

import pytest
from hypothesis import settings

from pi_coach import cli

settings.register_profile("suite", derandomize=True, deadline=None, max_examples=15)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("suite")


@pytest.fixture
def pi_coach(tmp_path, capsys, monkeypatch):
    """Run the program in this process, with folders of its own; return exit code, output and complaint."""
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))

    def run(*arguments, config=tmp_path / "config", data=tmp_path / "data"):
        code = cli.main(("--config", str(config), "--data", str(data), *map(str, arguments)))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run
