"""The live coach: camera or film, voice, panel, session book."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach import __version__
from pi_coach.adapters.hangup import Hangup
from pi_coach.adapters.stop_signals import stopped_by_signals
from pi_coach.assembly import open_panel, open_source, open_speaker
from pi_coach.calibrations import Calibrations, known_back, known_wall
from pi_coach.chosen_voice import ChosenVoice
from pi_coach.core.errors import StoreError
from pi_coach.core.sessions.bout import bout_of
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.speaking.cue_rules import CuePolicy
from pi_coach.core.speaking.repertoire import repertoire
from pi_coach.core.speaking.summary import parts
from pi_coach.health import begin_heartbeat
from pi_coach.latest_setting import LatestSetting
from pi_coach.logbook import Logbook
from pi_coach.pipeline import Ends, run
from pi_coach.places import make_dir
from pi_coach.plan import read_syllabus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pi_coach.adapters.book.writer import SessionWriter
    from pi_coach.adapters.scene import SceneWatch
    from pi_coach.assembly import Input, Setting
    from pi_coach.core.phrases import Phrases
    from pi_coach.logbook import Written
    from pi_coach.pipeline import Coaching
    from pi_coach.ports import Buttons, FrameSource, Output, Speaker

    Planned = Callable[[Setting, str], Trainee]


@dataclass(frozen=True, slots=True)
class Live:
    """What the live coach was asked for."""

    drill: str | None
    """One drill alone; None for what is planned."""
    source: str
    """"camera" or the path of a video or pose recording."""
    panel: str
    """"gpio" or "sim"."""
    wav: Path | None
    """Where speech goes when there is no sound device."""
    speed: float = 1.0
    """How fast a file plays; 1 is its own speed."""
    load_kg: float | None = None
    """The weight that is lifted in the drill that was asked for; None where it was not told."""
    calibrate_back: bool = False
    """Whether to measure the back's own range, where nothing is lifted."""


def coach_live(
    setting: Setting,
    asked: Live,
    planned: Planned | None = None,
    power_off: Callable[[], None] = lambda: None,
) -> list[int]:
    """Coach until the source ends or is stopped, and return the numbers of the sessions in the book.

    `planned` says what an athlete does today; without it, or where a drill was asked for, it is one drill.
    `power_off` is called last, where the button asked for it.
    """
    latest = LatestSetting(setting)
    with ExitStack() as stack:
        given = open_source(setting, asked.source, outline=True)
        stack.callback(given.estimator.close)
        book = _open_logbook(latest, asked.source)
        stack.callback(book.close)
        source, scene = _watched(setting, asked, given, lambda: session.forget_wall())  # noqa: PLW0108  the session comes after its source
        coming = _Coming(latest, asked, planned, scene)
        plan = coming.plan()
        # A film ends with its session; before a camera the next one begins when somebody steps in.
        session = Session(plan, None if scene is None else lambda: coming.plan_spoken_by(speaker))
        stack.callback(source.close)
        buttons, lights, text = _panel(setting, asked, given, book)
        stack.callback(lights.close)
        speaker, silent = _open_voice(setting, asked, plan)
        stack.callback(speaker.close)
        stack.enter_context(stopped_by_signals(source.close))
        hangup = Hangup(source.close)
        hangup.listen(stack)
        kept = Calibrations(book.save_calibration, setting.clock, scene, plan.trainees[0].name)
        told = (_tones(setting, speaker), _terminal(text), *_troubles(given, book, speaker, plan.phrases), *silent)
        meter, heart = begin_heartbeat(stack, setting.clock, book, given)
        outputs = [lights, book, kept, _live_feed(setting, scene, stack), *told, hangup, heart]
        run(Ends(source, meter, speaker, buttons, outputs), _eased(session, given, stack))
        off = session.shutdown or buttons.held_on()
        if off:
            speaker.say(plan.phrases.say("session.goodbye"))
    return _after(setting, book, power_off if off else lambda: None)


def _after(setting: Setting, book: Logbook, power_off: Callable[[], None]) -> list[int]:
    """Print what the sessions were like, do what comes last, and return their numbers."""
    numbers = [_tell_session(setting, written) for written in book.written]
    power_off()
    return numbers


