"""Sound to the ear: a real WAV file and real processes."""

import os
import sys
import threading
from functools import partial

import numpy as np
import pytest
from hearing import BRIEF, SECOND, STYLE, Rendered, StoppedClock, found, needs_espeak, read, until

from pi_coach.adapters import playback as playback_module
from pi_coach.adapters.playback import DevicePlayback, open_playback
from pi_coach.adapters.speech import SpeechThread
from pi_coach.adapters.voice import Voice
from pi_coach.adapters.wav_playback import WavPlayback
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError
from pi_coach.core.signals.sound import Pcm


@needs_espeak
def test_the_file_holds_each_sentence_at_the_time_it_was_said(tmp_path):
    clock, path = SystemClock(), tmp_path / "said.wav"
    voice = Voice(tmp_path / "cache", STYLE, 10.0, clock)
    cues = {"Hips back": voice.pcm("Hips back"), "Chest up": voice.pcm("Chest up")}
    speaker = SpeechThread(voice, partial(WavPlayback, path, clock))
    assert speaker.where(10.0) == str(path)
    began, said = clock.now(), {}
    for text in cues:
        threading.Event().wait(0.4)
        said[text] = clock.now() - began
        speaker.say(text)
        assert until(lambda: not speaker.speaking)
    speaker.close()
    ended = clock.now() - began
    sound, rate_hz = read(path)
    for text, pcm in cues.items():
        start, likeness = found(sound, pcm.samples.astype(float))
        assert likeness > 0.999
        assert start / rate_hz == pytest.approx(said[text], abs=0.1)
    assert len(sound) / rate_hz == pytest.approx(ended, abs=0.2)
    assert not sound[: int(0.3 * rate_hz)].any()


def test_the_file_can_be_played_while_it_grows(tmp_path):
    playback = WavPlayback(tmp_path / "said.wav", SystemClock())
    assert len(read(tmp_path / "said.wav")[0]) == 0
    playback.play(BRIEF, threading.Event())
    assert len(read(tmp_path / "said.wav")[0]) >= 2205
    playback.close()
    playback.close()


def test_an_hour_of_silence_takes_no_space(tmp_path):
    clock = StoppedClock()
    playback = WavPlayback(tmp_path / "said.wav", clock)
    clock.t += 3600.0
    cut = threading.Event()
    cut.set()
    playback.play(SECOND, cut)
    playback.close()
    status = (tmp_path / "said.wav").stat()
    assert status.st_size == 44 + 2 * 3600 * 22050
    assert status.st_blocks * 512 < 1_000_000


def test_a_sentence_that_is_cut_ends_in_the_file_where_it_was_cut(tmp_path):
    clock, path = SystemClock(), tmp_path / "said.wav"
    speaker = SpeechThread(Rendered(), partial(WavPlayback, path, clock))
    speaker.where(10.0)
    speaker.say("x" * 90)
    threading.Event().wait(0.3)
    speaker.hush()
    assert until(lambda: not speaker.speaking, 1.0)
    speaker.close()
    sound, rate_hz = read(path)
    assert 0.1 < np.count_nonzero(np.abs(sound) > 500) / rate_hz < 0.6


def test_a_file_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(CoachError, match=r"said.wav cannot be written \(No such file or directory\)"):
        WavPlayback(tmp_path / "missing" / "said.wav", SystemClock())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_a_full_disk_is_trouble_and_no_crash(tmp_path, caplog):
    playback = WavPlayback(tmp_path / "said.wav", SystemClock())
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        os.dup2(full.fileno(), playback._file.fileno())  # noqa: SLF001
    for _ in range(2):
        playback.play(BRIEF, threading.Event())
    assert "cannot be written" in playback.trouble
    assert len(caplog.records) == 1
    playback.close()


def test_sound_keeps_its_length_and_pitch_at_another_rate():
    other = SECOND.at_rate(48000)
    assert other.seconds == pytest.approx(1.0)
    assert np.abs(np.fft.rfft(other.samples)).argmax() == np.abs(np.fft.rfft(SECOND.samples)).argmax()
    assert SECOND.at_rate(22050) is SECOND


def test_the_silence_around_a_sentence_is_left_out():
    quiet = np.full(3000, 40, np.int16)
    tone = np.concatenate([[9000], SECOND.samples[1:-1], [9000]]).astype(np.int16)
    trimmed = Pcm(np.concatenate([quiet, tone, quiet]), 22050).trimmed()
    assert np.array_equal(trimmed.samples[:22050], tone)
    assert trimmed.seconds == pytest.approx(1.03, abs=0.001)
    assert len(Pcm(quiet, 22050).trimmed().samples) == 3000


