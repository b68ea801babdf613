"""A machine that boots the real systemd with the real units, in namespaces of its own on a read-only root."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pi_coach.clock import SystemClock

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
UNITS = SOURCE / "systemd"
CACHE = Path.home() / ".cache" / "pi-coach-tests"

SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
"""Which Debian has this Python, so that the compiled packages of this environment fit."""
PACKAGES = (
    "systemd-sysv,dbus,libpam-systemd,polkitd,python3,libgl1,libegl1,libgles2,libglib2.0-0,libportaudio2,espeak-ng"
)
OPT = "/opt/pi-coach/current/.venv"
SITE = f"{OPT}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
BOOT_S, LOOK_S = 30.0, 0.2
PROGRAM = f"""#!{OPT}/bin/python
import sys
sys.path.append("/opt/source")
from pi_coach.cli import main
sys.exit(main())
"""
CLOCK = SystemClock()


def suite():
    """Return the Debian to boot; skip, and say why, where it cannot be."""
    if os.geteuid() != 0:
        pytest.skip("only root can boot systemd in namespaces")
    for tool in ("debootstrap", "unshare", "nsenter", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: apt-get install debootstrap util-linux iproute2")
    if cgroups() is None:
        pytest.skip("no cgroup2 file system that can be written is mounted here")
    own = ["unshare", "-m", "-p", "-u", "-i", "-C", "-n", "-f", "mount", "-t", "proc", "proc", "/proc"]
    if subprocess.run(own, capture_output=True, timeout=60, check=False).returncode != 0:
        pytest.skip("root may not make namespaces here, as in a closed container")
    if sys.version_info[:2] not in SUITES:
        pytest.skip("no Debian has this Python: run the tests with 3.11 or 3.13")
    return SUITES[sys.version_info[:2]]


def cgroups():
    """Return where the cgroups of systemd's kind are mounted; None where they cannot be used."""
    rows = (line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
    found = [Path(row[1]) for row in rows if row[2] == "cgroup2" and row[3].startswith("rw")]
    return next((place for place in found if os.access(place, os.W_OK)), None)


def debian(suite):
    """Return a small Debian, made once and kept."""
    root = CACHE / f"{suite}-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:8]}"
    if not root.exists():
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        packages = PACKAGES.replace("libglib2.0-0", "libglib2.0-0t64") if suite == "trixie" else PACKAGES
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", suite, part]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        if done.returncode != 0:
            pytest.skip(f"debootstrap cannot make {suite} here: {done.stdout.splitlines()[-1]}")
        (part / "etc" / "machine-id").write_text(f"{os.urandom(16).hex()}\n", encoding="ascii")
        users = (UNITS / "pi-coach.sysusers.conf").read_text(encoding="utf-8")
        subprocess.run(["chroot", part, "systemd-sysusers", "-"], input=users, text=True, check=True, timeout=60)
        part.rename(root)
    return root


class Machine:
    """One machine; `boot` starts it, `close` takes it away."""

    def __init__(self, folder, root):
        self.folder, self.root = folder, root
        self.top = folder / "top"
        self.state, self.cache = folder / "state", folder / "cache"
        self.mounts, self.nodes = [], []
        self.cgroup = cgroups() / f"pi-coach-test-{os.getpid()}-{folder.name}"
        self.init = self.process = None
        self._lay_out()

    def _lay_out(self):
        """Put in place what `deploy.sh install` would, with the environment and the source of these tests."""
        for unit in (*UNITS.glob("*.service"), *UNITS.glob("*.timer")):
            self.put(f"/etc/systemd/system/{unit.name}", unit.read_text(encoding="utf-8"))
        self.put("/etc/polkit-1/rules.d/pi-coach.rules", (UNITS / "pi-coach.rules").read_text(encoding="utf-8"))
        self.put(f"{OPT}/bin/pi-coach", PROGRAM, 0o755)
        self.put(f"{OPT}/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
        (self.top / f"{OPT[1:]}/bin/python").symlink_to("/usr/bin/python3")
        self.put("/etc/pi-coach/coach.toml", "")
        logind = self.folder / "logind"
        for owned in (self.state, self.cache, logind):
            owned.mkdir()
        self.mount("ro", sysconfig.get_path("purelib"), SITE)
        self.mount("ro", SOURCE, "/opt/source")
        self.mount("rw", self.state, "/var/lib/pi-coach")
        self.mount("rw", self.cache, "/var/cache/pi-coach")
        # systemd's own login service does not start without a place to write.
        self.mount("rw", logind, "/var/lib/systemd")

    def put(self, where, text, mode=0o644):
        """Lay a file over the root."""
        path = self.top / where[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def mount(self, how, what, where):
        """Show a file or folder of this computer in the machine."""
        place = self.top / where[1:]
        if Path(what).is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        self.mounts.append(f"{how} {what} {where}")

    def node(self, name, major, minor):
        """Make a character device that everybody may open."""
        self.nodes.append(f"{name} {major} {minor}")

    def drop_in(self, *lines):
        """Add lines to the coach's unit, as an owner would with `systemctl edit`."""
        folder = "/etc/systemd/system/pi-coach.service.d"
        number = len(list((self.top / folder[1:]).glob("*"))) if (self.top / folder[1:]).exists() else 0
        self.put(f"{folder}/{number}.conf", "\n".join(["[Service]", *lines, ""]))

    def runs(self, *arguments):
        """Let the coach look at a film, or whatever the arguments say, instead of a camera."""
        self.drop_in("ExecStart=", f"ExecStart={OPT}/bin/pi-coach run {' '.join(arguments)}")

    def boot(self):
        """Start the machine and wait until systemd answers."""
        (self.folder / "layers").write_text(f"{self.top}:{self.root}", encoding="utf-8")
        (self.folder / "nodes").write_text("".join(f"{node}\n" for node in self.nodes), encoding="ascii")
        (self.folder / "mounts").write_text("".join(f"{line}\n" for line in self.mounts), encoding="utf-8")
        self.console = (self.folder / "console").open("w", encoding="utf-8")
        command = [HERE / "boot.sh", self.folder, self.cgroup]
        self.process = subprocess.Popen(command, stdout=self.console, stderr=subprocess.STDOUT)
        self.init = self.until(self._init, BOOT_S)
        self.until(lambda: self.run("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}, BOOT_S)
        return self

    def _init(self):
        """Return the machine's process 1 as this computer numbers it, once there is one."""
        ours = Path(f"/proc/{self.process.pid}")
        if (ours / "comm").read_text(encoding="ascii").strip() != "unshare":
            return None
        return (ours / "task" / ours.name / "children").read_text(encoding="ascii").strip()

    def until(self, true, limit_s):
        """Wait until something is so, and return it; fail with what the machine says where it never is."""
        end_s = CLOCK.now() + limit_s
        while not (found := true()):
            assert self.process.poll() is None, (self.folder / "console").read_text(encoding="utf-8")
            assert CLOCK.now() < end_s, self.run("journalctl", "--no-pager", "-n", "60").stdout
            # A machine that ends ends the wait.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(LOOK_S)
        return found

    def run(self, *command, **options):
        """Run a command inside, as root."""
        inside = ["nsenter", "-t", self.init, "-a", *command]
        return subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False, **options)

    def show(self, name, unit="pi-coach"):
        """Return a property of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).stdout.strip()

    def is_now(self, state, limit_s=60.0):
        """Wait until the coach is in a state."""
        return self.until(lambda: self.show("ActiveState") == state, limit_s)

    def journal(self, unit="pi-coach"):
        """Return the coach's messages so far, as (priority, text)."""
        told = self.run("journalctl", "-u", unit, "-o", "json", "--no-pager").stdout.splitlines()
        rows = [json.loads(line) for line in told]
        return [(int(row["PRIORITY"]), row["MESSAGE"]) for row in rows if row.get("_TRANSPORT") == "stdout"]

    def log(self):
        """Return what systemd says of the coach."""
        return self.run("journalctl", "-u", "pi-coach", "--no-pager", "_PID=1").stdout.splitlines()

    def close(self):
        """End the machine and all that runs in it."""
        if self.init:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.init), signal.SIGKILL)
            # Process 1 of a machine is only gone when all others are.
            self.process.wait(30)
            self.console.close()
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            Path(folder).rmdir()
