"""From a frame that enters the loop until the sentence it leads to is handed to the voice."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING

from pi_coach.adapters.speech import TimedSpeaker
from pi_coach.assembly import open_estimator
from pi_coach.benchmarks.figures import Against, Figure, figure
from pi_coach.benchmarks.run import DRILL
from pi_coach.benchmarks.whole import sim_panel
from pi_coach.core.events import RepCounted
from pi_coach.core.sessions.coach import Coach
from pi_coach.pipeline import Ends
from pi_coach.pipeline import run as coach_film

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.benchmarks.run import Run
    from pi_coach.clock import Clock
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource, Press

ANY_FRAME = "frame to the end of its outputs, any frame"


class Watch:
    """Source, speaker, button and output of a loop that notes when a frame enters it and what came of it."""

    def __init__(self, source: FrameSource, most: int | None, clock: Clock) -> None:
        self._most = most
        self._source, self._clock, self._voice = source, clock, TimedSpeaker()
        self._entered_s = 0.0
        self._counted_t: float | None = None
        self.frame_s: list[float] = []
        self.cue_s: list[float] = []
        self.wait_s: list[float] = []

    @property
    def speaking(self) -> bool:
        """Whether a sentence would be heard now."""
        return self._voice.speaking

    def frames(self) -> Iterator[Frame]:
        """Yield the film's frames, decoded before the clock begins."""
        for frame in islice(self._source.frames(), self._most):
            self._entered_s = self._clock.now()
            yield frame

    def presses(self) -> list[Press]:
        """Nobody presses anything."""
        return []

    def held_on(self) -> bool:
        """Nothing is held."""
        return False

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Note how long it took."""
        self.cue_s.append(self._clock.now() - self._entered_s)
        self._voice.say(text, urgent=urgent)

    def hush(self) -> None:
        """Stop what would be said."""
        self._voice.hush()

    def tone(self, tone: object) -> None:
        """Nothing is heard."""

    def show(self, step: Step) -> None:
        """Note when the last output is reached, and what the coach waited for in the time of the film."""
        self._voice.show(step)
        self.frame_s.append(self._clock.now() - self._entered_s)
        counted = [event.t for event in step.events if isinstance(event, RepCounted)]
        self._counted_t = counted[-1] if counted else self._counted_t
        if step.cue is not None and step.cue.fault is not None and self._counted_t is not None:
            self.wait_s.append(step.t - self._counted_t)
            self._counted_t = None

    def close(self) -> None:
        """Stop the film."""
        self._source.close()


def measure(run: Run) -> Iterator[Figure]:
    """Play the film some times, as fast as it goes, and yield how long any frame and those with a cue took."""
    watches = [_watched(run) for _ in range(run.amount.plays)]
    frames = [watch.frame_s for watch in watches]
    yield figure(ANY_FRAME, "ms", frames)
    cues = [watch.cue_s for watch in watches]
    if not all(cues):
        run.note("Frame to cue is not measured: nothing is said to this film.")
        return
    yield figure("frame to cue", "ms", cues, Against(ANY_FRAME, frames))
    waits = [watch.wait_s for watch in watches if watch.wait_s]
    if waits:
        yield figure("the coach's own wait, rep counted to cue", "s", waits)


def _watched(run: Run) -> Watch:
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    config, places = run.setting.config, run.setting.places
    drill = config.drill(DRILL)
    with ExitStack() as stack:
        estimator = open_estimator(config, places, outline=drill.needs_outline)
        stack.callback(estimator.close)
        watch = Watch(VideoFile(run.film), run.amount.played, run.clock)
        outputs = [sim_panel(run, stack), watch]
        coach_film(Ends(watch, estimator, watch, watch, outputs), Coach(config.assignment(drill.id)))
    return watch
