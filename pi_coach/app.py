"""The commands that coach: live, analysis, recording; each is the same pipeline with other ends."""

from __future__ import annotations

import dataclasses
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pi_coach import __version__
from pi_coach.analysis import Report, TimedCoach, TimedEstimator, document, performance
from pi_coach.assembly import make_dir, open_file, open_panel, open_speaker, recorded_drill
from pi_coach.core.coach import Assignment, Coach
from pi_coach.core.errors import UsageError
from pi_coach.core.events import WallCalibrated
from pi_coach.pipeline import Ends, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pi_coach.adapters.book.writer import SessionWriter
    from pi_coach.adapters.overlay import OverlayWriter
    from pi_coach.adapters.scene import SceneWatch
    from pi_coach.adapters.speech import TimedSpeaker
    from pi_coach.assembly import Input, Places
    from pi_coach.clock import Clock
    from pi_coach.config import Config
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource, Output, Press


@dataclass(frozen=True, slots=True)
class Setting:
    """What every command gets."""

    config: Config
    places: Places
    clock: Clock
    tell: Callable[[str], None]
    """Prints one line for the person at the machine."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the live coach was asked for."""

    drill: str | None
    source: str
    """"camera" or the path of a video or pose recording."""
    panel: str
    """"gpio" or "sim"."""
    wav: Path | None
    """Where speech goes when there is no sound device."""
    speed: float = 1.0
    """How fast a file plays; 1 is its own speed."""


class _NoButtons:
    """Nobody presses anything."""

    def presses(self) -> list[Press]:
        """Return no press."""
        return []

    def close(self) -> None:
        """Nothing is held."""


class _DataTime:
    """Lets a speaker that makes no sound follow the time of the data."""

    def __init__(self, speaker: TimedSpeaker) -> None:
        self._speaker = speaker

    def show(self, step: Step) -> None:
        """Pass the time on."""
        self._speaker.advance(step.t)

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


def analyze(
    setting: Setting, path: Path, drill_id: str | None, wall_px: float | None, overlay: Path | None
) -> dict[str, Any]:
    """Give every frame of a file to the coach, as fast as it goes, and return the document."""
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    began = setting.clock.now()
    drill = setting.config.drill(drill_id or recorded_drill(path) or setting.config.settings.coach.drill)
    report = Report()
    with ExitStack() as stack:
        given = open_file(path, setting.config, setting.places, outline=drill.needs_outline)
        stack.callback(given.estimator.close)
        poses = TimedEstimator(given.estimator, setting.clock, report)
        wall_x = given.wall_x(wall_px)
        coach = TimedCoach(Coach(Assignment(drill, wall_x=wall_x)), setting.clock)
        speaker = TimedSpeaker()
        outputs: list[Output] = [_DataTime(speaker), report]
        tap = _Tap(given.source)
        if overlay is not None:
            outputs.append(stack.enter_context(_closing(_film(overlay, given, wall_x, tap))))
        run(Ends(tap, poses, speaker, _NoButtons(), outputs, lambda: Assignment(drill)), coach)
    complaint = given.complaint()
    if complaint is not None:
        setting.tell(complaint)
    took = performance(setting.clock.now() - began, poses, coach)
    return document(report, path.name, drill.id, given.fps, took)


def _film(path: Path, given: Input, wall_x: float | None, tap: _Tap) -> _Drawn:
    from pi_coach.adapters.overlay import OverlayWriter  # noqa: PLC0415

    if isinstance(given.estimator, type(given.source)):
        raise UsageError("--overlay draws on a video's pictures, and a pose recording has none; give it the video.")
    return _Drawn(OverlayWriter(path, given.fps, given.size_px, wall_x=wall_x), tap)


class _closing:  # noqa: N801  used like contextlib.closing, but a failed run must not complete the film
    """Close a part when the block ends well; when it fails, leave the unfinished file to be cleaned up."""

    def __init__(self, part: _Drawn) -> None:
        self._part = part

    def __enter__(self) -> _Drawn:
        return self._part

    def __exit__(self, *failure: object) -> None:
        self._part.close()


def record(setting: Setting, path: Path, source: str, drill_id: str | None) -> int:
    """Write the poses of a camera or a video to a recording, and return how many frames it has."""
    from pathlib import Path  # noqa: PLC0415

    from pi_coach.adapters.recording import PoseRecorder, RecordingHeader  # noqa: PLC0415
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    drill = setting.config.drill(drill_id or setting.config.settings.coach.drill)
    given = _open(setting, source, drill_outline=True)
    width, height = given.size_px
    model = f"pose_landmarker_{setting.config.settings.pose.model}"
    header = RecordingHeader(width, height, given.fps, model, drill.id)
    recorder = PoseRecorder(Path(path), header)
    report = Report()
    poses = TimedEstimator(given.estimator, setting.clock, report)
    with ExitStack() as stack:
        stack.callback(given.estimator.close)
        _stop_on_signals(given.source, stack)
        coach = Coach(Assignment(drill))
        run(Ends(given.source, poses, TimedSpeaker(), _NoButtons(), [recorder], lambda: Assignment(drill)), coach)
        recorder.close()
    return report.frames


