"""Pose recordings (`*.poses.jsonl`, or `.jsonl.gz`): what the pose model saw, never a picture."""

from __future__ import annotations

import gzip
import json
import os
import threading
import zlib
from contextlib import ExitStack, contextmanager, suppress
from itertools import takewhile
from typing import IO, TYPE_CHECKING, Any, Never

import numpy as np

from pi_coach.adapters.recording_format import (
    BrokenLineError,
    RecordingHeader,
    parse_object,
    parse_pose,
    parse_time,
    pose_line,
)
from pi_coach.core.errors import SourceError, StoreError
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose

__all__ = ["PoseRecorder", "PoseRecording", "RecordingHeader"]

LONGEST_LINE = 100_000
"""Bytes; a frame takes about a thousand, so a longer line is no line of a recording."""
MOST_FRAMES = 1_000_000
"""Four hours and a half at 60 frames a second; a few packed megabytes can hold a thousand times as many."""
TIME_ERROR_S = 0.002
"""By how much a recorded time may miss its place in an even rhythm through rounding."""


class PoseRecorder:
    """Writes a line for every frame, times from the first; the file takes its name when it is complete."""

    def __init__(self, path: Path, header: RecordingHeader) -> None:
        self._path = path
        self._part = path.parent / f".{path.name}.{os.getpid()}.part"
        self._begin_s: float | None = None
        self._last_s = -1.0
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
        self._begin_s = step.t if self._begin_s is None else self._begin_s
        t = round(step.t - self._begin_s, 4)
        # The end of a set is a step too, at the time of the last frame.
        if t > self._last_s:
            self._last_s = t
            self._write({"t": t, **pose_line(step.pose)})

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

    def discard(self) -> None:
        """Leave no file, complete or not: for frames that ended in a failure."""
        for undo in (self._files.close, self._part.unlink):
            with suppress(OSError):
                undo()

    def _fail(self, error: OSError) -> Never:
        self.discard()
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
            self.header = RecordingHeader.parse(parse_object(next(lines, b"")))
        for number, line in enumerate(lines, start=2):
            with _naming_line(path, number):
                self._add(parse_object(line))
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
        t = parse_time(line)
        if len(self._times) == MOST_FRAMES:
            raise BrokenLineError(f"is one too many: no more than {MOST_FRAMES:,} frames can be read")
        if not self._times:
            self._begin_s = t
        elif t - self._begin_s <= self._times[-1]:
            raise BrokenLineError(f"has the time {t:g} s, which is not later than the one before")
        self._times.append(t - self._begin_s)
        self._poses.append(parse_pose(line, self._times[-1], self.header.width_px / self.header.height_px))


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
    except BrokenLineError as error:
        raise SourceError(f"{path} is no complete pose recording: line {number} {error}.") from error
