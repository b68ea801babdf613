"""What the doctor finds on machines that lack something."""

import datetime as dt
import grp
import http.server
import importlib.metadata
import json
import logging
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.adapters.access import Closed
from pi_coach.adapters.card import cards
from pi_coach.adapters.models import model_path
from pi_coach.assembly import Setting
from pi_coach.checks import parts, pose, software, storage, system
from pi_coach.checks.order import checks
from pi_coach.checks.verdict import Check, State, Verdict
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError, ModelError, StoreError
from pi_coach.doctor import Finding, ending, examine, rows
from pi_coach.places import Places, find_places
from pi_coach.testing.ear import Ear, SoundServer, missing_tools, private_sound

ROOT = Path(__file__).resolve().parents[1]
MODELS = find_places(None, None).models_dir
needs_model = pytest.mark.skipif(
    not model_path(MODELS, "full").exists(), reason="the pose model is not here: `pi-coach models get`"
)


class ClockThatWasNeverSet(SystemClock):
    def wall(self):
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def setting(tmp_path):
    places = Places(tmp_path / "config", tmp_path / "data", tmp_path / "cache")
    return Setting(config.load(places.owner_dir), places, SystemClock(), print)


def doctor(tmp_path, *options, **environment):
    """Run the real program as an owner would."""
    command = [sys.executable, "-m", "pi_coach", "--config", str(tmp_path / "config"), "--data", str(tmp_path / "data")]
    return subprocess.run(
        [*command, "doctor", *options],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory):
    """Return an empty place and what the doctor said of it."""
    place = tmp_path_factory.mktemp("home")
    return place, doctor(place)


@pytest.mark.slow
def test_without_a_pose_model_the_doctor_fails_and_says_where_to_get_one(empty_home):
    _, done = empty_home
    assert done.returncode == 1
    told = done.stdout.splitlines()
    verdict = told.index("Broken: pose model, pose speed.")
    assert told[verdict + 1] == "To do, the most important first:"
    assert told[verdict + 2].startswith(" 1. pose model: ")
    assert "pi-coach models" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
def test_the_doctor_leaves_nothing_behind(empty_home):
    place, _ = empty_home
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_the_findings_come_as_json_for_programs(tmp_path):
    done = doctor(tmp_path, "--json", GPIOZERO_PIN_FACTORY="mock")
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert list(findings) == [check.name for check in checks()]
    assert all(set(finding) == {"check", "state", "found", "remedy"} for finding in findings.values())
    assert findings["pose model"]["state"] == "broken"
    assert findings["panel"] == {
        "check": "panel",
        "state": "good",
        "found": "Button on GPIO17, lamps on 5, 6, 13, 19, 26, 16, 20, 21, 12, 25.",
        "remedy": "",
    }


@pytest.mark.slow
@needs_model
def test_on_a_machine_with_a_pose_model_a_video_can_be_coached(setting, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(MODELS)
    findings = list(examine(setting, checks()))
    assert [finding.check for finding in findings if finding.state is State.BROKEN] == []
    assert ending(findings)[0].startswith(("Ready", "Everything that coaching from a video needs is here"))
    assert not logging.root.manager.disable


def test_a_damaged_model_is_refused(setting):
    path = model_path(setting.places.models_dir, "full")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a model")
    with pytest.raises(ModelError, match="full"):
        pose.pose_model(setting)


@pytest.mark.parametrize(
    ("lap_s", "state", "words"),
    [
        (0.02, State.GOOD, "keeps up with the camera"),
        (0.06, State.GOOD, "every drill but the swing"),
        (0.12, State.NOTE, "slow, but enough to count"),
        (0.3, State.NOTE, "too slow to coach live"),
    ],
)
def test_the_speed_of_the_model_is_told_in_what_it_is_good_for(lap_s, state, words):
    verdict = pose.speed_verdict(lap_s, 30.0, "full")
    assert verdict.state is state
    assert words in verdict.found
    assert ('model = "lite"' in verdict.remedy) == (state is State.NOTE)


def test_a_voice_that_does_not_exist_is_told(setting):
    speech = replace(setting.config.settings.speech, voice="no-such-voice")
    settings = replace(setting.config.settings, speech=speech)
    with pytest.raises(CoachError, match="no-such-voice"):
        parts.voice(replace(setting, config=replace(setting.config, settings=settings)))


def test_a_cue_is_really_rendered(setting):
    assert parts.voice(setting).state is State.GOOD


def test_a_sound_device_that_is_not_there_is_worth_a_note(setting):
    speech = replace(setting.config.settings.speech, device="no such device")
    settings = replace(setting.config.settings, speech=speech)
    verdict = parts.sound(replace(setting, config=replace(setting.config, settings=settings)))
    assert verdict.state is State.NOTE
    assert "Plug in a speaker" in verdict.remedy


def test_a_data_folder_that_cannot_be_written_is_told(setting, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="name another folder with --data"):
        storage.disk(setting)


def test_room_on_the_disk_is_told_before_the_data_folder_exists(setting, tmp_path):
    verdict = storage.disk(setting)
    assert "GB are free" in verdict.found
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_no_session_book_is_told(setting, tmp_path):
    (tmp_path / "data").mkdir()
    setting.places.book.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="session book"):
        storage.session_book(setting)


