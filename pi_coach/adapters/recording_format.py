"""The lines of a pose recording: what stands in them, and what is wrong with those that cannot be read."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from pi_coach.core.sight.contour import STATIONS
from pi_coach.core.types import LANDMARKS, Pose, Silhouette, Stick

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = 1
"""Number of the format that is written and read here."""
LARGEST = 1e9
"""No side in pixels, rate, time or place beyond this is believed."""


class BrokenLineError(Exception):
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
        """Read the first line. Raises BrokenLineError saying what is wrong with it."""
        schema, model, drill = (line.get(key) for key in ("schema", "model", "drill"))
        if schema != SCHEMA:
            raise BrokenLineError(f"has the schema {schema!r:.20}, and only {SCHEMA} can be read")
        if not isinstance(model, str) or not isinstance(drill, str | None):
            raise BrokenLineError('has no names as "model" and "drill"')
        width, height = (int(_number(line, side, above=0.999)) for side in ("width", "height"))
        return cls(width, height, _number(line, "fps", above=0.0), model, drill)

    def line(self) -> dict[str, Any]:
        """Return the first line."""
        size = {"width": self.width_px, "height": self.height_px, "fps": self.fps}
        return {"schema": SCHEMA, **size, "model": self.model, "drill": self.drill}


def parse_object(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds. Raises BrokenLineError."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BrokenLineError("is not a JSON object")
    return value


def _number(line: dict[str, Any], key: str, *, above: float) -> float:
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not above < value <= LARGEST:
        raise BrokenLineError(f'has no fitting number as "{key}"')
    return float(value)


def parse_time(line: dict[str, Any]) -> float:
    """Return a frame's time, seconds. Raises BrokenLineError."""
    return _number(line, "t", above=-LARGEST)


def parse_pose(line: dict[str, Any], t: float, aspect: float) -> Pose | None:
    """Return a frame's pose, None where nobody was seen; `aspect` is the picture's. Raises BrokenLineError."""
    if line.get("points", ()) is None:
        return None
    points = _array(line, "points")
    if points.shape != (LANDMARKS, 3) or points[:, 2].min() < 0.0 or points[:, 2].max() > 1.0:
        raise BrokenLineError(f'has no {LANDMARKS} places with a visibility from 0 to 1 as "points"')
    return Pose(t, points[:, :2], points[:, 2], aspect, _parse_silhouette(line), _parse_stick(line))


def _parse_stick(line: dict[str, Any]) -> Stick | None:
    if line.get("stick") is None:
        return None
    ends = _array(line, "stick")
    if ends.shape != (4,):
        raise BrokenLineError('has no two ends as "stick"')
    return Stick(*ends.tolist())


def _parse_silhouette(line: dict[str, Any]) -> Silhouette | None:
    seat, back = line.get("seat"), line.get("back")
    if seat is None and back is None:
        return None
    match [None, None] if seat is None else seat:
        case [left, right]:
            edges = [None if x is None else _number({"seat": x}, "seat", above=-LARGEST) for x in (left, right)]
        case _:
            raise BrokenLineError('has no two places as "seat"')
    return Silhouette(edges[0], edges[1], None if back is None else _parse_back(back))


def _parse_back(back: object) -> NDArray[np.float32]:
    """Return the depths of the outline; null, where no edge was found, is NaN."""
    if not isinstance(back, list) or len(back) != len(STATIONS):
        raise BrokenLineError(f'has no {len(STATIONS)} depths as "back"')
    depths = [math.nan if depth is None else _number({"back": depth}, "back", above=-LARGEST) for depth in back]
    return np.array(depths, np.float32)


def _array(line: dict[str, Any], key: str) -> NDArray[np.float32]:
    try:
        array = np.array(line.get(key))
    except (ValueError, OverflowError):
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf" or not ((array >= -LARGEST) & (array <= LARGEST)).all():
        raise BrokenLineError(f'has no even list of finite numbers as "{key}"')
    return array.astype(np.float32)


def _depth(depth: float) -> float | None:
    return None if math.isnan(depth) else round(depth, 5)


def pose_line(pose: Pose | None) -> dict[str, Any]:
    """Return what a frame's line says beside its time."""
    if pose is None:
        return {"points": None}
    points = np.column_stack((np.round(pose.points.astype(float), 5), np.round(pose.visibility.astype(float), 3)))
    outline = pose.silhouette or Silhouette(None, None)
    seat = [x if x is None else round(float(x), 5) for x in (outline.seat_left_x, outline.seat_right_x)]
    return {
        "points": points.tolist(),
        "seat": None if seat == [None, None] else seat,
        "back": None if outline.back is None else [_depth(depth) for depth in outline.back.tolist()],
        **({} if pose.stick is None else {"stick": [round(x, 5) for x in dataclasses.astuple(pose.stick)]}),
    }
