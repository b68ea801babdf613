"""The program as its user meets it: what is printed, what it ends with, and one sentence where it fails."""

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pi_coach import cli
from pi_coach.adapters.recording import PoseRecorder, RecordingHeader
from pi_coach.core.errors import SourceError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "fixtures" / "clips" / "wall_touch_good_right.mp4"
COMMANDS = ("run", "analyze", "record", "replay", "sessions", "drills", "models", "doctor", "bench")
TOP = {
    "schema", "source", "drill", "view", "fps", "frames", "frames_with_pose", "reps", "partials", "cues", "summary",
    "performance",
}  # fmt: skip
REP = {"number", "start_s", "bottom_s", "end_s", "score", "quality", "faults", "measures"}
MEASURES = {
    "hip_flexion_deg", "knee_flexion_deg", "trunk_deg", "shank_deg", "hip_knee_ratio", "hips_back_leg",
    "back_curve_pct", "lean_back_deg", "lockout_residual_deg", "down_s", "up_s",
}  # fmt: skip


def write_recording(path, script, fps=15.0):
    recorder = PoseRecorder(path, RecordingHeader(640, 480, fps, "scripted", "rdl"))
    for t, pose in ScriptedBody(script, Filming(fps=fps)).poses():
        recorder.show(Step(t, "rdl", Phase.TALL, pose, None, (), None, 0, 0))
    recorder.close()
    return path


@pytest.fixture
def recording(tmp_path):
    script = Script().hold(0.7).rep(hinged(84), down_s=0.9, up_s=0.8, top_s=0.7).rep(hinged(38), down_s=0.7, up_s=0.7)
    return write_recording(tmp_path / "set.poses.jsonl.gz", script)


# What fails, and how


def complaint(done):
    code, out, err = done
    assert "Traceback" not in out + err
    (line,) = err.splitlines()
    assert line.startswith("pi-coach: ")
    assert len(line) > len("pi-coach: ") + 20
    return code, line


