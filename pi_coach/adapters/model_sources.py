"""Where the pose models come from: two packages that carry them, and Google's own bundles."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol
from urllib.error import HTTPError, URLError

from pi_coach.adapters import model_bundle
from pi_coach.adapters.model_bundle import Normalization
from pi_coach.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Report = Callable[[str], None]
    """Takes one short line about what was fetched, from where, and where it was put."""

log = logging.getLogger(__name__)

PACKAGE_TIMEOUT_S = 1800.0
"""A slow line may take this long over one package."""
SILENCE_TIMEOUT_S = 30.0
"""A server that sends nothing for this long counts as gone."""
_MB = 1_000_000


class Source(Protocol):
    """A place that a bundle can be had from."""

    @property
    def label(self) -> str:
        """What to call it in a report."""

    def bundle(self, name: str, work: Path, report: Report) -> bytes:
        """Return the bundle of that name; what `work` keeps of a broken try is used by the next.

        Raises ModelError saying why it cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Part:
    """One model file inside a package."""

    member: str
    """Its path in the package's archive."""
    sha256: str
    normalization: Normalization | None
    """What to note of its input; None where the file says so itself."""

    def kept(self, work: Path) -> bytes | None:
        """Return the file as an earlier step left it in `work`; None where it is not there or not this one."""
        path = work / self.sha256
        content = path.read_bytes() if path.exists() else b""
        return content if hashlib.sha256(content).hexdigest() == self.sha256 else None

    def model(self, work: Path) -> bytes:
        """Return the file as it goes into a bundle."""
        content = self.kept(work)
        if content is None:
            raise ModelError(f"its {self.member} is not the one that was pinned")
        return content if self.normalization is None else model_bundle.with_metadata(content, self.normalization)


@dataclass(frozen=True, slots=True)
class Package:
    """A package of one pinned version whose archive carries models."""

    label: str
    size: str
    download: Callable[[Path], None]
    """Puts the package's archive, and nothing else, into the folder."""
    detector: Part
    landmarks: Mapping[str, Part]
    """By the model's name."""

    def bundle(self, name: str, work: Path, report: Report) -> bytes:
        """Put a bundle together from the package's parts; see Source."""
        if name not in self.landmarks:
            raise ModelError(f"it holds no {name} model")
        parts = (self.detector, self.landmarks[name])
        if any(part.kept(work) is None for part in parts):
            report(f"getting {self.label} ({self.size}) for the {name} pose model")
            self._fetch(parts, work)
        detector, landmarks = (part.model(work) for part in parts)
        return model_bundle.pack(detector, landmarks)

    def _fetch(self, parts: Sequence[Part], work: Path) -> None:
        into = work / "package"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        try:
            self.download(into)
            for part in parts:
                (work / part.sha256).write_bytes(_member(into, part.member))
        finally:
            shutil.rmtree(into, ignore_errors=True)


def _member(folder: Path, member: str) -> bytes:
    """Return a file out of the one archive in the folder."""
    try:
        (archive,) = folder.iterdir()
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as tarball:
            file = tarball.extractfile(member)
            return file.read() if file else b""
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ModelError("its archive is damaged") from error


def _pip_download(into: Path) -> None:
    """Fetch the wheel for any one platform: only its model files are read."""
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries=2"]
    any_one = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", "--platform=manylinux2014_x86_64"]
    _run("pip", [sys.executable, "-m", "pip", "download", *quiet, *any_one, "mediapipe==0.10.18"], into)