def test_an_owners_own_files_are_named(setting, tmp_path):
    (tmp_path / "config" / "drills").mkdir(parents=True)
    (tmp_path / "config" / "coach.toml").touch()
    (tmp_path / "config" / "drills" / "rdl.toml").touch()
    assert "your own: coach.toml, drills/rdl.toml" in software.config(setting).found


def test_a_clock_that_was_never_set_is_worth_a_note(setting):
    verdict = system.clock(replace(setting, clock=ClockThatWasNeverSet()))
    assert verdict.state is State.NOTE
    assert verdict.found.startswith("1970-01-01 00:00 UTC: it was never set, and this machine has")


@pytest.mark.parametrize(
    ("follows", "own", "state"),
    [(True, False, State.GOOD), (False, True, State.GOOD), (False, False, State.NOTE), (None, False, State.GOOD)],
)
def test_a_pi_without_a_clock_needs_a_time_server(follows, own, state):
    verdict = system.clock_verdict(SystemClock().wall(), follows, own=own)
    assert verdict.state is state
    assert ("battery" in verdict.remedy) == (state is State.NOTE)


def test_long_findings_go_on_below_their_own_column():
    told = rows(Finding("pose model", State.BROKEN, "It is not here. " * 8, "Get it."), len("pose model"))
    assert told[0].startswith("broken  pose model  It is not here.")
    assert len(told) == 2
    assert told[1].startswith(20 * " " + "It is not here.")
    assert max(map(len, told)) <= 100


def test_the_end_says_what_to_do_and_what_is_broken_comes_first():
    findings = [
        Finding("camera", State.NOTE, "There is none.", ""),
        Finding("disk", State.GOOD, "Fine.", ""),
        Finding("pose model", State.BROKEN, "It is damaged.", "Get it again."),
    ]
    assert ending(findings) == [
        "Broken: pose model.",
        "To do, the most important first:",
        " 1. pose model: Get it again.",
        " 2. camera: There is none.",
    ]
    assert ending(findings[1:2]) == ["Ready: `pi-coach run` coaches live."]
    assert "coaching live lacks: camera." in ending(findings[:2])[0]


# What hangs, and what nobody foresaw


def test_a_part_that_hangs_is_a_finding_and_not_the_end(setting):
    freed = threading.Event()

    def hang(_setting):
        freed.wait(30)
        return Verdict(State.GOOD, "too late")

    looks = (Check("camera", hang, patience_s=0.1), Check("disk", hang, needed=True, patience_s=0.1))
    hung = list(examine(setting, looks))
    freed.set()
    assert [finding.state for finding in hung] == [State.NOTE, State.BROKEN]
    assert hung[0].found == "No answer within 0.1 s: it hangs."
    assert hung[0].remedy.startswith("Switch the machine off and on")


def test_a_bug_in_one_check_leaves_the_others_to_tell(setting):
    def stumble(_setting):
        raise ZeroDivisionError("by nothing")

    looks = (Check("camera", stumble), Check("disk", lambda _setting: Verdict(State.GOOD, "Fine.")))
    stumbled, fine = examine(setting, looks)
    assert stumbled.found == "ZeroDivisionError: by nothing."
    assert "--debug" in stumbled.remedy
    assert fine.state is State.GOOD


def test_every_check_is_bounded_and_the_most_important_come_first():
    order = [check.name for check in checks()]
    assert order[:5] == ["program", "processor", "pose model", "pose speed", "camera"]
    assert sum(check.patience_s for check in checks()) < 400
    assert {check.name for check in checks() if check.needed} == {
        "processor", "pose model", "pose speed", "disk", "session book", "config"}  # fmt: skip


# Sound and lamps


@pytest.mark.slow
def test_a_sentence_is_really_spoken_and_heard(setting, tmp_path):
    if missing_tools():
        pytest.skip(f"nothing plays here without {missing_tools()}: `apt install pulseaudio pulseaudio-utils`")
    with private_sound(tmp_path):
        server = SoundServer(tmp_path)
        server.start()
        with Ear(SystemClock()) as ear:
            hear(setting, ear)
        server.stop()
        assert parts.sound(setting, speaks=True).state is State.NOTE


