"""What the operating system tells about this machine: heat, power, clock and disk."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pi_coach.core.errors import StoreError
from pi_coach.core.signals.effort import Heat

THERMAL = Path("/sys/class/thermal")
ANSWER_S = 3.0
"""A tool of the system that says nothing for this long is not asked again."""

NOW = " now"
STRAINS = {
    0: "too little voltage now",
    1: "processor speed capped now",
    2: "slowed down now",
    3: "hot now",
    16: "too little voltage since it was started",
    17: "processor speed capped since it was started",
    18: "slowed down since it was started",
    19: "hot since it was started",
}
"""What the bits of a Raspberry Pi's `vcgencmd get_throttled` mean."""


def temperature_c(thermal: Path = THERMAL) -> float | None:
    """Return the warmest of the system's own sensors, degrees Celsius; None where there is none."""
    warmth = [_read_c(sensor) for sensor in thermal.glob("thermal_zone*/temp")]
    return max((c for c in warmth if c is not None), default=None)


def _read_c(sensor: Path) -> float | None:
    """Return what a sensor says; some exist and cannot be read."""
    try:
        return int(sensor.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None


def heat() -> Heat:
    """Return how warm the machine is, and whether it is held back now."""
    held = strains()
    return Heat(temperature_c(), None if held is None else any(word.endswith(NOW) for word in held))


def strains() -> tuple[str, ...] | None:
    """Return what holds or held a Raspberry Pi back; None on a machine that does not tell."""
    answer = _asked("vcgencmd", "get_throttled")
    return None if answer is None else strains_in(answer)


def strains_in(answer: str) -> tuple[str, ...] | None:
    """Return what an answer such as "throttled=0x50005" says; None where it says nothing."""
    try:
        bits = int(answer.partition("=")[2], 16)
    except ValueError:
        return None
    return tuple(words for bit, words in STRAINS.items() if bits >> bit & 1)


def clock_is_synchronized() -> bool | None:
    """Tell whether the clock follows a time server; None on a machine that does not tell."""
    return {"yes": True, "no": False}.get(_asked("timedatectl", "show", "-p", "NTPSynchronized", "--value") or "")


def free_mb(folder: Path) -> float:
    """Return the room on the disk of a folder, existing or not, after writing there; StoreError where that fails."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(1 << 12))
            file.flush()
        return shutil.disk_usage(place).free / 1e6
    except OSError as error:
        raise StoreError(f"{place} cannot be written ({error.strerror}): name another folder with --data.") from error


def _asked(*command: str) -> str | None:
    """Return what a tool of the system answers; None where it is missing, fails or hangs."""
    tool = shutil.which(command[0])
    if tool is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (fixed commands)
            (tool, *command[1:]), check=True, capture_output=True, text=True, timeout=ANSWER_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
