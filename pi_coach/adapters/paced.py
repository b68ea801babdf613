"""A file played as if it were a camera: at its own speed, and who looks too late misses frames."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pi_coach.core.errors import CoachError, SourceError, StuckThreadError
from pi_coach.latest import LatestSlot, SlotClosedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.clock import Clock
    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource

log = logging.getLogger(__name__)

JOIN_S = 2.0
"""A source that has not ended this long after it was told to is stuck."""


class LiveSource:
    """Plays another source in its own thread; `frames` yields the newest frame and skips the older ones."""

    def __init__(self, source: FrameSource, clock: Clock, *, stall_s: float, speed: float = 1.0) -> None:
        self._source = source
        self._clock = clock
        self._stall_s = stall_s
        self._speed = speed
        self._slot: LatestSlot[Frame] = LatestSlot()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        # A decoder that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._play, name="live-source", daemon=True)

    @property
    def dropped(self) -> int:
        """How many frames nobody was in time for."""
        return self._slot.dropped

    def frames(self) -> Iterator[Frame]:
        """Start to play and yield the newest frame, and the last one always; to be called once.

        Raises what the source raised, and SourceError where no frame came for `stall_s`.
        """
        self._thread.start()
        while True:
            try:
                frame = self._slot.take(self._stall_s)
            except TimeoutError:
                message = f"The picture stopped: no frame for {self._stall_s:g} s, so start again or check the source."
                raise SourceError(message) from None
            except SlotClosedError:
                break
            yield frame
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop playing; `frames` ends soon after. Raises StuckThreadError if the source does not end in time."""
        self._stop.set()
        self._source.close()
        self._slot.close()
        if self._thread.is_alive():
            self._thread.join(timeout=JOIN_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s of being told to.")

    def _play(self) -> None:
        try:
            self._pace()
        except CoachError as error:
            self._failure = error
        except Exception as error:
            log.exception("%s failed", self._thread.name)
            self._failure = error
        finally:
            self._slot.close()

    def _pace(self) -> None:
        begin_s = None
        for frame in self._source.frames():
            due_s = frame.t / self._speed
            if begin_s is None:
                begin_s = self._clock.now() - due_s
            if self._stop.wait(max(0.0, begin_s + due_s - self._clock.now())):
                return
            self._slot.put(frame)
