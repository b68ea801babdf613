"""Keeps exposures short enough that a moving athlete is not smeared: plain values, so that it needs no camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FREE = 0
"""As an exposure time it hands the choice back to the camera: picamera2 takes it so."""
SETTLE_FRAMES = 10
"""What was asked acts this late at most: four buffers wait in line, and a sensor takes two or three frames more."""
SLACK = 1.02
"""A sensor counts its exposure in lines, so it may be a little off."""
BRIGHT = 1.2
"""With a gain this close to the sensor's least, the camera wants to expose shorter than it is allowed to choose."""


class ShutterLimit:
    """Holds the exposure at its limit while the room is dim, and leaves it to the camera while it is bright.

    Libcamera has no control for a longest exposure. Its automatic mode is bounded by the time of a frame alone (33 ms
    at 30 frames a second), and its "short" mode only raises the gain sooner: from four times the sensor's least gain on
    it goes beyond 10 ms, from six times beyond 20 (tuning files of the Pi's sensors). With a fixed exposure time the
    gain still follows the light; so the limit is fixed where the camera would exceed it, and let go where the gain
    reaches its end. Both times the picture stays as bright as it was.
    """

    def __init__(self, longest_ms: float, advertised: Mapping[str, Any]) -> None:
        """Take what the camera advertises: its controls with their least, greatest and usual values."""
        self._able = {"ExposureTime", "AnalogueGain"} <= set(advertised)
        self._longest_us = round(1000 * longest_ms)
        self._bright_gain = BRIGHT * float(advertised["AnalogueGain"][0]) if self._able else 0.0
        self._held = False
        self._settling = 0

    def after(self, seen: Mapping[str, Any]) -> int | None:
        """Return the exposure to ask for, microseconds, FREE to let go, None to leave it, by a frame's metadata."""
        self._settling = max(0, self._settling - 1)
        if not self._able or self._settling or not {"ExposureTime", "AnalogueGain"} <= set(seen):
            return None
        wanted = self._held
        if self._held and seen["AnalogueGain"] <= self._bright_gain:
            wanted = False
        elif not self._held and seen["ExposureTime"] > SLACK * self._longest_us:
            wanted = True
        if wanted is self._held:
            return None
        self._held, self._settling = wanted, SETTLE_FRAMES
        return self._longest_us if wanted else FREE
