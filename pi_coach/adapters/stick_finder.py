"""Finds a stick wrapped in bright tape along the athlete's back, by its colour and by being long, thin and straight."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pi_coach.core.sight.stick import StickColour
from pi_coach.core.sight.strip import stick_line, strip_behind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pi_coach.core.sight.strip import Strip
    from pi_coach.core.types import Frame, Pose, Stick
    from pi_coach.ports import PoseEstimator

    Floats = NDArray[np.float32]
    Places = NDArray[np.bool_]


class Hue(NamedTuple):
    """What a tape looks like in light and in shade."""

    middle_deg: float
    """On the circle of hues: 0 red, 120 green, 240 blue."""
    spread_deg: float
    """How far light and shade may turn it."""
    least: float
    """Colourfulness over brightness from which a pixel is tape: grey has 0, a pure colour 1.5 to 3."""


HUES = {
    StickColour.GREEN: Hue(130.0, 28.0, 0.55),
    StickColour.PINK: Hue(335.0, 18.0, 0.65),
    # Skin, wood and brick share this hue, and reach 0.8.
    StickColour.ORANGE: Hue(22.0, 14.0, 1.1),
}
"""Not blue: on recordings of people without a stick, clothes and mats passed for one in 7 of 100 pictures."""

LEAST_LIGHT = 12.0
"""A pixel with less colour than this, of 255, is noise of the dark."""

LIKE_SHARE, LIKE_SPREAD = 0.5, 1.5
"""What has this share of a tape's colour, within so many times its spread of hues, is cloth, a door or a leaf where it
is wide: a stick stands out on both sides."""


class StickEstimator:
    """A PoseEstimator around another one, which adds the stick to the poses that it finds."""

    def __init__(
        self, estimator: PoseEstimator, colour: StickColour, wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Look for tape of a colour, while `wanted` says that the drill uses a stick."""
        self._estimator = estimator
        self._colour = colour
        self._wanted = wanted

    def find(self, frame: Frame) -> Pose | None:
        """Return the pose that the other estimator finds, with the stick where one is seen."""
        pose = self._estimator.find(frame)
        if pose is None or not self._wanted():
            return pose
        return replace(pose, stick=find_stick(frame.image, pose, self._colour))

    def close(self) -> None:
        """Free the other estimator."""
        self._estimator.close()


def find_stick(image: NDArray[np.uint8], pose: Pose, colour: StickColour) -> Stick | None:
    """Return the taped stick behind the trunk of a pose, from its lower to its upper end; None where none is sure.

    `image` has shape (rows, columns, 3), RGB. It takes as long for a large picture as for a small one.
    """
    strip = strip_behind(pose, image.shape[0])
    if strip is None:
        return None
    line = stick_line(*_taped(image, strip, HUES[colour]))
    return None if line is None else strip.stick(line, image.shape[0])


def _taped(image: NDArray[np.uint8], strip: Strip, hue: Hue) -> tuple[Places, Places]:
    """Return which places of the strip have the tape's colour, and which have something like it."""
    colours, seen = _looked_up(image, strip)
    strength, turn, light = (_colour_axes(hue) @ colours.T).reshape(3, *seen.shape)
    needed = np.maximum(hue.least * light, LEAST_LIGHT)
    turned = np.abs(turn)

    def within(share: float, spread_deg: float) -> Places:
        coloured = strength > share * needed
        return np.asarray(seen & coloured & (turned < math.tan(math.radians(spread_deg)) * strength))

    return within(1.0, hue.spread_deg), within(LIKE_SHARE, LIKE_SPREAD * hue.spread_deg)


def _looked_up(image: NDArray[np.uint8], strip: Strip) -> tuple[Floats, Places]:
    """Return the colours of the strip's places, one after the other, and which of the places lie in the picture."""
    rows, columns = strip.pixels()
    height, width = image.shape[:2]
    seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    places = np.where(seen, rows * width + columns, 0).ravel()
    return np.ascontiguousarray(image).reshape(-1, 3).take(places, axis=0).astype(np.float32), np.asarray(seen)


def _colour_axes(hue: Hue) -> Floats:
    """Return what takes a pixel to its strength in the tape's hue, its deviation from that hue, and its brightness."""
    middle = math.radians(hue.middle_deg)
    to_red = np.array((1.0, -0.5, -0.5))
    to_green = np.array((0.0, 1.0, -1.0)) * math.sqrt(0.75)
    strength = math.cos(middle) * to_red + math.sin(middle) * to_green
    turn = math.cos(middle) * to_green - math.sin(middle) * to_red
    return np.stack((strength, turn, np.full(3, 1 / 3))).astype(np.float32)
