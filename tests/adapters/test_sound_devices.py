"""Sound through a real sound server: devices that come and go, sentences that are cut, tones over words."""

import contextlib
import threading
from functools import partial

import numpy as np
import pytest
from hearing import STYLE, found, needs_espeak, until

from pi_coach.adapters import playback as playback_module
from pi_coach.adapters.playback import DevicePlayback, Tuning
from pi_coach.adapters.playback_worker import HUM, QUIET_S
from pi_coach.adapters.speech import SpeechThread
from pi_coach.adapters.voice import Voice
from pi_coach.clock import SystemClock
from pi_coach.core.signals.tones import Tone, sound
from pi_coach.testing.ear import Ear, SoundServer, missing_tools, private_sound

pytestmark = [
    pytest.mark.slow,
    needs_espeak,
    pytest.mark.skipif(bool(missing_tools()), reason="PulseAudio is not installed"),
]

CUE = "Squeeze glutes, don't arch"
LONG = "Ten reps eight clean good hip reach next set squeeze tall at the top and keep your chin in"


def hears(ear, cue):
    """Tell whether the sentence was heard: 0.9997 on a quiet machine; a busy one may tear it in two."""
    return found(ear.sound.astype(float), cue.samples.astype(float))[1] > 0.5


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "sound"
    folder.mkdir()
    with private_sound(folder):
        server = SoundServer(folder)
        yield server
        server.stop()


@pytest.fixture
def voice(tmp_path):
    with contextlib.closing(Voice(tmp_path / "cache", STYLE, 10.0, SystemClock())) as voice:
        yield voice


def test_a_sound_device_that_comes_and_goes_is_used_whenever_it_is_there(monkeypatch, server, voice, caplog):
    monkeypatch.setattr(playback_module, "RETRY_S", 0.2)
    cue = voice.pcm(CUE)
    with contextlib.closing(DevicePlayback("")) as playback:
        assert not playback.works(10.0)
        for round_ in range(2):
            server.start()
            assert until(lambda: playback.trouble is None), round_
            with Ear(SystemClock()) as ear:
                playback.play(cue, threading.Event())
                assert until(partial(hears, ear, cue))
            server.stop()
            assert until(lambda: playback.trouble is not None)
            playback.play(cue, threading.Event())
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) <= 3


def test_a_loudspeaker_that_is_pulled_out_is_told_and_used_again_when_it_is_back(monkeypatch, server, voice):
    monkeypatch.setattr(playback_module, "RETRY_S", 0.2)
    monkeypatch.setattr(playback_module, "STALL_S", 0.5)
    server.start()
    with contextlib.closing(SpeechThread(voice, lambda: DevicePlayback(""), {Tone.REP: sound(Tone.REP)})) as speaker:
        speaker.where(10.0)
        speaker.say(CUE)
        assert until(lambda: not speaker.speaking)
        assert speaker.trouble is None
        server.unplug()
        clock = SystemClock()
        for _ in range(3):
            began = clock.now()
            speaker.say(CUE)
            speaker.tone(Tone.REP)
            assert clock.now() - began < 0.1
            assert until(lambda: not speaker.speaking)
        assert until(lambda: speaker.trouble is not None)
        server.plug()
        assert until(lambda: speaker.trouble is None)
        with Ear(clock) as ear:
            assert any(heard_again(speaker, ear, voice.pcm(CUE)) for _ in range(TRIES))


def heard_again(speaker, ear, cue):
    speaker.say(CUE)
    until(lambda: not speaker.speaking)
    return hears(ear, cue)


@pytest.fixture
def speaker(server, voice, request):
    server.start()
    voice.pcm(LONG)
    voice.pcm(CUE)
    tuning = Tuning(**getattr(request, "param", {}))
    speaker = SpeechThread(voice, lambda: DevicePlayback("", tuning), {Tone.REP: sound(Tone.REP)})
    speaker.where(10.0)
    speaker.say(CUE)
    assert until(lambda: not speaker.speaking)
    with Ear(SystemClock()) as ear:
        yield speaker, ear
    speaker.hush()
    speaker.close()


TRIES = 3
"""A machine that does much else may starve the device and tear a sentence; it does not do so each time."""


def said_until_loud(speaker, ear, text):
    began = SystemClock().now()
    speaker.say(text)
    ear.loud_after(began)
    threading.Event().wait(0.4)


def test_hush_is_heard_within_a_fifth_of_a_second(speaker):
    speaker, ear = speaker
    took_s = []
    for _ in range(TRIES):
        said_until_loud(speaker, ear, LONG)
        cut = SystemClock().now()
        speaker.hush()
        # The device's own 40 ms, the ear's and the fade.
        took_s.append(ear.quiet_after(cut) - cut)
        assert until(lambda: not speaker.speaking)
    assert min(took_s) < 0.2


def test_an_urgent_sentence_is_heard_whole_while_the_other_ends(speaker, voice):
    speaker, ear = speaker

    def tried():
        said_until_loud(speaker, ear, LONG)
        began = SystemClock().now()
        speaker.say(CUE, urgent=True)
        assert until(lambda: not speaker.speaking)
        assert SystemClock().now() - began < voice.pcm(LONG).seconds
        return hears(ear, voice.pcm(CUE))

    assert any(tried() for _ in range(TRIES))


def test_a_tone_is_heard_while_the_voice_goes_on(speaker, voice):
    speaker, ear = speaker
    words, tone = voice.pcm(LONG).samples.astype(float), sound(Tone.REP).samples.astype(float)

    def tried():
        said_until_loud(speaker, ear, LONG)
        speaker.tone(Tone.REP)
        assert until(lambda: not speaker.speaking)
        heard = ear.sound.astype(float)
        start, likeness = found(heard, words)
        part = heard[start : start + len(words)]
        # What is left beside the words is the tone.
        return likeness > 0.95 and found(part - words[: len(part)], tone)[1] > 0.7

    assert any(tried() for _ in range(TRIES))


@pytest.mark.parametrize("speaker", [{"keep_alive": "hum"}, {"keep_alive": "silence"}], indirect=True, ids=str)
def test_between_sentences_the_loudspeaker_gets_what_the_owner_chose(speaker, request):
    _, ear = speaker
    threading.Event().wait(0.6)
    quiet = ear.sound[-4410:]
    hums = "hum" in request.node.name
    assert bool(quiet.any()) == hums
    assert np.abs(quiet.astype(int)).max() <= 2 * HUM


@pytest.mark.parametrize("speaker", [{"keep_alive": "off"}], indirect=True, ids=str)
def test_a_device_that_was_let_go_is_taken_again_for_the_next_cue(speaker, voice):
    speaker, ear = speaker
    threading.Event().wait(QUIET_S + 0.5)
    assert any(heard_again(speaker, ear, voice.pcm(CUE)) for _ in range(TRIES))
