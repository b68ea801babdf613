"""The strip of picture behind the trunk, and the one line through it that can be a stick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pi_coach.core.sight.body import facing_score, skeleton
from pi_coach.core.types import Joint, Stick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.core.types import Pose

    Floats = NDArray[np.float32]
    Whole = NDArray[np.intp]
    Places = NDArray[np.bool_]

ALONG = np.linspace(-0.6, 1.8, 81, dtype=np.float32)
"""Stations from below the hips to above the head, trunk lengths from hip to shoulder."""

BEHIND = np.linspace(0.06, 0.8, 90, dtype=np.float32)
"""Places at each station, from inside the back to well behind it, trunk lengths from the line from hip to shoulder."""

STATION, STEP = float(ALONG[1] - ALONG[0]), float(BEHIND[1] - BEHIND[0])
"""From one to the next, trunk lengths."""

LEAST_TRUNK_PX = 30.0
"""On a smaller trunk a stick is less than two pixels wide."""

WIDEST = 0.13
"""A run of tape wider than this is cloth, trunk lengths; a stick of 3 cm has 0.06, and in a small picture 0.12."""

BESIDE, STRAY = round(0.1 / STEP), 3
"""So many places on either side of a run of tape are free of its hue, but for a few: a shirt or a door goes on."""

LEAST_PIECES, MOST_PIECES = 7, 160
"""With more pieces than two a station, what has the tape's colour is no stick."""

NEAR = 0.02
"""A piece of tape this near to a line lies on it, trunk lengths."""

STEEPEST = 0.5
"""The line may deviate from the trunk's by this slope (27 degrees)."""

BACK = (-0.2, 1.2)
"""From the sacrum to the neck, trunk lengths from hip to shoulder."""

LEAST_LENGTH = 0.6
"""The tape must be seen along this much of the back, trunk lengths."""

LEAST_COVER = 0.35
"""Share of the stations between the tape's ends that must show it: hands hide some, and tape may be wound with gaps."""

LEAST_SHARE = 0.4
"""Share of everything in the tape's colour that must lie on the line: patterned clothes scatter."""

MOST_SCATTER = 0.01
"""Standard deviation of the pieces about the line, trunk lengths; a seam or a bent back is less straight."""

PAIRS_APART = (0.3, 0.5)
"""Lines are tried through two pieces that have this share of all pieces between them."""


