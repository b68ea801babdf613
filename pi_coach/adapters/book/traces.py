"""The athlete's movement as numbers: poses about ten times a second while a set runs, in small compressed pieces.

Of the head only nose and ears are kept, for the line that a drawing needs; eyes and mouth never reach the disk.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.adapters.book.rows import Sample
from pi_coach.core.errors import StoreError
from pi_coach.core.events import RepAborted, RepCompleted, SetCompleted, SetStarted
from pi_coach.core.types import LANDMARKS, Joint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pi_coach.core.events import Event
    from pi_coach.core.step import Step

FORMAT = 1
"""Of the pieces: see `pack`."""
STEP_S = 0.1
"""Between two samples: a hinge takes seconds, and the eye takes ten pictures a second for movement."""
EARLY_S = 0.02
"""A frame may come this much before its turn: a camera's rhythm is not even."""
PIECE_S = 5.0
"""A piece is written with the rep that ends in it, or when it is this long: a slow rep loses no more."""

PIECE_SAMPLES = 100
"""No piece has more: PIECE_S at one and a half times the usual rate."""

KEPT = np.array([Joint.NOSE, Joint.L_EAR, Joint.R_EAR, *range(Joint.L_SHOULDER, LANDMARKS)])
"""The landmarks that are kept; 1 to 6, 9 and 10 are eyes and mouth."""
ANGLES = ("hip_flexion_deg", "knee_flexion_deg", "trunk_deg")
LENGTHS, VISIBILITIES, DEGREES, SECONDS = 1000.0, 10.0, 10.0, 1000.0
"""Steps to an image height (half a pixel of the camera's 480), to full visibility, to a degree, to a second."""
ABSENT = -32768
"""Stands for what was not seen; no quantity comes near it."""
WIDEST = 32000


@dataclass(frozen=True, slots=True)
class Piece:
    """A few seconds of samples, packed."""

    from_s: float
    to_s: float
    aspect: float | None
    """Image width over image height; None where nobody was seen."""
    samples: int
    body: bytes


class Tracer:
    """Collects samples while a set runs, and hands over a piece when a rep ends, the set ends or it is long enough."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._last_s = -math.inf
        self._running = False

    def pieces(self, step: Step, t_s: float) -> list[Piece]:
        """Take in a frame at its time in the session; return what is ready for the disk, mostly nothing."""
        ready = self.rest() if self._samples and t_s - self._samples[0].t_s >= PIECE_S else []
        self._running |= _any(step.events, SetStarted)
        if self._running and t_s - self._last_s >= STEP_S - EARLY_S:
            self._samples.append(_sample(step, t_s))
            self._last_s = t_s
        self._running &= not _any(step.events, SetCompleted)
        if not self._running or _any(step.events, RepCompleted, RepAborted):
            ready += self.rest()
        return ready

    def rest(self) -> list[Piece]:
        """Return what has been collected and not handed over."""
        samples, self._samples = self._samples, []
        return [pack(samples)] if samples else []


def _any(events: Iterable[Event], *kinds: type[Event]) -> bool:
    return any(isinstance(event, kinds) for event in events)


def _sample(step: Step, t_s: float) -> Sample:
    pose, now = step.pose, step.measures
    return Sample(
        t_s=t_s,
        points=None if pose is None else np.column_stack([pose.points, pose.visibility]),
        hip_flexion_deg=None if now is None else now.hip_flexion_deg,
        knee_flexion_deg=None if now is None else now.knee_flexion_deg,
        trunk_deg=None if now is None else now.trunk_deg,
        aspect=None if pose is None else pose.aspect,
    )


def pack(samples: Sequence[Sample]) -> Piece:
    """Pack samples: a row of whole numbers each, as differences from the row before, low bytes first, through zlib.

    A row is time, angles, and x, y, visibility of the kept landmarks, in the steps above. zlib's own checksum tells
    a damaged piece.
    """
    begin_s = samples[0].t_s
    rows = np.array([_row(sample, begin_s) for sample in samples], np.int16)
    steps = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    # A landmark's differences stand side by side: a joint that is still is a run of zeros.
    body = zlib.compress(np.ascontiguousarray(steps.T, "<i2").view(np.uint8).reshape(-1, 2).T.tobytes(), 9)
    aspects = [sample.aspect for sample in samples if sample.aspect is not None]
    return Piece(begin_s, samples[-1].t_s, aspects[0] if aspects else None, len(samples), body)


def _row(sample: Sample, begin_s: float) -> NDArray[np.int16]:
    points = np.full((len(KEPT), 3), np.nan) if sample.points is None else sample.points[KEPT]
    angles = [getattr(sample, name) for name in ANGLES]
    row = np.concatenate(
        [
            [(sample.t_s - begin_s) * SECONDS],
            np.array(angles, float) * DEGREES,
            (points * (LENGTHS, LENGTHS, VISIBILITIES)).ravel(),
        ]
    )
    whole = np.clip(np.rint(row), -WIDEST, WIDEST)
    return np.where(np.isnan(whole), ABSENT, whole).astype(np.int16)


def unpack(piece: Piece) -> list[Sample]:
    """Return the samples of a piece. Raises StoreError where it is damaged."""
    try:
        flat = np.frombuffer(zlib.decompress(piece.body), np.uint8)
        steps = np.ascontiguousarray(flat.reshape(2, -1).T).view("<i2").reshape(-1, piece.samples).T
    except (zlib.error, ValueError) as error:
        raise StoreError("A piece of the recorded movement is damaged: `pi-coach doctor` checks the book.") from error
    rows = np.cumsum(steps, axis=0, dtype=np.int16)
    return [_unrow(row, piece) for row in rows]


def _unrow(row: NDArray[np.int16], piece: Piece) -> Sample:
    hip, knee, trunk = (None if value == ABSENT else float(value) / DEGREES for value in row[1 : 1 + len(ANGLES)])
    kept = row[1 + len(ANGLES) :].reshape(len(KEPT), 3)
    points = None
    if (kept != ABSENT).all():
        points = np.zeros((LANDMARKS, 3), np.float32)
        points[KEPT] = kept / (LENGTHS, LENGTHS, VISIBILITIES)
    t_s = round(piece.from_s + float(row[0]) / SECONDS, 6)
    return Sample(t_s, points, hip, knee, trunk, None if points is None else piece.aspect)
