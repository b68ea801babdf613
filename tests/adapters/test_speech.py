"""What the athlete hears: real pyttsx3 and espeak-ng, a real WAV file, real threads."""

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
import wave
from functools import partial

import numpy as np
import pytest

from pi_coach.adapters import playback as playback_module
from pi_coach.adapters import speech as speech_module
from pi_coach.adapters import voice as voice_module
from pi_coach.adapters.playback import DevicePlayback, open_playback
from pi_coach.adapters.speech import SpeechThread, TimedSpeaker
from pi_coach.adapters.voice import RETRY_S, WORKER, Voice, VoiceStyle, espeak_version
from pi_coach.adapters.wav_playback import WavPlayback
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError, StuckThreadError
from pi_coach.core.sound import Pcm

STYLE = VoiceStyle("en-us", 175, 1.0)
NO_WORKER = ("false",)
SECOND = Pcm((np.sin(np.arange(22050) / 8) * 8000).astype(np.int16), 22050)

needs_espeak = pytest.mark.skipif(espeak_version() is None, reason="espeak-ng is not installed")


class StoppedClock:
    """A clock that a test sets."""

    def __init__(self):
        self.t = 100.0

    def now(self):
        return self.t

    def wall(self):
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Rendered:
    """A voice that knows some sentences: each is a second of tone."""

    def __init__(self, *unknown):
        self.unknown = set(unknown)
        self.asked = []
        self.closed = threading.Event()

    def pcm(self, text):
        self.asked.append(text)
        if text in self.unknown:
            raise CoachError(f"{text} cannot be rendered.")
        return Pcm(SECOND.samples[: 221 * len(text)], 22050)

    def close(self):
        self.closed.set()


class Stage:
    """A loudspeaker whose sentences end when the test says so, or when they are cut."""

    def __init__(self):
        self.where = "the stage"
        self.trouble = None
        self.heard = []
        self.begun = threading.Semaphore(0)
        self.end = threading.Semaphore(0)
        self.closed = False

    def play(self, pcm, cut):
        self.heard.append(len(pcm.samples) // 221)
        self.begun.release()
        while not cut.is_set() and not self.end.acquire(timeout=0.01):
            pass

    def close(self):
        self.closed = True


def until(true, timeout_s=10.0):
    """Wait until something is true, within a bound."""
    waiting = threading.Event()
    for _ in range(int(timeout_s / 0.005)):
        if true():
            return True
        waiting.wait(0.005)
    return False


def read(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float), file.getframerate()


def found(sound, sentence):
    """Return at which sample a sentence begins in a longer sound, and how alike they are (1 is the same)."""
    size = len(sound) + len(sentence)
    match = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(sentence, size)), size)[: len(sound)]
    start = int(match.argmax())
    part = sound[start : start + len(sentence)]
    likeness = part @ sentence[: len(part)] / np.sqrt((part @ part) * (sentence @ sentence))
    return start, likeness


# The voice


@needs_espeak
def test_a_sentence_is_rendered_once_and_then_comes_from_the_disk(tmp_path):
    first = Voice(tmp_path, STYLE, 10.0, SystemClock())
    pcm = first.pcm("Hips back")
    first.close()
    again = Voice(tmp_path, STYLE, 10.0, SystemClock(), NO_WORKER).pcm("Hips back")
    assert pcm.rate_hz == 22050
    assert 0.4 < pcm.seconds < 1.5
    assert np.sqrt((pcm.samples.astype(float) ** 2).mean()) > 500
    assert np.array_equal(pcm.samples, again.samples)


@needs_espeak
def test_a_long_summary_is_rendered_to_its_end(tmp_path):
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    short = voice.pcm("Ten reps, eight clean.")
    long = voice.pcm("Ten reps, eight clean. Good hip reach. Next set: squeeze tall at the top.")
    voice.close()
    assert long.seconds > 2 * short.seconds
    # The last word is as loud as the rest: nothing was cut off.
    assert np.abs(long.samples[-int(0.8 * 22050) :]).max() > 3000


