"""Follows one person from picture to picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from pi_coach.adapters.blazepose import detector, landmarks, warp
from pi_coach.adapters.blazepose.mask import TILE, trunk_mask
from pi_coach.adapters.blazepose.region import Region
from pi_coach.adapters.blazepose.smoothing import Smoothed
from pi_coach.core.types import LANDMARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pi_coach.core.types import Frame


class Network(Protocol):
    """Runs one of the networks."""

    def run(self, given: NDArray[np.uint8] | NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        """Return the outputs for a crop or for features, shape (rows, columns, channels), without the batch.

        They may be gone when the network runs again.
        """


class Networks(NamedTuple):
    """What the graph is made of."""

    detect: Network
    """From the whole picture to guesses at where a person stands, and how sure each is."""
    look: Network
    """From the square around a person to landmarks, presence and heat, and the features to paint a mask from."""
    paint: Network | None = None
    """From a tile of the features to the person's mask in it; None where no outline is asked for."""


class Seen(NamedTuple):
    """A person in one picture."""

    points_px: NDArray[np.floating[Any]]
    """Shape (33, 2), the picture's pixels."""
    visibility: NDArray[np.floating[Any]]
    """Shape (33,), 0 to 1."""
    mask: NDArray[np.float32] | None
    """The picture's shape, 0 to 1 around the trunk and 0 elsewhere; None where no outline was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """What is known of the one who is followed."""

    t: float
    region: Region
    """Where to look next."""
    smoothed: Smoothed


class Follower:
    """Finds somebody with the detector, and from then on looks where the last landmarks say."""

    def __init__(self, networks: Networks, *, detection: float, presence: float) -> None:
        """Follow with these networks; `detection` and `presence`, 0 to 1, say how sure they must be."""
        self._networks = networks
        self._detection = detection
        self._presence = presence
        self._track: _Track | None = None

    def follow(self, frame: Frame) -> Seen | None:
        """Return the one who is followed, else the one whom the detector notices; None for nobody."""
        rows, columns, _ = frame.image.shape
        size_px = np.array((columns, rows), np.float32)
        track, self._track = self._track, None
        region = track.region if track else self._noticed(frame.image, size_px)
        if region is None or not region.shows_somebody(size_px):
            return None
        square = region.square(size_px)
        raw, presence, heat, *features = self._networks.look.run(warp.cut(frame.image, square, landmarks.SIZE))
        if presence[0] <= self._presence:
            return None
        found = landmarks.marks(raw, heat)
        points = region.placed(found.points)
        following = Region.of_person(points[landmarks.NEXT], size_px)
        side_px = float((following.sides * size_px).mean())
        smoothed = self._smoothed(track, frame.t, points[:LANDMARKS] * size_px, found.visibility, side_px)
        self._track = _Track(frame.t, following, smoothed)
        mask = None
        if self._networks.paint is not None:
            (logits,) = self._networks.paint.run(features[0][TILE])
            mask = trunk_mask(logits[..., 0], square, smoothed.points_px, (rows, columns))
        return Seen(smoothed.points_px, smoothed.visibility, mask)

    def _noticed(self, picture: NDArray[np.uint8], size_px: NDArray[np.float32]) -> Region | None:
        columns, rows = size_px.tolist()
        side = max(columns, rows)
        whole = ((columns / 2, rows / 2), (side, side), 0.0)
        guesses, logits = self._networks.detect.run(warp.cut(picture, whole, detector.SIZE, black=True))
        found = detector.person(guesses, logits, self._detection)
        return None if found is None else Region.of_person(detector.without_bars(found, size_px), size_px)

    @staticmethod
    def _smoothed(
        track: _Track | None, t: float, points: NDArray[np.float32], visibility: NDArray[np.float32], side_px: float
    ) -> Smoothed:
        if track is None:
            return Smoothed.first(points, visibility)
        return track.smoothed.followed_by(points, visibility, t - track.t, side_px)