def hear(setting, ear):
    silent = parts.sound(setting)
    assert silent.state is State.GOOD
    assert "nothing was said" in silent.found
    began_s = SystemClock().now()
    told = parts.sound(setting, speaks=True)
    assert told.state is State.GOOD, told
    assert ear.loud_after(began_s) > began_s
    assert '"Squeeze glutes don\'t arch" was said through' in told.found


def test_each_lamp_is_lit_alone_and_named(monkeypatch, tmp_path):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setattr(parts, "LAMP_S", 0.0)
    said = []
    places = Places(tmp_path / "config", tmp_path / "data", tmp_path / "cache")
    verdict = parts.panel(Setting(config.load(places.owner_dir), places, SystemClock(), said.append), lights=True)
    assert verdict.state is State.GOOD
    assert "each was lit" in verdict.found
    assert len(said) == 13
    assert said[0] == "Lit now: lamp 1 of 10 (GPIO5)."
    assert said[-3:] == [
        f"Lit now: state light, {part}." for part in ("red (GPIO27)", "green (GPIO22)", "blue (GPIO23)")
    ]


# Rights


def test_who_may_not_open_what_is_there_gets_the_command_for_it(tmp_path):
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else: run as root, with util-linux's setpriv")
    for name, group in (("video0", "video"), ("snd/pcmC0D0p", "audio"), ("gpiochip0", "tty"), ("vcio", "video")):
        node = tmp_path / "dev" / name
        node.parent.mkdir(parents=True, exist_ok=True)
        os.mknod(node, stat.S_IFCHR, os.makedev(1, 3))
        os.chown(node, 0, grp.getgrnam(group).gr_gid)
        node.chmod(0o660)
    seen = as_nobody(tmp_path / "dev", "video")
    assert seen[0] == "note"
    assert "nobody, in the groups nogroup, video; may not open" in seen[1]
    assert "sound (snd/pcmC0D0p: group audio); pins (gpiochip0: group tty)." in seen[1]
    assert seen[2].startswith("`sudo usermod -aG audio,tty nobody`, then log out and in again")
    assert as_nobody(tmp_path / "dev", "video", "audio", "tty")[:1] == ["good"]


