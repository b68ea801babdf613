"""A whole session through the real loop into the real book: what was heard, seen and stored."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.calibrations import Calibrations, known_back
from pi_coach.clock import SystemClock
from pi_coach.core.sessions.bout import Bout
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.signals.lights import Light, reps_after
from pi_coach.core.signals.panel import State, Watch, after, state_at
from pi_coach.logbook import Logbook
from pi_coach.pipeline import Ends, run
from pi_coach.ports import Press
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import TALL, Script, hinged

CLOCK = SystemClock()
CONFIG = config.load(Path("/nobody's/own/config"))
DRILLS, PHRASES, TIMES = CONFIG.drills, CONFIG.wording.phrases, CONFIG.settings.session
GOOD = hinged(84)
READY = Script().hold(14)


def planned(*bouts, names=("Ada",), **more):
    trainees = tuple(Trainee(name=name, bouts=bouts, **more) for name in names)
    return SessionPlan(trainees=trainees, phrases=PHRASES, settings=TIMES)


class Panel:
    """The lights, as a lamp that remembers what it showed."""

    def __init__(self):
        self.watch, self.shown, self.counted = Watch(), [], []
        self.reps = ()

    def show(self, step):
        self.watch = after(self.watch, step)
        self.reps = reps_after(self.reps, step.events)
        state = state_at(self.watch, step.t, trouble=False)
        if not self.shown or self.shown[-1] is not state:
            self.shown.append(state)
        self.counted.append(len(self.reps))

    def close(self):
        """Nothing is held."""


@dataclass
class PressAt:
    """Somebody presses the button at a moment."""

    buttons: FakeButtons
    t: float
    press: Press
    pressed: bool = False

    def show(self, step):
        if step.t >= self.t and not self.pressed:
            self.pressed = True
            self.buttons.press(self.press)

    def close(self):
        """Nothing is held."""


class Gym:
    """The real loop and the real book, the athlete and the voice in the time of the data."""

    def __init__(self, folder, script, plan, presses=(), **filming):
        self.clock = ManualClock()
        self.body = ScriptedBody(script, Filming(**{"fps": 10, **filming}), self.clock)
        self.voice, self.buttons = FakeSpeaker(self.clock), FakeButtons()
        self.panel, self.record = Panel(), Recorder()
        self.path = folder / "sessions.db"
        self.book = Logbook(self.open_book)
        self.presses = [PressAt(self.buttons, t, press) for t, press in presses]
        self.session = Session(plan)

    def open_book(self):
        return SessionWriter(self.path, SessionStart("Ada", "camera", "1", {}), self.clock)

    def train(self):
        kept = Calibrations(self.book.save_calibration, self.clock, None, "Ada")
        outputs = [self.panel, self.record, self.book, kept, *self.presses]
        run(Ends(self.body, self.body, self.voice, self.buttons, outputs), self.session)
        self.book.close()
        with SessionBook(self.path) as book:
            self.stored = [book.session(writer.session_id) for writer in self.book.written]
        return self


THREE_SETS = READY.reps(2, GOOD).hold(22).reps(2, GOOD).hold(30).reps(2, GOOD).hold(10)
"""Two sets of one drill with a rest between, and one of another."""


def test_a_session_of_three_sets_with_rests_and_another_drill_is_heard_seen_and_stored(tmp_path):
    plan = planned(Bout(DRILLS["rdl"], 2, 2, 20.0), Bout(DRILLS["standing_dowel"], 1, 2, 20.0))
    gym = Gym(tmp_path, THREE_SETS, plan).train()
    clean = "Two reps, all clean. Good hip reach."
    assert gym.voice.said == [
        "Hello Ada.",
        "This coach is not a doctor and gives no medical advice. Stop if anything hurts.",
        "Today: Romanian deadlift.",
        "Big breath, brace, weight close",
        "Ready",
        "Go",
        "Last one",
        clean,
        "Rest 20 seconds",
        "10 seconds",
        "Set 2 of 2",
        "Go",
        "Last one",
        clean,
        "Rest 20 seconds",
        "Next: standing dowel hinge",
        "10 seconds",
        "Stick on head, upper back and sacrum",
        "Ready",
        "Go",
        "Last one",
        clean,
        "Session done. 6 reps, 6 clean.",
    ]
    a_set = [State.TRACKING, State.GOOD, State.TRACKING, State.GOOD, State.TRACKING]
    assert gym.panel.shown == [State.WAITING, *a_set, State.RESTING, *a_set, State.RESTING, *a_set]
    assert max(gym.panel.counted) == 2
    assert set(gym.panel.reps) == {Light.ON}
    (stored,) = gym.stored
    assert [(one.drill, len(one.reps), one.summary) for one in stored.sets] == [
        ("rdl", 2, clean),
        ("rdl", 2, clean),
        ("standing_dowel", 2, clean),
    ]
    assert (stored.row.athlete, stored.row.reps, stored.row.ending) == ("Ada", 6, "finished")
    assert [cue.text for cue in stored.cues] == gym.voice.said
    stages = [event.body["stage"] for event in stored.events if event.kind == "StageEntered"]
    assert stages[:4] == ["greeting", "prompt", "countdown", "set"]
    assert stages[-3:] == ["set", "summary", "done"]


def test_a_session_runs_faster_than_its_own_time(tmp_path):
    gym = Gym(tmp_path, THREE_SETS, planned(Bout(DRILLS["rdl"], 2, 2, 20.0)))
    began = CLOCK.now()
    gym.train()
    assert CLOCK.now() - began < gym.body.times[-1] / 2


def test_a_long_press_stops_everything_and_what_was_done_is_kept(tmp_path):
    plan = planned(Bout(DRILLS["rdl"], 2, 5, 20.0))
    gym = Gym(tmp_path, READY.reps(4, GOOD).hold(30), plan, presses=[(22.5, Press.END)]).train()
    assert gym.record.steps[-1].t == pytest.approx(22.5, abs=0.2)
    assert gym.voice.said[-1].startswith("Session stopped. If pain persists, see a professional.")
    assert gym.panel.shown[-1] is State.STOPPED
    (stored,) = gym.stored
    assert [len(one.reps) for one in stored.sets] == [2]
    assert stored.sets[0].summary == "Two reps, all clean. Good hip reach."


def test_who_walks_away_and_comes_back_after_a_while_has_two_sessions_in_the_book(tmp_path):
    script = READY.reps(2, GOOD).walk(2.5).hold(160).walk(0.65).hold(14).reps(1, GOOD).hold(3)
    plan = planned(Bout(DRILLS["rdl"], 2, 5, 20.0))
    gym = Gym(tmp_path, script, plan, fps=8)
    gym.session = Session(plan, lambda: plan)
    gym.train()
    first, second = gym.stored
    assert [len(one.reps) for one in first.sets] == [2]
    assert [len(one.reps) for one in second.sets] == [1]
    assert first.row.ending == second.row.ending == "finished"
    assert first.row.length_s < 175
    assert gym.voice.said.count("Hello Ada.") == 2


def test_the_book_has_the_session_of_whoever_said_yes(tmp_path):
    plan = planned(Bout(DRILLS["rdl"], 1, 1, 20.0), names=("Ada", "Ben"))
    presses = [(2.5, Press.NEXT), (5, Press.BACK)]
    gym = Gym(tmp_path, Script().hold(20).reps(1, GOOD).hold(4), plan, presses).train()
    assert gym.stored[0].row.athlete == "Ben"


def test_sides_silence_and_load_are_told_to_whoever_keeps_them(tmp_path):
    bout = Bout(DRILLS["wall_slide"], 1, 1, 20.0, load_kg=12.0, silent_first=True)
    gym = Gym(tmp_path, Script().hold(18).reps(1, GOOD).hold(20).reps(1, GOOD).hold(4), planned(bout)).train()
    begun = [event.body for event in gym.stored[0].events if event.kind == "SetStarted"]
    assert [(one["side"], one["silent"], one["load_kg"]) for one in begun] == [
        ("first", True, 12.0),
        ("second", True, 12.0),
    ]


def test_a_pause_by_hand_is_kept_too(tmp_path):
    up = replace(TALL, hands_up=1.0)
    script = READY.reps(1, GOOD).go(up, 0.4).hold(2.4).go(TALL, 0.4).hold(2).go(up, 0.4).hold(2.4).go(TALL, 0.4)
    gym = Gym(tmp_path, script.hold(1).reps(1, GOOD).hold(2), planned(Bout(DRILLS["rdl"], 1, 4, 20.0))).train()
    stages = [event.body["stage"] for event in gym.stored[0].events if event.kind == "StageEntered"]
    assert stages[3:6] == ["set", "paused", "set"]
    assert State.PAUSED in gym.panel.shown
    assert [len(one.reps) for one in gym.stored[0].sets] == [2]


def test_the_range_of_a_back_is_kept_for_the_next_time(tmp_path):
    rounded = replace(TALL, rounded_pct=8.0)
    script = Script().hold(8.5).go(rounded, 0.5).hold(3.0).go(TALL, 0.5).hold(6)
    plan = planned(Bout(DRILLS["band_hinge"], 1, 1, 20.0), calibrate_back=True)
    gym = Gym(tmp_path, script, plan, outline=True).train()
    found = known_back(gym.path, "Ada")
    assert (found.flat_pct, found.round_pct) == pytest.approx((0.0, 8.0), abs=1.5)
    assert known_back(gym.path, "Ben") is None
