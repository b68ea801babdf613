"""How fast the voice is, measured with real sound: the bounds of the design, with room for a machine that tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from pi_coach import config
from pi_coach.adapters.voice import espeak_version
from pi_coach.assembly import Setting
from pi_coach.benchmarks import voice
from pi_coach.benchmarks.run import FILM, QUICK, Run
from pi_coach.clock import SystemClock
from pi_coach.places import find_places
from pi_coach.testing.ear import missing_tools


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_tools()), reason="PulseAudio is not installed")
@pytest.mark.skipif(espeak_version() is None, reason="espeak-ng is not installed")
def test_a_cue_reaches_the_sound_device_in_time_and_before_pyttsx3_would(tmp_path):
    settings = config.load(tmp_path)
    setting = Setting(settings, find_places(tmp_path, tmp_path), SystemClock(), lambda _: None)
    amount = replace(QUICK, said=5, rival_said=1, loaded=True)
    found = {figure.name: figure for figure in voice.measure(Run(setting, Path(FILM), amount, pytest.fail))}
    # 15 and 40 ms on a machine that does nothing else.
    assert found["a cue, to the sound device"].value < 40
    assert found["an urgent one, over another"].value < 40
    assert found["a cue, to the sound device, loaded"].value < 100
    assert found["pyttsx3 say and runAndWait, heard, loaded"].value > 0
    assert found["a cue, heard"].ratio.of == "pyttsx3 say and runAndWait, heard"
    assert len(found) == 2 * len(voice.TOLD)
