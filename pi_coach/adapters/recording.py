"""Pose recordings (`*.poses.jsonl`, or `.jsonl.gz`): what the pose model saw, never a picture."""

from __future__ import annotations

import gzip
import json
import os
import threading
import zlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import IO, TYPE_CHECKING, Any, Never, Self

import numpy as np

from pi_coach.core.errors import SourceError, StoreError
from pi_coach.core.types import LANDMARKS, Frame, Pose, Silhouette

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pi_coach.core.step import Step

SCHEMA = 1
"""Number of the format that is written and read here."""
LONGEST_LINE = 100_000
"""Bytes; a frame takes about a thousand, so a longer line is no line of a recording."""
LARGEST = 1e9
"""No side in pixels, rate, time or place beyond this is believed."""
TIME_ERROR_S = 0.002
"""By how much a recorded time may miss its place in an even rhythm through rounding."""


class _BrokenLineError(Exception):
    """What is wrong with a line, worded to follow its number."""


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    """The first line of a recording."""

    width_px: int
    height_px: int
    fps: float
    model: str
    """Name of the pose model that saw the athlete."""
    drill: str | None
    """Id of the drill; None where none was chosen."""

    @classmethod
    def parse(cls, line: dict[str, Any]) -> Self:
        """Read the first line. Raises _BrokenLineError saying what is wrong with it."""
        schema, model, drill = (line.get(key) for key in ("schema", "model", "drill"))
        if schema != SCHEMA:
            raise _BrokenLineError(f"has the schema {schema!r:.20}, and only {SCHEMA} can be read")
        if not isinstance(model, str) or not isinstance(drill, str | None):
            raise _BrokenLineError('has no names as "model" and "drill"')
        width, height = (int(_number(line, side, above=0.999)) for side in ("width", "height"))
        return cls(width, height, _number(line, "fps", above=0.0), model, drill)

    def line(self) -> dict[str, Any]:
        """Return the first line."""
        size = {"width": self.width_px, "height": self.height_px, "fps": self.fps}
        return {"schema": SCHEMA, **size, "model": self.model, "drill": self.drill}


