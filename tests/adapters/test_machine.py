"""What the operating system tells, read from real files and real tools."""

import pytest

from pi_coach.adapters.machine import clock_is_synchronized, free_mb, strains, strains_in, temperature_c
from pi_coach.core.errors import StoreError


def tool(folder, name, script):
    """Put a program of that name first on the path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_the_warmest_sensor_counts_and_one_that_cannot_be_read_does_not(tmp_path):
    for number, text in enumerate(("48200\n", "61500\n", "not a number\n")):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(text)
    (tmp_path / "thermal_zone3").mkdir()
    assert temperature_c(tmp_path) == 61.5


def test_a_machine_without_sensors_has_no_temperature(tmp_path):
    assert temperature_c(tmp_path) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("throttled=0x0", ()),
        ("throttled=0x1", ("too little voltage now",)),
        ("throttled=0x50000", ("too little voltage since it was started", "slowed down since it was started")),
        ("throttled=0x80008", ("hot now", "hot since it was started")),
        ("VCHI initialization failed", None),
    ],
)
def test_the_bits_of_a_pi_are_told_in_words(answer, expected):
    assert strains_in(answer) == expected


def test_a_pi_is_asked_what_holds_it_back(path):
    tool(path, "vcgencmd", "test $1 = get_throttled && echo throttled=0x4")
    assert strains() == ("slowed down now",)


def test_a_tool_that_fails_tells_nothing(path):
    tool(path, "vcgencmd", "exit 1")
    assert strains() is None


def test_a_machine_without_the_tool_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert strains() is None
    assert clock_is_synchronized() is None


@pytest.mark.parametrize(("answer", "expected"), [("yes", True), ("no", False), ("", None)])
def test_the_system_tells_whether_a_time_server_sets_its_clock(path, answer, expected):
    tool(path, "timedatectl", f"echo {answer}")
    assert clock_is_synchronized() is expected


def test_room_is_measured_where_a_folder_will_be(tmp_path):
    assert free_mb(tmp_path / "not" / "yet" / "there") > 0
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file cannot be written"):
        free_mb(tmp_path / "file")
