"""What the doctor finds on machines that lack something."""

import datetime as dt
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import checks, config
from pi_coach.adapters.models import model_path
from pi_coach.assembly import Setting
from pi_coach.checks import State
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError, ModelError, StoreError
from pi_coach.doctor import Finding, examine, lines
from pi_coach.places import Places, find_places

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
        cwd=Path(__file__).parents[1],
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
    assert done.stdout.splitlines()[-1] == "Broken: pose model, pose speed."
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
    assert list(findings) == [check.name for check in checks.CHECKS]
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
    findings = examine(setting)
    assert [finding.check for finding in findings if finding.state is State.BROKEN] == []
    assert lines(findings)[-1] == "Everything that coaching from a video needs is here."
    assert not logging.root.manager.disable


def test_a_damaged_model_is_refused(setting):
    path = model_path(setting.places.models_dir, "full")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a model")
    with pytest.raises(ModelError, match="full"):
        checks.pose_model(setting)


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
    verdict = checks.speed_verdict(lap_s, camera_fps=30.0)
    assert verdict.state is state
    assert words in verdict.found
    assert ('model = "lite"' in verdict.remedy) == (state is State.NOTE)


def test_a_voice_that_does_not_exist_is_told(setting):
    speech = replace(setting.config.settings.speech, voice="no-such-voice")
    settings = replace(setting.config.settings, speech=speech)
    with pytest.raises(CoachError, match="no-such-voice"):
        checks.voice(replace(setting, config=replace(setting.config, settings=settings)))


def test_a_cue_is_really_rendered(setting):
    assert checks.voice(setting).state is State.GOOD


def test_a_sound_device_that_is_not_there_is_worth_a_note(setting):
    speech = replace(setting.config.settings.speech, device="no such device")
    settings = replace(setting.config.settings, speech=speech)
    verdict = checks.sound(replace(setting, config=replace(setting.config, settings=settings)))
    assert verdict.state is State.NOTE
    assert "Plug in a speaker" in verdict.remedy


def test_a_data_folder_that_cannot_be_written_is_told(setting, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="name another folder with --data"):
        checks.disk(setting)


def test_room_on_the_disk_is_told_before_the_data_folder_exists(setting, tmp_path):
    verdict = checks.disk(setting)
    assert "GB are free" in verdict.found
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_no_session_book_is_told(setting, tmp_path):
    (tmp_path / "data").mkdir()
    setting.places.book.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="session book"):
        checks.session_book(setting)


def test_an_owners_own_files_are_named(setting, tmp_path):
    (tmp_path / "config" / "drills").mkdir(parents=True)
    (tmp_path / "config" / "coach.toml").touch()
    (tmp_path / "config" / "drills" / "rdl.toml").touch()
    assert "your own: coach.toml, drills/rdl.toml" in checks.config(setting).found


def test_a_clock_that_was_never_set_is_worth_a_note(setting):
    verdict = checks.clock(replace(setting, clock=ClockThatWasNeverSet()))
    assert verdict.state is State.NOTE
    assert verdict.found == "1970-01-01 00:00 UTC: it was never set."


def test_long_findings_go_on_below_their_own_column():
    rows = lines([Finding("pose model", State.BROKEN, "It is not here. " * 8, "Get it.")])
    assert rows[0].startswith("broken  pose model  It is not here.")
    assert len(rows) == 4
    assert rows[1].startswith(20 * " " + "It is not here.")
    assert max(map(len, rows)) <= 100
    assert rows[-1] == "Broken: pose model."