@dataclass(frozen=True, slots=True)
class _Coming:
    """What the next session needs to be planned, with what was chosen by then."""

    latest: LatestSetting
    asked: Live
    planned: Planned | None
    scene: SceneWatch | None

    def plan(self) -> SessionPlan:
        return _plan(self.latest.now(), self.asked, self.planned, self.scene)

    def plan_spoken_by(self, speaker: Speaker) -> SessionPlan:
        plan = self.plan()
        if isinstance(speaker, ChosenVoice):
            speaker.follow(self.latest.known.config.settings, _sentences(plan))
        return plan


def _panel(setting: Setting, asked: Live, given: Input, book: Logbook) -> tuple[Buttons, Output, Callable[[], str]]:
    settings = setting.config.settings.panel
    return open_panel(asked.panel, settings, setting.clock, lambda: (book.trouble or given.trouble()) is not None)


def _names(setting: Setting) -> tuple[str, ...]:
    coach = setting.config.settings.coach
    return coach.athletes or (coach.athlete,)


def _plan(setting: Setting, asked: Live, planned: Planned | None, scene: SceneWatch | None) -> SessionPlan:
    config, book = setting.config, setting.places.book
    one = dataclasses.replace(bout_of(config.drill(asked.drill or config.settings.coach.drill)), load_kg=asked.load_kg)
    usual = dict.fromkeys(config.drills, CuePolicy(config.cues))

    def trainee(name: str) -> Trainee:
        told = planned(setting, name) if planned is not None else Trainee(name=name, bouts=(one,), policies=usual)
        bouts = told.bouts if asked.drill is None else (one,)
        measure = told.calibrate_back or asked.calibrate_back
        back = None if asked.calibrate_back else known_back(book, name)
        return dataclasses.replace(told, bouts=bouts, back=back, calibrate_back=measure and back is None)

    return SessionPlan(
        trainees=tuple(trainee(name) for name in _names(setting)),
        phrases=config.wording.phrases,
        settings=config.settings.session,
        fatigue=read_syllabus(config).rules.fatigue,
        more=tuple(bout_of(config.drill(name)) for name in config.settings.coach.button_drills),
        wall_x=None if scene is None else known_wall(book, scene),
    )


def _watched(
    setting: Setting, asked: Live, given: Input, on_moved: Callable[[], None]
) -> tuple[FrameSource, SceneWatch | None]:
    """Return the source as it is followed live, and for a camera what tells that it was moved."""
    if asked.source == "camera":
        from pi_coach.adapters.scene import SceneWatch  # noqa: PLC0415

        scene = SceneWatch(given.source, on_moved)
        return scene, scene
    from pi_coach.adapters.paced import LiveSource  # noqa: PLC0415

    stall_s = setting.config.settings.camera.stall_s
    return LiveSource(given.source, setting.clock, stall_s=stall_s, speed=asked.speed), None


def _eased(session: Session, given: Input, stack: ExitStack) -> Coaching:
    """Let the coach do less before an empty place and on a hot machine; a film is always looked at whole."""
    if given.reins is None:
        return session
    from pi_coach.adapters.easing import Easing, HeatWatch  # noqa: PLC0415
    from pi_coach.adapters.machine import heat  # noqa: PLC0415

    watch = HeatWatch(heat)
    stack.callback(watch.close)
    return Easing(session, given.reins, watch.latest)


def _open_voice(setting: Setting, asked: Live, plan: SessionPlan) -> tuple[Speaker, list[Output]]:
    """Open the voice, or a silent one that only takes its time, with what makes it follow the frames."""
    from pi_coach.adapters.speech import TimedSpeaker  # noqa: PLC0415

    config = setting.config
    if not config.settings.speech.enabled:
        quiet = TimedSpeaker()
        return quiet, [quiet]
    wav = asked.wav or (None if asked.source == "camera" else setting.places.data_dir / "speech.wav")
    voice = ChosenVoice(lambda chosen: open_speaker(chosen, setting.places, wav, setting.clock), config.settings)
    voice.follow(config.settings, _sentences(plan))
    setting.tell(f"Speaking to {voice.where(timeout_s=5.0)}.")
    return voice, []


