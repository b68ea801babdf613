"""The thread that takes a camera's pictures: the newest one wins, and a camera that falls silent is noticed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pi_coach.core.errors import CameraLostError, CoachError, StuckThreadError
from pi_coach.latest import LatestSlot, SlotClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.core.types import Frame

log = logging.getLogger(__name__)

START_S = 8.0
"""A sensor may take this long to give its first picture."""
STALL_FRAMES = 3
"""At a low rate so many frames' time is no stall yet."""
JOIN_S = 4.0
"""A camera that has not ended this long after it was told to is stuck."""


class Shooting:
    """Runs `shoot` in a thread of its own; what that hands to `put`, `frames` yields, the newest first."""

    def __init__(self, shoot: Callable[[], None], stall_s: float, fps: float) -> None:
        """`shoot` opens nothing, takes pictures until `stopping`, and lets the camera go whatever happens."""
        self._shoot = shoot
        self._stall_s = stall_s
        self.fps = fps
        """The rate that is asked for."""
        self._slot: LatestSlot[Frame] = LatestSlot()
        self._first: int | None = None
        self._seq = -1
        self._missed = 0
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._starting = threading.Lock()
        # A driver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether the camera is to be let go."""
        return self._stop.is_set()

    @property
    def dropped(self) -> int:
        """How many of the camera's pictures nobody was in time for."""
        return self._slot.dropped + self._missed

    def number(self, sequence: int) -> int:
        """Return a frame's number from its driver's: what the library itself was too late for counts as well."""
        if self._first is None:
            self._first = sequence
        # Not every driver numbers its buffers.
        seq = max(self._seq + 1, sequence - self._first)
        self._missed += seq - self._seq - 1
        self._seq = seq
        return seq

    def put(self, frame: Frame) -> None:
        """Hand a picture over."""
        self._slot.put(frame)

    def frames(self) -> Iterator[Frame]:
        """Start, and yield the newest picture; to be called once.

        Raises what `shoot` raised, and CameraLostError where no picture came for the time that counts as a stall.
        """
        self._start()
        patience_s = max(START_S, self._stall_s)
        while True:
            try:
                frame = self._slot.take(patience_s)
            except TimeoutError:
                message = f"The camera stopped: no picture for {patience_s:g} s, so check its cable."
                raise CameraLostError(message) from None
            except SlotClosedError:
                break
            patience_s = max(self._stall_s, STALL_FRAMES / self.fps)
            yield frame
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop; `frames` ends soon after. Raises StuckThreadError if the camera's driver does not end in time.

        May be called from any thread.
        """
        self._stop.set()
        self._slot.close()
        # Only its thread touches an opened camera, so that a stuck driver is noticed here as well.
        self._start()
        self._thread.join(timeout=JOIN_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s of being told to.")

    def _start(self) -> None:
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def _run(self) -> None:
        try:
            self._shoot()
        except CoachError as error:
            self._failure = error
        except Exception as error:
            log.exception("%s failed", self._thread.name)
            self._failure = CameraLostError(f"The camera failed ({error}): check its cable.")
        finally:
            self._slot.close()
