"""Short tones: what each sounds like, and which one sounds when."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.events import Phase, PhaseEntered, RepCounted, SetCompleted, SetStarted, WallTouched
from pi_coach.core.signals.sound import Pcm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pi_coach.core.step import Step

RATE_HZ = 22050
"""espeak-ng's own rate, so that tones and sentences fit together."""
FADE_S = 0.008
"""How long a tone takes to come and to go: a sudden edge is heard as a click."""
PEAK = 0.25
"""The loudest sample of a tone at full volume, of 1: as loud to the ear as the voice (root mean square 0.09 both). Over
the loudest cue (0.85), halved as below, it does not clip."""
OVERTONE = 0.2
"""How much of the octave above a tone has: a small loudspeaker renders it better than the tone itself."""
UNDER_SPEECH = 0.5
"""A tone over a sentence sounds this loud, so that the words are understood."""

TEMPO_S = (3.0, 1.0, 1.0)
"""Down, hold and up: two to three seconds down leave time for coaching."""
BEAT_S = 0.5
"""The metronome's clicks are this far apart."""
HOLD_TICK_S = 1.0
"""How far apart the ticks of a hold are."""
LAST_OF_REST_S = 3
"""How many of the last seconds of a rest are ticked."""


class Tone(StrEnum):
    """What a tone tells."""

    WALL = "wall"
    """The buttocks met the wall."""
    DEPTH = "depth"
    """Deep enough: the way up may begin."""
    REP = "rep"
    """The rep counts."""
    HOLD = "hold"
    """Another second of the hold has passed."""
    BEAT = "beat"
    """The metronome."""
    TURN = "turn"
    """The metronome where the next part of the rep begins."""
    SET_START = "set_start"
    SET_END = "set_end"
    REST = "rest"
    """One of the last three seconds of the rest."""


METRONOME = frozenset({Tone.BEAT, Tone.TURN})
"""Tones that give way to a voice."""


@dataclass(frozen=True, slots=True)
class Note:
    """A part of a tone."""

    pitch_hz: float
    lasts_s: float
    loudness: float = 1.0
    """0 to 1."""


# Pitches between 400 and 1600 Hz: what a loudspeaker of a few centimetres renders and an ear at three metres hears over
# a gym. What happens often is short and quiet; what is good goes up, what is over goes down.
NOTES: Mapping[Tone, tuple[Note, ...]] = {
    Tone.WALL: (Note(988.0, 0.09),),
    Tone.DEPTH: (Note(659.0, 0.09),),
    Tone.REP: (Note(784.0, 0.07), Note(1175.0, 0.11)),
    Tone.HOLD: (Note(523.0, 0.06, 0.6),),
    Tone.BEAT: (Note(1319.0, 0.025, 0.3),),
    Tone.TURN: (Note(880.0, 0.04, 0.45),),
    Tone.SET_START: (Note(523.0, 0.1), Note(659.0, 0.1), Note(784.0, 0.18)),
    Tone.SET_END: (Note(784.0, 0.1), Note(659.0, 0.1), Note(523.0, 0.18)),
    Tone.REST: (Note(440.0, 0.12, 0.8),),
}


def sound(tone: Tone, volume: float = 1.0) -> Pcm:
    """Return a tone as sound, `volume` (0 to 1) times its full loudness."""
    parts = [_note(note) for note in NOTES[tone]]
    return Pcm(np.round(np.concatenate(parts) * PEAK * volume * 32767).astype(np.int16), RATE_HZ)


def _note(note: Note) -> NDArray[np.float64]:
    """Return a note that swells, fades away like something struck, and ends in silence; its peak is its loudness."""
    t = np.arange(round(note.lasts_s * RATE_HZ)) / RATE_HZ
    wave = np.sin(2 * math.pi * note.pitch_hz * t) + OVERTONE * np.sin(4 * math.pi * note.pitch_hz * t)
    edge = np.clip(np.minimum(t, t[-1] - t) / FADE_S, 0.0, 1.0)
    shaped = wave * np.sin(edge * math.pi / 2) ** 2 * np.exp(-2.0 * t / note.lasts_s)
    return np.asarray(note.loudness * shaped / np.abs(shaped).max())