def as_nobody(devices, *groups):
    """Let a user without rights, but for these groups, look at some devices."""
    for folder in (devices, *devices.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o755)
    look = f"""
import json, sys
from pathlib import Path
from pi_coach.checks.system import permissions
print(json.dumps(permissions(None, Path({str(devices)!r}))))
"""
    numbers = ",".join(str(grp.getgrnam(group).gr_gid) for group in groups)
    nobody = pwd.getpwnam("nobody")
    who = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", f"--groups={numbers}"]
    done = subprocess.run(
        [*who, sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_belongs_to_no_group_is_a_matter_of_the_system():
    assert system.rights("pi", [Closed("pins", ("gpiochip0",), "root")]).startswith("Update the system")


# Disk and card


@pytest.mark.slow
def test_a_read_only_disk_and_one_in_memory_are_told_apart(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount: run as root")
    look = """
import sys
from pathlib import Path
from dataclasses import replace
from pi_coach import config
from pi_coach.assembly import Setting
from pi_coach.checks import storage
from pi_coach.clock import SystemClock
from pi_coach.places import Places
place = Path(sys.argv[1])
try:
    print(*storage.disk(Setting(config.load(place), Places(place, place, place), SystemClock(), print)))
except OSError as error:
    print("broken", error)
"""
    script = f"""
set -e
mount -t tmpfs none {tmp_path}
{sys.executable} -c "$LOOK" {tmp_path}
mount -o remount,ro {tmp_path}
{sys.executable} -c "$LOOK" {tmp_path}
"""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env={**os.environ, "LOOK": look}, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "unshare" in done.stderr:
        pytest.skip(f"no mounts of our own here: {done.stderr.strip()}")
    memory, read_only = done.stdout.splitlines()
    assert memory.startswith("note")
    assert "It lies in memory (tmpfs): sessions are gone with the power." in memory
    assert read_only.startswith("broken")
    assert "Read-only file system" in read_only


@pytest.mark.parametrize(
    ("files", "state", "words"),
    [
        ({"name": "SD32G", "date": "03/2024"}, State.GOOD, "SD32G of 03/2024, does not tell how worn it is"),
        ({"name": "MMC", "life_time": "0x02 0x03"}, State.GOOD, "at most 30 % of its life used"),
        ({"name": "MMC", "life_time": "0x0a 0x01"}, State.NOTE, "at most 100 % of its life used"),
        ({"name": "MMC", "life_time": "0x0b 0x0b"}, State.NOTE, "all of its life used"),
        ({"name": "MMC", "life_time": "0x00 0x00", "pre_eol_info": "0x02"}, State.NOTE, "its spare blocks run out"),
        ({"name": "MMC", "life_time": "no", "pre_eol_info": "0x01"}, State.GOOD, "mmcblk0 MMC"),
    ],
    ids=["an SD card", "fresh", "old", "beyond", "short of blocks", "odd"],
)
def test_a_card_tells_how_worn_it_is(tmp_path, files, state, words):
    device = tmp_path / "block" / "mmcblk0" / "device"
    device.mkdir(parents=True)
    for name, text in files.items():
        (device / name).write_text(f"{text}\n")
    (device.parent / "stat").write_text("1 2 3 4 5 6 2000000 8 9 10 11\n")
    disk = tmp_path / "ext4" / "mmcblk0p2"
    disk.mkdir(parents=True)
    (disk / "lifetime_write_kbytes").write_text("51000000\n")
    verdict = storage.card_verdict(cards(tmp_path / "block", tmp_path / "ext4"))
    assert verdict.state is state
    assert words in verdict.found
    assert "1.0 GB written since the start, 51 GB since it was set up." in verdict.found
    assert ("replace the card" in verdict.remedy) == (state is State.NOTE)


def test_backups_that_are_old_or_missing_are_worth_a_note(setting, tmp_path):
    assert storage.backups(setting).found == "Nothing to back up yet."
    setting.places.book.parent.mkdir()
    setting.places.book.touch()
    assert storage.backups(setting).state is State.NOTE
    made = tmp_path / "data" / "backups" / "sessions-20260101-040000.db"
    made.parent.mkdir()
    made.touch()
    fresh = storage.backups(setting)
    assert fresh.state is State.GOOD
    assert fresh.found.startswith("1, the newest 0.0 days old")
    old_s = SystemClock().wall().timestamp() - 9 * 86400
    os.utime(made, (old_s, old_s))
    assert "pi-coach-backup.timer" in storage.backups(setting).remedy


# Heat, services, web


@pytest.mark.parametrize(
    ("warm_c", "held", "remedies"),
    [
        (48.0, (), ()),
        (None, None, ()),
        (84.0, None, ("cooler",)),
        (55.0, ("too little voltage since it was started",), ("power supply",)),
        (55.0, ("slowed down now",), ("cooler",)),
        (82.0, ("too little voltage now", "hot now"), ("power supply", "cooler")),
    ],
)
def test_heat_asks_for_air_and_too_little_voltage_for_another_supply(warm_c, held, remedies):
    verdict = system.heat_verdict(warm_c, held)
    assert verdict.state is (State.NOTE if remedies else State.GOOD)
    assert [word for word in ("power supply", "cooler") if word in verdict.remedy] == list(remedies)


def unit(active="active", restarts="0", **more):
    return {"LoadState": "loaded", "ActiveState": active, "NRestarts": restarts, **more}


@pytest.mark.parametrize(
    ("told", "state", "words"),
    [
        (None, State.GOOD, "systemd does not run here"),
        ({"pi-coach.service": {"LoadState": "not-found"}}, State.GOOD, "None is installed"),
        ({"pi-coach.service": unit(StatusText="Coaching.")}, State.GOOD, "is active (Coaching)."),
        ({"pi-coach.service": unit("failed")}, State.NOTE, "journalctl -u pi-coach.service"),
        ({"pi-coach.service": unit(restarts="12")}, State.NOTE, "started again 12 times"),
        ({"pi-coach-backup.timer": unit("inactive", "")}, State.NOTE, "enable --now pi-coach-backup.timer"),
    ],
    ids=["no systemd", "not installed", "coaching", "failed", "again and again", "timer off"],
)
def test_services_are_told_with_what_to_type(told, state, words):
    verdict = system.services_verdict(told)
    assert verdict.state is state
    assert words in f"{verdict.found} {verdict.remedy}"


def test_the_web_page_is_really_asked_for(setting):
    assert "Nothing answers" in page_on(setting, free_port()).found
    with answering(200) as port:
        verdict = page_on(setting, port)
        assert verdict.state is State.GOOD
        assert "only this machine may see it, for no PIN is set" in verdict.found
        setting.places.pin.parent.mkdir()
        setting.places.pin.touch()
        assert "phones at home may see it" in page_on(setting, port).found
    with answering(500) as port:
        assert page_on(setting, port).state is State.NOTE


def page_on(setting, port):
    settings = setting.config.settings
    web = replace(settings.web, port=port)
    return system.web_page(replace(setting, config=replace(setting.config, settings=replace(settings, web=web))))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextmanager
def answering(status):
    """A page that answers with a status."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    serving = threading.Thread(target=server.serve_forever, name="page")
    serving.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)


def test_versions_name_what_a_question_about_a_machine_begins_with(setting):
    found = software.versions(setting).found
    assert f"numpy {importlib.metadata.version('numpy')}" in found
    assert "gpiozero" in found
    assert "kernel" in software.program(setting).found
