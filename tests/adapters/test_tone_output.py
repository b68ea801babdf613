"""Tones as an output of the loop."""

from dataclasses import replace

from pi_coach.adapters.tone_output import ToneOutput
from pi_coach.core.events import Phase, PhaseEntered, RepCounted
from pi_coach.core.signals.tones import Tone, ToneSettings
from pi_coach.core.step import Step
from pi_coach.testing.fakes import FakeSpeaker, ManualClock

ALL = ToneSettings(1.0, wall=True, depth=True, rep=True, hold=True, metronome=True, sets=True, rest=True)


def step(t, *events):
    return Step(t, "rdl", Phase.TALL, None, None, events, None, 0, 10)


def test_a_rep_is_heard_and_the_metronome_gives_way_to_the_voice():
    clock = ManualClock()
    speaker = FakeSpeaker(clock)
    output = ToneOutput(speaker, ALL)
    output.show(step(0.0, PhaseEntered(0.0, Phase.DESCENT)))
    output.show(step(0.5))
    speaker.say("Slow down please")
    output.show(step(1.0))
    output.show(step(1.2, RepCounted(1.2, 1)))
    clock.advance_to(3.0)
    output.show(step(3.0))
    output.close()
    assert speaker.rung == [Tone.BEAT, Tone.REP, Tone.TURN]


def test_an_urgent_sentence_cuts_what_the_stand_in_says_and_hush_ends_it():
    clock = ManualClock()
    speaker = FakeSpeaker(clock)
    speaker.say("x" * 150)
    speaker.say("waits")
    speaker.say("Stop the set", urgent=True)
    assert speaker.said == ["x" * 150, "Stop the set"]
    speaker.hush()
    assert not speaker.speaking
    clock.advance_to(20.0)
    assert speaker.said == ["x" * 150, "Stop the set"]


def test_a_hold_and_a_rest_are_ticked_as_the_step_tells():
    speaker = FakeSpeaker(ManualClock())
    output = ToneOutput(speaker, ALL)
    output.show(replace(step(1.0, PhaseEntered(1.0, Phase.BOTTOM)), hold_s=5.0))
    output.show(replace(step(2.0), hold_s=5.0))
    output.show(replace(step(9.0), rest_left_s=3.4))
    output.show(replace(step(9.5), rest_left_s=2.9))
    assert speaker.rung == [Tone.DEPTH, Tone.HOLD, Tone.REST]
