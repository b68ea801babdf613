"""Tells whether the camera was moved, from sums of edges along the columns: nothing that shows a picture is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.sight.darkness import is_black

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource

COLUMNS = 320
"""The fingerprint has one number for each of this many columns."""

BACKGROUND_SHARE = 0.35
"""The upper part of the picture, where the athlete moves least and walls, windows and racks stand."""

MOVED_SHARE = 0.01
"""A shift of more than this share of the width moves the wall by more than the wall drill forgives."""

LOOK_EVERY_S = 2.0
"""How often the place is compared."""

SURE_AFTER = 2
"""How many looks in a row must differ: somebody may lean through the picture."""

ALIKE = 0.5
"""Correlation below which two fingerprints show different places."""


def fingerprint(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the strength of upright edges by column, shape (COLUMNS,), mean 0, length 1; zeros for a flat picture."""
    top = image[: max(int(BACKGROUND_SHARE * image.shape[0]), 2)].mean(axis=2)
    edges = np.abs(np.diff(top, axis=1)).mean(axis=0)
    places = np.linspace(0, len(edges) - 1, COLUMNS)
    profile = np.interp(places, np.arange(len(edges)), edges)
    profile -= profile.mean()
    length = float(np.linalg.norm(profile))
    return np.asarray(profile / length if length > 0 else profile)


def moved(before: NDArray[np.float64], now: NDArray[np.float64]) -> bool:
    """Tell whether the camera moved between two fingerprints: the best match is shifted, or there is none."""
    reach = COLUMNS // 8
    scores = {shift: _overlap(before, now, shift) for shift in range(-reach, reach + 1)}
    best = max(scores, key=scores.__getitem__)
    return scores[best] < ALIKE or abs(best) > MOVED_SHARE * COLUMNS


def _overlap(before: NDArray[np.float64], now: NDArray[np.float64], shift: int) -> float:
    a = before[max(shift, 0) : COLUMNS + min(shift, 0)]
    b = now[max(-shift, 0) : COLUMNS + min(-shift, 0)]
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 0 else 0.0


class SceneWatch:
    """A FrameSource around the camera that looks every other second whether the camera was moved."""

    def __init__(self, source: FrameSource, on_moved: Callable[[], None]) -> None:
        self._source = source
        self._on_moved = on_moved
        self.reference: NDArray[np.float64] | None = None
        """The place that counts as unmoved; None until there is a wall to lose."""
        self.latest: NDArray[np.float64] | None = None
        """What the camera saw last."""

    def frames(self) -> Iterator[Frame]:
        """Yield the camera's frames; a camera that was moved is told before the frame that shows it."""
        looked_s = -LOOK_EVERY_S
        doubts = 0
        for frame in self._source.frames():
            due = not frame.blind and (frame.t - looked_s >= LOOK_EVERY_S or self.latest is None)
            # In the dark every place looks alike, and none like this one.
            if due and not is_black(frame.image):
                looked_s = frame.t
                self.latest = fingerprint(frame.image)
                lost = self.reference is not None and moved(self.reference, self.latest)
                doubts = doubts + 1 if lost else 0
                if doubts >= SURE_AFTER:
                    self.reference, doubts = None, 0
                    self._on_moved()
            yield frame

    def close(self) -> None:
        """Stop the camera."""
        self._source.close()


def to_text(profile: NDArray[np.float64]) -> str:
    """Return a fingerprint as a text to be stored."""
    return " ".join(f"{value:.4f}" for value in profile)


def from_text(text: str) -> NDArray[np.float64]:
    """Return a stored fingerprint; zeros, which are like nothing, where the text is none."""
    values = np.array([float(word) for word in text.split()])
    return values if len(values) == COLUMNS else np.zeros(COLUMNS)
