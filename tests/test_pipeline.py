"""The loop with its ends: from a frame to a sentence, a light and a record, and what happens when an end breaks."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.adapters.athlete_lock import AthleteLock
from pi_coach.adapters.paced import LiveSource
from pi_coach.adapters.recording import PoseRecorder, PoseRecording, RecordingHeader
from pi_coach.adapters.speech import SpeechThread, TimedSpeaker
from pi_coach.adapters.video import VideoFile
from pi_coach.adapters.voice import Voice, VoiceStyle, espeak_version
from pi_coach.adapters.wav_playback import WavPlayback
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError
from pi_coach.core.events import Phase, RepCompleted, SetCompleted, SetStarted
from pi_coach.core.sessions.bout import Bout
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.step import Step
from pi_coach.core.types import LANDMARKS
from pi_coach.pipeline import Ends, run
from pi_coach.ports import Press
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import Script, hinged, squatted

CONFIG = config.load(Path("/nobody's/own/config"))
DRILLS, PHRASES = CONFIG.drills, CONFIG.wording.phrases
CLIP = Path(__file__).resolve().parent.parent / "fixtures" / "clips" / "wall_touch_demo.mp4"
SET = Script().hold(1).reps(2, hinged(84))


class Gym:
    """The loop with a fake at every end."""

    def __init__(self, script=SET, drill="rdl", **filming):
        self.clock = ManualClock()
        self.body = ScriptedBody(script, Filming(fps=15, **filming), self.clock)
        self.voice, self.button, self.record = FakeSpeaker(self.clock), FakeButtons(), Recorder()
        self.outputs = [self.record]
        self.coach = Coach(Assignment(DRILLS[drill], PHRASES))
        self.source = self.body

    def train(self):
        run(Ends(self.source, self.body, self.voice, self.button, self.outputs), self.coach)
        return self

    def events(self, kind):
        return [event for event in self.record.events if isinstance(event, kind)]


class PressAt:
    """An output that presses the button at a frame, as somebody in the gym would."""

    def __init__(self, button, press, t):
        self.button, self.press, self.t, self.pressed = button, press, t, False

    def show(self, step):
        if step.t >= self.t and not self.pressed:
            self.pressed = True
            self.button.press(self.press)

    def close(self):
        pass


def test_a_set_goes_from_the_picture_to_the_voice():
    gym = Gym().train()
    assert len(gym.events(RepCompleted)) == 2
    assert [cue.text for cue in gym.record.cues][-1] == "Two reps, all clean. Good hip reach."
    assert [step.reps for step in gym.record.steps][-1] == 2


def test_every_frame_is_shown_to_every_output_and_the_end_once_more():
    gym = Gym()
    other = Recorder()
    gym.outputs.append(other)
    gym.train()
    assert len(other.steps) == len(gym.body.times) + 1
    assert other.steps == gym.record.steps


def test_what_is_decided_is_said():
    gym = Gym(Script().hold(1).reps(3, squatted(95), top_s=2.5)).train()
    decided = [cue.text for cue in gym.record.cues]
    assert decided[0] == "Hips back"
    assert gym.voice.said == decided[: len(gym.voice.said)]
    assert len(gym.voice.said) >= len(decided) - 1


def in_session(gym, *names):
    """Let a whole session lead through these drills instead of the coach alone."""
    trainee = Trainee(name="Ada", bouts=tuple(Bout(DRILLS[name], 1, 5, 20.0) for name in names))
    gym.coach = Session(SessionPlan(trainees=(trainee,), phrases=PHRASES, settings=CONFIG.settings.session))
    return gym


def test_a_short_press_goes_on_to_the_next_drill():
    gym = in_session(Gym(SET.reps(2, hinged(84))), "rdl", "standing_dowel")
    gym.outputs.append(PressAt(gym.button, Press.NEXT, 5.6))
    gym.train()
    assert [event.drill for event in gym.events(SetStarted)] == ["rdl", "standing_dowel"]
    assert [event.drill for event in gym.events(SetCompleted)] == ["rdl", "standing_dowel"]
    assert "Next: standing dowel hinge" in [cue.text for cue in gym.record.cues]


def test_a_coach_alone_takes_no_notice_of_a_short_press():
    gym = Gym()
    gym.outputs.append(PressAt(gym.button, Press.NEXT, 4.6))
    gym.train()
    assert [event.drill for event in gym.events(SetStarted)] == ["rdl"]


def test_a_stop_cuts_what_is_being_said():
    gym = in_session(Gym(Script().hold(5)), "rdl")
    gym.outputs.append(PressAt(gym.button, Press.END, 2.0))
    gym.train()
    assert gym.voice.said[-1].startswith("Session stopped.")
    assert gym.record.steps[-1].t == pytest.approx(2.0, abs=0.2)


def test_a_long_press_ends_the_session_and_sums_it_up():
    gym = Gym(SET.reps(5, hinged(84)))
    gym.outputs.append(PressAt(gym.button, Press.END, 4.9))
    gym.train()
    assert gym.record.steps[-1].t == pytest.approx(4.9, abs=0.2)
    assert [event.summary for event in gym.events(SetCompleted)] == ["One clean rep. Good hip reach."]


def test_two_presses_at_once_are_two_presses():
    gym = Gym()
    in_session(gym, "rdl", "standing_dowel")
    gym.button.press(Press.NEXT)
    gym.button.press(Press.END)
    gym.train()
    assert gym.record.steps[-1].drill == "standing_dowel"
    assert gym.coach.press(9.0, Press.SHUTDOWN).cue is None
    assert len(gym.record.steps) <= 4


def test_a_session_without_a_single_frame_is_still_summed_up():
    gym = Gym()
    gym.body.close()
    gym.train()
    assert [event.summary for event in gym.events(SetCompleted)] == ["No reps."]


def test_pulling_the_cameras_cable_ends_the_session_with_a_sentence():
    gym = Gym(fails_at_s=2.0)
    with pytest.raises(SourceError, match="camera broke"):
        gym.train()
    assert gym.record.steps[-1].t == pytest.approx(2.0, abs=0.1)


def test_a_camera_that_stalls_ends_the_session_within_its_time():
    gym = Gym(stalls_at_s=0.1)
    gym.source = LiveSource(gym.body, SystemClock(), stall_s=0.2)
    try:
        with pytest.raises(SourceError, match=r"no frame for 0\.2 s"):
            gym.train()
    finally:
        gym.source.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "live-source"]


def test_killing_the_sound_stops_no_coaching():
    loud, silent = Gym().train(), Gym()
    silent.voice.break_down()
    silent.train()
    assert silent.voice.said == []
    assert [type(event) for event in silent.record.events] == [type(event) for event in loud.record.events]


def test_an_output_that_fails_is_not_hushed_up():
    gym = Gym()
    gym.outputs.append(Recorder(fails_at=5))
    with pytest.raises(OSError, match="No space left"):
        gym.train()
    assert len(gym.record.steps) == 6


def test_the_same_recording_twice_gives_the_same_session():
    first, second = Gym().train(), Gym().train()
    assert first.record.events == second.record.events
    assert first.record.cues == second.record.cues


# One contract over real and fake voices


class FakeVoice:
    def __init__(self, _):
        self.clock = ManualClock()
        self.speaker = FakeSpeaker(self.clock)

    def let_it_end(self):
        self.clock.advance_to(self.clock.now() + 60)


class TimedVoice:
    def __init__(self, _):
        self.t = 0.0
        self.speaker = TimedSpeaker()

    def let_it_end(self):
        self.t += 60
        self.speaker.advance(self.t)
        self.speaker.advance(self.t + 60)


class RealVoice:
    def __init__(self, folder):
        clock = SystemClock()
        voice = Voice(folder, VoiceStyle("en-us", 400, 1.0), 10.0, clock)
        self.speaker = SpeechThread(voice, lambda: WavPlayback(folder / "speech.wav", clock))

    def let_it_end(self):
        self.speaker.close()


VOICES = [
    FakeVoice,
    TimedVoice,
    pytest.param(
        RealVoice,
        marks=[pytest.mark.slow, pytest.mark.skipif(espeak_version() is None, reason="espeak-ng is not installed")],
    ),
]


@pytest.mark.parametrize("kind", VOICES)
def test_every_voice_returns_at_once_and_is_silent_in_the_end(kind, tmp_path):
    voice = kind(tmp_path)
    assert not voice.speaker.speaking
    voice.speaker.say("Hips back")
    assert voice.speaker.speaking
    voice.speaker.say("Squeeze tall")
    voice.let_it_end()
    voice.let_it_end()
    assert not voice.speaker.speaking
    voice.speaker.close()


# One contract over real and fake sources, and over what finds poses in them


def scripted(_):
    return ScriptedBody(SET, Filming(fps=10, gaps=((0.5, 0.8),)))


def recorded(folder):
    path = folder / "set.poses.jsonl.gz"
    recorder = PoseRecorder(path, RecordingHeader(640, 480, 10.0, "scripted", "rdl"))
    for t, pose in scripted(folder).poses():
        recorder.show(Step(t, "rdl", Phase.TALL, pose, None, (), None, 0, 0))
    recorder.close()
    return PoseRecording(path)


def filmed(_):
    return VideoFile(CLIP)


def live(folder):
    return LiveSource(scripted(folder), SystemClock(), stall_s=5.0, speed=1000.0)


@pytest.mark.parametrize("kind", [scripted, recorded, filmed, live])
def test_every_source_yields_frames_in_the_order_of_their_time_until_it_is_closed(kind, tmp_path):
    source, seen = kind(tmp_path), []
    for frame in source.frames():
        seen.append((frame.t, frame.seq))
        assert frame.image.dtype == "uint8"
        assert frame.image.ndim == 3
        if len(seen) == 5:
            source.close()
    assert 1 <= len(seen) <= 6
    assert seen == sorted(set(seen))
    assert seen[0][0] >= 0


@pytest.mark.parametrize("wrap", [lambda found: found, AthleteLock])
@pytest.mark.parametrize("kind", [scripted, recorded])
def test_everything_that_finds_poses_speaks_of_the_same_frame_in_image_heights(kind, wrap, tmp_path):
    source = kind(tmp_path)
    estimator = wrap(source)
    poses = [(frame.t, estimator.find(frame)) for frame in source.frames()]
    assert [pose for t, pose in poses if 0.5 < t < 0.75] == [None, None]
    found = [(t, pose) for t, pose in poses if pose is not None]
    assert len(found) >= len(poses) - 4
    for t, pose in found:
        assert pose.t == pytest.approx(t)
        assert pose.points.shape == (LANDMARKS, 2)
        assert pose.visibility.shape == (LANDMARKS,)
        assert 0 <= pose.visibility.min() <= pose.visibility.max() <= 1
        assert pose.aspect == pytest.approx(4 / 3)
    estimator.close()


def test_what_is_recorded_and_replayed_is_judged_alike(tmp_path):
    live_gym, replayed = Gym().train(), Gym()
    path = tmp_path / "set.poses.jsonl.gz"
    recorder = PoseRecorder(path, RecordingHeader(640, 480, 15.0, "scripted", "rdl"))
    for step in live_gym.record.steps[:-1]:
        recorder.show(step)
    recorder.close()
    recording = PoseRecording(path)
    run(
        Ends(recording, recording, replayed.voice, replayed.button, [replayed.record]),
        Coach(Assignment(DRILLS["rdl"], PHRASES)),
    )
    first, second = ([event.rep for event in gym.events(RepCompleted)] for gym in (live_gym, replayed))
    assert [replace(rep, measures={}, start_s=0, bottom_s=0, end_s=0) for rep in first] == [
        replace(rep, measures={}, start_s=0, bottom_s=0, end_s=0) for rep in second
    ]
