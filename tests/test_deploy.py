"""One command from nothing to a coach: deploy.sh, run for real."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

import pytest

from pi_coach.clock import SystemClock

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = (
    ROOT / "deploy.sh",
    ROOT / "deploy" / "pi-coach",
    ROOT / ".ci" / "run",
    ROOT / "tests" / "install" / "boot.sh",
)
MACHINE = ROOT / "deploy" / "machine.sh"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def run(*command, timeout_s=120, **options):
    # Said in so many words, the environment is without the proxy to nowhere that a pose engine in this process has set.
    return subprocess.run(
        command,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
        check=False,
        **options,
    )


def deploy(*arguments, folder=ROOT, **options):
    return run(folder / "deploy.sh", *arguments, **options)


def heed_ctrl_c():
    """Whoever started the suite in the background has taught its children to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def sourced(script, *arguments):
    """Run a few lines of bash with deploy.sh's functions at hand."""
    return run("bash", "-c", f'source "$1"; shift; {script}', "bash", ROOT / "deploy.sh", *arguments)


def own_mounts(*options):
    """Return the start of a command that gets its own mounts; skip where that is not allowed."""
    if run("unshare", "--mount", *options, "true").returncode != 0:
        pytest.skip("only root can give a program its own mounts")
    return ("unshare", "--mount", *options)


def one_sentence(done):
    (line,) = done.stderr.splitlines()
    assert line.startswith("deploy.sh: ")
    return line


def test_help_names_every_command_and_nothing_that_is_not_there():
    shown = deploy("help")
    assert shown.returncode == 0
    named = re.findall(r"^  (\w+)\b", shown.stdout, re.MULTILINE)
    assert named == ["demo", "test", "install", "update", "rollback", "uninstall", "backup", "restore", "help"]