def _sentences(plan: SessionPlan) -> Iterator[str]:
    """Yield what will be said, the first sentences first."""
    phrases = plan.phrases
    for trainee in plan.trainees:
        yield phrases.say("session.greeting", athlete=trainee.name)
        if len(plan.trainees) > 1:
            yield phrases.say("session.who", athlete=trainee.name)
    for group in ("session", "framing", "coaching"):
        yield from phrases.group(group)
    for bout in (*(bout for trainee in plan.trainees for bout in trainee.bouts), *plan.more):
        yield phrases.say("session.today", drill=bout.drill.name)
        yield from repertoire(CuePolicy(), bout.drill, phrases)
        yield bout.drill.setup_prompt
        yield from parts(bout.drill, phrases)
        yield phrases.say("session.next_drill", drill=bout.drill.name)
        yield phrases.say("session.rest", seconds=round(bout.rest_s))
        for number in range(2, bout.sets + 1):
            yield phrases.say("session.next_set", number=number, sets=bout.sets)


def _troubles(given: Input, book: Logbook, speaker: Speaker, phrases: Phrases) -> Iterator[Output]:
    """Yield what tells the athlete that nothing is seen or kept."""
    from pi_coach.adapters.trouble_voice import TroubleVoice  # noqa: PLC0415

    def told(trouble: Callable[[], str | None], broken: str, mended: str, *, after_hours: bool) -> TroubleVoice:
        words = (phrases.say(f"session.{name}") for name in (broken, mended))
        return TroubleVoice(trouble, speaker, *words, after_hours=after_hours)

    yield told(given.trouble, "cannot_see", "seeing_again", after_hours=False)
    yield told(lambda: book.trouble, "cannot_save", "saving_again", after_hours=True)


def _tones(setting: Setting, speaker: Speaker) -> Output:
    from pi_coach.adapters.tone_output import ToneOutput  # noqa: PLC0415

    return ToneOutput(speaker, setting.config.settings.tones)


def _terminal(text: Callable[[], str]) -> Output:
    from pi_coach.adapters.terminal import Terminal  # noqa: PLC0415

    return Terminal(sys.stdout, text)


def _live_feed(setting: Setting, scene: SceneWatch | None, stack: ExitStack) -> Output:
    from pi_coach.adapters.live_feed import LiveFeed  # noqa: PLC0415
    from pi_coach.adapters.scene import to_text  # noqa: PLC0415

    def place() -> str | None:
        return None if scene is None or scene.latest is None else to_text(scene.latest)

    feed = LiveFeed(setting.places.live_socket, setting.clock, place)
    stack.callback(feed.close)
    return feed


def _open_logbook(latest: LatestSetting, source: str) -> Logbook:
    """Open the session book; StoreError, before anything else begins, where it cannot be written."""
    from pi_coach.adapters.book.writer import Keeping, SessionStart, SessionWriter  # noqa: PLC0415
    from pi_coach.session_report import recovered_lines  # noqa: PLC0415

    setting = latest.known
    store = setting.config.settings.store
    keeping = Keeping(store.queue_events, store.trace_mb, store.trace_sessions)
    make_dir(setting.places.data_dir)

    def begin() -> SessionWriter:
        used = dataclasses.asdict(latest.known.config.settings)
        start = SessionStart(_names(latest.known)[0], source, __version__, used)
        writer = SessionWriter(setting.places.book, start, setting.clock, keeping)
        for line in (*writer.mended, *recovered_lines(writer.recovered)):
            setting.tell(line)
        return writer

    return Logbook(begin)


def _tell_session(setting: Setting, written: Written) -> int:
    """Print what a session was like, and return its number."""
    from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415
    from pi_coach.session_report import show_lines, unsaved_lines  # noqa: PLC0415

    for line in unsaved_lines(written.unsaved, written.trouble):
        setting.tell(line)
    try:
        with SessionBook(setting.places.book) as book:
            lines = show_lines(book.session(written.session_id))
    except StoreError as error:
        # A card that died in the session; whoever asked to shut the computer down means it all the same.
        lines = [str(error)]
    for line in lines:
        setting.tell(line)
    return written.session_id
