"""What the operating system tells, read from real files and real tools."""

from pathlib import Path

import pytest

from pi_coach.adapters import machine
from pi_coach.adapters.machine import (
    board,
    clock_is_synchronized,
    free_mb,
    has_own_clock,
    heat,
    mount_of,
    packages,
    strains,
    strains_in,
    temperature_c,
    units,
)
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


@pytest.mark.parametrize(("bits", "slowed"), [("0x0", False), ("0x50000", False), ("0x4", True), ("0x1", True)])
def test_only_what_holds_a_pi_back_now_makes_the_coach_do_less(path, bits, slowed):
    tool(path, "vcgencmd", f"echo throttled={bits}")
    assert heat().slowed is slowed


def test_a_machine_that_does_not_tell_is_not_held_back_as_far_as_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert heat().slowed is None


def test_a_board_tells_its_name_without_what_ends_it(tmp_path):
    (tmp_path / "model").write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    assert board((tmp_path / "none", tmp_path / "model")) == "Raspberry Pi 5 Model B Rev 1.0"
    assert board((tmp_path / "none",)) is None


def test_a_clock_of_its_own_is_one_that_the_kernel_found(tmp_path):
    assert not has_own_clock(tmp_path)
    (tmp_path / "rtc0").mkdir()
    assert has_own_clock(tmp_path)


def test_the_packages_of_the_system_are_told_and_those_that_are_not_there_left_out(path):
    tool(path, "dpkg-query", "printf 'ii \\tespeak-ng\\t1.51\\nrc \\tlibcamera0.3\\t0.3\\n'; exit 1")
    assert packages("espeak-ng", "libcamera*", "no-such-thing") == {"espeak-ng": "1.51"}


def test_units_are_only_asked_for_where_systemd_runs(path, monkeypatch):
    tool(path, "systemctl", "printf 'Id=pi-coach.service\\nNRestarts=2\\n\\nId=other.timer\\nLoadState=loaded\\n'")
    monkeypatch.setattr(machine, "SYSTEMD", path / "nowhere")
    assert units("pi-coach.service") is None
    monkeypatch.setattr(machine, "SYSTEMD", path)
    told = units("pi-coach.service", "other.timer")
    assert told["pi-coach.service"]["NRestarts"] == "2"
    assert told["other.timer"]["LoadState"] == "loaded"


def test_a_tool_that_hangs_is_given_up(path, monkeypatch):
    tool(path, "vcgencmd", "exec sleep 60")
    monkeypatch.setattr(machine, "ANSWER_S", 0.2)
    assert strains() is None


MOUNTS = """\
/dev/mmcblk0p2 / ext4 rw,noatime 0 0
overlayroot /media/guarded overlay ro,lowerdir=/lower,upperdir=/media/root-rw/overlay 0 0
overlay /var/lib/docker overlay rw,lowerdir=/l,upperdir=/var/lib/docker/u 0 0
/dev/sda1 /media/two\\040words vfat ro 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind", "read_only", "forgets"),
    [
        ("/home/pi/not/yet", "ext4", False, False),
        ("/media/guarded/x", "overlay", True, True),
        ("/var/lib/docker", "overlay", False, False),
        ("/media/two words/a", "vfat", True, False),
        ("/tmp/x", "tmpfs", False, True),  # noqa: S108  a name in a table
    ],
)
def test_a_folder_lies_on_the_nearest_mount_above_it(tmp_path, folder, kind, read_only, forgets):
    (tmp_path / "mounts").write_text(MOUNTS)
    mount = mount_of(Path(folder), tmp_path / "mounts")
    assert (mount.kind, mount.read_only, mount.forgets) == (kind, read_only, forgets)
