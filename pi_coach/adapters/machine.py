"""What the operating system tells about this machine: its name, heat, power, clock, disk, packages and services."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pi_coach.core.errors import StoreError
from pi_coach.core.signals.effort import Heat

THERMAL = Path("/sys/class/thermal")
CLOCKS = Path("/sys/class/rtc")
MOUNTS = Path("/proc/self/mounts")
MOUNT_FIELDS = 6
SYSTEMD = Path("/run/systemd/system")
"""Only where systemd runs."""
NAMES = (Path("/proc/device-tree/model"), Path("/sys/class/dmi/id/product_name"))
"""Where a board, or a PC, tells what it is."""
ANSWER_S = 3.0
"""A tool of the system that says nothing for this long is not asked again."""

IN_MEMORY = ("/upper", "/overlay", "/media/root-rw", "/run", "/dev/shm")  # noqa: S108  compared, never written to
"""Where Raspberry Pi OS and the package overlayroot keep what a protected card does not take."""
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


def has_own_clock(clocks: Path = CLOCKS) -> bool:
    """Tell whether the machine knows the time when it is switched on: a Pi 5 with its battery does, others do not."""
    return any(clocks.glob("rtc*"))


def board(names: tuple[Path, ...] = NAMES) -> str | None:
    """Return what the machine is called by its maker; None where it does not tell."""
    for path in names:
        try:
            name = path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
        except OSError:
            continue
        if name:
            return name
    return None


def packages(*names: str) -> dict[str, str]:
    """Return the versions of those of the system's own packages that are installed; a name may end in *."""
    answer = _asked("dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Version}\n", *names, patient=True)
    rows = [line.split("\t") for line in (answer or "").splitlines()]
    return {row[1]: row[2] for row in rows if row[0].startswith("ii")}


def units(*names: str) -> dict[str, dict[str, str]] | None:
    """Return what systemd tells of each unit, by its name and systemd's own words; None where systemd does not run."""
    if not SYSTEMD.exists():
        return None
    words = "--property=Id,LoadState,ActiveState,UnitFileState,NRestarts,StatusText,Result"
    answer = _asked("systemctl", "show", "--no-pager", words, *names)
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in (answer or "").split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


@dataclass(frozen=True, slots=True)
class Mount:
    """The file system that a folder lies on."""

    place: Path
    kind: str
    """ext4, overlay, tmpfs, ..."""
    options: tuple[str, ...]

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return "ro" in self.options

    @property
    def forgets(self) -> bool:
        """Whether all is gone with the power: in memory, or on a card that Raspberry Pi OS protects by an overlay."""
        above = [option.removeprefix("upperdir=") for option in self.options if option.startswith("upperdir=")]
        return self.kind == "tmpfs" or any(path.startswith(IN_MEMORY) for path in above)


def mount_of(folder: Path, mounts: Path = MOUNTS) -> Mount | None:
    """Return what a folder, existing or not, lies on; None where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    known = [line.split(" ") for line in lines]
    # The last one at a place hides those before it.
    places = {Path(row[1].replace("\\040", " ")): row for row in known if len(row) == MOUNT_FIELDS}
    for place in (folder.resolve(), *folder.resolve().parents):
        if place in places:
            return Mount(place, places[place][2], tuple(places[place][3].split(",")))
    return None


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


def _asked(*command: str, patient: bool = False) -> str | None:
    """Return what a tool of the system answers; None where it is missing or hangs, or fails, unless we are patient."""
    tool = shutil.which(command[0])
    if tool is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (fixed commands)
            (tool, *command[1:]), check=not patient, capture_output=True, text=True, timeout=ANSWER_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