def coach_live(setting: Setting, asked: Live) -> int:
    """Coach until the source ends or is stopped, and return the session's number in the book."""
    config = setting.config
    drill = config.drill(asked.drill or config.settings.coach.drill)
    with ExitStack() as stack:
        given = _open(setting, asked.source, drill_outline=True)
        stack.callback(given.estimator.close)
        writer = _open_book(setting, asked.source)
        stack.callback(writer.close)
        buttons, lights, text = open_panel(asked.panel, config.settings.panel)
        stack.callback(lights.close)
        wav = asked.wav or make_dir(setting.places.data_dir) / "speech.wav"
        speaker = open_speaker(config.settings.speech, setting.places, wav, setting.clock)
        stack.callback(speaker.close)
        speaker.prepare(drill.sentences())
        setting.tell(f"Speaking to {speaker.where(timeout_s=5.0)}.")
        live = _Live(setting, drill.id, given, asked, writer)
        stack.callback(live.source.close)
        _stop_on_signals(live.source, stack)
        outputs = [lights, _terminal(text), writer, live]
        run(Ends(live.source, given.estimator, speaker, buttons, outputs, live.next_drill), live.coach)
    _tell_session(setting, writer)
    return writer.session_id


def _terminal(text: Callable[[], str]) -> Output:
    from pi_coach.adapters.terminal import Terminal  # noqa: PLC0415

    return Terminal(sys.stdout, text)


class _Live:
    """The live coach with its drills to go round and its remembered wall."""

    def __init__(self, setting: Setting, drill_id: str, given: Input, asked: Live, writer: SessionWriter) -> None:
        from pi_coach.adapters.paced import LiveSource  # noqa: PLC0415
        from pi_coach.adapters.scene import SceneWatch  # noqa: PLC0415

        self._config = setting.config
        self._clock = setting.clock
        self._writer = writer
        self._drill_id = drill_id
        self._scene: SceneWatch | None = None
        self.source: FrameSource = given.source
        wall_x = None
        if asked.source == "camera":
            self._scene = SceneWatch(given.source, self._camera_moved)
            self.source = self._scene
            wall_x = self._remembered_wall(setting)
        else:
            stall_s = setting.config.settings.camera.stall_s
            self.source = LiveSource(given.source, setting.clock, stall_s=stall_s, speed=asked.speed)
        self.coach = Coach(self._assignment(wall_x))

    def _assignment(self, wall_x: float | None) -> Assignment:
        drill = self._config.drill(self._drill_id)
        return Assignment(drill, target_reps=drill.plan.reps, wall_x=wall_x, find_wall=True, prompt=True)

    def next_drill(self) -> Assignment:
        """Go on to the next drill of the button's round."""
        round_ = self._config.settings.coach.button_drills
        place = round_.index(self._drill_id) + 1 if self._drill_id in round_ else 0
        self._drill_id = round_[place % len(round_)]
        return self._assignment(self.coach.wall_x)

    def _remembered_wall(self, setting: Setting) -> float | None:
        from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415
        from pi_coach.adapters.scene import from_text  # noqa: PLC0415

        with SessionBook(setting.places.book) as book:
            known = book.latest_calibration("wall")
        wall_x = known.value.get("wall_x") if known is not None else None
        if known is None or not isinstance(wall_x, float) or self._scene is None:
            return None
        self._scene.reference = from_text(known.fingerprint)
        return wall_x

    def _camera_moved(self) -> None:
        self.coach.forget_wall()

    def show(self, step: Step) -> None:
        """Remember a wall that was found."""
        for event in step.events:
            if isinstance(event, WallCalibrated) and self._scene is not None and self._scene.latest is not None:
                self._keep(event.wall_x, self._scene)

    def _keep(self, wall_x: float, scene: SceneWatch) -> None:
        from pi_coach.adapters.book.rows import Calibration  # noqa: PLC0415
        from pi_coach.adapters.scene import to_text  # noqa: PLC0415

        if scene.latest is not None:
            scene.reference = scene.latest
            text = to_text(scene.latest)
            self._writer.save_calibration(Calibration("wall", {"wall_x": wall_x}, text, self._clock.wall()))

    def close(self) -> None:
        """Nothing is held."""


def _open(setting: Setting, source: str, *, drill_outline: bool) -> Input:
    from pathlib import Path  # noqa: PLC0415

    from pi_coach.assembly import open_camera  # noqa: PLC0415

    if source == "camera":
        return open_camera(setting.config, setting.places, setting.clock, outline=drill_outline)
    return open_file(Path(source), setting.config, setting.places, outline=drill_outline)


def _open_book(setting: Setting, source: str) -> SessionWriter:
    from pi_coach.adapters.book.writer import SessionStart, SessionWriter  # noqa: PLC0415
    from pi_coach.session_report import recovered_lines  # noqa: PLC0415

    settings = setting.config.settings
    start = SessionStart(settings.coach.athlete, source, __version__, dataclasses.asdict(settings))
    make_dir(setting.places.data_dir)
    writer = SessionWriter(setting.places.book, start, setting.clock, settings.store.queue_events)
    for line in recovered_lines(writer.recovered):
        setting.tell(line)
    return writer


def _tell_session(setting: Setting, writer: SessionWriter) -> None:
    from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415
    from pi_coach.session_report import show_lines, unsaved_lines  # noqa: PLC0415

    for line in unsaved_lines(writer.unsaved, writer.trouble):
        setting.tell(line)
    with SessionBook(setting.places.book) as book:
        for line in show_lines(book.session(writer.session_id)):
            setting.tell(line)


def _stop_on_signals(source: FrameSource, stack: ExitStack) -> None:
    """Let Ctrl-C and the service manager end the session as the button does."""

    def stop(*_: object) -> None:
        source.close()

    for number in (signal.SIGINT, signal.SIGTERM):
        stack.callback(signal.signal, number, signal.signal(number, stop))
