"""The coach does less, and what it counts stays the same: rates, models and heat around the real loop."""

import logging
import threading
from dataclasses import replace
from pathlib import Path

import golden
import numpy as np
import pytest
from panel_rigs import COLOURS, RGB, PinRig, plan, step
from pictures import model, pictures

from pi_coach import config
from pi_coach.adapters import models
from pi_coach.adapters.athlete_lock import AthleteLock
from pi_coach.adapters.easing import EasedSource, Easing, HeatWatch, Reins
from pi_coach.adapters.mediapipe_pose import MediaPipePose
from pi_coach.adapters.recording import PoseRecording
from pi_coach.adapters.two_models import TwoModels
from pi_coach.assembly import open_file
from pi_coach.clock import SystemClock
from pi_coach.core.errors import ModelError
from pi_coach.core.events import RepCompleted, RepCounted
from pi_coach.core.sessions.coach import Coach
from pi_coach.core.signals.effort import Effort, Heat, Means
from pi_coach.core.signals.lights import Light
from pi_coach.core.signals.panel import State
from pi_coach.core.types import Frame
from pi_coach.health import PoseMeter
from pi_coach.pipeline import Ends, run
from pi_coach.places import Places, find_places
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import Script, hinged

__all__ = ["model"]

CONFIG = config.load(Path("/nobody's/own/config"))
POWER = CONFIG.settings.power
LONG_S = 10.0
"""Nothing here takes this long; a test that would wait for ever fails then."""


class Film:
    """Pictures at the given times."""

    def __init__(self, times):
        self._times = times

    def frames(self):
        blank = np.zeros((1, 1, 3), np.uint8)
        yield from (Frame(seq, t, blank) for seq, t in enumerate(self._times))

    def close(self):
        """Nothing is held."""


def even(fps, for_s, start_s=5000.0):
    return [start_s + seq / fps for seq in range(round(fps * for_s))]


def eased(times, fps, camera_fps, clock=None, **how):
    source = EasedSource(Film(times), camera_fps, clock or ManualClock(), **how)
    source.ease(Effort(fps))
    return source


# The source


@pytest.mark.parametrize(("fps", "taken"), [(30.0, 300), (15.0, 150), (10.0, 100), (7.5, 75), (4.0, 40), (11.0, 110)])
def test_a_source_without_a_rate_is_thinned_to_what_is_wanted(fps, taken):
    source = eased(even(30.0, 10.0), fps, 30.0)
    frames = [frame.t for frame in source.frames()]
    assert len(frames) == pytest.approx(taken, abs=2)
    assert len(frames) + source.skipped == 300
    assert max(np.diff(frames)) <= 1.0 / fps + 1.01 / 30.0


def test_a_camera_that_follows_is_not_thinned_although_its_clock_trembles():
    rng = np.random.default_rng(3)
    times = [t + tremble for t, tremble in zip(even(15.0, 60.0), rng.normal(0, 0.001, 900), strict=True)]
    assert len(list(eased(times, 15.0, 30.0).frames())) >= 890


def test_a_camera_is_told_a_rate_once_and_told_again_when_it_changes():
    told = []
    source = EasedSource(Film([]), 30.0, ManualClock(), told.append)
    for effort in (Effort(30.0), Effort(30.0, looks=4.0), Effort(15.0), Effort(15.0, light=True), Effort(30.0)):
        source.ease(effort)
    assert told == [15.0, 30.0]


def test_a_clock_that_begins_anew_holds_nothing_up():
    times = [*even(30.0, 1.0), *even(30.0, 1.0, start_s=0.0)]
    assert len([frame for frame in eased(times, 15.0, 30.0).frames() if frame.t < 2.0]) >= 14


def test_the_source_knows_how_long_the_loop_took():
    clock = ManualClock()
    source = eased([0.0, 1.0], 30.0, 30.0, clock)
    frames = source.frames()
    next(frames)
    clock.advance_to(0.25)
    next(frames)
    assert source.lap_s == 0.25


# The whole coach


def coach_for(name):
    recording = PoseRecording(golden.POSES / f"{name}{golden.SUFFIX}")
    wall_px = golden.TAKES[name].wall_px
    wall_x = None if wall_px is None else wall_px / recording.header.height_px
    return recording, Coach(CONFIG.assignment(recording.header.drill, wall_x=wall_x))


