"""A Debian machine to install on: a real root with the real systemd as process 1, in namespaces of its own.

Its folders are layers, so that many machines begin where one left off.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pi_coach.clock import SystemClock

HERE = Path(__file__).resolve().parent
CACHE = Path.home() / ".cache" / "pi-coach-tests"
CLOCK = SystemClock()
BOOT_S = 30.0
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = "systemd-sysv,dbus,libpam-systemd,polkitd,sudo,openssh-server,ca-certificates"
"""What Raspberry Pi OS has as well, and deploy.sh does not bring."""
TOOLS = ("debootstrap", "unshare", "nsenter", "mount")
OWN_CA = "etc/ssl/certs/of-this-network.crt"
APT_KEYS = ("Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date")
"""What a network may want of apt: a proxy between, or a mirror whose lists are older than they say."""


def told(*command):
    """Return what a command writes; nothing where it knows nothing."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def check_here():
    """Skip, and say why, where no such machine can be made."""
    if os.geteuid() != 0:
        pytest.skip("only root can boot systemd in namespaces")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is missing: apt-get install debootstrap util-linux mount")
    if cgroups() is None:
        pytest.skip("no cgroup2 file system that can be written is mounted here")


def cgroups():
    """Return where the cgroups of systemd's kind are mounted; None where they cannot be used."""
    rows = (line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
    found = [Path(row[1]) for row in rows if row[2] == "cgroup2" and row[3].startswith("rw")]
    return next((place for place in found if os.access(place, os.W_OK)), None)


def base(suite):
    """Return a small Debian that can fetch packages as this computer does; made once and kept."""
    root = CACHE / f"{suite}-to-install-on-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:8]}"
    if not root.exists():
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, part, *mirror()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        if done.returncode != 0:
            pytest.skip(f"debootstrap cannot make {suite} here: {done.stdout.splitlines()[-1]}")
        (part / "etc" / "machine-id").write_text(f"{os.urandom(16).hex()}\n", encoding="ascii")
        part.rename(root)
    return root


def mirror():
    """Return where this computer gets its Debian from, for debootstrap; nothing where that is the usual place."""
    listed = Path("/etc/apt/sources.list.d/debian.sources")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return [line.split()[1] for line in lines if line.startswith("URIs:")][:1]


class Layers:
    """Folders that make up a root: the uppermost takes what is written."""

    def __init__(self, folder, below):
        self.folder, self.below = folder, below
        self.top, self.root = folder / "top", folder / "root"
        for path in (self.top, self.root, folder / "work"):
            path.mkdir(parents=True)
        lower = ":".join(str(layer) for layer in below)
        how = f"lowerdir={lower},upperdir={self.top},workdir={folder / 'work'}"
        done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", how, self.root], check=False, timeout=30)
        if done.returncode != 0:
            pytest.skip("no overlay can be mounted here")

    @property
    def all(self):
        return (self.top, *self.below)

    def close(self):
        subprocess.run(["umount", "--lazy", self.root], check=True, timeout=30)


class Machine:
    """One machine, which begins where the layers below it left off; `boot` starts it, `close` takes it away."""

    def __init__(self, folder, below):
        self.layers = Layers(folder, below)
        self.root = self.layers.root
        self.cgroup = cgroups() / f"pi-coach-install-{os.getpid()}-{folder.name}"
        self.console = (folder / "console").open("w+", encoding="utf-8")
        self.process = None
        self.pid = None
        self._connect()

    def _connect(self):
        """Let it fetch packages and libraries as this computer does."""
        etc = self.root / "etc"
        shutil.copy("/etc/resolv.conf", etc)
        (etc / "apt/apt.conf.d/90of-this-network").write_text(told("apt-config", "dump", *APT_KEYS), encoding="utf-8")
        cert = (
            os.environ.get("PIP_CERT")
            or told(sys.executable, "-m", "pip", "config", "--global", "get", "global.cert").strip()
        )
        if cert:
            shutil.copy(cert, self.root / OWN_CA)
            (etc / "pip.conf").write_text(f"[global]\ncert = /{OWN_CA}\n", encoding="utf-8")

    def boot(self):
        """Start it and wait until systemd answers."""
        command = [HERE / "boot.sh", self.root, self.cgroup]
        self.process = subprocess.Popen(command, stdout=self.console, stderr=subprocess.STDOUT)
        self.pid = self.until(self._init)
        states = {"running", "degraded"}
        self.until(lambda: self.run("systemctl", "is-system-running", "--wait").stdout.strip() in states)
        return self

    def _init(self):
        """Return process 1 as this computer numbers it, once it is systemd."""
        try:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
            named = {Path(f"/proc/{pid}/comm").read_text(encoding="ascii"): pid for pid in children.split()}
        except OSError:
            # On the way there are others, which may end while they are looked at.
            return None
        return named.get("systemd\n")

    def until(self, true, limit_s=BOOT_S):
        """Wait until something is so, and return it."""
        end_s = CLOCK.now() + limit_s
        while not (found := true()):
            assert self.process.poll() is None, "the machine ended"
            assert CLOCK.now() < end_s, self.run("journalctl", "--no-pager", "-n", "40").stdout
        return found

    def inside(self, *command, wrap=()):
        """Return the command that runs a command in the machine."""
        clean = ("env", "-i", "-C", "/root", "HOME=/root", "LANG=C.UTF-8", f"PATH={PATH}", "PIP_DEFAULT_TIMEOUT=60")
        return ("nsenter", "--target", self.pid, "--all", *wrap, *clean, *map(str, command))

    def run(self, *command, wrap=(), timeout_s=600, stdin=None):
        return subprocess.run(
            self.inside(*command, wrap=wrap),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def path(self, where):
        """Return where a path of the machine lies on this computer."""
        return self.root / str(where).lstrip("/")

    def put(self, where, text, mode=0o644):
        path = self.path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def cut_power(self):
        """End everything in it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=BOOT_S)
            self.process = None

    def close(self):
        """Cut its power and return its layers, for others to begin with."""
        self.cut_power()
        if not self.console.closed:
            self.console.close()
            self.layers.close()
            end_s = CLOCK.now() + BOOT_S
            while not self._cgroup_gone() and CLOCK.now() < end_s:
                pass
        return self.layers.all

    def _cgroup_gone(self):
        try:
            for folder in sorted(self.cgroup.glob("**/"), reverse=True):
                folder.rmdir()
        except OSError:
            # What was in it has just been killed, and leaves when it is gone.
            return False
        return not self.cgroup.exists()
