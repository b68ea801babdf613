"""A camera that is lost is opened again, and nobody has to start anything anew."""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.errors import CameraLostError
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.clock import Clock
    from pi_coach.ports import LiveCamera

log = logging.getLogger(__name__)

FIRST_TRY_S, LAST_TRY_S = 0.5, 8.0
"""The first wait before a lost camera is tried again, and the longest: each is twice the one before."""
BLIND_S = 0.2
"""A lost camera still gives a frame this often, a blind one, so that lights, button and voice go on."""


class SteadfastCamera:
    """A FrameSource over whichever camera `open_camera` finds, each time it is needed.

    It is opened at once, so that what can never work is told before anything else begins: raises SourceError then.
    A camera that may come back (CameraLostError) is tried again by `frames`, for `return_s` seconds.
    """

    def __init__(
        self, open_camera: Callable[[], LiveCamera], size_px: tuple[int, int], return_s: float, clock: Clock
    ) -> None:
        """`size_px` is width and height of the upright picture, for the blind frames."""
        self._open_camera = open_camera
        self._dark = np.zeros((size_px[1], size_px[0], 3), np.uint8)
        self._return_s = return_s
        self._clock = clock
        self._stop = threading.Event()
        self._seq = -1
        self._t = -1.0
        self._fps: float | None = None
        self._lost_s: float | None = None
        self._wait_s = FIRST_TRY_S
        self.trouble: str | None = None
        """Why nothing is seen just now, one sentence; None while all is well."""
        self._camera: LiveCamera | None = None
        with contextlib.suppress(CameraLostError):
            self._camera = open_camera()

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate, of this camera and of every one that takes its place."""
        self._fps = fps
        if self._camera is not None:
            self._camera.set_rate(fps)

    def frames(self) -> Iterator[Frame]:
        """Yield the newest frame, and blind ones while the camera is gone; to be called once.

        Raises SourceError where it did not come back in time, or came back as one that can never serve.
        """
        while not self._stop.is_set():
            try:
                yield from self._seen()
            except CameraLostError as error:
                self._note(error)
                yield from self._blind()
            else:
                return

    def close(self) -> None:
        """Let the camera go; `frames` ends soon after. Raises StuckThreadError if its driver does not end in time.

        May be called from any thread.
        """
        self._stop.set()
        camera = self._camera
        if camera is not None:
            camera.close()

    def _seen(self) -> Iterator[Frame]:
        camera = self._camera = self._camera or self._open_camera()
        try:
            if self._fps is not None:
                camera.set_rate(self._fps)
            if self._stop.is_set():
                return
            for frame in camera.frames():
                if frame.t > self._t:
                    self._recover()
                    yield self._numbered(frame)
        finally:
            self._camera = None
            camera.close()

    def _blind(self) -> Iterator[Frame]:
        """Yield blind frames until it is time to try again."""
        until_s = self._clock.now() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LAST_TRY_S)
        while self._clock.now() < until_s and not self._stop.wait(BLIND_S):
            yield self._numbered(Frame(0, self._clock.now(), self._dark, blind=True))

    def _numbered(self, frame: Frame) -> Frame:
        self._seq = max(self._seq + 1, frame.seq)
        self._t = frame.t
        return replace(frame, seq=self._seq)

    def _note(self, error: CameraLostError) -> None:
        """Take note of a loss. Raises the error where the camera has been gone for too long."""
        now = self._clock.now()
        self._lost_s = now if self._lost_s is None else self._lost_s
        if now - self._lost_s >= self._return_s:
            raise error
        if self.trouble != str(error):
            self.trouble = str(error)
            log.warning("%s It is tried again for %.0f s.", error, self._return_s)

    def _recover(self) -> None:
        if self._lost_s is not None:
            log.warning("The camera is back.")
            self._lost_s, self._wait_s, self.trouble = None, FIRST_TRY_S, None
