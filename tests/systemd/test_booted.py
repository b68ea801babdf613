"""The real coach under the real systemd: told ready, watched, started again, stopped, and kept within its bounds."""

import contextlib
import gzip
import json
import shutil
import subprocess

import av
import pytest
from booted import SOURCE, Machine, debian, suite

from pi_coach.adapters import models
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.places import find_places

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # the first time a Debian is made

CLIP = SOURCE / "fixtures" / "clips" / "wall_touch_good_right.mp4"
RECORDING = SOURCE / "fixtures" / "poses" / "good_wall_set.poses.jsonl.gz"
WATCHED_S = 20 + 5
"""The unit's WatchdogSec and TimeoutAbortSec."""
QUIET = "[speech]\nenabled = false\n"


@pytest.fixture(scope="module")
def root():
    return debian(suite())


@pytest.fixture
def machine(root, tmp_path):
    """A machine whose coach looks at a pose recording; not booted yet."""
    made = Machine(tmp_path, root)
    made.put("/etc/pi-coach/coach.toml", QUIET)
    made.mount("ro", repeated(RECORDING, tmp_path / "long.poses.jsonl", 8), "/opt/long.poses.jsonl")
    made.runs("--source", "/opt/long.poses.jsonl", "--panel", "sim")
    try:
        yield made
    finally:
        made.close()


def started(machine):
    machine.boot()
    machine.run("systemctl", "start", "--no-block", "pi-coach")
    return machine


def repeated(recording, path, times):
    """Join a pose recording to itself."""
    header, *lines = gzip.decompress(recording.read_bytes()).decode().splitlines()
    poses = [json.loads(line) for line in lines]
    length_s = poses[-1]["t"] + poses[1]["t"] - poses[0]["t"]
    again = [json.dumps(pose | {"t": pose["t"] + n * length_s}) for n in range(times) for pose in poses]
    path.write_text("\n".join([header, *again, ""]), encoding="utf-8")
    return path


def endings(machine):
    """Return how the sessions of the book ended, oldest first."""
    with SessionBook(machine.state / "sessions.db") as book:
        return [session.ending for session in reversed(book.sessions())]


def small_model():
    """Return the smallest pose model that is here."""
    found = {model.name: model.path for model in models.installed(find_places(None, None).models_dir) if model.ok}
    for name in ("lite", "full"):
        if name in found:
            return name, found[name]
    pytest.skip("no pose model is here: `pi-coach models get`")


def joined(clip, path, times):
    """Join a film to itself, without decoding it."""
    with av.open(str(clip)) as first, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(first.streams.video[0])
        length = first.streams.video[0].duration
        for again in range(times):
            with av.open(str(clip)) as source:
                for packet in source.demux(video=0):
                    if packet.dts is not None:
                        packet.pts, packet.dts = packet.pts + again * length, packet.dts + again * length
                        packet.stream = stream
                        film.mux(packet)
    return path


def test_the_coach_looks_at_a_film_tells_how_it_is_and_ends_the_session_when_it_is_stopped(machine, tmp_path):
    name, path = small_model()
    machine.put("/etc/pi-coach/coach.toml", f'[pose]\nmodel = "{name}"\n')
    machine.mount("ro", joined(CLIP, tmp_path / "film.mp4", 5), "/opt/film.mp4")
    shutil.copytree(path.parent, machine.state / "models", ignore=lambda _, names: {n for n in names if name not in n})
    machine.runs("--source", "/opt/film.mp4", "--panel", "sim", "--drill", "wall_touch")
    started(machine)
    assert machine.show("ActiveState") == "activating"
    machine.is_now("active")
    assert machine.show("StatusText") == "Coaching."
    told = machine.until(lambda: [line for line in machine.journal() if "frames/s" in line[1]], 30)
    priority, line = told[0]
    assert priority == 6
    assert all(words in line for words in ("pi_coach.health: ", " dropped, pose ", " ms, ", " rows wait for the disk"))
    assert line.removeprefix("pi_coach.health: ") in machine.show("StatusText")
    machine.run("systemctl", "stop", "pi-coach")
    assert (machine.show("Result"), machine.show("ExecMainStatus"), machine.show("NRestarts")) == ("success", "0", "0")
    assert endings(machine) == ["finished"]


