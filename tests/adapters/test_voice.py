"""Text to sound: real pyttsx3 and espeak-ng, killed, stopped and starved."""

import os
import signal
import sys
import threading

import numpy as np
import pytest
from hearing import NO_WORKER, STYLE, StoppedClock, needs_espeak

from pi_coach.adapters import voice as voice_module
from pi_coach.adapters.voice import RETRY_S, WORKER, Voice, VoiceStyle
from pi_coach.clock import SystemClock
from pi_coach.core.errors import CoachError


@needs_espeak
def test_a_sentence_is_rendered_once_and_then_comes_from_the_disk(tmp_path):
    first = Voice(tmp_path, STYLE, 10.0, SystemClock())
    pcm = first.pcm("Hips back")
    first.close()
    again = Voice(tmp_path, STYLE, 10.0, SystemClock(), NO_WORKER).pcm("Hips back")
    assert pcm.rate_hz == 22050
    assert 0.4 < pcm.seconds < 0.9
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
    assert min(voice.pcm(cue).seconds for cue in cues) > 0.7
    voice.close()


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


@needs_espeak
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_engine_outlives_the_signal_that_ends_the_coach_so_that_the_summary_can_be_said(tmp_path, ending):
    voice = Voice(tmp_path / "cache", STYLE, 10.0, SystemClock(), noting_worker(tmp_path / "pids"))
    voice.pcm("Hips back")
    os.kill(int((tmp_path / "pids").read_text()), ending)
    assert voice.pcm("Ten reps, eight clean.").seconds > 1.0
    voice.close()


def test_a_missing_engine_is_told_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(voice_module, "espeak_version", lambda: None)
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    with pytest.raises(CoachError, match="install it with `sudo apt install espeak-ng`"):
        voice.pcm("Hips back")
    voice.close()


@needs_espeak
def test_what_was_rendered_is_ready_and_what_was_not_is_not(tmp_path):
    voice = Voice(tmp_path, STYLE, 10.0, SystemClock())
    assert voice.ready("Hips back") is None
    pcm = voice.pcm("Hips back")
    assert voice.ready("Hips back") is pcm
    voice.close()
    assert np.array_equal(Voice(tmp_path, STYLE, 10.0, SystemClock()).ready("Hips back").samples, pcm.samples)


@needs_espeak
def test_an_engine_that_hangs_lets_go_when_it_is_interrupted(tmp_path):
    pids = tmp_path / "pids"
    voice = Voice(tmp_path / "cache", STYLE, 60.0, SystemClock(), noting_worker(pids))
    voice.pcm("Hips back")
    os.kill(int(pids.read_text()), signal.SIGSTOP)
    threading.Timer(0.2, voice.interrupt).start()
    with pytest.raises(CoachError, match="ended by itself"):
        voice.pcm("Chest up")
    voice.close()