class Line(NamedTuple):
    """A line in the strip, trunk lengths."""

    start: float
    """How far behind the hips it begins."""
    slope: float
    low: float
    """Where along the trunk the tape begins."""
    high: float
    """Where it ends."""

    def near(self, along: Floats, behind: Floats) -> Places:
        """Return which places lie on the line."""
        return np.asarray(np.abs(behind - self.start - self.slope * along) < NEAR)


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Where the strip lies in a picture."""

    hip: Floats
    """Pixels."""
    along: Floats
    """From hip to shoulder, of length 1."""
    behind: Floats
    """Across it, away from where the athlete faces, of length 1."""
    trunk_px: float

    def pixels(self) -> tuple[Whole, Whole]:
        """Return the row and the column of every place, shape (81, 90); some may lie outside the picture."""
        # A pixel's middle lies half a pixel from its corner, whence the landmarks count.
        lines = self.hip - 0.5 + (self.trunk_px * ALONG)[:, None] * self.along
        across = (self.trunk_px * BEHIND)[:, None] * self.behind
        rows = np.rint(lines[:, None, 1] + across[:, 1]).astype(np.intp)
        return rows, np.rint(lines[:, None, 0] + across[:, 0]).astype(np.intp)

    def stick(self, line: Line, height_px: int) -> Stick:
        """Return a line as a stick in a picture of this height."""
        low, high = (
            (self.hip + self.trunk_px * (end * self.along + (line.start + line.slope * end) * self.behind)) / height_px
            for end in (line.low, line.high)
        )
        return Stick(float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def strip_behind(pose: Pose, height_px: int) -> Strip | None:
    """Return the strip behind the trunk of a pose in a picture of this height; None where the trunk is too small."""
    points = pose.points
    hip = (points[Joint.L_HIP] + points[Joint.R_HIP]) * (height_px / 2)
    shoulder = (points[Joint.L_SHOULDER] + points[Joint.R_SHOULDER]) * (height_px / 2)
    trunk_px = math.hypot(*(shoulder - hip))
    if not trunk_px >= LEAST_TRUNK_PX:
        return None
    along = (shoulder - hip) / trunk_px
    forward = 1 if facing_score(skeleton(pose)) > 0 else -1
    # A quarter turn from the trunk's axis, away from where the athlete faces: behind when upright, up when bent over.
    return Strip(hip, along, forward * np.array((along[1], -along[0]), np.float32), trunk_px)


def stick_line(tape: Places, like: Places) -> Line | None:
    """Return the one straight thin line in the strip; None where there is none, or it is not sure.

    `tape` tells which places have the tape's colour, `like` which have something like it, both of shape (81, 90).
    """
    along, behind = _thin_pieces(tape, like)
    if not LEAST_PIECES <= len(along) <= MOST_PIECES:
        return None
    line = _through_two(along, behind)
    for _ in range(2):
        on = line.near(along, behind)
        if not _covers_the_back(along[on]):
            return None
        line = _nearest_to(along[on], behind[on])
    on = line.near(along, behind)
    scatter = float(np.std(behind[on] - line.start - line.slope * along[on]))
    sure = on.mean() >= LEAST_SHARE and scatter <= MOST_SCATTER and _covers_the_back(along[on])
    return line if sure else None


def _thin_pieces(tape: Places, like: Places) -> tuple[Floats, Floats]:
    """Return station and middle of every run of tape that is thin as a stick and stands alone, trunk lengths.

    A run that reaches the side of the strip is none: how wide it is does not show.
    """
    last = like.shape[1]
    bounds = np.diff(np.pad(like, ((0, 0), (1, 1))).view(np.int8), axis=1)
    station, begin = np.nonzero(bounds == 1)
    _, end = np.nonzero(bounds == -1)
    around = _count(like, station, np.maximum(begin - BESIDE, 0), np.minimum(end + BESIDE, last))
    alone = around - (end - begin) <= STRAY
    thin = (begin > 0) & (end < last) & ((end - begin) * STEP <= WIDEST)
    kept = alone & thin & (_count(tape, station, begin, end) > 0)
    middle = BEHIND[0] + STEP * (begin + end - 1) / 2
    return ALONG[station[kept]], middle[kept].astype(np.float32)


def _count(places: Places, row: Whole, begin: Whole, end: Whole) -> Whole:
    """Return how many places are set from `begin` to before `end` of each row."""
    before = np.concatenate(([0], np.cumsum(places)))
    first = row * places.shape[1]
    return np.asarray(before[first + end] - before[first + begin])


def _through_two(along: Floats, behind: Floats) -> Line:
    """Return the line through two pieces, well apart, that has the most pieces on it."""
    count = len(along)
    first = np.concatenate([np.arange(count - int(share * count)) for share in PAIRS_APART])
    second = np.concatenate([np.arange(int(share * count), count) for share in PAIRS_APART])
    way = along[second] - along[first]
    slope = (behind[second] - behind[first]) / np.maximum(way, STATION)
    start = behind[first] - slope * along[first]
    on = np.abs(behind - start[:, None] - slope[:, None] * along) < NEAR
    votes = np.where((way > 0.0) & (np.abs(slope) < STEEPEST), np.count_nonzero(on, axis=1), 0)
    best = int(votes.argmax())
    return Line(float(start[best]), float(slope[best]), 0.0, 0.0)


def _nearest_to(along: Floats, behind: Floats) -> Line:
    """Return the line of least squares through pieces at more than one station."""
    middle, depth = float(along.mean()), float(behind.mean())
    ahead = along - middle
    slope = float(ahead @ (behind - depth)) / float(ahead @ ahead)
    return Line(depth - slope * middle, slope, float(along.min()), float(along.max()))


def _covers_the_back(along: Floats) -> bool:
    """Tell whether tape at these stations is long enough, beside the back, and not too patchy."""
    stations = np.unique(along)
    if len(stations) == 0:
        return False
    lowest, highest = float(stations[0]), float(stations[-1])
    cover = len(stations) * STATION / (highest - lowest + STATION)
    return min(highest, BACK[1]) - max(lowest, BACK[0]) >= LEAST_LENGTH and cover >= LEAST_COVER
