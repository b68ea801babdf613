"""Coaching without an audience: a file analysed as fast as it goes, and poses kept in a recording."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from pi_coach.adapters.stop_signals import stopped_by_signals
from pi_coach.analysis import Report, TimedCoach, TimedEstimator, document, performance
from pi_coach.assembly import open_file, open_source, recorded_drill
from pi_coach.core.errors import UsageError
from pi_coach.core.sessions.coach import Coach
from pi_coach.pipeline import Ends, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pi_coach.adapters.overlay import OverlayWriter
    from pi_coach.assembly import Input, Setting
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource, Press


class _NoButtons:
    """Nobody presses anything."""

    def presses(self) -> list[Press]:
        """Return no press."""
        return []

    def held_on(self) -> bool:
        """Nothing is held."""
        return False

    def close(self) -> None:
        """Nothing is held."""


class _Tap:
    """A FrameSource that remembers its last frame, for whoever draws on it."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.latest: Frame | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield the other source's frames."""
        for frame in self._source.frames():
            self.latest = frame
            yield frame

    def close(self) -> None:
        """Stop the other source."""
        self._source.close()


class _Drawn:
    """An Output that draws each step on the frame it came from."""

    def __init__(self, writer: OverlayWriter, tap: _Tap) -> None:
        self._writer = writer
        self._tap = tap
        self._drawn = -1

    def show(self, step: Step) -> None:
        """Draw, once a frame."""
        frame = self._tap.latest
        if frame is not None and frame.seq != self._drawn:
            self._drawn = frame.seq
            self._writer.show(frame, step)

    def close(self) -> None:
        """Complete the film."""
        self._writer.close()

    def discard(self) -> None:
        """Leave no film, unless it is complete."""
        self._writer.discard()


def analyze(
    setting: Setting, path: Path, drill_id: str | None, wall_px: float | None, overlay: Path | None
) -> dict[str, Any]:
    """Give every frame of a file to the coach, as fast as it goes, and return the document."""
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    began = setting.clock.now()
    drill = setting.config.drill(drill_id or recorded_drill(path) or setting.config.settings.coach.drill)
    report, speaker = Report(), TimedSpeaker()
    with ExitStack() as stack:
        given = open_file(path, setting.config, setting.places, outline=drill.needs_outline, stick=drill.uses_dowel)
        stack.callback(given.estimator.close)
        poses = TimedEstimator(given.estimator, setting.clock, report)
        job = setting.config.assignment(drill.id, wall_x=given.wall_x(wall_px))
        coach = TimedCoach(Coach(job), setting.clock)
        tap = _Tap(given.source)
        films = [] if overlay is None else [_film(overlay, given, job.wall_x, tap)]
        for film in films:
            stack.callback(film.discard)
        run(Ends(tap, poses, speaker, _NoButtons(), [speaker, report, *films]), coach)
        for film in films:
            film.close()
    complaint = given.complaint()
    if complaint is not None:
        setting.tell(complaint)
    took = performance(setting.clock.now() - began, poses, coach)
    return document(report, path.name, drill.id, given.fps, took)


def _film(path: Path, given: Input, wall_x: float | None, tap: _Tap) -> _Drawn:
    from pi_coach.adapters.overlay import OverlayWriter  # noqa: PLC0415

    if not given.pictures:
        raise UsageError("--overlay draws on a video's pictures, and a pose recording has none; give it the video")
    return _Drawn(OverlayWriter(path, given.fps, given.size_px, wall_x=wall_x), tap)


def record(setting: Setting, path: Path, source: str, drill_id: str | None) -> int:
    """Write the poses of a camera or a video to a recording, and return how many frames it has."""
    from pi_coach.adapters.recording import PoseRecorder, RecordingHeader  # noqa: PLC0415
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    drill = setting.config.drill(drill_id or setting.config.settings.coach.drill)
    report = Report()
    with ExitStack() as stack:
        given = open_source(setting, source, outline=True)
        stack.callback(given.estimator.close)
        stack.callback(given.source.close)
        model = f"pose_landmarker_{setting.config.settings.pose.model}"
        recorder = PoseRecorder(path, RecordingHeader(*given.size_px, given.fps, model, drill.id))
        stack.callback(recorder.discard)
        poses = TimedEstimator(given.estimator, setting.clock, report)
        stack.enter_context(stopped_by_signals(given.source.close))
        job = setting.config.assignment(drill.id)
        run(Ends(given.source, poses, TimedSpeaker(), _NoButtons(), [recorder]), Coach(job))
        recorder.close()
    return report.frames