def test_without_the_sound_device_the_file_takes_its_place(tmp_path, caplog):
    playback = open_playback("no such device", partial(WavPlayback, tmp_path / "said.wav", SystemClock()))
    assert playback.where == str(tmp_path / "said.wav")
    assert "No sound device can be used" in caplog.text
    playback.close()


def test_a_missing_device_lets_sentences_pass_in_silence(caplog):
    playback = DevicePlayback("no such device")
    assert not playback.works(10.0)
    began = SystemClock().now()
    playback.play(SECOND, threading.Event())
    assert SystemClock().now() - began < 0.5
    assert "no such device" in playback.trouble
    playback.close()
    assert len(caplog.records) == 1


DEVICE = """
import base64, json, os, sys
tape, fault = sys.argv[1:3]
print(json.dumps({"name": "a booth", "rate_hz": 44100, "channels": 2}), flush=True)
for line in sys.stdin:
    command, number, sound = line.rstrip(chr(10)).split(" ")
    first = not os.path.exists(tape)
    with open(tape, "ab") as file:
        file.write(base64.b64decode(sound))
    if first and fault == "dies":
        sys.exit()
    if command == "play" and (fault != "hangs" or not first):
        print(json.dumps({"begun": int(number)}), flush=True)
        print(json.dumps({"done": int(number)}), flush=True)
"""


def booth(tape, fault="none"):
    """Return a device's process that takes sound at once and keeps it, and may fail at its first sentence."""
    return (sys.executable, "-c", DEVICE, str(tape), fault)


def test_sound_reaches_the_device_at_its_own_rate_and_on_all_its_channels(tmp_path):
    playback = DevicePlayback("", worker=booth(tmp_path / "tape"))
    assert playback.works(10.0)
    assert playback.where == 'the sound device "a booth"'
    playback.play(SECOND, threading.Event())
    playback.close()
    heard = np.frombuffer((tmp_path / "tape").read_bytes(), np.int16).reshape(-1, 2)
    assert np.array_equal(heard[:, 0], SECOND.at_rate(44100).samples)
    assert np.array_equal(heard[:, 0], heard[:, 1])


@pytest.mark.parametrize(("fault", "told"), [("dies", "ended by itself"), ("hangs", "takes no sound")])
def test_a_device_that_fails_in_a_sentence_is_told_and_opened_again(tmp_path, monkeypatch, caplog, fault, told):
    monkeypatch.setattr(playback_module, "RETRY_S", 0.1)
    monkeypatch.setattr(playback_module, "STALL_S", 0.3)
    playback = DevicePlayback("", worker=booth(tmp_path / "tape", fault))
    assert playback.works(10.0)
    playback.play(BRIEF, threading.Event())
    assert until(lambda: told in caplog.text)
    assert until(lambda: playback.trouble is None)
    playback.play(SECOND, threading.Event())
    assert playback.trouble is None
    playback.close()


def test_a_process_that_stands_still_holds_up_neither_tones_nor_the_next_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(playback_module, "STALL_S", 0.3)
    still = (
        sys.executable,
        "-c",
        DEVICE.replace("for line in sys.stdin", "import threading; threading.Event().wait(60)\nfor line in []"),
    )
    playback = DevicePlayback("", worker=(*still, str(tmp_path / "tape"), "none"))
    assert playback.works(10.0)
    clock = SystemClock()
    began = clock.now()
    for _ in range(100):
        playback.ring(SECOND)
    assert clock.now() - began < 1.0
    playback.play(BRIEF, threading.Event())
    assert clock.now() - began < 2.0
    assert until(lambda: playback.trouble is not None)
    playback.close()


def test_a_tone_in_the_file_is_added_to_the_sentence(tmp_path):
    playback = WavPlayback(tmp_path / "said.wav", StoppedClock())
    over = threading.Event()
    over.set()
    playback.play(BRIEF, over)
    assert len(read(tmp_path / "said.wav")[0]) == 0
    saying = threading.Thread(target=playback.play, args=(BRIEF, threading.Event()), name="saying")
    saying.start()
    assert until(lambda: len(read(tmp_path / "said.wav")[0]) == len(BRIEF.samples))
    playback.ring(BRIEF)
    assert np.array_equal(read(tmp_path / "said.wav")[0], 2.0 * BRIEF.samples)
    saying.join(5)
    playback.close()
