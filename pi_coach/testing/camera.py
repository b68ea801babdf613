"""A camera that needs no sensor: it can be unplugged, silenced and taken away, and put back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.adapters.shooting import Shooting
from pi_coach.core.errors import CameraLostError
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.clock import Clock

LEFT, RIGHT = (200, 40, 30), (30, 60, 200)
"""What it sees: red on the left, blue on the right."""
SHORTEST_S = 0.001


class FakePort:
    """The socket of a camera, driven by verbs."""

    def __init__(self, clock: Clock, *, size_px: tuple[int, int] = (64, 48), fps: float = 30.0) -> None:
        self.clock = clock
        self.fps = fps
        self.plugged = self.free = self.works = True
        self.image = np.empty((size_px[1], size_px[0], 3), np.uint8)
        self.image[:] = LEFT
        self.image[:, size_px[0] // 2 :] = RIGHT

    def unplug(self) -> None:
        """Pull the cable."""
        self.plugged = False

    def occupy(self) -> None:
        """Let another program have the camera."""
        self.free = False

    def silence(self) -> None:
        """Let it give no more pictures, as with a loose cable."""
        self.works = False

    def mend(self) -> None:
        """Put everything right; a camera that was lost has to be opened again."""
        self.plugged = self.free = self.works = True

    def open(self, stall_s: float) -> FakeCamera:
        """Open the camera. Raises CameraLostError where it is not there or not free."""
        if not self.plugged:
            raise CameraLostError("No camera was found: plug it in.")
        if not self.free:
            raise CameraLostError("The camera cannot be opened: another program uses it, so stop that one first.")
        return FakeCamera(self, stall_s)


class FakeCamera:
    """A LiveCamera in real time, one of its port's; no other can be opened until it is closed."""

    model = "fake"

    def __init__(self, port: FakePort, stall_s: float) -> None:
        self._port = port
        self._port.free = False
        self._lost = False
        self._shooting = Shooting(self._shoot, stall_s, port.fps)
        self._tick = threading.Event()

    @property
    def dropped(self) -> int:
        """How many frames nobody was in time for."""
        return self._shooting.dropped

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate."""
        self._shooting.fps = min(fps, self._port.fps)

    def frames(self) -> Iterator[Frame]:
        """Yield the newest frame. Raises CameraLostError where it was unplugged or silenced."""
        return self._shooting.frames()

    def close(self) -> None:
        """Let the camera go."""
        self._shooting.close()

    def _shoot(self) -> None:
        seq = 0
        due_s = self._port.clock.now()
        try:
            while not self._shooting.stopping:
                self._expose()
                if self._port.works and not self._lost:
                    self._shooting.put(Frame(seq, self._port.clock.now(), self._port.image.copy()))
                    seq += 1
                # A frame that came late does not make the next one hurry.
                due_s = max(due_s, self._port.clock.now()) + 1 / self._shooting.fps
                self._tick.wait(max(SHORTEST_S, due_s - self._port.clock.now()))
        finally:
            self._port.free = True

    def _expose(self) -> None:
        self._lost = self._lost or not self._port.works
        if not self._port.plugged:
            raise CameraLostError("The camera was unplugged: plug it in again.")
