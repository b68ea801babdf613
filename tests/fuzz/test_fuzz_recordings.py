"""Whatever stands in a pose recording, it is judged or refused in one sentence, and no number in the answer is none."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import broken_bytes, broken_tree, one_sentence, within
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_coach import config
from pi_coach.adapters import recording as recordings
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError, SourceError
from pi_coach.offline import analyze
from pi_coach.places import Places

POSES = Path(__file__).resolve().parents[2] / "fixtures" / "poses"
LINES = gzip.decompress((POSES / "wall_faults.poses.jsonl.gz").read_bytes()).splitlines()[:160]
RANDOM = st.randoms(use_true_random=False)
HEAD = b'{"schema": 1, "width": 640, "height": 480, "fps": 30.0, "model": "x", "drill": "rdl"}\n'


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    read = config.load(folder / "config")
    return Setting(replace(read), Places(folder, folder, folder), SystemClock(), lambda _: None)


def judged(setting, name, content):
    """Analyse a recording; return the document, or what was said instead."""
    path = setting.places.data_dir / name
    path.write_bytes(content)
    try:
        with within(10.0):
            found = analyze(setting, path, None, None, None)
    except CoachError as error:
        return one_sentence(error)
    json.dumps(found, allow_nan=False)
    assert found["frames"] >= found["frames_with_pose"]
    return found


def broken_lines(rng):
    """Return a recording with frames lost, doubled or out of order, and with numbers that no camera gives."""
    lines = [json.loads(line) for line in LINES]
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(lines) - 1)
        match rng.randint(0, 5):
            case 0:
                del lines[at : at + rng.choice((1, 30))]
            case 1:
                lines[at:at] = lines[at : at + 2]
            case 2:
                lines[at] = broken_tree(lines[at], rng)
            case 3 if at and isinstance(lines[at], dict):
                lines[at]["points"] = rng.choice(FIGURES)
            case 4 if at and isinstance(lines[at], dict):
                lines[at]["t"] = rng.choice((-1e9, 0, 1e-9, 1e8, 1e9, 2e9, -0.0))
            case _:
                lines.insert(at, broken_tree(lines[at], rng))
        lines = lines or [{}]
    return b"\n".join(json.dumps(line).encode() for line in lines)


FIGURES = (
    None,
    [[0.0, 0.0, 1.0]] * 33,
    [[1e9, -1e9, 1.0]] * 33,
    [[-(2**63), 0, 1]] * 33,
    [[1e-30, 1e-30, 1e-30]] * 33,
    [[x * 1e-9, 0.5, 1.0] for x in range(33)],
    [[0.5, (x % 2) * 1e9, 1.0] for x in range(33)],
    [[0.5, 0.5, 2.0]] * 33,
    [[0.5, 0.5]] * 33,
    [[0.5, 0.5, 1.0]] * 32,
    [[[0.5]]] * 33,
    ["a"] * 33,
)
"""Bodies that there are not."""


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 4)
@given(RANDOM)
def test_a_recording_with_impossible_frames_is_judged_or_refused_in_a_sentence(setting, rng):
    judged(setting, "x.poses.jsonl", broken_lines(rng))


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 2)
@given(RANDOM, st.booleans())
def test_a_recording_with_damaged_bytes_is_judged_or_refused_in_a_sentence(setting, rng, packed):
    content = b"\n".join(LINES)
    if packed:
        judged(setting, "x.poses.jsonl.gz", broken_bytes(gzip.compress(content, mtime=0), rng))
    else:
        judged(setting, "x.poses.jsonl", broken_bytes(content, rng))


@pytest.mark.parametrize("number", range(len(FIGURES)))
def test_a_body_that_cannot_be_is_judged_or_refused_from_beginning_to_end(setting, number):
    frames = [json.dumps({"t": t / 10, "points": FIGURES[number]}).encode() for t in range(100)]
    judged(setting, "x.poses.jsonl", HEAD + b"\n".join(frames))


def test_a_place_below_all_places_is_not_taken_for_a_small_one(setting):
    """The smallest whole number has no opposite: its absolute value was itself, and passed as small."""
    line = json.dumps({"t": 0, "points": [[-(2**63), 0, 1]] * 33}).encode()
    assert "finite numbers" in judged(setting, "x.poses.jsonl", HEAD + line)


@pytest.mark.parametrize("count", [0, 36, 38])
def test_an_outline_of_a_back_with_a_depth_too_few_or_too_many_is_refused(setting, count):
    """The numbers of the shape were multiplied with it, which failed in the middle of the analysis."""
    at, line = next((at, json.loads(line)) for at, line in enumerate(LINES) if json.loads(line).get("back"))
    broken = json.dumps({**line, "back": (line["back"] * 2)[:count]}).encode()
    said = judged(setting, "x.poses.jsonl", b"\n".join([*LINES[:at], broken, *LINES[at + 1 :]]))
    assert f'line {at + 1} has no 37 depths as "back"' in said


def test_a_packed_recording_without_end_is_given_up(setting, monkeypatch):
    """A few kilobytes unpacked to frames until memory was gone."""
    monkeypatch.setattr(recordings, "MOST_FRAMES", 2000)
    content = HEAD + b"".join(b'{"t":%d,"points":null}\n' % t for t in range(50_000))
    said = judged(setting, "x.poses.jsonl.gz", gzip.compress(content, mtime=0))
    assert "line 2002 is one too many" in said


def test_a_packed_line_without_end_is_not_unpacked(setting):
    said = judged(setting, "x.poses.jsonl.gz", gzip.compress(HEAD + b"[" * 200_000_000, 1, mtime=0))
    assert "line 2 is not a JSON object" in said


def test_another_schema_is_named(setting):
    assert "schema 2" in judged(setting, "x.poses.jsonl", HEAD.replace(b'"schema": 1', b'"schema": 2'))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_packed_recording_that_was_cut_off_is_refused(setting, share):
    content = (POSES / "half_reps.poses.jsonl.gz").read_bytes()
    path = setting.places.data_dir / "cut.poses.jsonl.gz"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(SourceError, match="cannot be read"):
        recordings.PoseRecording(path)