class Changes:
    """Asks for another rate at each of these moments, as heat would."""

    def __init__(self, source, *rates):
        self._source, self._rates = source, list(rates)

    def show(self, step):
        while self._rates and step.t >= self._rates[0][0]:
            fps = self._rates.pop(0)[1]
            self._source.ease(Effort(fps))

    def close(self):
        """Nothing is held."""


@pytest.mark.parametrize("order", [(15.0, 7.5, 30.0), (7.5, 30.0, 10.0)], ids=str)
@pytest.mark.parametrize("name", sorted(golden.TAKES))
def test_a_recorded_set_is_counted_exactly_while_the_rate_changes_again_and_again(name, order):
    recording, coach = coach_for(name)
    source, seen, clock = EasedSource(recording, recording.fps, SystemClock()), Recorder(), ManualClock()
    changes = Changes(source, *((2.0 + 1.3 * n, order[n % 3]) for n in range(20)))
    ends = Ends(source, recording, FakeSpeaker(clock), FakeButtons(), [golden.Clockwork(clock), changes, seen])
    run(ends, coach)
    kinds = [line["kind"] for line in golden.written(name)]
    assert golden.counts(seen) == (kinds.count("RepCompleted"), kinds.count("RepAborted"))


class Sun:
    """Heats the machine at a moment, in the time of the data."""

    def __init__(self, clock, *spans):
        self._clock, self._spans = clock, spans

    def heat(self):
        hot = any(start <= self._clock.now() < end for start, end in self._spans)
        return Heat(85.0 if hot else 50.0, slowed=hot)


def train(script, *hot, settings=POWER, fps=30.0):
    """Let somebody train on a machine that is hot now and then; return what was seen and what was asked for."""
    clock, asked, light = ManualClock(), [], []
    body = ScriptedBody(script, Filming(fps=fps), clock)
    source = EasedSource(body, fps, clock, asked.append)
    reins = Reins(Means.of(settings, fps, has_lite=True), source, light.append)
    coach = Easing(Coach(CONFIG.assignment("rdl")), reins, Sun(clock, *hot).heat)
    seen = Recorder()
    run(Ends(source, body, FakeSpeaker(clock), FakeButtons(), [seen]), coach)
    return seen, asked, light


def test_on_a_hot_machine_every_rep_of_a_long_set_is_counted_on_every_step(caplog):
    script = Script().hold(2).reps(44, hinged(84))
    with caplog.at_level(logging.INFO, logger="pi_coach.adapters.easing"):
        seen, asked, light = train(script, (10.0, 110.0))
    assert [event.rep.number for event in seen.events if isinstance(event, RepCompleted)] == list(range(1, 45))
    assert asked == [15.0, 10.0, 7.5]
    assert light[-1] is True
    assert len(caplog.messages) == 4, "each step is logged once"
    assert caplog.messages[0] == (
        "15 pictures a second with the usual model from now on"
        " (temperature 85 degrees Celsius, held back by the system)"
    )
    rates = {round(1 / (b.t - a.t), 1) for a, b in zip(seen.steps, seen.steps[1:], strict=False) if b.t > a.t}
    assert min(rates) == 7.5


def test_heat_is_announced_to_nobody():
    script = Script().hold(2).reps(8, hinged(84))
    usual, hot = train(script)[0], train(script, (5.0, 30.0))[0]
    assert [cue.text for cue in hot.cues] == [cue.text for cue in usual.cues]


def test_an_empty_place_is_watched_and_the_steps_say_so():
    settings = replace(POWER, idle_after_s=6.0)
    away = Script().hold(2).go(replace(Script().last, place=3.0), 0.5).hold(10).go(Script().last, 0.5).hold(2)
    seen, asked, _ = train(away, settings=settings)
    idle = [step.t for step in seen.steps if step.idle]
    assert 8.0 < idle[0] < 9.5
    back_s = min(step.t for step in seen.steps if step.pose is not None and step.t > 9.5)
    assert idle[-1] < back_s
    assert max(np.diff(idle)) == pytest.approx(0.25, abs=0.04)
    assert asked == [], "the camera itself goes on"


def test_the_lights_are_faint_and_steady_while_the_coach_watches():
    rig = PinRig(plan(light=Light.PULSE))
    bright = []
    for t in (0.0, 0.4, 0.8):
        rig.panel.show(replace(step(t, RepCounted(t, 1)), measures=None, idle=True))
        bright.append([float(rig.factory.pin(pin).state) for pin in (*rig.pins.leds, *RGB)])
    colour = [0.1 * part / 255 for part in COLOURS[State.WAITING]]
    assert bright == [[0.0] * 4 + [pytest.approx(part, abs=0.003) for part in colour]] * 3
    rig.show(1.2)
    assert max(float(rig.factory.pin(pin).state) for pin in RGB) > 0.2
    rig.close()


