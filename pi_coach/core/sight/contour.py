"""The back's outline: how far the dorsal edge of the person's mask bulges, which no landmark shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATIONS = np.linspace(0.05, 0.95, 37)
"""Where the outline is measured: shares of the way from hip to shoulder."""

CHORD = (0.10, 0.90)
"""The bulge is told from the straight line between these two stations."""

LOWER, UPPER = (0.15, 0.55), (0.55, 0.85)
"""The halves of the back."""

ENDS = ((0.08, 0.15), (0.85, 0.92))
"""The halves are told from the line between the middles of these parts."""

REACH = 0.75
"""The edge is looked for up to this far behind the line from hip to shoulder, trunk lengths."""

GAP = 0.03
"""A hole in the mask narrower than this does not end the body, trunk lengths."""

ROUGH = 0.03
"""A point of the outline further than this from a smooth curve is a hole or a bump of the mask, trunk lengths."""

MAX_ROUGH_SHARE = 0.08
"""An outline with a larger share of such points is not judged (rendered athlete: low light and hanging arms)."""

LEAST_KNOWN_SHARE = 0.8
"""An outline with more of its points missing is not judged."""

LEAST_TRUNK_PX = 20.0
"""A smaller trunk shows no outline."""


def back_contour(
    mask: NDArray[np.float32] | NDArray[np.bool_], points: NDArray[np.float32], forward: int
) -> NDArray[np.float32] | None:
    """Return the depth of the dorsal edge behind the hip-shoulder line at each station, trunk lengths, shape (37,).

    `mask` has shape (H, W); `points` (33, 2) are in image heights; `forward` is +1 for an athlete who faces right.
    NaN where no edge was found; None where the trunk is too small or mostly outside the mask.
    """
    height = mask.shape[0]
    hip = (points[Joint.L_HIP] + points[Joint.R_HIP]) * (height / 2)
    shoulder = (points[Joint.L_SHOULDER] + points[Joint.R_SHOULDER]) * (height / 2)
    trunk_px = math.hypot(*(shoulder - hip))
    if not trunk_px >= LEAST_TRUNK_PX:
        return None
    along = (shoulder - hip) / trunk_px
    # A quarter turn from the trunk's axis, away from where the athlete faces: behind when upright, up when bent over.
    behind = forward * np.array((along[1], -along[0]))
    depths = np.arange(0.0, REACH * trunk_px, 0.5)
    columns, rows = (
        np.rint(at + (STATIONS * trunk_px * ahead)[:, None] + depths * aside).astype(np.intp)
        for at, ahead, aside in zip(hip.tolist(), along.tolist(), behind.tolist(), strict=True)
    )
    inside = _looked_up(mask, rows, columns)
    edge_px = _last_inside(inside, max(int(2 * GAP * trunk_px), 4))
    contour: NDArray[np.float32] = (depths[edge_px] / trunk_px).astype(np.float32)
    contour[~inside[:, : max(int(0.2 * trunk_px), 4)].any(axis=1)] = np.nan
    return contour if np.isfinite(contour).mean() > 0.5 else None  # noqa: PLR2004  half the back at least


def _looked_up(
    mask: NDArray[np.float32] | NDArray[np.bool_], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return whether each place lies in the mask; outside the picture is outside."""
    height, width = mask.shape
    seen = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    found = mask.take(rows * width + columns, mode="clip") > 0.5  # noqa: PLR2004  half a pixel
    return np.asarray(found & seen)


def _last_inside(inside: NDArray[np.bool_], gap: int) -> NDArray[np.intp]:
    """Return, for each ray, the last place inside before the first run of more than `gap` places outside."""
    count = inside.shape[1]
    order = np.arange(count)
    last = np.maximum.accumulate(np.where(inside, order, -1), axis=1)
    ended = (order - last > gap) & (last >= 0)
    first_end = np.where(ended.any(axis=1), ended.argmax(axis=1), count - 1)
    return np.asarray(np.maximum(last[np.arange(len(inside)), first_end], 0))


class BackShape(NamedTuple):
    """How far a smooth curve through the outline lies outside a straight line, % of trunk length, outwards positive."""

    bulge_pct: float
    """The whole back beyond its chord."""
    lower_pct: float
    """The lower half: the lumbar spine."""
    upper_pct: float
    """The upper half: the ribs and the shoulder blades."""


def back_shape(contour: NDArray[np.float32]) -> BackShape | None:
    """Return how the back is curved; None where its outline is too rough or too full of holes to be judged.

    The bulge is the mean of a quartic curve beyond its chord, times 1.5, which is the height of a parabola with that
    mean. Against the athlete's own standing value it separates 0 from 20 degrees of lumbar flexion on a rendered
    athlete (AUC 0.95 per rep, with exact outlines 1.00); landmarks alone reach 0.7. The halves tell a bent lumbar spine
    (lower 4 to 7, upper 2 to 4 from 20 degrees on) from a bent chest (lower 2 to 3, upper 3 to 4.5).
    """
    known = np.isfinite(contour)
    if known.mean() < LEAST_KNOWN_SHARE:
        return None
    whole = contour if known.all() else np.interp(STATIONS, STATIONS[known], contour[known])
    if np.count_nonzero(np.abs(whole - _QUARTIC @ whole) > ROUGH) > MAX_ROUGH_SHARE * len(STATIONS):
        return None
    return BackShape(*(_SHAPE @ whole).tolist())


def _quartic_projection() -> NDArray[np.float64]:
    powers = np.vander(STATIONS - 0.5, 5)
    return np.asarray(powers @ np.linalg.pinv(powers))


def _bulge_weights(quartic: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights that take an outline to 150 times the mean of its quartic curve beyond its chord."""
    between = _between(CHORD)
    eye = np.eye(len(STATIONS))
    to_ends = np.array([[np.interp(end, STATIONS, column) for column in eye] for end in CHORD])
    way = ((STATIONS[between] - CHORD[0]) / (CHORD[1] - CHORD[0]))[:, None]
    chord = (1 - way) * to_ends[0] + way * to_ends[1]
    return np.asarray(150.0 * (eye[between] - chord).mean(axis=0) @ quartic)


def _between(share: tuple[float, float]) -> NDArray[np.bool_]:
    return np.logical_and(np.greater_equal(STATIONS, share[0]), np.less_equal(STATIONS, share[1]))


def _half_weights(quartic: NDArray[np.float64], part: tuple[float, float]) -> NDArray[np.float64]:
    """Return the weights that take an outline to the mean of its curve in `part`, beyond the line between its ends."""
    eye = np.eye(len(STATIONS))
    ends = [eye[_between(end)].mean(axis=0) for end in ENDS]
    first, last = (sum(end) / 2 for end in ENDS)
    way = ((STATIONS[_between(part)] - first) / (last - first))[:, None]
    line = (1 - way) * ends[0] + way * ends[1]
    return np.asarray(100.0 * (eye[_between(part)] - line).mean(axis=0) @ quartic)


_QUARTIC = _quartic_projection()
"""Takes an outline to the quartic curve nearest to it."""

_SHAPE = np.stack((_bulge_weights(_QUARTIC), _half_weights(_QUARTIC, LOWER), _half_weights(_QUARTIC, UPPER)))
"""Takes an outline to its BackShape; shape (3, 37)."""
