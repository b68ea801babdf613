"""Measures a lens by looking at a chessboard from many sides, with OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pi_coach.core.types import Frame

LOOK_EVERY_S = 0.3
"""So often the board is looked for: it takes OpenCV up to a tenth of a second."""
MOVED = 0.04
"""A view counts if the board's corners have moved by this share of the picture's height since the last one."""
VIEWS, LEAST_VIEWS = 30, 10
"""Enough views, and too few."""
PATIENCE_S = 120.0
"""Nobody holds a board for longer."""


@dataclass(frozen=True, slots=True)
class LensMeasured:
    """What came of it."""

    numbers: tuple[float, ...]
    """Focal length in picture heights, middle as shares of width and height, k1 and k2."""
    error_px: float
    """How far the corners lie from where this lens would show them, root mean square."""
    views: int


def measure(frames: Iterable[Frame], corners: tuple[int, int]) -> LensMeasured:
    """Return the lens by a board with so many inner corners across and down, held at many places and tilts.

    Raises SourceError where OpenCV is missing or the board was not seen well enough.
    """
    library = _library()
    views: list[NDArray[np.float32]] = []
    size_px = (0, 0)
    for frame in _looks(frames):
        height, width, _ = frame.image.shape
        size_px = (width, height)
        seen = _corners(library, frame.image, corners)
        if seen is not None and (not views or np.abs(seen - views[-1]).mean() > MOVED * height):
            views.append(seen)
        if len(views) == VIEWS:
            break
    if len(views) < LEAST_VIEWS:
        raise SourceError(
            f"The board was seen in {len(views)} places, and {LEAST_VIEWS} are needed: hold a flat board with"
            f" {corners[0]}x{corners[1]} inner corners still, near and far, tilted, and in each corner of the picture."
        )
    return _fit(library, views, corners, size_px)


def _looks(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield the frames that are looked at, until nobody would go on."""
    first_s = looked_s = None
    for frame in frames:
        first_s = frame.t if first_s is None else first_s
        if frame.t - first_s > PATIENCE_S:
            return
        if not frame.blind and (looked_s is None or frame.t - looked_s >= LOOK_EVERY_S):
            looked_s = frame.t
            yield frame


def _corners(library: Any, image: NDArray[np.uint8], corners: tuple[int, int]) -> NDArray[np.float32] | None:  # noqa: ANN401
    grey = library.cvtColor(image, library.COLOR_RGB2GRAY)
    found, places = library.findChessboardCornersSB(grey, corners)
    return np.asarray(places, np.float32).reshape(-1, 2) if found else None


def _fit(
    library: Any,  # noqa: ANN401
    views: list[NDArray[np.float32]],
    corners: tuple[int, int],
    size_px: tuple[int, int],
) -> LensMeasured:
    across, down = corners
    board = np.zeros((across * down, 3), np.float32)
    board[:, :2] = np.mgrid[:across, :down].T.reshape(-1, 2)
    width, height = size_px
    guess = np.array([[height, 0, width / 2], [0, height, height / 2], [0, 0, 1]], np.float64)
    simple = library.CALIB_FIX_ASPECT_RATIO | library.CALIB_ZERO_TANGENT_DIST | library.CALIB_FIX_K3
    flags = simple | library.CALIB_USE_INTRINSIC_GUESS
    error_px, matrix, bend, *_ = library.calibrateCamera([board] * len(views), views, size_px, guess, None, flags=flags)
    # OpenCV counts from the middle of the first pixel, a pose from its edge.
    middle = (float(matrix[0, 2] + 0.5) / width, float(matrix[1, 2] + 0.5) / height)
    k1, k2 = np.asarray(bend, np.float64).ravel()[:2].tolist()
    return LensMeasured((float(matrix[0, 0]) / height, *middle, k1, k2), float(error_px), len(views))


def _library() -> Any:  # noqa: ANN401 - its types change from version to version
    try:
        import cv2  # noqa: PLC0415 - takes a tenth of a second, and only this command needs it
    except ImportError as error:
        raise SourceError(
            f"OpenCV, which comes with the pose engine, cannot be loaded ({error}): run `./deploy.sh install` again."
        ) from error
    return cv2
