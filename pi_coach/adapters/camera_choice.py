"""What to ask of a camera, chosen by what it can do: plain values, so that it needs no camera to be read or tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HALF_TURN_DEG = 180
PIXELS = "BGR888"
"""libcamera names a format by its bits from the top, so this one is red, green, blue in memory."""
WHOLE_VIEW = 0.9
"""A sensor mode that covers this share of the widest one's area shows the whole view."""
RATE_SLACK = 0.99
"""A sensor mode's rate may be rounded down."""
SHORT_EXPOSURE = 1
"""libcamera's AeExposureModeEnum.Short: the gain rises before the exposure does."""
MANUAL_FOCUS = 0
"""libcamera's AfModeEnum.Manual: a lens that hunts would blur the picture in the middle of a rep."""
FOCUS_M = 3.0
"""The athlete stands 2.5 to 3.5 m away."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The picture that the camera is asked for."""

    width_px: int
    height_px: int
    fps: float
    """The most that is ever asked for: the sensor's mode is chosen by it."""
    hflip: bool = False
    """Left and right are swapped, before the picture is turned."""
    vflip: bool = False
    """Top and bottom are swapped, likewise."""
    clockwise_deg: int = 0
    """The picture is turned by this to stand upright: 0, 90, 180 or 270. Its size above is that before the turn."""
    longest_exposure_ms: float = 0.0
    """0 leaves it to the camera."""

    @property
    def flips(self) -> tuple[bool, bool]:
        """Left-right and up-down as the image processor is asked for them; half a turn is both, and costs nothing."""
        half = self.clockwise_deg == HALF_TURN_DEG
        return self.hflip is not half, self.vflip is not half

    @property
    def quarter_deg(self) -> int:
        """What is left to turn: no image processor of a Pi turns by a quarter."""
        return 0 if self.clockwise_deg == HALF_TURN_DEG else self.clockwise_deg


def whole_view(modes: Iterable[Mapping[str, Any]], wanted: Wanted) -> Mapping[str, Any] | None:
    """Return the sensor mode that shows the whole view at the wanted rate with the fewest pixels; None without modes.

    Left to itself, libcamera takes the mode nearest to the small picture's size, and on many sensors that one
    shows the middle only: the athlete would have to stand twice as far away.
    """
    known = [mode for mode in modes if "crop_limits" in mode]
    widest = max((_area(mode["crop_limits"][2:]) for mode in known), default=0)
    whole = [mode for mode in known if _area(mode["crop_limits"][2:]) >= WHOLE_VIEW * widest]

    def cost(mode: Mapping[str, Any]) -> tuple[bool, bool, int, int]:
        width, height = mode["size"]
        slow = mode["fps"] < RATE_SLACK * wanted.fps
        small = width < wanted.width_px or height < wanted.height_px
        return slow, small, width * height, -mode["bit_depth"]

    return min(whole, key=cost, default=None)


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def controls(advertised: Iterable[str], fps: float) -> dict[str, Any]:
    """Return what this camera can be told: a steady rate, short exposures, a fixed focus.

    The rate caps the exposure too: no automatic mode exposes longer than a frame's time.
    """
    useful = {
        "FrameDurationLimits": frame_limits_us(fps),
        "AeExposureMode": SHORT_EXPOSURE,
        "AfMode": MANUAL_FOCUS,
        "LensPosition": 1 / FOCUS_M,
    }
    return {name: useful[name] for name in useful if name in set(advertised)}


def frame_limits_us(fps: float) -> tuple[int, int]:
    """Return the shortest and the longest time of a frame at a steady rate."""
    frame_us = round(1e6 / fps)
    return frame_us, frame_us


def shortfall(given: Mapping[str, Any], wanted: Wanted) -> str | None:
    """Return what a configured camera does not give, as the rest of a sentence about it; None where all is well."""
    width, height = given["main"]["size"]
    pixels = given["main"]["format"]
    if pixels != PIXELS or (width, height) != (wanted.width_px, wanted.height_px):
        return (
            f"gives {width}x{height} pixels as {pixels}, not {wanted.width_px}x{wanted.height_px} as {PIXELS}:"
            " set another size in [camera], or take a camera made for the Pi."
        )
    turned = given["transform"]
    if (turned.hflip, turned.vflip) != wanted.flips:
        return "cannot flip its picture: mount it upright, and set no flip and no half turn in [camera]."
    return None
