"""The coach installed on a Debian that boots: the real program once, and a small one in its place where things fail."""

import logging
import os
import pwd
import re
import shutil
import socket
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from install.debian import CLOCK, Machine, base, check_here

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "tests" / "install"
PARTS = ("deploy.sh", "deploy", "pi_coach", "config", "systemd", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
HOME = "/root"
"""Of whoever commands there."""
CHECKOUT = f"{HOME}/checkout"
DEPLOY = f"{CHECKOUT}/deploy.sh"
LOG = "/var/log/pi-coach-setup.log"
SUITES = ("bookworm", "trixie")
NO_NETWORK = ("unshare", "--net")
STEP = re.compile(r"^(.*): done, \d+ s$", re.MULTILINE)
TREES = ("/opt", "/etc", "/usr/local", "/usr/lib/sysusers.d", "/var/lib/pi-coach/models")
FILM = "/opt/film.poses.jsonl"
DROP_IN = f"""[Service]
ExecStart=
ExecStart=/opt/pi-coach/current/.venv/bin/pi-coach run --source {FILM} --panel sim
"""


class Installed(NamedTuple):
    """What an installation said and left."""

    layers: tuple[Path, ...]
    done: subprocess.CompletedProcess
    took_s: float


@pytest.fixture
def machine(tmp_path):
    """Make machines that begin where some layers left off; all are switched off at the end."""
    made = []

    def begin(layers):
        made.append(Machine(tmp_path / str(len(made)), list(layers)))
        return made[-1].boot()

    yield begin
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Install the real program on a fresh Debian, once for each."""
    made = {}

    def of(suite):
        if suite not in made:
            check_here()
            one = Machine(tmp_path_factory.mktemp("installed") / suite, [base(suite)])
            put_real_checkout(one)
            one.boot()
            began = CLOCK.now()
            done = one.run(DEPLOY, "install", timeout_s=1500)
            took_s = CLOCK.now() - began
            if done.returncode != 0:
                done.stderr += one.run("tail", "-n", "40", LOG).stdout
            made[suite] = Installed(one.close(), done, took_s)
        return made[suite]

    return of


def put_real_checkout(one):
    target = one.path(CHECKOUT)
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    # There is no camera here; a recording plays as long as the longest of these tests.
    one.put("/etc/systemd/system/pi-coach.service.d/film.conf", DROP_IN)
    one.put("/etc/pi-coach/coach.toml", f'[coach]\nathlete = "Kim"\n[web]\nport = {free_port()}\n')
    one.put(FILM, long_recording())


def free_port():
    """Return a port that nobody listens on; the machines share this computer's network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def long_recording(minutes=20, fps=8):
    """Return a pose recording of an empty room."""
    header = '{"schema": 1, "width": 640, "height": 480, "fps": 8.0, "model": "full", "drill": "wall_touch"}'
    frames = (f'{{"t": {number / fps}, "points": null}}' for number in range(minutes * 60 * fps))
    return "\n".join((header, *frames, ""))


@pytest.fixture(scope="session")
def ready(installed, tmp_path_factory):
    """Return a machine's layers that have the system packages, and nothing else of the coach."""
    with closing(Machine(tmp_path_factory.mktemp("ready") / "one", list(installed("bookworm").layers))) as one:
        done = one.boot().run(DEPLOY, "uninstall", "--purge")
        assert done.returncode == 0, done.stderr
        one.run("rm", "-r", CHECKOUT, "/etc/systemd/system/pi-coach.service.d")
        return one.close()


UNIT = """[Unit]
Description=A small coach
[Service]
Type=notify
TimeoutStartSec=20
ExecStart=/opt/pi-coach/current/.venv/bin/pi-coach run
Restart=always
RestartSec=1
User=pi-coach
StateDirectory=pi-coach
[Install]
WantedBy=multi-user.target
"""
BUILD = '[build-system]\nrequires = []\nbuild-backend = "small_backend"\nbackend-path = ["pi_coach"]\n'


def put_small(one, version="1.0", mood="good", units=("pi-coach",)):
    """Put a checkout of the small program into the machine."""
    target = one.path(CHECKOUT)
    shutil.rmtree(target, ignore_errors=True)
    (target / "pi_coach").mkdir(parents=True)
    (target / "systemd").mkdir()
    shutil.copy(ROOT / "deploy.sh", target)
    shutil.copytree(ROOT / "deploy", target / "deploy")
    shutil.copy(ROOT / "systemd" / "pi-coach.sysusers.conf", target / "systemd")
    for unit in units:
        (target / "systemd" / f"{unit}.service").write_text(UNIT, encoding="utf-8")
    (target / "pyproject.toml").write_text(BUILD, encoding="utf-8")
    for name in ("small_coach.py", "small_backend.py"):
        shutil.copy(HERE / name, target / "pi_coach")
    about = f'__version__ = "{version}"\nMOOD = "{mood}"\n'
    (target / "pi_coach" / "__init__.py").write_text(about, encoding="utf-8")


@pytest.fixture(scope="session")
def small(ready, tmp_path_factory):
    """Return a machine's layers with the small program 1.0 installed."""
    with closing(Machine(tmp_path_factory.mktemp("small") / "one", list(ready))) as one:
        one.boot()
        put_small(one)
        deployed(one, "install")
        return one.close()


def deployed(one, *command):
    """Run deploy.sh and return the steps that it took."""
    done = one.run(DEPLOY, *command)
    assert done.returncode == 0, done.stdout + done.stderr + one.run("cat", LOG).stdout
    return STEP.findall(done.stdout)


def refused(one, *command):
    """Run deploy.sh and return the one sentence with which it gave up."""
    done = one.run(DEPLOY, *command)
    assert done.returncode == 1, done.stdout
    (line,) = done.stderr.splitlines()
    return line.removeprefix("deploy.sh: ")


def running(one):
    """Return the version whose service runs; None where none does."""
    if one.show("pi-coach.service", "ActiveState") != "active":
        return None
    return one.run("readlink", "/opt/pi-coach/current").stdout.strip().split("/")[1].split("-")[0]


def snapshot(one):
    """Return every file's time, size and rights."""
    return one.run("find", *TREES, "-printf", "%p %s %T@ %m %u:%g\n").stdout.splitlines()


def runs(one):
    """Return the versions that have written in the session book, in order."""
    with sqlite3.connect(one.path("/var/lib/pi-coach/sessions.db")) as book:
        return [version for (version,) in book.execute("SELECT version FROM runs")]


@pytest.mark.parametrize("suite", SUITES)
def test_a_fresh_system_becomes_a_coach_with_one_command(suite, installed, machine):
    _, done, took_s = installed(suite)
    log.info("%s took %.0f s: %s", suite, took_s, done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = STEP.findall(done.stdout)
    assert steps[-2:] == ["Start and self-check", "Tidying up"]
    assert done.stderr == ""
    assert "no python3-picamera2: only a USB camera can be used." in done.stdout
    assert re.search(r"^PIN  [\d ]+", done.stdout, re.MULTILINE)
    one = machine(installed(suite).layers)
    one.until(lambda: one.show("pi-coach.service", "ActiveState") == "active", 90)
    one.until(lambda: one.show("pi-coach-web.service", "ActiveState") == "active", 60)
    assert one.show("pi-coach-backup.timer", "ActiveState") == "active"
    told = one.run("pi-coach", "doctor")
    assert told.returncode == 0, told.stdout
    assert "/var/lib/pi-coach" in told.stdout


@pytest.mark.parametrize("suite", SUITES)
def test_the_coach_is_a_user_with_few_rights_on_few_folders(suite, installed, machine):
    one = machine(installed(suite).layers)
    user = one.run("getent", "passwd", "pi-coach").stdout.strip().split(":")
    assert user[5:] == ["/var/lib/pi-coach", "/usr/sbin/nologin"]
    assert one.run("passwd", "--status", "pi-coach").stdout.split()[1] == "L"
    groups = set(one.run("id", "-nG", "pi-coach").stdout.split())
    assert groups == {"pi-coach", "video", "audio", "render", "gpio"}
    modes = (
        "stat -c '%U:%G %a' /opt/pi-coach /opt/pi-coach/current/. /etc/pi-coach /var/lib/pi-coach /var/cache/pi-coach"
    )
    assert one.run("sh", "-c", modes).stdout.splitlines() == [
        "root:root 755",
        "root:root 755",
        "root:root 755",
        "pi-coach:pi-coach 750",
        "pi-coach:pi-coach 750",
    ]
    theirs = "find /opt /etc /usr/local /usr/lib ( -user pi-coach -o -group pi-coach -o -perm -o+w ) ! -type l"
    assert one.run(*theirs.split()).stdout == ""


@pytest.mark.parametrize("suite", SUITES)
def test_a_second_install_is_quick_changes_nothing_and_needs_no_network(suite, installed, machine):
    one = machine(installed(suite).layers)
    before = snapshot(one)
    began = CLOCK.now()
    again = one.run(DEPLOY, "install", wrap=NO_NETWORK)
    assert CLOCK.now() - began < 10
    assert again.returncode == 0, again.stderr
    assert STEP.findall(again.stdout) == []
    assert again.stdout.splitlines()[-1].endswith("is installed and up to date.")
    assert snapshot(one) == before


def test_the_real_program_is_updated_and_rolled_back_with_config_and_sessions_kept(installed, machine):
    one = machine(installed("bookworm").layers)
    about = one.path(f"{CHECKOUT}/pi_coach/__init__.py")
    about.write_text(re.sub(r'"\d[^"]*"', '"99.0"', about.read_text(encoding="utf-8")), encoding="utf-8")
    before = one.run("pi-coach", "--version").stdout
    athlete = one.run("pi-coach", "athlete", "--body", "70")
    assert athlete.returncode == 0, athlete.stderr
    assert "Start and self-check" in deployed(one, "update")
    assert one.run("pi-coach", "--version").stdout == "99.0\n"
    assert one.run("pi-coach", "athlete").stdout == athlete.stdout
    back = one.run(DEPLOY, "rollback", wrap=NO_NETWORK)
    assert back.returncode == 0, back.stderr
    assert one.run("pi-coach", "--version").stdout == before
    assert tomllib.loads(one.path("/etc/pi-coach/coach.toml").read_text(encoding="utf-8"))["coach"]["athlete"] == "Kim"


CUTS = (
    ("User pi-coach", None),
    ("Program", None),
    ("Python environment", ".venv/bin/pip"),
    ("Libraries", ".venv/lib/python3.11/site-packages/pi_coach"),
    ("Pose model", None),
    ("Self-check", None),
    ("Switch", "../../current"),
    ("Start and self-check", None),
)
"""The steps in which the power fails, and what of a release is there by then."""


def test_an_install_that_loses_its_power_at_any_step_goes_on_where_it_stopped(ready, machine):
    layers = ready
    for step, seen in CUTS:
        one = machine(layers)
        put_small(one)
        lose_power_at(one, step, seen)
        layers = one.close()
    one = machine(layers)
    steps = deployed(one, "install")
    assert steps[-2:] == ["Start and self-check", "Tidying up"]
    assert running(one) == "1.0"
    assert deployed(one, "install") == []
    assert len(list(one.path("/opt/pi-coach/releases").iterdir())) == 1


def lose_power_at(one, step, seen):
    """Start an installation and switch the machine off in the middle of a step."""
    with subprocess.Popen(one.inside(DEPLOY, "install"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as setup:
        said = b""
        while not re.search(rf"^{step}[^\n]*: $".encode(), said, re.MULTILINE):
            letter = setup.stdout.read(1)
            assert letter, said.decode()
            said += letter
        if seen is not None:
            one.until(lambda: any(one.path("/opt/pi-coach/releases").glob(f"*/{seen}")), 120)
        one.cut_power()


def test_a_version_whose_self_check_fails_never_runs(small, machine):
    one = machine(small)
    put_small(one, "2.0", mood="sick")
    assert refused(one, "update").startswith("Broken: small coach")
    assert running(one) == "1.0"
    assert set(runs(one)) == {"1.0"}


@pytest.mark.parametrize("mood", ["sick at work", "crashing"])
def test_a_version_that_fails_when_it_runs_makes_room_for_the_one_before(mood, small, machine):
    one = machine(small)
    put_small(one, "2.0", mood)
    assert re.search(r"^2\.0-\w+ did not work, so 1\.0-\w+ runs again: ", refused(one, "update"))
    assert running(one) == "1.0"
    # What the failed one wrote is gone with it.
    assert set(runs(one)) == {"1.0"}


def test_an_update_without_power_in_its_middle_ends_with_a_version_that_works(small, machine):
    one = machine(small)
    put_small(one, "2.0", "crashing")
    with subprocess.Popen(one.inside(DEPLOY, "update"), stdout=subprocess.PIPE) as setup:
        said = b""
        while b"Start and self-check: " not in said:
            said += setup.stdout.read(1)
        one.cut_power()
    again = machine(one.close())
    assert "did not work, so 1.0" in refused(again, "update")
    assert running(again) == "1.0"


def test_an_update_and_the_way_back_take_units_along(small, machine):
    one = machine(small)
    put_small(one, "2.0", units=("pi-coach", "pi-coach-more"))
    deployed(one, "update")
    assert running(one) == "2.0"
    assert one.show("pi-coach-more.service", "ActiveState") == "active"
    deployed(one, "rollback")
    assert running(one) == "1.0"
    assert one.show("pi-coach-more.service", "LoadState") == "not-found"
    deployed(one, "rollback")
    assert running(one) == "2.0"


def test_only_the_running_release_and_the_one_before_are_kept(small, machine):
    one = machine(small)
    for version in ("2.0", "3.0"):
        put_small(one, version)
        deployed(one, "update")
    kept = sorted(path.name.split("-")[0] for path in one.path("/opt/pi-coach/releases").iterdir())
    assert kept == ["2.0", "3.0"]


def test_an_uninstall_keeps_sessions_and_config_until_they_are_given_up(small, machine):
    one = machine(small)
    one.put("/etc/pi-coach/coach.toml", "# mine\n")
    deployed(one, "uninstall")
    assert one.show("pi-coach.service", "LoadState") == "not-found"
    for gone in ("/opt/pi-coach", "/usr/local/bin/pi-coach", "/var/cache/pi-coach"):
        assert not os.path.lexists(one.path(gone))
    assert set(runs(one)) == {"1.0"}
    assert one.path("/etc/pi-coach/coach.toml").read_text(encoding="utf-8") == "# mine\n"
    deployed(one, "install")
    assert running(one) == "1.0"
    deployed(one, "uninstall", "--purge")
    left = f"find / -xdev ( -name *pi-coach* -o -nouser -o -nogroup ) ! -path {CHECKOUT}/*"
    assert one.run(*left.split()).stdout == ""
    assert one.run("id", "pi-coach").returncode == 1
    assert deployed(one, "uninstall", "--purge") == []


def test_a_backup_goes_to_any_folder_and_comes_back(small, machine):
    one = machine(small)
    one.run("mkdir", "-m", "700", f"{HOME}/kept")
    deployed(one, "backup", "kept/book.db")
    before = runs(one)
    one.run("systemctl", "restart", "pi-coach")
    assert len(runs(one)) == len(before) + 1
    deployed(one, "restore", f"{HOME}/kept/book.db")
    # The one more is of the service that runs again.
    assert runs(one) == [*before, "1.0"]
    assert one.run("stat", "-c", "%U %a", f"{HOME}/kept/book.db").stdout == "root 600\n"
    assert "there is no file" in refused(one, "restore", f"{HOME}/nowhere")


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(small, machine):
    one = machine(small)
    put_small(one, "2.0")
    deployed(one, "update")
    put_small(one, "3.0")
    one.put(f"{HOME}/a", "a")
    before = snapshot(one)
    for command in ("install", "update", "rollback", "uninstall --purge", "backup", "restore a"):
        told = one.run(DEPLOY, *command.split(), "--dry-run")
        assert told.returncode == 0, told.stderr
        assert "would do: " in told.stdout, command
        assert snapshot(one) == before
        assert running(one) == "2.0"


@pytest.mark.parametrize(("command", "words"), [("update", "nothing to update"), ("rollback", "no earlier release")])
def test_what_needs_an_installation_says_so_where_there_is_none(command, words, ready, machine):
    one = machine(ready)
    put_small(one)
    assert words in refused(one, command)


def test_two_set_ups_at_once_do_not_get_into_each_others_way(ready, machine):
    one = machine(ready)
    put_small(one)
    with subprocess.Popen(one.inside(DEPLOY, "install"), stdout=subprocess.PIPE) as first:
        first.stdout.read(1)
        assert "another deploy.sh is at work" in refused(one, "install")
        first.communicate(timeout=300)
    assert first.returncode == 0


def test_a_laptop_installs_on_a_pi_over_ssh(ready, machine, tmp_path):
    if shutil.which("ssh") is None:
        pytest.skip("ssh is missing: apt-get install openssh-client")
    one = machine(ready)
    laptop = tmp_path / "laptop"
    put_small(one)
    shutil.move(one.path(CHECKOUT), laptop)
    keys(one, tmp_path / "ssh", free_port())
    # Nothing but the folder of keys is the laptop's own here; ssh looks for it where the system says, whatever HOME is.
    own = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".ssh"
    own.mkdir(exist_ok=True)
    enter = ("unshare", "--mount", "bash", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', tmp_path / "ssh", own)
    asked = (*enter, "env", "HOST=pi@gym", laptop / "deploy.sh")
    for command, shown in (("install", "Start and self-check: done"), ("install", "up to date"), ("uninstall", "kept")):
        done = subprocess.run((*asked, command), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert shown in done.stdout
        assert done.stdout.startswith("Copy to pi@gym: done")
        assert running(one) == ("1.0" if command == "install" else None)


def keys(one, folder, port):
    """Let the machine be reached as `gym`, by a key of its own and a user who may use sudo."""
    folder.mkdir(mode=0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True, timeout=30)
    one.run("useradd", "--create-home", "--shell", "/bin/bash", "pi")
    one.put("/etc/sudoers.d/pi", "pi ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    one.run("install", "-d", "-o", "pi", "-m", "700", "/home/pi/.ssh")
    one.put("/home/pi/.ssh/authorized_keys", (folder / "key.pub").read_text(encoding="utf-8"))
    one.put("/etc/ssh/sshd_config.d/test.conf", f"Port {port}\nListenAddress 127.0.0.1\n")
    one.run("systemctl", "restart", "ssh")
    host_key = one.path("/etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
    (folder / "known_hosts").write_text(f"gym {host_key}", encoding="utf-8")
    lines = ("Host gym", "HostName 127.0.0.1", "HostKeyAlias gym", f"Port {port}", f"IdentityFile {folder / 'key'}")
    (folder / "config").write_text("\n".join((*lines, "")), encoding="utf-8")