class PoseRecorder:
    """Writes a line for every frame, times from the first; the file takes its name when it is complete."""

    def __init__(self, path: Path, header: RecordingHeader) -> None:
        self._path = path
        self._part = path.parent / f".{path.name}.{os.getpid()}.part"
        self._begin_s: float | None = None
        self._files = ExitStack()
        try:
            self._raw: IO[bytes] = self._files.enter_context(self._part.open("wb"))
            self._file: IO[bytes] | gzip.GzipFile = self._raw
            if path.name.endswith(".gz"):
                # Neither name nor date inside: the same poses make the same file.
                self._file = self._files.enter_context(gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0))
        except OSError as error:
            self._fail(error)
        self._write(header.line())

    def show(self, step: Step) -> None:
        """Write the frame's pose, or that there was none. Raises StoreError once, and does nothing from there on."""
        if self._begin_s is None:
            self._begin_s = step.t
        self._write({"t": round(step.t - self._begin_s, 4), **_pose_line(step.pose)})

    def close(self) -> None:
        """Put the complete file in its place. Raises StoreError if that fails; nothing is left behind then."""
        if self._raw.closed:
            return
        try:
            self._files.close()
            with self._part.open("rb") as written:
                os.fsync(written.fileno())
            self._part.replace(self._path)
        except OSError as error:
            self._fail(error)

    def _write(self, line: dict[str, Any]) -> None:
        if self._raw.closed:
            return
        try:
            self._file.write(json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> Never:
        for undo in (self._files.close, self._part.unlink):
            with suppress(OSError):  # The first failure is the one to tell of.
                undo()
        raise StoreError(f"{self._path} cannot be written ({error.strerror}): choose another place.") from error


class PoseRecording:
    """A recording as a source of blank frames, and as the estimator that finds the recorded pose in each."""

    def __init__(self, path: Path, *, fps: float | None = None) -> None:
        """Read it all, thinned to about `fps` frames a second. Raises SourceError unless it is sound and complete."""
        self._stop = threading.Event()
        self._begin_s = 0.0
        self._times: list[float] = []
        self._poses: list[Pose | None] = []
        lines = _lines(path)
        with _naming_line(path, 1):
            self.header = RecordingHeader.parse(_object(next(lines, b"")))
        for number, line in enumerate(lines, start=2):
            with _naming_line(path, number):
                self._add(_object(line))
        if not self._times:
            raise SourceError(f"{path} holds no frame: record it again.")
        self.fps = min(fps or self.header.fps, self.header.fps)
        """Frames a second, about."""
        self._kept = range(len(self._times)) if self.fps == self.header.fps else _thinned(self._times, 1.0 / self.fps)

    def frames(self) -> Iterator[Frame]:
        """Yield a frame of one black pixel for every recorded one; times are seconds from the first."""
        blank = np.zeros((1, 1, 3), np.uint8)
        for seq in takewhile(lambda _: not self._stop.is_set(), self._kept):
            yield Frame(seq, self._times[seq], blank)

    def find(self, frame: Frame) -> Pose | None:
        """Return the pose that was recorded for the frame, None where none was."""
        return self._poses[frame.seq]

    def close(self) -> None:
        """End `frames` before its next frame."""
        self._stop.set()

    def _add(self, line: dict[str, Any]) -> None:
        t = _number(line, "t", above=-LARGEST)
        if not self._times:
            self._begin_s = t
        elif t - self._begin_s <= self._times[-1]:
            raise _BrokenLineError(f"has the time {t:g} s, which is not later than the one before")
        self._times.append(t - self._begin_s)
        self._poses.append(_parse_pose(line, self._times[-1], self.header.width_px / self.header.height_px))


def _thinned(times: list[float], step_s: float) -> Sequence[int]:
    kept, due_s = [], 0.0
    for seq, t in enumerate(times):
        if t + TIME_ERROR_S >= due_s:
            kept.append(seq)
            due_s += step_s * (1 + (t + TIME_ERROR_S - due_s) // step_s)
    return kept


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            yield from iter(lambda: file.readline(LONGEST_LINE), b"")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise SourceError(f"{path} cannot be read ({reason}): name a complete pose recording.") from error


@contextmanager
def _naming_line(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except _BrokenLineError as error:
        raise SourceError(f"{path} is no complete pose recording: line {number} {error}.") from error


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _BrokenLineError("is not a JSON object")
    return value


def _number(line: dict[str, Any], key: str, *, above: float) -> float:
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not above < value <= LARGEST:
        raise _BrokenLineError(f'has no fitting number as "{key}"')
    return float(value)


def _parse_pose(line: dict[str, Any], t: float, aspect: float) -> Pose | None:
    if line.get("points", ()) is None:
        return None
    points = _array(line, "points")
    if points.shape != (LANDMARKS, 3) or points[:, 2].min() < 0.0 or points[:, 2].max() > 1.0:
        raise _BrokenLineError(f'has no {LANDMARKS} places with a visibility from 0 to 1 as "points"')
    return Pose(t, points[:, :2], points[:, 2], aspect, _parse_silhouette(line))


def _parse_silhouette(line: dict[str, Any]) -> Silhouette | None:
    if line.get("seat") is None and line.get("back") is None:
        return None
    match line.get("seat") or [None, None]:
        case [left, right]:
            seat = tuple(None if x is None else _number({"seat": x}, "seat", above=-LARGEST) for x in (left, right))
        case _:
            raise _BrokenLineError('has no two places as "seat"')
    return Silhouette(seat[0], seat[1], None if line.get("back") is None else _array(line, "back").reshape(-1))


def _array(line: dict[str, Any], key: str) -> NDArray[np.float32]:
    try:
        array = np.array(line.get(key))
    except (ValueError, OverflowError):
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf" or not (np.abs(array) <= LARGEST).all():
        raise _BrokenLineError(f'has no even list of finite numbers as "{key}"')
    return array.astype(np.float32)


def _pose_line(pose: Pose | None) -> dict[str, Any]:
    if pose is None:
        return {"points": None}
    points = np.column_stack((np.round(pose.points.astype(float), 5), np.round(pose.visibility.astype(float), 3)))
    outline = pose.silhouette or Silhouette(None, None)
    seat = [x if x is None else round(float(x), 5) for x in (outline.seat_left_x, outline.seat_right_x)]
    return {
        "points": points.tolist(),
        "seat": None if seat == [None, None] else seat,
        "back": None if outline.back is None else np.round(outline.back.astype(float), 5).tolist(),
    }