@dataclass(frozen=True, slots=True)
class ToneSettings:
    """Which tones are wanted, and how loud."""

    volume: float
    """0 to 1, beside the voice."""
    wall: bool
    depth: bool
    rep: bool
    hold: bool
    """A tick for each second of a hold."""
    metronome: bool
    """Soft clicks through each rep: three seconds down, one at the bottom, one up."""
    sets: bool
    """The beginning and the end of a set."""
    rest: bool
    """The last three seconds of a rest."""


@dataclass(frozen=True, slots=True)
class ToneState:
    """What was ticked."""

    deep: bool = False
    """Whether the depth of this rep was told, by its own tone or by the wall's."""
    bottom_s: float | None = None
    """When the bottom was reached; None outside it."""
    held: int = 0
    """Ticks of this hold."""
    down_s: float | None = None
    """When the rep began; None between reps."""
    beats: int = 0
    """Clicks of this rep that are due no more."""
    rest_left: int = 0
    """Ticks of this rest that are still to come."""


def after(state: ToneState, step: Step, settings: ToneSettings) -> tuple[ToneState, tuple[Tone, ...]]:
    """Return which tones sound with a frame."""
    tones = _told(state, step, settings)
    state = _phases(state, step)
    state, ticks = _hold(state, step.t, step.hold_s)
    tones += (Tone.HOLD,) * (ticks and settings.hold)
    state, beats = _metronome(state, step.t)
    tones += beats if settings.metronome else ()
    state, ticks = _rest(state, step.rest_left_s)
    return state, tones + (Tone.REST,) * (ticks and settings.rest)


def _told(state: ToneState, step: Step, settings: ToneSettings) -> tuple[Tone, ...]:
    """Return the tones of what happened; the wall tells the depth too."""
    tones: list[Tone] = []
    deep = state.deep or any(isinstance(event, WallTouched) for event in step.events)
    for event in step.events:
        match event:
            case WallTouched() if settings.wall:
                tones.append(Tone.WALL)
            case PhaseEntered(phase=Phase.BOTTOM) if settings.depth and not deep:
                tones.append(Tone.DEPTH)
            case RepCounted() if settings.rep:
                tones.append(Tone.REP)
            case SetStarted() if settings.sets:
                tones.append(Tone.SET_START)
            case SetCompleted() if settings.sets:
                tones.append(Tone.SET_END)
            case _:
                pass
    return tuple(dict.fromkeys(tones))


def _phases(state: ToneState, step: Step) -> ToneState:
    """Follow the rep: a hold begins at the bottom, the metronome with the descent."""
    for event in step.events:
        match event:
            case PhaseEntered(t=t, phase=Phase.DESCENT):
                state = replace(state, deep=False, bottom_s=None, down_s=t, beats=0)
            case PhaseEntered(t=t, phase=Phase.BOTTOM):
                state = replace(state, deep=True, bottom_s=t, held=0)
            case WallTouched():
                state = replace(state, deep=True)
            case PhaseEntered(phase=Phase.ASCENT):
                state = replace(state, bottom_s=None)
            case PhaseEntered() | SetStarted() | SetCompleted():
                state = replace(state, bottom_s=None, down_s=None)
            case _:
                pass
    return state


def _hold(state: ToneState, t: float, hold_s: float | None) -> tuple[ToneState, bool]:
    """Tick with each full second at the bottom, up to the last that is asked for."""
    if state.bottom_s is None or hold_s is None:
        return state, False
    passed = int(min(t - state.bottom_s, hold_s) / HOLD_TICK_S)
    return replace(state, held=passed), passed > state.held


def _metronome(state: ToneState, t: float) -> tuple[ToneState, tuple[Tone, ...]]:
    """Click on a grid that began with the descent; after a blind gap only the latest click is made up for."""
    if state.down_s is None:
        return state, ()
    due = min(int((t - state.down_s) / BEAT_S), round(sum(TEMPO_S) / BEAT_S))
    if due <= state.beats:
        return state, ()
    turns = {round(sum(TEMPO_S[:part]) / BEAT_S) for part in (1, 2, 3)}
    return replace(state, beats=due), (Tone.TURN if due in turns else Tone.BEAT,)


def _rest(state: ToneState, left_s: float | None) -> tuple[ToneState, bool]:
    """Tick three, two and one second before the end of the rest."""
    if left_s is None or left_s > LAST_OF_REST_S:
        return replace(state, rest_left=LAST_OF_REST_S), False
    coming = min(state.rest_left, math.ceil(left_s) - 1)
    return replace(state, rest_left=coming), coming < state.rest_left