def test_a_coach_that_hangs_or_dies_is_started_again_and_its_sessions_count_as_interrupted(machine):
    started(machine)
    machine.is_now("active")
    machine.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "pi-coach")
    machine.until(lambda: machine.show("NRestarts") == "1", WATCHED_S + 15)
    assert any("Watchdog timeout" in line for line in machine.log())
    machine.is_now("active")
    assert endings(machine) == ["interrupted", None]
    machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "pi-coach")
    machine.until(lambda: machine.show("NRestarts") == "2", 15)
    machine.is_now("active")
    assert endings(machine) == ["interrupted", "interrupted", None]


@contextlib.contextmanager
def disk(folder, at):
    """Give a folder a disk of its own, one that can be made to hang."""
    image = folder / "disk"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", image], capture_output=True, check=False)
    mounted = subprocess.run(["mount", "-o", "loop", image, at], capture_output=True, text=True, check=False)
    if made.returncode or mounted.returncode:
        pytest.skip(f"no disk can be made of a file here: {mounted.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=False)


def test_a_disk_that_hangs_stops_the_watchdogs_food_and_once_it_answers_coaching_goes_on(machine, tmp_path):
    with disk(tmp_path, machine.state), contextlib.closing(machine):
        started(machine)
        machine.is_now("active")
        subprocess.run(["fsfreeze", "--freeze", machine.state], check=True)
        try:
            machine.until(lambda: any("Watchdog timeout" in line for line in machine.log()), 60)
            hung = machine.until(lambda: [text for _, text in machine.journal() if "in _save" in text], 10)
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", machine.state], check=True)
        assert hung
        machine.until(lambda: machine.show("NRestarts") == "1", 60)
        machine.is_now("active")
        assert endings(machine) == ["interrupted", None]


def test_a_session_that_ends_well_is_followed_by_the_next_without_a_pause(machine, tmp_path):
    header_and_poses = gzip.decompress(RECORDING.read_bytes()).decode().splitlines(keepends=True)
    (tmp_path / "short.poses.jsonl").write_text("".join(header_and_poses[:90]), encoding="utf-8")
    machine.mount("ro", tmp_path / "short.poses.jsonl", "/opt/short.poses.jsonl")
    machine.runs("--source", "/opt/short.poses.jsonl", "--panel", "sim")
    started(machine)
    machine.until(lambda: machine.show("NRestarts") == "1", 60)
    assert (machine.show("Result"), machine.run("sh", "-c", "ls /run/pi-coach/failed.*").stdout) == ("success", "")
    machine.is_now("active")
    assert endings(machine)[0] == "finished"


def test_a_wrong_config_is_told_in_the_status_and_not_tried_again(machine):
    machine.put("/etc/pi-coach/coach.toml", "[camera]\nfpss = 30\n")
    started(machine)
    machine.is_now("failed")
    assert (machine.show("ExecMainStatus"), machine.show("NRestarts")) == ("2", "0")
    assert "fpss" in machine.show("StatusText")
    assert [priority for priority, text in machine.journal() if "fpss" in text] == [3]


def test_a_coach_that_cannot_start_tries_again_and_waits_longer_each_time(machine):
    machine.runs("--source", "/opt/nothing.mp4", "--panel", "sim")
    started(machine)
    begun, ended = [], []

    def pauses_s():
        for times, name in ((begun, "ExecMainStartTimestampMonotonic"), (ended, "ExecMainExitTimestampMonotonic")):
            at_s = int(machine.show(name)) / 1e6
            if at_s and at_s not in times:
                times.append(at_s)
        return [start_s - end_s for end_s, start_s in zip(ended, begun[1:], strict=False)]

    machine.until(lambda: len(pauses_s()) == 2, 90)
    first_s, second_s = pauses_s()
    assert first_s >= 2 + 3
    assert second_s >= 2 + 2 * 3
    assert {priority for priority, text in machine.journal() if "nothing.mp4" in text} == {3}


PROBE = """#!/usr/bin/python3
import errno, json, os, resource, socket, subprocess

def tried(what):
    try:
        what()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def write(folder):
    return lambda: open(folder + "/probe", "w").close()

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
found = {
    "written": {folder: tried(write(folder)) for folder in FOLDERS},
    "devices": {name: tried(lambda: open("/dev/" + name, "rb").close()) for name in ("null", "vcio", "other")},
    "sockets": {name: tried(lambda: socket.socket(getattr(socket, name)).close()) for name in FAMILIES},
    "interfaces": [name for _, name in socket.if_nameindex()],
    "user": os.getuid() != 0,
    "capabilities": int(status["CapEff"], 16),
    "bounding": int(status["CapBnd"], 16),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "mount": tried(lambda: os.chroot("/")),
    "processes": sorted({open(f"/proc/{pid}/comm").read().strip() for pid in os.listdir("/proc") if pid.isdecimal()}),
}
for action in ("CanPowerOff", "CanReboot"):
    asked = ["busctl", "call", "org.freedesktop.login1", "/org/freedesktop/login1"]
    asked += ["org.freedesktop.login1.Manager", action]
    found[action] = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
json.dump(found, open("/var/lib/pi-coach/found.json", "w"))
"""
"""Tries what the coach may and may not do, within the unit's own bounds."""
OWN = ("/var/lib/pi-coach", "/var/cache/pi-coach", "/run/pi-coach")
OTHERS = ("/etc", "/etc/pi-coach", "/opt", "/usr", "/srv", "/var/lib")
NETWORKS = ("AF_INET", "AF_INET6", "AF_PACKET")
FUSE, LOOP_CONTROL = (10, 229), (10, 237)
"""Devices that this computer has, to stand for the Pi's and for one that is none of the coach's business."""


def probed(machine, tmp_path):
    """Return what a program found that systemd started as it starts the coach."""
    (tmp_path / "srv").mkdir(mode=0o777)
    (tmp_path / "srv").chmod(0o777)
    machine.mount("rw", tmp_path / "srv", "/srv")
    machine.node("vcio", *FUSE)
    machine.node("other", *LOOP_CONTROL)
    families = ("AF_UNIX", *NETWORKS)
    machine.put("/opt/probe", PROBE.replace("FOLDERS", repr(OWN + OTHERS)).replace("FAMILIES", repr(families)), 0o755)
    machine.drop_in("ExecStartPre=/opt/probe")
    started(machine)
    machine.is_now("active")
    return json.loads((machine.state / "found.json").read_text(encoding="utf-8"))


def test_the_coach_can_do_what_it_must_and_nothing_else(machine, tmp_path):
    found = probed(machine, tmp_path)
    assert found["written"] == dict.fromkeys(OWN, "done") | dict.fromkeys(OTHERS, "EROFS")
    assert found["devices"] == {"null": "done", "vcio": "done", "other": "EPERM"}
    assert found["sockets"] == {"AF_UNIX": "done", **dict.fromkeys(NETWORKS, "EAFNOSUPPORT")}
    assert found["interfaces"] == ["lo"]
    assert (found["user"], found["capabilities"], found["bounding"], found["mount"]) == (True, 0, 0, "EPERM")
    assert (found["core"], found["nice"]) == ([0, 0], -5)
    assert (found["CanPowerOff"], found["CanReboot"] == found["CanPowerOff"]) == ('s "yes"', False)
    assert "systemd" not in found["processes"]


def test_the_button_may_shut_the_machine_down_and_another_user_may_not(machine):
    machine.drop_in("ExecStartPre=/usr/bin/systemctl --no-ask-password poweroff")
    machine.boot()
    refused = machine.run("runuser", "-u", "nobody", "--", "systemctl", "--no-ask-password", "poweroff")
    assert refused.returncode != 0
    machine.run("systemctl", "start", "--no-block", "pi-coach")
    assert machine.process.wait(60) is not None


ASK = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8080/', timeout=5).status)"


def test_page_backup_and_messages_work_within_their_bounds(machine):
    started(machine)
    machine.is_now("active")
    machine.run("systemctl", "start", "pi-coach-web", "pi-coach-publish")
    machine.until(lambda: machine.run("python3", "-c", ASK).stdout.strip() == "200", 30)
    assert machine.show("ActiveState", "pi-coach-web") == "active"
    machine.run("systemctl", "start", "pi-coach-backup")
    assert machine.show("Result", "pi-coach-backup") == "success"
    assert len(list((machine.state / "backups").iterdir())) == 1
    assert machine.show("Result", "pi-coach-publish") == "success"