def test_help_is_shown_from_any_folder_and_through_a_link(tmp_path):
    link = tmp_path / "a link"
    link.symlink_to(ROOT / "deploy.sh")
    assert run(link, "help", cwd="/").stdout == deploy("help").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["instal"],
        ["-x"],
        ["demo", "now"],
        ["install", "now"],
        ["update", "--purge"],
        ["rollback", "--with-mediapipe"],
        ["backup", "here", "there"],
        ["backup", "--quickly"],
        ["restore"],
        ["uninstall", "--dry-run", "all"],
    ],
    ids=" ".join,
)
def test_a_command_that_is_not_there_is_wrong_usage(arguments):
    refused = deploy(*arguments)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "./deploy.sh help" in one_sentence(refused)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_clean_to_shellcheck(script):
    beside = Path(sys.executable).with_name("shellcheck")
    shellcheck = str(beside) if beside.exists() else shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    checked = run(shellcheck, "--external-sources", "--check-sourced", script, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout


def test_the_pythons_that_are_looked_for_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest, newest = re.search(r"\(3, (\d+)\) <= .* <= \(3, (\d+)\)", MACHINE.read_text(encoding="utf-8")).groups()
    assert project["requires-python"] == f">=3.{oldest},<3.{int(newest) + 1}"


PI_4 = "Features\t: fp asimd evtstrm crc32 cpuid\n"
PI_5 = (
    "Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\n"
)
"""What /proc/cpuinfo says of a Cortex-A72 and of a Cortex-A76."""


@pytest.mark.parametrize(
    ("machine", "cpuinfo", "engines"),
    [
        ("x86_64", "flags\t: fpu sse4_2 avx2\n", "litert,mediapipe\n"),
        ("aarch64", PI_5, "litert,mediapipe\n"),
        ("aarch64", PI_4, "litert\n"),
    ],
    ids=["PC", "Pi 5", "Pi 4"],
)
def test_a_machine_gets_the_pose_engines_that_it_can_run(machine, cpuinfo, engines, tmp_path):
    (tmp_path / "cpuinfo").write_text(cpuinfo, encoding="utf-8")
    chosen = sourced('pose_engines "$@"', machine, "64", tmp_path / "cpuinfo")
    assert chosen.stdout == engines
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(engines.strip().split(",")) <= set(extras)


@pytest.mark.parametrize(
    ("machine", "bits", "words"), [("aarch64", "32", "64-bit Raspberry Pi OS"), ("riscv64", "64", "riscv64")]
)
def test_a_machine_without_any_pose_engine_is_told_so_before_anything_is_installed(machine, bits, words, tmp_path):
    (tmp_path / "cpuinfo").write_text(PI_4, encoding="utf-8")
    refused = sourced('pose_engines "$@"', machine, bits, tmp_path / "cpuinfo")
    assert refused.returncode == 1
    assert words in one_sentence(refused)


BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nVERSION_CODENAME=noble\n'
RASPBIAN = 'PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"\nID=raspbian\nVERSION_CODENAME=bookworm\n'
SYSTEMD = "systemctl() { :; }; "


def checked_system(tmp_path, release, version="3.11.2", before=SYSTEMD):
    """Ask whether the coach can be installed on a system with this /etc/os-release and this Python."""
    (tmp_path / "os-release").write_text(release, encoding="utf-8")
    python = tmp_path / "python3"
    fits = sys.executable if (3, 11) <= tuple(map(int, version.split(".")))[:2] <= (3, 13) else "false"
    python.write_text(f'#!/bin/sh\n[ $1 = --version ] && echo Python {version} || exec {fits} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return sourced(f'{before}check_system "$@"', tmp_path / "os-release", python)


def test_a_raspberry_pi_os_of_today_will_do(tmp_path):
    for release in (BOOKWORM, BOOKWORM.replace("bookworm", "trixie")):
        assert checked_system(tmp_path, release).returncode == 0


@pytest.mark.parametrize(
    ("release", "version", "before", "words"),
    [
        (UBUNTU, "3.12.3", SYSTEMD, "this is Ubuntu 24.04 LTS"),
        (RASPBIAN, "3.11.2", SYSTEMD, "64-bit Raspberry Pi OS"),
        (BOOKWORM.replace("bookworm", "bullseye"), "3.9.2", SYSTEMD, "bookworm or trixie"),
        ("", "3.11.2", SYSTEMD, "an unknown system"),
        (BOOKWORM, "3.14.0", SYSTEMD, "Python 3.14.0, and pi_coach needs Python 3.11 to 3.13"),
        (BOOKWORM, "3.11.2", "PATH=/nowhere; ", "systemd is missing"),
    ],
    ids=["Ubuntu", "32-bit", "too old", "unknown", "Python", "no systemd"],
)
def test_a_system_that_will_not_do_is_told_why_in_one_sentence(release, version, before, words, tmp_path):
    refused = checked_system(tmp_path, release, version, before)
    assert refused.returncode == 1
    assert words in one_sentence(refused)


def test_too_little_space_is_told_with_what_is_needed_and_what_there_is(tmp_path):
    assert sourced('check_space "$@"', tmp_path / "not" / "there", "1").returncode == 0
    refused = sourced('check_space "$@"', tmp_path / "not" / "there", "999999999")
    assert refused.returncode == 1
    assert re.search(r"needs 999999999 MB of free space and has \d+ MB", one_sentence(refused))


def test_every_file_for_the_system_has_its_place():
    for file in (ROOT / "systemd").iterdir():
        placed = sourced('place_of "$@"', file)
        assert placed.stdout.startswith(("/etc/systemd/system/pi-coach", "/usr/lib/sysusers.d/", "/etc/polkit-1/")), (
            file
        )


@pytest.fixture
def nobodys(tmp_path_factory):
    """Return a copy of what a set-up reads, in a folder that belongs to nobody."""
    folder = tmp_path_factory.mktemp("nobodys")
    for name in ("deploy.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("command", ["install", "update", "rollback", "uninstall", "backup"])
def test_without_root_or_sudo_nothing_is_installed_and_the_reason_is_told(command, nobodys):
    as_nobody = ("env", "-i", "PATH=/usr/bin:/bin", *NOBODY, "/mnt/deploy.sh", command)
    enter = 'mount --bind "$0" /mnt; cd /mnt; exec "$@"'
    refused = run(*own_mounts(), "bash", "-c", enter, nobodys, *as_nobody)
    assert refused.returncode == 1
    assert f"only root can {command} the coach" in one_sentence(refused)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_without_root_the_missing_packages_and_the_command_are_named(nobodys):
    # Without the loader's list of libraries none of them is known.
    hide = 'mount --bind /dev/null /etc/ld.so.cache; mount --bind "$0" /mnt; cd /mnt; exec "$@"'
    as_nobody = ("env", "-i", f"PATH={SYSTEM_PATH}", *NOBODY, "/mnt/deploy.sh", "demo")
    refused = run(*own_mounts(), "bash", "-c", hide, nobodys, *as_nobody)
    assert refused.returncode == 1
    said = one_sentence(refused)
    assert re.search(
        r"'apt-get install --no-install-recommends [\w. -]*libportaudio2 libgl1[\w. -]*' run as root", said
    )
    assert sorted(path.name for path in nobodys.iterdir()) == ["deploy", "deploy.sh", "pyproject.toml"]


def test_a_server_that_cannot_be_reached_is_called_so(tmp_path):
    own_mounts("--net")
    getting = f"unshare --net {sys.executable} -m pip --retries 1 install pi-coach-of-nowhere"
    failed = sourced(f'log="$1"; step "Libraries" {getting}', tmp_path / "setup.log")
    assert failed.returncode == 1
    assert failed.stdout == "Libraries: failed\n"
    assert "the package server cannot be reached" in one_sentence(failed)


def test_a_step_that_fails_is_told_by_its_own_error(tmp_path):
    failing = "sh -c 'echo noise; echo \"E: Unable to locate package nowhere\"; echo noise; exit 100'"
    failed = sourced(f'log="$1"; step "System packages" {failing}', tmp_path / "setup.log")
    assert failed.returncode == 1
    assert "E: Unable to locate package nowhere" in one_sentence(failed)
    assert str(tmp_path / "setup.log") in failed.stderr


BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "pi_coach-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("small_coach.py", "import sys\\ndef main(): print('coach:', *sys.argv[1:])\\n")
        info = "pi_coach-1.dist-info"
        extras = ("Provides-Extra: litert", "Provides-Extra: mediapipe")
        about = ("Metadata-Version: 2.1", "Name: pi-coach", "Version: 1", *extras, "")
        wheel.writestr(f"{info}/METADATA", "\\n".join(about))
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\npi-coach = small_coach:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture
def small(tmp_path):
    """Return a checkout with the real deploy.sh around a program so small that it needs no server."""
    if sourced('[[ -z $(missing_packages) ]] && pose_engines "$(uname -m)" 64 /proc/cpuinfo').returncode != 0:
        pytest.skip("this machine lacks a system package or a pose engine")
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(ROOT / "deploy.sh", folder)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    return folder


def set_up_and_run(folder):
    """Run the demo; return its steps, and what the program was asked."""
    done = deploy("demo", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = re.findall(r"^(.*): done, \d+ s$", done.stdout, re.MULTILINE)
    return steps, re.findall(r"^coach: (.*)$", done.stdout, re.MULTILINE)


ENVIRONMENT = "Python environment"
LIBRARIES = "Pose engine and libraries (about 250 MB, once)"


@pytest.mark.slow
def test_a_demo_sets_up_once_and_again_what_a_newer_project_needs(small):
    film = f"{small}/fixtures/clips/wall_touch_demo.mp4"
    asked = ["models get", f"run --source {film} --drill wall_touch --panel sim"]
    assert set_up_and_run(small) == ([ENVIRONMENT, LIBRARIES], asked)
    assert set_up_and_run(small) == ([], asked)
    (small / "pyproject.toml").write_text(f"{PYPROJECT}# newer\n", encoding="utf-8")
    assert set_up_and_run(small) == ([LIBRARIES], asked)


@pytest.mark.slow
def test_a_checkout_that_was_moved_works_at_its_new_place(small, tmp_path):
    set_up_and_run(small)
    moved = small.rename(tmp_path / "moved")
    steps, asked = set_up_and_run(moved)
    assert steps == [ENVIRONMENT, LIBRARIES]
    assert str(moved) in asked[1]


@pytest.mark.slow
@pytest.mark.parametrize(("blow", "end"), [("SIGKILL", -9), ("SIGINT", 130)])
def test_an_environment_that_was_left_in_pieces_is_made_again(small, blow, end):
    (small / "backend.py").write_text(f"import os, signal\nos.killpg(0, signal.{blow})\n", encoding="utf-8")
    assert deploy("demo", folder=small, start_new_session=True, preexec_fn=heed_ctrl_c).returncode == end
    (small / "backend.py").write_text(BACKEND, encoding="utf-8")
    assert set_up_and_run(small)[0] == [ENVIRONMENT, LIBRARIES]


@pytest.mark.slow
def test_a_failed_set_up_says_why_and_goes_on_when_it_is_put_right(small):
    (small / "backend.py").write_text("", encoding="utf-8")
    failed = deploy("demo", folder=small)
    assert failed.returncode == 1
    assert "setup.log" in one_sentence(failed)
    (small / "backend.py").write_text(BACKEND, encoding="utf-8")
    assert set_up_and_run(small)[0] == [LIBRARIES]


ENTER = """
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount --rbind /sys "$0/sys"
exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 PATH="$1" PIP_CERT="$2" "${@:3}"
"""


@pytest.fixture(params=["bookworm", "trixie"])
def fresh_machine(request, tmp_path):
    """Return how to run a command on a Debian with nothing installed, Python included, and the checkout in /opt."""
    if os.environ.get("PI_COACH_FRESH_ROOT") != "1":
        pytest.skip("makes a whole Debian, in minutes and 2 GB: set PI_COACH_FRESH_ROOT=1")
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed")
    own_mounts("--net")
    root = tmp_path / "root"
    made = run("debootstrap", "--variant=minbase", request.param, root, timeout_s=900)
    assert made.returncode == 0, made.stdout[-2000:]
    shutil.copy("/etc/resolv.conf", root / "etc")
    ignored = shutil.ignore_patterns(".*_cache", ".venv", ".git", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, root / "opt" / "pi_coach", ignore=ignored)
    cert = os.environ.get("PIP_CERT", "")
    if cert:
        shutil.copy(cert, root / "etc" / "own-ca.crt")
    inside = ("bash", "-c", ENTER, root, SYSTEM_PATH, "/etc/own-ca.crt" if cert else "")
    yield root, lambda *options: ("unshare", "--mount", *options, *inside, "/opt/pi_coach/deploy.sh", "demo")
    shutil.rmtree(root)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_the_demo_coaches_on_a_machine_with_nothing_installed_and_then_without_a_network(fresh_machine):
    root, demo = fresh_machine
    first = run(*demo(), timeout_s=1800)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "rep 1" in first.stdout
    assert "said: " in first.stdout
    with wave.open(str(root / "root/.local/share/pi-coach/speech.wav")) as spoken:
        assert spoken.getnframes() > spoken.getframerate()
    # The best of three, because other programs run here too.
    assert min(start_s(demo("--net")) for _ in range(3)) < 5


def start_s(command):
    """Return how long it takes from the command to the first line of coaching, in seconds."""
    clock = SystemClock()
    began = clock.now()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as coach:
        next(line for line in coach.stdout if "wall touch, " in line)
        took_s = clock.now() - began
        coach.terminate()
        coach.stdout.read()
    return took_s
