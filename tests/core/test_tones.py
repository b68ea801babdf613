"""Tones: what they sound like, and which sounds when."""

from dataclasses import replace

import numpy as np
import pytest
from story import STANDING, play

from pi_coach.core.events import Phase, PhaseEntered, RepCounted, SetCompleted, SetStarted, WallTouched
from pi_coach.core.signals import tones
from pi_coach.core.signals.tones import Tone, ToneSettings, ToneState
from pi_coach.core.step import Step
from pi_coach.testing.script import hinged

ALL = ToneSettings(1.0, wall=True, depth=True, rep=True, hold=True, metronome=True, sets=True, rest=True)
NO_METRONOME = replace(ALL, metronome=False)


def step(t, *events):
    return Step(t, "rdl", Phase.TALL, None, None, events, None, 0, 10)


def heard(steps, settings=NO_METRONOME, hold_s=None, rest_left_s=lambda _t: None):
    """Return each tone with the second at which it sounds."""
    state, found = ToneState(), []
    for now in steps:
        state, sounded = tones.after(state, replace(now, hold_s=hold_s, rest_left_s=rest_left_s(now.t)), settings)
        found += [(round(now.t, 2), tone) for tone in sounded]
    return found


def watched(fps, seconds, **entered):
    """Return the steps of some seconds, with phases entered on the way: bottom=2.0."""
    for number in range(round(fps * seconds)):
        t = number / fps
        now = [
            PhaseEntered(at, Phase(name)) for name, at in entered.items() if number == 0 == at or t - 1 / fps < at <= t
        ]
        yield step(t, *now)


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_is_short_soft_at_both_ends_and_never_clips(tone):
    pcm = tones.sound(tone)
    samples = pcm.samples / 32767
    assert pcm.rate_hz == 22050
    assert 0.02 < pcm.seconds < 0.4
    assert 0.05 < np.abs(samples).max() <= tones.PEAK + 0.001
    edge = round(0.001 * pcm.rate_hz)
    assert np.abs(samples[:edge]).max() < 0.03
    assert np.abs(samples[-edge:]).max() < 0.03
    # A click is a jump; the steepest a 1.3 kHz wave with an octave of this loudness may be is this.
    assert np.abs(np.diff(samples)).max() < 0.25


def test_every_tone_has_a_pitch_or_a_melody_of_its_own():
    melodies = [tuple(note.pitch_hz for note in notes) for notes in tones.NOTES.values()]
    assert len(set(melodies)) == len(Tone)
    for tone, notes in tones.NOTES.items():
        last = notes[-1]
        samples = tones.sound(tone).samples[-round(last.lasts_s * tones.RATE_HZ) :].astype(float)
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 16))
        assert spectrum.argmax() * tones.RATE_HZ / (1 << 16) == pytest.approx(last.pitch_hz, rel=0.03)


def test_a_softer_volume_makes_every_tone_softer():
    loud, soft = tones.sound(Tone.REP), tones.sound(Tone.REP, 0.25)
    assert np.abs(soft.samples - 0.25 * loud.samples).max() <= 1


def test_wall_depth_rep_and_set_are_each_told_once():
    events = [SetStarted(0, "rdl", 3), PhaseEntered(2, Phase.BOTTOM), RepCounted(4, 1), SetCompleted(9, "rdl", "")]
    told = heard(step(event.t, event) for event in events)
    assert told == [(0, Tone.SET_START), (2, Tone.DEPTH), (4, Tone.REP), (9, Tone.SET_END)]


def test_who_touches_the_wall_hears_the_wall_and_not_the_depth_as_well():
    touch = [PhaseEntered(1, Phase.DESCENT)], [WallTouched(2)], [PhaseEntered(2.1, Phase.BOTTOM)]
    assert heard(step(events[0].t, *events) for events in touch) == [(2, Tone.WALL)]
    assert heard([step(2, PhaseEntered(2, Phase.BOTTOM), WallTouched(2))]) == [(2, Tone.WALL)]


