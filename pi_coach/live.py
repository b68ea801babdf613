"""The live coach: camera or film, voice, panel, session book."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach import __version__
from pi_coach.assembly import make_dir, open_panel, open_source, open_speaker, stop_on_signals
from pi_coach.core.coach import Assignment, Coach
from pi_coach.core.events import WallCalibrated
from pi_coach.core.framing import SENTENCES, WALL_FOUND
from pi_coach.pipeline import Ends, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pi_coach.adapters.book.writer import SessionWriter
    from pi_coach.adapters.scene import SceneWatch
    from pi_coach.assembly import Input, Setting
    from pi_coach.core.drill import Drill
    from pi_coach.core.step import Step
    from pi_coach.ports import FrameSource, Output, Speaker


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


def coach_live(setting: Setting, asked: Live) -> int:
    """Coach until the source ends or is stopped, and return the session's number in the book."""
    config = setting.config
    drill = config.drill(asked.drill or config.settings.coach.drill)
    with ExitStack() as stack:
        given = open_source(setting, asked.source, outline=True)
        stack.callback(given.estimator.close)
        writer = _open_book(setting, asked.source)
        stack.callback(writer.close)
        buttons, lights, text = open_panel(asked.panel, config.settings.panel)
        stack.callback(lights.close)
        speaker, silent = _open_voice(setting, asked, drill)
        stack.callback(speaker.close)
        live = _Live(setting, drill.id, given, asked, writer)
        stack.callback(live.source.close)
        stop_on_signals(live.source, stack)
        outputs = [lights, _terminal(text), writer, live, _SavingTrouble(writer, speaker), *silent]
        run(Ends(live.source, given.estimator, speaker, buttons, outputs, live.next_drill), live.coach)
    _tell_session(setting, writer)
    return writer.session_id


def _open_voice(setting: Setting, asked: Live, drill: Drill) -> tuple[Speaker, list[Output]]:
    """Open the voice, or a silent one that only takes its time, with what makes it follow the frames."""
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    config = setting.config
    if not config.settings.speech.enabled:
        quiet = TimedSpeaker()
        return quiet, [quiet]
    wav = asked.wav or (None if asked.source == "camera" else setting.places.data_dir / "speech.wav")
    voice = open_speaker(config.settings.speech, setting.places, wav, setting.clock)
    others = (config.drill(name) for name in config.settings.coach.button_drills)
    voice.prepare([*drill.sentences(), *(text for other in others for text in other.sentences()), *SAID_ANYWHERE])
    setting.tell(f"Speaking to {voice.where(timeout_s=5.0)}.")
    return voice, []


CANNOT_SAVE = "I cannot save"

SAID_ANYWHERE = (CANNOT_SAVE, WALL_FOUND, *SENTENCES.values())
"""Sentences that belong to no drill."""


class _SavingTrouble:
    """Says once when the book cannot be written; coaching goes on."""

    def __init__(self, writer: SessionWriter, speaker: Speaker) -> None:
        self._writer = writer
        self._speaker = speaker
        self._told = False

    def show(self, step: Step) -> None:
        """Look whether there is trouble, and say so in a pause."""
        trouble = self._writer.trouble is not None
        if trouble and not self._told and step.cue is None and not self._speaker.speaking:
            self._told = True
            self._speaker.say(CANNOT_SAVE)
        elif not trouble:
            self._told = False

    def close(self) -> None:
        """Leave book and voice to their owner."""


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
