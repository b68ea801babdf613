"""How fast the voice is, measured with real sound: the bounds of the design, with room for a machine that tests."""

import pytest

from pi_coach import bench_voice
from pi_coach.adapters.voice import espeak_version
from pi_coach.clock import SystemClock
from pi_coach.testing.ear import missing_tools


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_tools()), reason="PulseAudio is not installed")
@pytest.mark.skipif(espeak_version() is None, reason="espeak-ng is not installed")
def test_a_cue_reaches_the_sound_device_in_time_and_before_pyttsx3_would(monkeypatch):
    monkeypatch.setattr(bench_voice, "TIMES", 5)
    monkeypatch.setattr(bench_voice, "RIVAL_TIMES", 1)
    found = bench_voice.measure(SystemClock(), "")
    # 15 and 40 ms on a machine that does nothing else.
    assert found["quiet"]["cue_ms"] < 40
    assert found["quiet"]["urgent_ms"] < 40
    assert found["loaded"]["cue_ms"] < 100
    assert found["loaded"]["pyttsx3_heard_ms"] > 0
    rows = bench_voice.lines(found)
    assert len(rows) == 1 + len(bench_voice.TOLD)
    assert all(len(row) == len(rows[0]) for row in rows)


def test_figures_are_medians_and_near_worst_cases_in_milliseconds():
    assert bench_voice.spread("cue", [0.01, 0.02, 0.03]) == {"cue_ms": 20.0, "cue_p99_ms": 29.8}