@pytest.mark.parametrize("command", ["analyze", "replay"])
def test_a_file_that_is_not_there_is_named(pi_coach, command, tmp_path):
    code, line = complaint(pi_coach(command, tmp_path / "nowhere.mp4"))
    assert code == 1
    assert "nowhere.mp4" in line


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("text.mp4", b"no video at all\n" * 50),
        ("empty.poses.jsonl", b""),
        ("text.poses.jsonl", b"no recording\n"),
        ("cut.poses.jsonl.gz", gzip.compress(b'{"schema": 1}\n', mtime=0)[:-9]),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(pi_coach, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    code, line = complaint(pi_coach("analyze", tmp_path / name))
    assert code == 1
    assert name in line


def test_a_folder_is_no_film(pi_coach, tmp_path):
    assert complaint(pi_coach("analyze", tmp_path))[0] == 1


def test_an_unknown_drill_is_wrong_usage_and_the_known_ones_are_listed(pi_coach, recording):
    for command in (("analyze", recording, "--drill", "rld"), ("drills", "show", "rld")):
        code, line = complaint(pi_coach(*command))
        assert code == 2
        assert "'rld'" in line
        assert "rdl" in line


def test_a_missing_model_says_how_to_get_it(pi_coach):
    code, line = complaint(pi_coach("analyze", CLIP))
    assert code == 1
    assert "pi-coach models get full" in line


def test_a_data_folder_that_cannot_be_written_is_named(pi_coach, recording, tmp_path):
    (tmp_path / "file").touch()
    code, line = complaint(pi_coach("replay", recording, "--panel", "sim", data=tmp_path / "file" / "data"))
    assert code == 1
    assert str(tmp_path / "file") in line


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_data_folder_is_named(pi_coach, recording, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    code, line = complaint(pi_coach("replay", recording, "--panel", "sim", data=locked))
    assert code == 1
    assert str(locked) in line


def test_an_analysis_that_cannot_be_written_is_named(pi_coach, recording, tmp_path):
    code, line = complaint(pi_coach("analyze", recording, "--json", tmp_path / "no" / "where.json"))
    assert code == 1
    assert "where.json" in line


def test_a_recording_has_no_pictures_to_draw_on(pi_coach, recording, tmp_path):
    code, line = complaint(pi_coach("analyze", recording, "--overlay", tmp_path / "out.mp4"))
    assert code == 2
    assert "--overlay" in line


def test_a_wall_outside_the_picture_is_wrong_usage(pi_coach, recording):
    code, line = complaint(pi_coach("analyze", recording, "--wall", "5000"))
    assert code == 2
    assert "0 to 640" in line


def test_a_wrong_setting_is_wrong_usage(pi_coach, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "coach.toml").write_text("[camera]\nfps = 500\n")
    code, line = complaint(pi_coach("drills"))
    assert code == 2
    assert "camera.fps" in line


@pytest.mark.parametrize("action", ["show", "export", "delete"])
def test_a_session_that_is_not_there_is_named(pi_coach, action):
    code, line = complaint(pi_coach("sessions", action, 7))
    assert code == 1
    assert "7" in line
    assert complaint(pi_coach("sessions", action))[0] == 2


@pytest.mark.parametrize("arguments", [[], ["dance"], ["analyze"], ["run", "--panel", "wooden"], ["sessions", "sing"]])
def test_wrong_usage_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: pi-coach" in capsys.readouterr().err


def test_whoever_debugs_sees_where_an_error_arose(tmp_path):
    with pytest.raises(SourceError) as raised:
        cli.main(["--debug", "--data", str(tmp_path), "analyze", str(tmp_path / "nowhere.mp4")])
    assert isinstance(raised.value.__cause__, FileNotFoundError)


# What is printed


def test_drills_are_listed_and_shown(pi_coach):
    code, out, _ = pi_coach("drills")
    assert code == 0
    assert "wall_touch" in out
    code, out, _ = pi_coach("drills", "show", "rdl")
    assert code == 0
    assert out.startswith("Romanian deadlift\n")
    assert "squat_votes above 1.5" in out
    assert max(map(len, out.splitlines())) <= 120


def test_no_session_yet_is_said(pi_coach):
    assert pi_coach("sessions") == (0, "No sessions yet: `pi-coach run` begins the first.\n", "")


def test_an_analysis_holds_what_the_contract_says(pi_coach, recording):
    code, out, err = pi_coach("analyze", recording, "--json", "-")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == TOP
    assert (found["schema"], found["source"], found["drill"], found["view"]) == (1, recording.name, "rdl", "right")
    assert (found["fps"], found["frames"], found["frames_with_pose"]) == (15.0, 89, 89)
    (rep,) = found["reps"]
    assert set(rep) == REP
    assert set(rep["measures"]) >= MEASURES
    assert (rep["number"], rep["quality"], rep["faults"]) == (1, True, [])
    assert rep["start_s"] < rep["bottom_s"] < rep["end_s"]
    assert rep["measures"]["back_curve_pct"] is None
    (partial,) = found["partials"]
    assert set(partial) == {"start_s", "bottom_s", "end_s"}
    (cue,) = found["cues"]
    assert set(cue) == {"t_s", "text", "fault", "slot"}
    assert found["summary"] == "One clean rep. Good hip reach."
    assert set(found["performance"]) == {"wall_s", "pose_ms_median", "core_us_median"}


def test_an_analysis_is_written_to_a_file(pi_coach, recording, tmp_path):
    code, out, _ = pi_coach("analyze", recording, "--json", tmp_path / "found.json")
    assert (code, out) == (0, "")
    assert set(json.loads((tmp_path / "found.json").read_text())) == TOP


def test_an_analysis_reads_well_in_a_terminal(pi_coach, recording):
    code, out, _ = pi_coach("analyze", recording)
    assert code == 0
    first, last = out.splitlines()
    assert first.startswith("  1 ")
    assert first.endswith("clean")
    assert last == "One clean rep. Good hip reach."


def test_a_recording_can_be_judged_as_another_drill(pi_coach, recording):
    assert json.loads(pi_coach("analyze", recording, "--drill", "standing_dowel", "--json", "-")[1])["drill"] == (
        "standing_dowel"
    )


def test_a_recording_can_be_recorded_again(pi_coach, recording, tmp_path):
    copy = tmp_path / "copy.poses.jsonl.gz"
    code, out, _ = pi_coach("record", copy, "--source", recording, "--drill", "rdl")
    assert (code, out) == (0, f"89 frames of poses in {copy}.\n")
    before, after = (gzip.decompress(path.read_bytes()).splitlines() for path in (recording, copy))
    assert before[1:] == after[1:]


@pytest.mark.slow
def test_a_session_is_played_listed_shown_exported_and_deleted(pi_coach, tmp_path):
    script = Script().hold(0.6).rep(hinged(84), down_s=0.9, up_s=0.8, top_s=0.5)
    short = write_recording(tmp_path / "short.poses.jsonl", script)
    code, out, _ = pi_coach("replay", short, "--panel", "sim", "--wav", tmp_path / "speech.wav")
    assert code == 0
    assert "One clean rep." in out
    code, out, _ = pi_coach("sessions")
    assert code == 0
    assert out.splitlines()[1].split()[0] == "1"
    code, out, _ = pi_coach("sessions", "show", 1)
    assert code == 0
    assert "1 of 8 reps, 1 clean" in out
    code, out, _ = pi_coach("sessions", "export", 1)
    exported = json.loads(out)
    assert code == 0
    assert (exported["id"], exported["sets"][0]["drill"]) == (1, "rdl")
    assert set(exported["sets"][0]["reps"][0]) >= REP
    assert pi_coach("sessions", "delete", 1) == (0, "Session 1 is deleted.\n", "")
    assert pi_coach("sessions", "show", 1)[0] == 1


# How quickly it is there


def child_cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_is_there_at_once():
    took_s = []
    for _ in range(3):
        before_s = child_cpu_s()
        done = subprocess.run([sys.executable, "-m", "pi_coach", "--help"], cwd=ROOT, capture_output=True, check=True)
        took_s.append(child_cpu_s() - before_s)
    assert all(f"\n    {command} " in done.stdout.decode() for command in COMMANDS)
    assert b"Not a medical device." in done.stdout
    assert min(took_s) < 0.5


def test_no_help_imports_anything_heavy():
    asked = "\n".join(f"with suppress(SystemExit): main([{command!r}, '--help'])" for command in COMMANDS)
    heavy = {"numpy", "cv2", "mediapipe", "sqlalchemy", "alembic", "av", "PIL", "cattrs", "gpiozero", "pyttsx3"}
    program = "\n".join(
        (
            "import sys",
            "from contextlib import suppress",
            "from pi_coach.cli import main",
            asked,
            f"sys.exit(str(sorted({heavy} & set(sys.modules)) or ''))",
        )
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_a_reader_who_leaves_early_breaks_nothing(recording, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    reading = subprocess.Popen(
        [sys.executable, "-m", "pi_coach", "--data", tmp_path, "analyze", recording, "--json", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    reading.stdout.close()
    _, err = reading.communicate(timeout=60)
    assert reading.returncode in {0, 1}
    assert b"Traceback" not in err
