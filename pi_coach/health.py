"""How the coach is while it coaches: a line a minute for the journal, and the heartbeat that the watchdog waits for."""

from __future__ import annotations

import faulthandler
import logging
import os
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from pi_coach.adapters.machine import temperature_c
from pi_coach.adapters.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from pi_coach.assembly import Input
    from pi_coach.clock import Clock
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose
    from pi_coach.logbook import Logbook
    from pi_coach.ports import PoseEstimator

log = logging.getLogger(__name__)

REPORT_S = 60.0
"""A line this often shows when a trouble began, and a day of them is not yet a megabyte."""
FIRST_REPORT_S = 10.0
"""The first line comes sooner: whoever has just started the coach wants to see how it does."""
WRITER_S = 10.0
"""A writer that has rows and finished no attempt for this long hangs: waiting for another program's lock takes 5 s."""
BEATS = 4
"""Beats in one period of the watchdog: one that is late ends nothing."""
COACHING = "Coaching."


@dataclass(slots=True)  # not frozen: it is filled frame by frame
class Tally:
    """What the frames of one minute were like."""

    frames: int = 0
    dropped: int = 0
    pose_s: list[float] = field(default_factory=list)


class PoseMeter:
    """A PoseEstimator around another one that counts the frames, those that nobody was in time for, and the time."""

    def __init__(self, estimator: PoseEstimator, clock: Clock) -> None:
        self._estimator = estimator
        self._clock = clock
        self._seq: int | None = None
        self._tally = Tally()
        self.frames = 0
        """How many frames with a picture there were."""
        self._skipped = 0
        self.skipped: Callable[[], int] = lambda: 0
        """Says how many were left out on purpose: nobody was too late for those."""

    def find(self, frame: Frame) -> Pose | None:
        """Find the pose, and note how long that took."""
        began_s = self._clock.now()
        pose = self._estimator.find(frame)
        self._tally.pose_s.append(self._clock.now() - began_s)
        self._tally.frames += 1
        self.frames += 1
        if self._seq is not None:
            self._tally.dropped += max(frame.seq - self._seq - 1 - (self.skipped() - self._skipped), 0)
        self._seq, self._skipped = frame.seq, self.skipped()
        return pose

    def close(self) -> None:
        """Leave the estimator to its owner."""

    def read(self) -> Tally:
        """Return what was counted since the last call."""
        read, self._tally = self._tally, Tally()
        return read


class Heartbeat:
    """An Output, the last one: what reaches it has been seen, judged, said and handed to the book.

    So no thread of its own feeds the watchdog, and whatever hangs on the way from camera to book stops the feeding.
    Blind frames feed it too: the camera is opened again and again meanwhile, within a bound of its own.
    """

    def __init__(self, service: Service, clock: Clock, book: Logbook, meter: PoseMeter) -> None:
        self._service = service
        self._clock = clock
        self._book = book
        self._meter = meter
        self._ready = False
        self._trouble: str | None = None
        self._fed_s = float("-inf")
        self._attempts = 0
        self._moved_s = self._since_s = clock.now()
        self._report_s = self._since_s + FIRST_REPORT_S
        self.camera_trouble: Callable[[], str | None] = lambda: None
        """Says why nothing is seen; None while all is well."""

    def show(self, _: Step) -> None:
        """Take a frame's outcome as a sign of life."""
        now = self._clock.now()
        if not self._ready and self._meter.frames:
            self._ready = True
            self._service.ready(COACHING)
        self._feed(now)
        trouble = self.camera_trouble() or self._book.trouble
        if trouble != self._trouble:
            self._trouble = trouble
            self._service.status(trouble or COACHING)
        if now >= self._report_s:
            self._report(now)

    def close(self) -> None:
        """Say that the coaching is over."""
        self._service.stopping("Saving what is left.")

    def _feed(self, now: float) -> None:
        period_s = self._service.watchdog_s
        if period_s is not None and self._writer_moves(now) and now - self._fed_s >= period_s / BEATS:
            self._service.alive()
            self._fed_s = now

    def _writer_moves(self, now: float) -> bool:
        """Tell whether the book's writer has nothing to do, or finishes attempts, even ones that fail."""
        attempts = self._book.attempts
        if not self._book.waiting or attempts != self._attempts:
            self._attempts, self._moved_s = attempts, now
        return now - self._moved_s < WRITER_S

    def _report(self, now: float) -> None:
        line = health_line(self._meter.read(), now - self._since_s, self._book.waiting, temperature_c())
        log.info("%s", line)
        self._service.status(f"{self._trouble or COACHING} {line}")
        self._since_s, self._report_s = now, now + REPORT_S


def begin_heartbeat(stack: ExitStack, clock: Clock, book: Logbook, given: Input) -> tuple[PoseMeter, Heartbeat]:
    """Return what measures the pose engine, and the heartbeat; `stack` tells the service manager when all closes."""
    service = Service(os.environ)
    if service.watchdog_s is not None:
        # The watchdog ends a program that hangs with SIGABRT: each thread then tells the journal where it stood.
        faulthandler.enable()
    meter = PoseMeter(given.estimator, clock)
    reins = given.reins
    if reins is not None:
        meter.skipped = lambda: reins.source.skipped
    heart = Heartbeat(service, clock, book, meter)
    heart.camera_trouble = given.trouble
    stack.callback(heart.close)
    return meter, heart


def health_line(minute: Tally, length_s: float, waiting: int, warm_c: float | None) -> str:
    """Return how the last minute was; what was not measured is left out."""
    told = [f"{minute.frames / length_s:.1f} frames/s", f"{minute.dropped} dropped"]
    if minute.pose_s:
        told.append(f"pose {1e3 * median(minute.pose_s):.1f} ms")
    told.append(f"{waiting} rows wait for the disk")
    if warm_c is not None:
        told.append(f"{warm_c:.0f} degrees Celsius")
    return ", ".join(told)
