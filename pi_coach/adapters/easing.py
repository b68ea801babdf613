"""Lets the coach do less where less will do: around the session and the source of frames, with an eye on the heat."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.errors import StuckThreadError
from pi_coach.core.events import StageEntered
from pi_coach.core.signals.effort import Exertion, Glimpse, Heat, after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.clock import Clock
    from pi_coach.core.events import Stage
    from pi_coach.core.signals.effort import Effort, Means
    from pi_coach.core.signals.presses import Press
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose
    from pi_coach.pipeline import Coaching
    from pi_coach.ports import FrameSource

log = logging.getLogger(__name__)

EARLY_S = 0.005
"""A picture that is this much too early is on time: sensors and films tell their times no better."""
ASK_EVERY_S = 10.0
"""Heat comes slowly, and asking a Pi starts a process."""
JOIN_S = 4.0
"""The tool that tells the heat is given up after three seconds."""


class EasedSource:
    """A FrameSource around another one that yields no more pictures than are wanted, and times what is done with each.

    A camera is told the rate as well; a film has none, so its pictures are skipped.
    """

    def __init__(
        self, source: FrameSource, fps: float, clock: Clock, set_rate: Callable[[float], None] | None = None
    ) -> None:
        self._source = source
        self._clock = clock
        self._set_rate = set_rate
        self._fps = self._camera_fps = fps
        self._least_s = 0.0
        self.lap_s = 0.0
        """How long the loop took for the last picture, seconds."""
        self.skipped = 0
        """How many pictures were left out, because fewer are wanted."""

    def ease(self, effort: Effort) -> None:
        """Yield as many pictures as that from now on."""
        wanted_fps = effort.fps if effort.looks is None else effort.looks
        self._least_s = 0.0 if wanted_fps >= self._fps else 1.0 / wanted_fps
        if self._set_rate is not None and effort.fps != self._camera_fps:
            self._camera_fps = effort.fps
            self._set_rate(effort.fps)

    def frames(self) -> Iterator[Frame]:
        """Yield the source's frames, evenly thinned to the wanted rate."""
        looked_s = due_s = 0.0
        for frame in self._source.frames():
            if self._least_s and looked_s <= frame.t < min(due_s, looked_s + self._least_s) - EARLY_S:
                self.skipped += 1
                continue
            # The rhythm goes on where it can, so that a rate that the camera's does not divide by is kept on average.
            due_s = max(due_s + self._least_s, frame.t + self._least_s / 2)
            looked_s = frame.t
            began_s = self._clock.now()
            yield frame
            self.lap_s = self._clock.now() - began_s

    def close(self) -> None:
        """Stop the source."""
        self._source.close()


@dataclass(frozen=True, slots=True)
class Reins:
    """By what a coach is held back."""

    means: Means
    source: EasedSource
    use_light: Callable[[bool], None] | None
    """Asks for the lighter model, or for the usual one; None where there is one alone."""

    def pull(self, effort: Effort) -> None:
        """Do this much from now on."""
        self.source.ease(effort)
        if self.use_light is not None:
            self.use_light(effort.light)


class Easing:
    """A Coaching around another one that lets source and pose engine do less, and says in each step when it watches."""

    def __init__(self, coach: Coaching, reins: Reins, heat: Callable[[], Heat]) -> None:
        """Ask for the `heat` at every picture, so it must answer at once."""
        self._coach = coach
        self._reins = reins
        self._heat = heat
        self._stage: Stage | None = None
        self._now = Exertion()

    @property
    def effort(self) -> Effort:
        """What is asked for now."""
        return self._now.effort(self._reins.means)

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame, and change the effort where it is time to."""
        step = self._heard(self._coach.see(t, pose, speaking=speaking))
        heat = self._heat()
        now = Glimpse(t, pose is not None, self._stage, step.phase, self._reins.source.lap_s, heat)
        before, self._now = self.effort, after(self._reins.means, self._now, now)
        if self.effort != before:
            self._reins.pull(self.effort)
            _tell(before, self.effort, heat)
        return replace(step, idle=self._now.idle)

    def press(self, t: float, press: Press) -> Step:
        """Do what the button asks for."""
        return self._heard(self._coach.press(t, press))

    def finish(self, t: float) -> Step:
        """End what is under way."""
        return self._heard(self._coach.finish(t))

    def _heard(self, step: Step) -> Step:
        for event in step.events:
            if isinstance(event, StageEntered):
                self._stage = event.stage
        return step


def _tell(before: Effort, now: Effort, heat: Heat) -> None:
    """Log the change, once: nobody who trains is told."""
    if now.idle:
        log.info("nobody is in sight: watching with %g looks a second", now.looks)
    elif before.idle:
        log.info("somebody is in sight: %g pictures a second", now.fps)
    else:
        model = "the lite model" if now.light else "the usual model"
        warmth = "unknown" if heat.temperature_c is None else f"{heat.temperature_c:.0f} degrees Celsius"
        held = ", held back by the system" if heat.slowed else ""
        log.warning("%g pictures a second with %s from now on (temperature %s%s)", now.fps, model, warmth, held)


class HeatWatch:
    """Asks the machine now and then how warm it is, in a thread: some machines take a while to tell."""

    def __init__(self, ask: Callable[[], Heat], every_s: float = ASK_EVERY_S) -> None:
        self._ask = ask
        self._every_s = every_s
        self._stop = threading.Event()
        self._latest = Heat()
        self._thread = threading.Thread(target=self._run, name="heat", daemon=True)
        self._thread.start()

    def latest(self) -> Heat:
        """Return what was told last, at once."""
        return self._latest

    def close(self) -> None:
        """Ask no more. Raises StuckThreadError where the machine does not even refuse to tell."""
        self._stop.set()
        self._thread.join(timeout=JOIN_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s of being told to.")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._latest = self._ask()
            except Exception:
                log.exception("the heat cannot be told")
                self._latest = Heat()
            self._stop.wait(self._every_s)
