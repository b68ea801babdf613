"""Straightens what a wide lens bends: each point of a pose is put where a lens without distortion would show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.sight.body import facing_score, skeleton
from pi_coach.core.sight.contour import STATIONS
from pi_coach.core.types import Joint, Silhouette, Stick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from pi_coach.core.types import Pose

ROUNDS = 6
"""Steps of Newton's; lenses that bend as much as webcams' need four to be right to a thousandth of a pixel."""
LEAST_SLOPE, FARTHEST = 0.1, 2.0
"""Where a lens's numbers fold the picture back on itself, outside of what they were measured on, they are not followed:
no point is moved to more than twice its distance from the middle."""
OWN = ("focal length", "middle x", "middle y", "k1", "k2", "k3")
"""What the numbers of an owner's lens are; the last two may be left out."""
LEAST_OWN = 4


@dataclass(frozen=True, slots=True)
class Lens:
    """A lens as OpenCV and most of its users describe it, with radial distortion alone."""

    focal: float
    """Focal length, image heights."""
    middle_x: float = 0.5
    """Where the lens looks straight ahead, shares of the picture's width and height."""
    middle_y: float = 0.5
    bend: tuple[float, ...] = ()
    """k1, k2, k3: a point at `r` focal lengths from the middle is seen at r (1 + k1 r^2 + k2 r^4 + k3 r^6)."""

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Lens:
        """Read an owner's numbers, in the order of OWN. Raises ValueError where they are none."""
        if not LEAST_OWN <= len(numbers) <= len(OWN) or numbers[0] <= 0:
            raise ValueError(f"must be {', '.join(OWN[:LEAST_OWN])} and perhaps {' and '.join(OWN[LEAST_OWN:])}")
        focal, middle_x, middle_y, *bend = numbers
        return cls(focal, middle_x, middle_y, tuple(bend))

    def turned(self, aspect: float) -> Lens:
        """Return the lens for a picture turned by a quarter, whose aspect was `aspect` before."""
        return replace(self, focal=self.focal / aspect)

    def straight(self, points: ArrayLike, aspect: float) -> NDArray[np.float64]:
        """Return where a straight lens would show the points, shape (n, 2), image heights as they are.

        Lengths in the middle of the picture stay what they are; towards its edges they grow, even beyond it.
        """
        middle = np.array((self.middle_x * aspect, self.middle_y))
        seen = (np.asarray(points, np.float64) - middle) / self.focal
        radius = np.linalg.norm(seen, axis=-1, keepdims=True)
        true = radius
        for _ in range(ROUNDS):
            step = (true * self._stretch(true) - radius) / np.maximum(self._slope(true), LEAST_SLOPE)
            true = np.clip(true - step, 0, FARTHEST * radius)
        away = np.divide(true, radius, out=np.ones_like(radius), where=radius > 0)
        return np.asarray(seen * away * self.focal + middle, np.float64)

    def bent(self, points: ArrayLike, aspect: float) -> NDArray[np.float64]:
        """Return where this lens shows points that a straight lens shows there: the way back from `straight`."""
        middle = np.array((self.middle_x * aspect, self.middle_y))
        true = (np.asarray(points, np.float64) - middle) / self.focal
        stretch = self._stretch(np.linalg.norm(true, axis=-1, keepdims=True))
        return np.asarray(true * stretch * self.focal + middle, np.float64)

    def _stretch(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how much a point is moved outwards, at its true distance from the middle."""
        return _even(radius, self.bend)

    def _slope(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how fast the seen distance grows with the true one."""
        return _even(radius, [(2 * power + 1) * term for power, term in enumerate(self.bend, start=1)])


def _even(radius: NDArray[np.float64], terms: Sequence[float]) -> NDArray[np.float64]:
    """Return 1 + a r^2 + b r^4 + ..., which is quick this way round: this is done for every frame."""
    square = radius * radius
    value = np.zeros_like(square)
    for term in reversed(terms):
        value = (value + term) * square
    return 1.0 + value


CAMERA_MODULE_3_WIDE = Lens(focal=0.758, bend=(-0.002, -0.020))
"""Estimated, not measured: 2.75 mm before a sensor 3.63 mm high (2592 pixels of 1.4 um), bent so that the published
angles of view come out, 67 degrees upright and 102 across. From corner to corner it gives 113 of the published 120. At
the sides of a 4:3 picture it moves a point by 1.5 % of its distance from the middle, so an error matters little."""


def straightened(pose: Pose, lens: Lens) -> Pose:
    """Return the pose as a straight lens would have shown it: landmarks, outline and stick alike."""
    points = lens.straight(pose.points, pose.aspect).astype(np.float32)
    silhouette, stick = pose.silhouette, pose.stick
    if silhouette is not None:
        silhouette = _straight_outline(pose, silhouette, points, lens)
    if stick is not None:
        (x0, y0), (x1, y1) = lens.straight([(stick.x0, stick.y0), (stick.x1, stick.y1)], pose.aspect).tolist()
        stick = Stick(x0, y0, x1, y1)
    return replace(pose, points=points, silhouette=silhouette, stick=stick)


def _straight_outline(pose: Pose, outline: Silhouette, points: NDArray[np.float32], lens: Lens) -> Silhouette:
    hip_y = float(_middle(pose.points, Joint.L_HIP)[1])

    def edge(x: float | None) -> float | None:
        return None if x is None else float(lens.straight([(x, hip_y)], pose.aspect)[0, 0])

    back = None if outline.back is None else _straight_back(pose, outline.back, points, lens)
    return Silhouette(edge(outline.seat_left_x), edge(outline.seat_right_x), back)


def _straight_back(
    pose: Pose, back: NDArray[np.float32], points: NDArray[np.float32], lens: Lens
) -> NDArray[np.float32]:
    """Return the depths of the back's edge against the straightened trunk: its points are rebuilt, moved, told anew."""
    forward = 1 if facing_score(skeleton(pose)) > 0 else -1
    hip, along, behind = _trunk(pose.points, forward)
    edge = hip + STATIONS[:, None] * along + back[:, None] * behind
    hip, along, behind = _trunk(points, forward)
    offset = lens.straight(edge, pose.aspect) - hip
    square = float(along @ along)
    station, depth = offset @ along / square, offset @ behind / square
    known = np.isfinite(back)
    told = np.full(len(back), np.nan, np.float32)
    if known.any():
        told[known] = np.interp(STATIONS[known], station[known], depth[known])
    return told


def _trunk(points: NDArray[np.float32], forward: int) -> tuple[NDArray[np.float64], ...]:
    """Return the hips' middle, the way from there to the shoulders' middle, and as far to the back."""
    hip = _middle(points, Joint.L_HIP)
    along = _middle(points, Joint.L_SHOULDER) - hip
    return hip, along, forward * np.array((along[1], -along[0]))


def _middle(points: NDArray[np.float32], left: Joint) -> NDArray[np.float64]:
    return np.asarray(points[[left, left + 1]].mean(axis=0), np.float64)
