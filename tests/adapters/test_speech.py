"""One sentence at a time, on a real thread."""

import threading
from functools import partial

import pytest
from hearing import Rendered, Stage, until

from pi_coach.adapters import speech as speech_module
from pi_coach.adapters.speech import SpeechThread, TimedSpeaker
from pi_coach.adapters.wav_playback import WavPlayback
from pi_coach.clock import SystemClock
from pi_coach.core.errors import StuckThreadError


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
    voice, overtaken = Rendered(), threading.Event()
    speaker = SpeechThread(voice, lambda: stage)
    plain = voice.pcm

    def slow(text):
        if text == "1":
            assert overtaken.wait(5)
        return plain(text)

    voice.pcm = slow
    speaker.say("1")
    assert until(lambda: speaker._saying == "1")  # noqa: SLF001
    speaker.say("22")
    overtaken.set()
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
    speaker = SpeechThread(voice, lambda: stage)
    speaker.say("first")
    assert stage.begun.acquire(timeout=5)
    speaker.prepare(["a", "b"])
    speaker.say("then")
    stage.end.release(2)
    assert until(lambda: len(voice.asked) == 4)
    speaker.close()
    assert voice.asked == ["first", "then", "a", "b"]


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