def test_an_athlete_who_bounces_at_the_bottom_hears_the_depth_once():
    phases = (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT, Phase.BOTTOM, Phase.ASCENT, Phase.TALL, Phase.DESCENT)
    told = heard(step(t, PhaseEntered(t, phase)) for t, phase in enumerate((*phases, Phase.BOTTOM)))
    assert told == [(1, Tone.DEPTH), (7, Tone.DEPTH)]


@pytest.mark.parametrize("kind", ["wall", "depth", "rep", "sets", "hold", "rest"])
def test_each_kind_of_tone_can_be_turned_off(kind):
    told = {
        "wall": [step(0, WallTouched(0))],
        "depth": [step(0, PhaseEntered(0, Phase.BOTTOM))],
        "rep": [step(0, RepCounted(0, 1))],
        "sets": [step(0, SetStarted(0, "rdl", 3))],
        "hold": [step(0, WallTouched(0), PhaseEntered(0, Phase.BOTTOM)), step(1.1)],
        "rest": [step(0), step(1)],
    }[kind]

    def left_s(t):
        return 3.5 - t if kind == "rest" else None

    on = heard(told, hold_s=5.0, rest_left_s=left_s)
    off = heard(told, replace(NO_METRONOME, **{kind: False}), hold_s=5.0, rest_left_s=left_s)
    assert len(on) == len(off) + 1


@pytest.mark.parametrize("fps", [8, 15, 30, 60])
def test_each_second_of_a_hold_ticks_up_to_the_last_that_is_asked_for(fps):
    told = heard(watched(fps, 9, bottom=1.0), hold_s=5.0)
    ticks = [t for t, tone in told if tone is Tone.HOLD]
    assert ticks == pytest.approx([2, 3, 4, 5, 6], abs=1.1 / fps)


def test_a_hold_that_is_left_ticks_no_more_and_a_drill_without_a_hold_never():
    told = heard(watched(30, 6, bottom=1.0, ascent=3.5), hold_s=5.0)
    assert [tone for _, tone in told].count(Tone.HOLD) == 2
    assert Tone.HOLD not in dict(map(reversed, heard(watched(30, 6, bottom=1.0))))


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_the_metronome_clicks_twice_a_second_and_marks_bottom_way_up_and_top(fps):
    told = heard(watched(fps, 9, descent=1.0, bottom=4.0, ascent=5.0), replace(ALL, depth=False))
    assert [t for t, _ in told] == pytest.approx(np.arange(1.5, 6.1, 0.5).tolist(), abs=1.1 / fps)
    assert [t for t, tone in told if tone is Tone.TURN] == pytest.approx([4, 5, 6], abs=1.1 / fps)


def test_the_metronome_ends_with_the_rep_and_makes_up_for_no_gap():
    told = heard(watched(30, 6, descent=1.0, tall=2.2), replace(ALL, depth=False))
    assert len(told) == 2
    gap = [step(0, PhaseEntered(0, Phase.DESCENT)), step(2.2)]
    assert heard(gap, ALL) == [(2.2, Tone.BEAT)]


@pytest.mark.parametrize("fps", [8, 30])
def test_the_last_three_seconds_of_a_rest_are_ticked(fps):
    told = heard(watched(fps, 12), rest_left_s=lambda t: 10.0 - t if 1.0 <= t < 10.0 else None)
    assert [t for t, _ in told] == pytest.approx([7, 8, 9], abs=1.1 / fps)
    assert {tone for _, tone in told} == {Tone.REST}


def test_a_set_sounds_like_its_reps():
    told = play(STANDING.reps(3, hinged(84)))
    sounded = [tone for _, tone in heard(told.steps)]
    assert sounded == [Tone.SET_START, *[Tone.DEPTH, Tone.REP] * 3, Tone.SET_END]