# The machine's heat


def test_the_heat_is_asked_for_beside_the_loop_and_a_slow_answer_holds_nothing_up():
    asked, answer = threading.Event(), threading.Event()

    def ask():
        asked.set()
        assert answer.wait(LONG_S)
        return Heat(61.0)

    watch = HeatWatch(ask)
    assert asked.wait(LONG_S)
    assert watch.latest() == Heat()
    answer.set()
    watch.close()
    assert watch.latest() == Heat(61.0)
    assert "heat" not in [thread.name for thread in threading.enumerate()]


def test_a_sensor_that_breaks_is_no_heat(caplog):
    asked = threading.Event()

    def ask():
        asked.set()
        raise RuntimeError("no such sensor")

    watch = HeatWatch(ask, every_s=LONG_S)
    assert asked.wait(LONG_S)
    watch.close()
    assert watch.latest() == Heat()
    assert "the heat cannot be told" in caplog.text


# Two models


class Named:
    """A model that tells which one it is."""

    def __init__(self, name):
        self.name, self.closed = name, False

    def find(self, _frame):
        return self.name

    def close(self):
        self.closed = True


def test_the_usual_model_goes_on_until_the_lighter_one_is_loaded():
    loading, may_load, light = threading.Event(), threading.Event(), Named("lite")

    def load():
        loading.set()
        assert may_load.wait(LONG_S)
        return light

    both = TwoModels(usual := Named("full"), load)
    assert both.find(None) == "full"
    both.use_light(True)
    assert loading.wait(LONG_S)
    assert both.find(None) == "full"
    may_load.set()
    loader = next(thread for thread in threading.enumerate() if thread.name == "light-model")
    loader.join(LONG_S)
    assert both.find(None) == "lite"
    both.use_light(False)
    assert both.find(None) == "full"
    both.close()
    assert usual.closed
    assert light.closed


def test_a_lighter_model_that_cannot_be_loaded_is_told_once_and_the_usual_one_goes_on(caplog):
    def load():
        raise ModelError("The pose model lite is damaged.")

    both = TwoModels(Named("full"), load)
    for _ in range(3):
        both.use_light(True)
        assert both.find(None) == "full"
    both.close()
    assert caplog.messages == ["the usual model goes on: The pose model lite is damaged."]


@pytest.mark.slow
def test_in_real_pictures_the_set_goes_on_while_the_models_change(model):
    lite = models.model_path(find_places(None, None).models_dir, "lite")
    if not lite.exists():
        pytest.skip("the lite model is not here: `pi-coach models get lite`")
    both = TwoModels(MediaPipePose(model, outline=True), lambda: MediaPipePose(lite, outline=True))
    estimator = AthleteLock(both)
    coach = Coach(CONFIG.assignment("wall_touch", wall_x=258.5 / 480))
    used, told, lost = [], [], 0
    for seq, image in enumerate(pictures("wall_touch_good_right", 330)):
        t = seq / 30.0
        # Down in the middle of the first rep, the worst moment, up again in the middle of the second.
        both.use_light(2.0 <= t < 7.5)
        pose = estimator.find(Frame(seq, t, image))
        used.append(both.uses_light)
        lost += pose is None
        told += coach.see(t, pose, speaking=False).events
    estimator.close()
    assert [event.rep.number for event in told if isinstance(event, RepCompleted)] == [1, 2]
    assert lost == 0
    assert 60 < used.count(True) < 200


def test_what_is_left_out_on_purpose_is_not_told_as_dropped():
    body = ScriptedBody(Script().hold(10), Filming(fps=30))
    source = EasedSource(body, 30.0, ManualClock())
    source.ease(Effort(30.0, looks=4.0))
    meter = PoseMeter(body, ManualClock())
    meter.skipped = lambda: source.skipped
    for frame in source.frames():
        meter.find(frame)
    tally = meter.read()
    assert tally.frames == pytest.approx(40, abs=1)
    assert tally.dropped == 0


def test_a_file_is_always_looked_at_whole(tmp_path):
    places = Places(tmp_path, tmp_path, tmp_path)
    given = open_file(golden.POSES / f"rdl{golden.SUFFIX}", CONFIG, places, outline=True)
    assert given.reins is None
