"""One sentence at a time, on a real thread."""

import threading
from functools import partial

import numpy as np
import pytest
from hearing import BRIEF, Rendered, Stage, until

from pi_coach.adapters import rendering as rendering_module
from pi_coach.adapters import speech as speech_module
from pi_coach.adapters.speech import SpeechThread, TimedSpeaker
from pi_coach.adapters.wav_playback import WavPlayback
from pi_coach.clock import SystemClock
from pi_coach.core.errors import StuckThreadError
from pi_coach.core.signals.tones import UNDER_SPEECH, Tone


@pytest.fixture
def stage():
    return Stage()


def test_say_returns_at_once_and_speaking_lasts_until_the_end(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    assert not speaker.speaking
    speaker.say("Hips back")
    assert speaker.speaking
    assert stage.begun.acquire(timeout=5)
    assert speaker.speaking
    stage.end.release()
    assert until(lambda: not speaker.speaking)
    speaker.close()
    assert stage.closed


def test_the_newest_sentence_takes_the_place_of_one_that_waits(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("1")
    assert stage.begun.acquire(timeout=5)
    speaker.say("22")
    speaker.say("333")
    stage.end.release(2)
    speaker.close()
    assert stage.heard == [1, 3]


def test_a_sentence_overtaken_while_it_was_rendered_is_not_said(stage):
    voice = Rendered()
    voice.slow.add("1")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("1")
    assert until(lambda: voice.asked == ["1"])
    speaker.say("22")
    voice.go_on.set()
    stage.end.release()
    speaker.close()
    assert stage.heard == [2]


def test_closing_lets_the_last_sentence_be_said(stage):
    voice = Rendered()
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("set done")
    stage.end.release()
    speaker.close()
    assert stage.heard == [8]
    assert voice.closed.is_set()
    speaker.say("too late")
    assert not speaker.speaking


def test_hush_cuts_the_sentence_and_forgets_the_next(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("1")
    assert stage.begun.acquire(timeout=5)
    speaker.say("22")
    speaker.hush()
    assert until(lambda: not speaker.speaking, 1.0)
    speaker.say("333")
    assert stage.begun.acquire(timeout=5)
    stage.end.release()
    speaker.close()
    assert stage.heard == [1, 3]


def test_a_sentence_that_cannot_be_rendered_is_trouble_until_one_can(stage, caplog):
    stage.end.release(9)
    speaker = SpeechThread(Rendered("a", "b"), lambda: stage)
    for text in ("a", "b"):
        speaker.say(text)
        assert until(lambda: not speaker.speaking)
    assert speaker.trouble == "b cannot be rendered."
    assert [record.message for record in caplog.records] == ["a cannot be rendered."]
    speaker.say("fine")
    assert until(lambda: not speaker.speaking)
    assert speaker.trouble is None
    speaker.close()
    assert stage.heard == [4]


def test_the_trouble_of_the_device_is_the_trouble_of_the_speaker(stage):
    stage.trouble = "No sound device."
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.where(5.0)
    assert speaker.trouble == "No sound device."
    speaker.close()


def test_sentences_are_prepared_while_nothing_is_to_be_said(stage):
    voice = Rendered("b")
    speaker = SpeechThread(voice, lambda: stage)
    stage.end.release()
    speaker.prepare(["a", "b", "c"])
    assert until(lambda: voice.asked == ["a", "b", "c"])
    assert not speaker.speaking
    assert stage.heard == []
    speaker.close()


def test_a_sentence_goes_before_what_is_prepared(stage):
    voice = Rendered()
    voice.slow.add("a")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.prepare(["a", "b"])
    assert until(lambda: voice.asked == ["a"])
    speaker.say("then")
    assert until(lambda: speaker._saying == "then")  # noqa: SLF001
    voice.go_on.set()
    stage.end.release()
    assert until(lambda: len(voice.asked) == 3)
    speaker.close()
    assert voice.asked == ["a", "then", "b"]


def test_an_engine_that_hangs_holds_up_nothing_that_is_rendered(stage):
    voice = Rendered()
    voice.pcm("22")
    voice.slow.add("new")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.prepare(["new"])
    assert until(lambda: "new" in voice.asked)
    speaker.say("22")
    assert stage.begun.acquire(timeout=1)
    stage.end.release()
    speaker.close()
    assert stage.heard == [2]


def test_a_sentence_that_is_rendered_too_late_is_left_out(stage, monkeypatch):
    monkeypatch.setattr(rendering_module, "LATE_S", 0.1)
    voice = Rendered()
    voice.slow.add("1")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("1")
    assert until(lambda: not speaker.speaking, 2.0)
    speaker.close()
    assert stage.heard == []


def test_an_urgent_sentence_cuts_what_is_said_and_what_waits(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("1")
    assert stage.begun.acquire(timeout=5)
    speaker.say("22")
    speaker.say("stop", urgent=True)
    assert stage.begun.acquire(timeout=1)
    stage.end.release()
    speaker.close()
    assert stage.heard == [1, 4]


def test_an_urgent_sentence_is_not_overtaken_by_one_that_is_not(stage):
    voice = Rendered()
    voice.slow.add("stop")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("stop", urgent=True)
    speaker.say("22")
    assert until(lambda: voice.asked == ["stop"])
    voice.go_on.set()
    stage.end.release(2)
    speaker.close()
    assert stage.heard == [4, 2]


def test_an_urgent_sentence_does_not_wait_for_one_that_is_being_rendered(stage):
    voice = Rendered()
    voice.pcm("stop")
    voice.slow.add("a summary")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("a summary")
    assert until(lambda: "a summary" in voice.asked)
    speaker.say("stop", urgent=True)
    assert stage.begun.acquire(timeout=1)
    stage.end.release()
    speaker.close()
    assert stage.heard == [4]


def test_the_first_sentence_of_a_summary_is_said_while_the_next_is_rendered(stage):
    voice = Rendered()
    voice.slow.add("Good hip reach.")
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("Ten reps, 2.5 clean. Good hip reach. Next set: squeeze.")
    assert stage.begun.acquire(timeout=5)
    stage.end.release(3)
    voice.go_on.set()
    speaker.close()
    assert stage.heard == [20, 15, 18]


def test_hush_ends_all_parts_of_a_summary(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("Ten reps. Good hip reach. Next set: squeeze.")
    assert stage.begun.acquire(timeout=5)
    speaker.hush()
    assert until(lambda: not speaker.speaking, 1.0)
    speaker.close()
    assert stage.heard == [9]


def test_a_summary_is_prepared_sentence_by_sentence(stage):
    voice = Rendered()
    speaker = SpeechThread(voice, lambda: stage)
    speaker.prepare(["Ten reps. Good hip reach."])
    assert until(lambda: voice.asked == ["Ten reps.", "Good hip reach."])
    speaker.close()


def test_a_tone_sounds_at_once_and_softer_over_a_sentence(stage):
    speaker = SpeechThread(Rendered(), lambda: stage, {Tone.REP: BRIEF})
    speaker.where(5.0)
    speaker.tone(Tone.REP)
    speaker.tone(Tone.WALL)
    speaker.say("1")
    assert stage.begun.acquire(timeout=5)
    speaker.tone(Tone.REP)
    stage.end.release()
    speaker.close()
    alone, under = (np.abs(pcm.samples).max() for pcm in stage.rung)
    assert under == pytest.approx(UNDER_SPEECH * alone, abs=2)


def test_an_empty_sentence_is_not_said(stage):
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("  ")
    assert not speaker.speaking
    speaker.close()


def test_a_file_that_cannot_be_made_ends_speech_but_not_the_coach(tmp_path, caplog):
    speaker = SpeechThread(Rendered(), partial(WavPlayback, tmp_path / "missing" / "said.wav", SystemClock()))
    speaker.say("Hips back")
    assert until(lambda: speaker.trouble is not None and not speaker.speaking)
    assert "cannot be written" in speaker.trouble
    assert "speech ended" in caplog.text
    speaker.close()


def test_a_device_that_hangs_is_told_when_closing(monkeypatch, stage):
    monkeypatch.setattr(speech_module, "END_S", 0.1)
    monkeypatch.setattr(speech_module, "CUT_S", 0.1)
    let_go = threading.Event()
    stage.play = lambda _pcm, _cut: let_go.wait(20)
    speaker = SpeechThread(Rendered(), lambda: stage)
    speaker.say("Hips back")
    with pytest.raises(StuckThreadError, match="'speech' did not end"):
        speaker.close()
    let_go.set()


def test_a_timed_speaker_speaks_fifteen_characters_a_second():
    speaker = TimedSpeaker()
    speaker.advance(10.0)
    speaker.say("x" * 15)
    speaker.advance(10.9)
    assert speaker.speaking
    speaker.advance(11.0)
    assert not speaker.speaking
    speaker.close()


def test_a_timed_speaker_says_the_newest_of_those_that_wait():
    speaker = TimedSpeaker()
    speaker.say("x" * 15)
    speaker.say("x" * 150)
    speaker.say("x" * 30)
    speaker.advance(1.0)
    assert speaker.speaking
    speaker.advance(2.9)
    assert speaker.speaking
    speaker.advance(3.0)
    assert not speaker.speaking


def test_a_timed_speaker_says_what_is_urgent_at_once_and_can_be_hushed():
    speaker = TimedSpeaker()
    speaker.say("x" * 150)
    speaker.say("x" * 30)
    speaker.say("x" * 15, urgent=True)
    speaker.tone(Tone.REP)
    speaker.advance(0.9)
    assert speaker.speaking
    speaker.hush()
    assert not speaker.speaking
    speaker.advance(5.0)
    assert not speaker.speaking