@needs_espeak
def test_sixty_sentences_in_a_row_are_each_rendered_whole(tmp_path):
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    cues = [f"Rep {number}, hips back" for number in range(60)]
    voice.prepare(cues)
    voice.close()
    assert min(voice.pcm(cue).seconds for cue in cues) > 0.8


@needs_espeak
def test_another_voice_or_pace_is_rendered_anew(tmp_path):
    for style in (VoiceStyle("en-us+f3", 175, 1.0), VoiceStyle("en-us", 120, 1.0), STYLE):
        voice = Voice(tmp_path, style, 10.0, SystemClock())
        voice.pcm("Chest up")
        voice.close()
    assert len(list(tmp_path.glob("*.wav"))) == 3


@needs_espeak
def test_volume_is_applied_to_what_was_rendered_at_full_loudness(tmp_path):
    loud = Voice(tmp_path, STYLE, 10.0, SystemClock())
    full = loud.pcm("Soft knees")
    loud.close()
    soft = Voice(tmp_path, VoiceStyle("en-us", 175, 0.25), 10.0, SystemClock(), NO_WORKER).pcm("Soft knees")
    assert np.abs(soft.samples - 0.25 * full.samples).max() <= 1


@needs_espeak
@pytest.mark.parametrize("left", [0, 30, 44, 5000])
def test_a_sentence_cut_short_by_a_loss_of_power_is_rendered_again(tmp_path, left):
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    whole = voice.pcm("Reach the wall")
    voice.close()
    (file,) = tmp_path.iterdir()
    os.truncate(file, left)
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    assert voice.pcm("Reach the wall").seconds == pytest.approx(whole.seconds, rel=0.1)
    voice.close()
    assert file.stat().st_size > 10_000


@needs_espeak
def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "file").touch()
    voice = Voice(tmp_path / "file" / "cache", STYLE, 10.0, SystemClock())
    assert voice.pcm("Hips back").seconds > 0.3
    voice.close()


@needs_espeak
def test_an_unknown_voice_is_told_with_where_to_look(tmp_path):
    voice = Voice(tmp_path, VoiceStyle("klingon-9", 175, 1.0), 10.0, SystemClock())
    with pytest.raises(CoachError, match=r'The voice "klingon-9" fails .*`espeak-ng --voices`'):
        voice.pcm("Hips back")
    voice.close()


def noting_worker(pids):
    """Return the real worker, which writes its process id to a file when it starts."""
    start = f"import os, runpy; open({str(pids)!r}, 'a').write(f'{{os.getpid()}} ')"
    return (sys.executable, "-c", f"{start}; runpy.run_path({WORKER[-1]!r}, run_name='__main__')")


@needs_espeak
@pytest.mark.parametrize(
    ("blow", "told"), [(signal.SIGSTOP, "gave no answer in 0.3 s"), (signal.SIGKILL, "ended by itself")]
)
def test_an_engine_that_hangs_or_dies_is_told_left_alone_and_started_again(tmp_path, blow, told):
    clock, pids = StoppedClock(), tmp_path / "pids"
    voice = Voice(tmp_path / "cache", STYLE, 10.0, clock, noting_worker(pids))
    voice.pcm("Hips back")
    voice._timeout_s = 0.3  # noqa: SLF001 - a new process needs more, and slow machines much more
    os.kill(int(pids.read_text().split()[0]), blow)
    with pytest.raises(CoachError, match=told):
        voice.pcm("Chest up")
    with pytest.raises(CoachError, match=told):
        voice.pcm("Soft knees")
    assert len(pids.read_text().split()) == 1
    assert voice.pcm("Hips back").seconds > 0.3
    clock.t += RETRY_S
    voice._timeout_s = 10.0  # noqa: SLF001
    assert voice.pcm("Chest up").seconds > 0.3
    assert len(pids.read_text().split()) == 2
    voice.close()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids.read_text().split())  # noqa: PTH110


