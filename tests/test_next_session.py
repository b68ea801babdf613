"""What the next session begins with: the voice as chosen by then, and the wall as it was shown last."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pi_coach import config
from pi_coach.adapters.book import edits
from pi_coach.adapters.book.rows import Calibration
from pi_coach.adapters.scene import COLUMNS, SceneWatch, to_text
from pi_coach.calibrations import known_wall
from pi_coach.chosen_voice import ChosenVoice
from pi_coach.clock import SystemClock
from pi_coach.core.sessions.bout import bout_of
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.ports import Press
from pi_coach.testing.fakes import FakeSpeaker, ManualClock

CONFIG = config.load(Path("/nobody's/own/config"))


class Voice(FakeSpeaker):
    """A voice that remembers what it should render ahead."""

    def __init__(self, settings):
        super().__init__(ManualClock())
        self.settings, self.prepared = settings, []

    def prepare(self, texts):
        self.prepared += texts


def spoken(**speech):
    return replace(CONFIG.settings, speech=replace(CONFIG.settings.speech, **speech))


def test_another_language_or_volume_is_spoken_by_another_voice_once_the_first_was_closed():
    voices = []
    voice = ChosenVoice(lambda settings: voices.append(Voice(settings)) or voices[-1], spoken())
    voice.follow(spoken(), ["Hello Ada."])
    voice.say("Hello Ada.")
    assert len(voices) == 1
    voice.follow(spoken(volume=0.4), ["Hello Ben.", "Hello Ben."])
    assert [one.closed for one in voices] == [True, False]
    assert voices[1].settings.speech.volume == 0.4
    assert voices[1].prepared == ["Hello Ben."]
    voice.say("Hello Ben.")
    assert (voices[0].said, voices[1].said) == (["Hello Ada."], ["Hello Ben."])
    assert voice.speaking
    voice.hush()
    assert not voice.speaking


def place(seed):
    profile = np.random.default_rng(seed).normal(size=COLUMNS)
    return profile / np.linalg.norm(profile)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "data" / "sessions.db"
    edits.save_calibration(path, Calibration("wall", {"wall_x": 0.4}, to_text(place(1)), SystemClock().wall()))
    return path


def scene(latest):
    watch = SceneWatch(None, lambda: None)
    watch.latest = latest
    return watch


@pytest.mark.parametrize("latest", [None, place(1)], ids=["not looked yet", "unmoved"])
def test_a_wall_holds_where_the_camera_stands_as_it_did(book, latest):
    watch = scene(latest)
    assert known_wall(book, watch) == 0.4
    assert watch.reference is not None


def test_a_wall_does_not_hold_for_a_camera_that_stands_elsewhere_by_now(book):
    watch = scene(place(2))
    assert known_wall(book, watch) is None
    assert watch.reference is None


def planned(wall_x):
    drill = CONFIG.drills["wall_touch"]
    trainee = Trainee(name="Ada", bouts=(bout_of(drill),))
    phrases, settings = CONFIG.wording.phrases, CONFIG.settings.session
    return SessionPlan(trainees=(trainee,), phrases=phrases, settings=settings, wall_x=wall_x)


@pytest.mark.parametrize(("first", "then", "holds"), [(None, 0.4, 0.4), (0.3, 0.4, 0.4), (0.3, None, 0.3)])
def test_the_next_session_begins_with_the_wall_that_was_shown_last(first, then, holds):
    session = Session(planned(first), lambda: planned(then))
    session.see(0.0, None, speaking=False)
    session.finish(1.0)
    session.press(32.0, Press.NEXT)
    assert session._now.training.coach.wall_x == holds  # noqa: SLF001
