"""Shutting down, before programs that stand in for the system's own."""

import pytest

from pi_coach.adapters import power
from pi_coach.core.errors import CoachError


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """Make a systemctl of the test the only one, and give what it was asked."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def make(script):
        tool = tmp_path / "systemctl"
        tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{script}\n')
        tool.chmod(0o755)
        return tmp_path / "asked"

    return make


def complaint():
    with pytest.raises(CoachError) as caught:
        power.power_off()
    return str(caught.value)


def test_the_system_is_asked_once_and_not_for_a_password(systemctl):
    asked = systemctl("exit 0")
    power.power_off()
    assert asked.read_text() == "--no-ask-password poweroff\n"


def test_a_system_that_does_not_allow_it_is_quoted(systemctl):
    systemctl("echo 'Call to PowerOff failed: Interactive authentication required.' >&2; exit 1")
    assert complaint() == (
        "The computer cannot be shut down from here (Call to PowerOff failed: Interactive authentication required):"
        " use `sudo poweroff`."
    )


def test_a_refusal_without_words_is_told_by_its_number(systemctl):
    systemctl("exit 4")
    assert "(systemctl ended with 4)" in complaint()


def test_a_system_without_systemd_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "(there is no systemctl)" in complaint()


def test_a_tool_that_cannot_run_is_told(systemctl, tmp_path):
    systemctl("exit 0")
    (tmp_path / "systemctl").write_bytes(b"\x7fELF of another machine")
    assert "systemctl does not run" in complaint()


def test_a_tool_that_hangs_is_given_up(systemctl, monkeypatch):
    monkeypatch.setattr(power, "ANSWER_S", 0.2)
    systemctl("while :; do :; done")
    assert "systemctl does not answer" in complaint()