def test_a_missing_engine_is_told_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(voice_module, "espeak_version", lambda: None)
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    with pytest.raises(CoachError, match="install it with `sudo apt install espeak-ng`"):
        voice.pcm("Hips back")
    voice.close()


# The file


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
    playback.play(SECOND.at_rate(2205), threading.Event())
    assert len(read(tmp_path / "said.wav")[0]) >= 22050
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
        playback.play(SECOND.at_rate(220), threading.Event())
    assert "cannot be written" in playback.trouble
    assert len(caplog.records) == 1
    playback.close()


# The speaker


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


# The speaker in the time of the data


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


# Sound as numbers


def test_sound_keeps_its_length_and_pitch_at_another_rate():
    other = SECOND.at_rate(48000)
    assert other.seconds == pytest.approx(1.0)
    assert np.abs(np.fft.rfft(other.samples)).argmax() == np.abs(np.fft.rfft(SECOND.samples)).argmax()
    assert SECOND.at_rate(22050) is SECOND


# The sound device


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


class SoundServer:
    """PulseAudio with a loudspeaker that nobody hears, and a microphone in front of it."""

    def __init__(self, folder, monkeypatch):
        self._folder = folder
        self._pulse = None
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        monkeypatch.setenv("PULSE_SERVER", f"unix:{folder}/native")
        monkeypatch.setenv("PULSE_LATENCY_MSEC", "60")
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(folder / "alsa.conf"))
        (folder / "alsa.conf").write_text("</usr/share/alsa/alsa.conf>\npcm.!default {type pulse}\n")

    def start(self):
        modules = ("module-null-sink sink_name=speaker", f"module-native-protocol-unix socket={self._folder}/native")
        options = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L", modules[0])
        self._pulse = subprocess.Popen(
            ["pulseaudio", *options, "-L", f"{modules[1]} auth-anonymous=1"], stderr=subprocess.DEVNULL
        )
        assert until(lambda: subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode == 0)

    def stop(self):
        self._pulse.terminate()
        self._pulse.wait(10)

    def listen(self, path):
        listening = subprocess.Popen(
            ["parec", "-d", "speaker.monitor", "--file-format=wav", "--channels=1", "--rate=22050", str(path)]
        )
        assert until(lambda: path.exists() and path.stat().st_size > 44)
        return listening


@pytest.mark.slow
@needs_espeak
@pytest.mark.skipif(not shutil.which("pulseaudio") or not shutil.which("parec"), reason="PulseAudio is not installed")
def test_a_sound_device_that_comes_and_goes_is_used_whenever_it_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(playback_module, "RETRY_S", 0.2)
    server = SoundServer(tmp_path, monkeypatch)
    voice = Voice(tmp_path / "cache", STYLE, 10.0, SystemClock())
    cue = voice.pcm("Squeeze glutes, don't arch")
    voice.close()
    playback = DevicePlayback("")
    assert not playback.works(10.0)

    server.start()
    assert until(lambda: playback.trouble is None)
    listening = server.listen(tmp_path / "heard.wav")
    clock = SystemClock()
    began = clock.now()
    playback.play(cue, threading.Event())
    assert cue.seconds < clock.now() - began < cue.seconds + 1.0
    cut = threading.Event()
    threading.Timer(0.3, cut.set).start()
    began = clock.now()
    playback.play(cue, cut)
    assert clock.now() - began < 0.5
    assert until(lambda: (tmp_path / "heard.wav").stat().st_size > 2 * 22050 * (cue.seconds + 1.0))
    listening.terminate()
    listening.wait(10)
    heard = np.frombuffer((tmp_path / "heard.wav").read_bytes()[44:], np.int16).astype(float)
    assert found(heard, cue.samples.astype(float))[1] > 0.99

    server.stop()
    assert until(lambda: playback.trouble is not None)
    playback.play(cue, threading.Event())
    server.start()
    assert until(lambda: playback.trouble is None)
    playback.close()
    server.stop()
