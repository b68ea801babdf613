"""A broker and a database server from Debian, on this machine alone, in a folder of their own, that can be killed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOST = "127.0.0.1"
ENDS_S = 30
STARTS_S = 60


class MissingServerError(CoachError):
    """A server's program is not installed here; the message says what to install."""


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return int(asked.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether somebody listens at a port."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False


class LocalBroker:
    """Mosquitto: with `lasting` it writes what waits to the disk, without it forgets everything when it is killed."""

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        found = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if found is None:
            raise MissingServerError("mosquitto is not installed: apt-get install mosquitto")
        self.port = free_port()
        self._program, self._folder = found, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start(lasting=lasting)

    def start(self, *, lasting: bool = False) -> None:
        """Start it, and return once it listens."""
        config = self._folder / "mosquitto.conf"
        kept = ["persistence true", f"persistence_location {self._folder}/", "autosave_interval 1"] if lasting else []
        # Started by root it would become somebody who may not look into this folder.
        lines = ["user root", f"listener {self.port} {HOST}", "allow_anonymous true", "max_queued_messages 0", *kept]
        config.write_text("\n".join([*lines, ""]), encoding="utf-8")
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([self._program, "-c", str(config)], stdout=quiet, stderr=quiet)  # noqa: S603 - ours
        if not until(lambda: answers(self.port), STARTS_S):
            raise MissingServerError("mosquitto does not start: is its port free?")

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(ENDS_S)
            self._process = None


class LocalDatabase:
    """PostgreSQL, reached through a socket in its folder alone."""

    def __init__(self, *, durable: bool = True) -> None:
        self._programs = _postgres_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="pi-coach-pg-"))
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._durable = durable
        self.url = f"postgresql://coach@/postgres?host={self._folder}"
        self._run("initdb", "--auth=trust", "--no-sync", "--username=coach")
        self.start()

    def start(self) -> None:
        """Start it, and return once it answers."""
        options = f"-k {self._folder} -c listen_addresses='' -c fsync={'on' if self._durable else 'off'}"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self._folder / "log"), "start")

    def kill(self) -> None:
        """End it in the middle of what it does; the next start recovers from its log, as after a crash."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def close(self) -> None:
        """End it and delete what it holds."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *options: str) -> None:
        # The server refuses to run as root.
        root = os.geteuid() == 0
        alone: Sequence[str] = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if root else ()
        command = [*alone, str(self._programs / program), "-D", str(self._folder / "db"), *options]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=STARTS_S)  # noqa: S603 - ours


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    elsewhere = shutil.which("pg_ctl")
    if not found and elsewhere is None:
        raise MissingServerError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent if found else Path(str(elsewhere)).parent


def until(holds: Callable[[], object], within_s: float, every_s: float = 0.05) -> bool:
    """Ask until it holds; False if it never did."""
    pause = threading.Event()
    return any(holds() or pause.wait(every_s) for _ in range(int(within_s / every_s))) or bool(holds())
