"""A camera that hangs and looks alive: it goes on sending, but the same picture, or stamps that do not rise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.errors import CameraLostError
from pi_coach.core.sight.darkness import is_black

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pi_coach.clock import Clock
    from pi_coach.core.types import Frame
    from pi_coach.ports import LiveCamera

EVERY_PX = 8
"""Every so many rows and columns are compared: a sensor's noise is everywhere, so a picture in a thousand is enough."""
AHEAD_S = 1.0
"""A stamp this far in the future is wrong."""
PAUSE_S = 0.5
"""Pictures sent twice are left out; past this blind ones take their place, for lights and button to go on."""
FROZEN_S = 4.0
"""A camera with nothing new for this long hangs: noise makes no two pictures alike, however still the place is."""

ALIVE = 2
"""A camera that hangs has one picture; the second one shows that it lives."""


class FreshCamera:
    """A LiveCamera around another one that lets only new pictures through.

    A black picture is always new: without light even a sensor's noise is lost in the packing.
    """

    def __init__(self, camera: LiveCamera, clock: Clock) -> None:
        self._camera = camera
        self._clock = clock
        self._before: NDArray[np.uint8] | None = None
        self._t = float("-inf")

    @property
    def model(self) -> str:
        """The camera's name."""
        return self._camera.model

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate."""
        self._camera.set_rate(fps)

    def frames(self) -> Iterator[Frame]:
        """Yield new pictures, the first one once a second shows that the camera lives; blind ones while it hangs.

        Raises what the camera raises, and CameraLostError where nothing new came for too long.
        """
        fresh_s = told_s = self._clock.now()
        news = 0
        for frame in self._camera.frames():
            now = self._clock.now()
            if self._is_new(frame, now):
                fresh_s = told_s = now
                news += 1
                if news >= ALIVE:
                    yield frame
            elif now - fresh_s >= FROZEN_S:
                raise CameraLostError("The camera hangs, its picture stands still: unplug it and plug it in again.")
            elif news >= ALIVE and now - told_s >= PAUSE_S:
                told_s = now
                yield replace(frame, t=now, image=np.zeros_like(frame.image), blind=True)

    def close(self) -> None:
        """Let the camera go."""
        self._camera.close()

    def _is_new(self, frame: Frame, now: float) -> bool:
        if not self._t < frame.t <= now + AHEAD_S:
            return False
        sample = frame.image[::EVERY_PX, ::EVERY_PX]
        if self._before is not None and np.array_equal(sample, self._before) and not is_black(frame.image):
            return False
        self._t, self._before = frame.t, sample.copy()
        return True