def _npm_pack(into: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError("it comes with npm, which is not installed")
    quiet = ["--loglevel=error", "--logs-max=0", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    _run("npm", [npm, "pack", *quiet, "@mediapipe/pose@0.5.1675469404"], into)


def _run(tool: str, command: Sequence[str], into: Path) -> None:
    try:
        # The environment as Python knows it: a pose engine that runs in this process may have shut the C library's.
        subprocess.run(  # noqa: S603 (fixed commands)
            command,
            cwd=into,
            env=dict(os.environ),
            check=True,
            capture_output=True,
            text=True,
            timeout=PACKAGE_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        log.info("%s said: %s", tool, error.stderr)
        raise ModelError(f"{tool} could not fetch it") from error
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{tool} took more than {PACKAGE_TIMEOUT_S / 60:.0f} minutes") from error


_NOTED_DETECTOR_SHA256 = "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c"
_BARE_DETECTOR_SHA256 = "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"
"""The same weights in both; the note on the input is in the first one only."""
_LANDMARKS_SHA256 = {
    "lite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "full": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "heavy": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}


def _landmarks(folder: str, *names: str) -> dict[str, Part]:
    """Return the landmark models that a package has in that folder; none of them says how it wants its input."""
    return {
        name: Part(f"{folder}/pose_landmark_{name}.tflite", _LANDMARKS_SHA256[name], Normalization(mean=0.0, std=255.0))
        for name in names
    }


WHEEL = Package(
    label="mediapipe 0.10.18",
    size="36 MB, with pip",
    download=_pip_download,
    detector=Part("mediapipe/modules/pose_detection/pose_detection.tflite", _NOTED_DETECTOR_SHA256, None),
    landmarks=_landmarks("mediapipe/modules/pose_landmark", "full"),
)
"""A wheel from when wheels carried models."""

NPM_PACKAGE = Package(
    label="@mediapipe/pose 0.5.1675469404",
    size="41 MB, with npm",
    download=_npm_pack,
    # It is the detector, says the package's pose_solution_packed_assets_loader.js.
    detector=Part("package/pose_solution_packed_assets.data", _BARE_DETECTOR_SHA256, Normalization(127.5, 127.5)),
    landmarks=_landmarks("package", "lite", "full", "heavy"),
)
"""The same project's package for web pages."""


@dataclass(frozen=True, slots=True)
class OfficialBundle:
    """The bundles as Google offers them: other notes around the same weights."""

    base: str = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
    label: str = "Google's own bundle"

    def bundle(self, name: str, work: Path, report: Report) -> bytes:
        """Download the bundle, going on where a broken try left off; see Source."""
        path = work / f"{name}.part"
        report(f"getting {self.label} of the {name} pose model")
        download(f"{self.base}/pose_landmarker_{name}/float16/latest/pose_landmarker_{name}.task", path, report)
        return path.read_bytes()


def download(url: str, path: Path, report: Report) -> None:
    """Download to the file, going on from what it holds, for as long as every try brings something.

    Raises ModelError where nothing more comes; what came stays in the file.
    """
    while True:
        had = _size(path)
        try:
            if _append(url, path, had, report):
                return
        except HTTPError as error:
            if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not had:
                raise ModelError(f"its server answers {error.code} ({error.reason})") from error
            path.unlink()  # it is as long as the server's file or longer, and yet was not taken: begin again
            continue
        except (URLError, HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            log.info("%s broke off: %r", url, error)
        if _size(path) <= had:
            raise ModelError("it cannot be reached")
        report(f"broken off at {_size(path) / _MB:.1f} MB; going on from there")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, path: Path, had: int, report: Report) -> bool:
    """Add what the server sends to what the file had; tell whether that was all of it."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={had}-"} if had else {})  # noqa: S310 (own URL)
    with urllib.request.urlopen(request, timeout=SILENCE_TIMEOUT_S) as response:  # noqa: S310 (as above)
        goes_on = response.status == HTTPStatus.PARTIAL_CONTENT
        reported = had if goes_on else 0
        total = reported + (response.length or 0)
        with path.open("ab" if goes_on else "wb") as file:
            while chunk := response.read(1 << 16):
                file.write(chunk)
                if file.tell() - reported >= 5 * _MB:
                    reported = file.tell()
                    report(f"{reported / _MB:.0f} of {total / _MB:.0f} MB")
            return file.tell() >= total


SOURCES: tuple[Source, ...] = (WHEEL, NPM_PACKAGE, OfficialBundle())
"""In the order in which they are tried."""
