"""The units, as systemd itself reads them: no key is misspelt, nothing is open that need not be, and each says why."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from pi_coach.adapters import paced, speech
from pi_coach.adapters.book import scribe
from pi_coach.health import BEATS, WRITER_S

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "systemd").glob("*.service"))
PROGRAM = "/opt/pi-coach/current/.venv/bin/pi-coach"
MOST_EXPOSED = 2.0
COACH = (ROOT / "systemd" / "pi-coach.service").read_text(encoding="utf-8")

every_service = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)


def analyze(*arguments):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def placed(folder):
    """Put the units where nothing else lies, with a program that exists on this computer as well."""
    for path in sorted((ROOT / "systemd").iterdir()):
        if path.suffix in {".service", ".timer"}:
            text = path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
            (folder / path.name).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def verify(paths):
    done = analyze("verify", "--man=no", *paths)
    return done.returncode, done.stderr


def values(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def number(key):
    (value,) = values(COACH, key)
    return float(value)


def test_systemd_has_nothing_to_say_about_the_units(tmp_path):
    assert verify(placed(tmp_path)) == (0, "")


def test_a_misspelt_key_would_be_noticed(tmp_path):
    paths = placed(tmp_path)
    coach = tmp_path / "pi-coach.service"
    coach.write_text(coach.read_text(encoding="utf-8").replace("WatchdogSec", "WatchDogSec"), encoding="utf-8")
    code, complaint = verify(paths)
    assert code == 0
    assert "WatchDogSec" in complaint


@every_service
def test_a_service_is_hardly_exposed(unit):
    done = analyze("security", "--offline=true", "--no-pager", unit)
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(exposure) <= MOST_EXPOSED


@every_service
def test_every_relaxation_has_its_reason(unit):
    text = unit.read_text(encoding="utf-8")
    strict = {
        "PrivateNetwork": "yes",
        "PrivateDevices": "yes",
        "MemoryDenyWriteExecute": "yes",
        "ProcSubset": "pid",
        "IPAddressDeny": "any",
    }
    reasons = " ".join(re.findall(r"^# Relaxed: .*(?:\n# .*)*", text, re.MULTILINE))
    relaxed = [key for key, value in strict.items() if values(text, key) != [value]]
    relaxed += [family for family in ("AF_UNIX", "AF_NETLINK", "AF_INET", "AF_INET6") if _allows(text, family)]
    assert [key for key in relaxed if key not in reasons and not _said_beside(text, key)] == []


def _allows(text, family):
    return any(family in value.split() for value in values(text, "RestrictAddressFamilies"))


def _said_beside(text, key):
    return re.search(rf"^# Relaxed: .*(?:\n# .*)*\n{key}=", text, re.MULTILINE) is not None


@every_service
def test_a_service_is_nobody_in_particular_and_writes_where_it_may(unit):
    text = unit.read_text(encoding="utf-8")
    assert values(text, "User") == values(text, "Group") == values(text, "StateDirectory") == ["pi-coach"]
    assert values(text, "ProtectSystem") == ["strict"]
    assert not values(text, "ReadWritePaths")
    assert values(text, "LimitCORE") == ["0"]
    assert values(text, "ExecStart")[0].startswith(f"{PROGRAM} ")


def test_a_gym_is_not_stranded_over_night():
    assert values(COACH, "Restart") == ["always"]
    assert values(COACH, "StartLimitIntervalSec") == ["0"]
    assert values(COACH, "RestartPreventExitStatus") == ["2"]


def test_the_coach_goes_first_and_the_backup_last():
    def nice(name):
        return int(values((ROOT / "systemd" / f"{name}.service").read_text(encoding="utf-8"), "Nice")[0])

    assert nice("pi-coach") < 0 < nice("pi-coach-web") < nice("pi-coach-backup")


def test_closing_may_take_as_long_as_the_program_allows_it():
    assert number("TimeoutStopSec") > speech.END_S + speech.CUT_S + scribe.CLOSE_S + scribe.STUCK_S + paced.JOIN_S


def test_the_watchdog_waits_longer_than_the_camera_and_the_book():
    asked = tomllib.loads((ROOT / "config" / "coach.toml").read_text(encoding="utf-8"))["camera"]
    assert number("WatchdogSec") > asked["stall_s"]
    assert number("WatchdogSec") * (1 - 1 / BEATS) > WRITER_S


def test_the_backup_is_made_even_if_the_pi_was_off_at_night():
    timer = (ROOT / "systemd" / "pi-coach-backup.timer").read_text(encoding="utf-8")
    (when,) = values(timer, "OnCalendar")
    assert values(timer, "Persistent") == ["yes"]
    assert analyze("calendar", when).returncode == 0
