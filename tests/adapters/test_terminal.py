"""What the person at the machine reads."""

import io
import os
import pty
import re
import typing

import pytest

from pi_coach.adapters.terminal import TELL, Terminal
from pi_coach.core.events import (
    Cue,
    Event,
    FaultRaised,
    Partial,
    Phase,
    PhaseEntered,
    Rep,
    RepAborted,
    RepCompleted,
    RepCounted,
    SetCompleted,
    SetStarted,
    Slot,
    StanceCalibrated,
    TrackingFound,
    TrackingLost,
    ViewLatched,
    WallCalibrated,
    WallTouched,
)
from pi_coach.core.step import Step
from pi_coach.core.types import View

LIGHTS = "●◐○○  [ ]"


def step(t, *events, cue=None):
    return Step(t, "rdl", Phase.TALL, None, None, events, cue, 0, 8)


def say(t, text, fault=None, slot=Slot.TOP):
    return Cue(t, text, fault, slot)


def rep(number, score, *faults, quality=False):
    return RepCompleted(12.4, Rep(number, 9.0, 10.5, 12.4, score, quality, faults))


def printed(*steps, encoding="utf-8", began_s=0.0):
    paper = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    terminal = Terminal(paper, lambda: LIGHTS)
    terminal.show(step(began_s))
    for one in steps:
        terminal.show(one)
    terminal.close()
    return paper.buffer.getvalue().decode(encoding).splitlines()


def on_a_terminal(*steps):
    """Return what a terminal gets, control codes and all."""
    screen, ours = pty.openpty()
    with os.fdopen(ours, "w") as stream:
        terminal = Terminal(stream, lambda: LIGHTS)
        terminal.show(step(0.0))
        for one in steps:
            terminal.show(one)
    text = os.read(screen, 10_000).decode()
    os.close(screen)
    return text.splitlines()


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (SetStarted(0.0, "wall_touch", 10), "wall touch, 10 reps"),
        (ViewLatched(1.0, View.RIGHT), "seen from the right"),
        (ViewLatched(1.0, View.OBLIQUE), "seen at an angle"),
        (StanceCalibrated(2.0), "your tall stance is measured"),
        (WallCalibrated(2.0, 0.4), "the wall is found"),
        (TrackingLost(3.0, "your feet"), "cannot see your feet"),
        (TrackingFound(3.0), "all in sight"),
        (PhaseEntered(3.0, Phase.DESCENT), "down"),
        (WallTouched(3.0), "wall touched"),
        (FaultRaised(3.0, "wall_missed", 0.04), "! wall missed"),
        (RepCounted(12.4, 3), "rep 3"),
        (rep(3, 91, quality=True), "rep 3  score 91  clean"),
        (rep(3, 84, "heel_lift", quality=True), "rep 3  score 84  heel lift"),
        (rep(3, 52, "squatting", "shallow"), "rep 3  score 52  squatting, shallow"),
        (rep(3, 74), "rep 3  score 74"),
        (rep(3, None), "rep 3  too little seen to score"),
        (RepAborted(3.0, Partial(1.0, 2.0, 3.0)), "half a rep: not counted"),
        (SetCompleted(60.0, "rdl", "Ten reps, eight clean."), "set over: Ten reps, eight clean."),
    ],
)
def test_each_event_is_told_in_a_few_words(event, text):
    (line,) = printed(step(event.t, event))
    assert line.startswith(f"{event.t:6.1f} s  {text}  ")


def test_no_kind_of_event_and_no_phase_is_forgotten():
    assert set(TELL) == set(typing.get_args(Event))
    assert all(printed(step(0.0, PhaseEntered(0.0, phase))) for phase in Phase)


def test_a_step_without_events_prints_nothing():
    assert printed(step(0.0), step(0.1)) == []


def test_the_lights_and_the_button_stand_beside_every_line_in_one_column():
    lines = printed(step(1.0, PhaseEntered(1.0, Phase.DESCENT)), step(2.0, rep(3, 91, quality=True)))
    assert [line[-len(LIGHTS) :] for line in lines] == [LIGHTS, LIGHTS]
    assert [len(line) for line in lines] == [80, 80]


def test_a_sentence_is_marked_as_spoken():
    (line,) = printed(step(5.0, cue=say(5.0, "Hips back", "squatting")))
    assert line.startswith("   5.0 s  ◁)) Hips back  ")


def test_a_count_stands_for_its_lockout():
    lines = printed(step(5.0, PhaseEntered(5.0, Phase.LOCKOUT), RepCounted(5.0, 2)))
    assert [line[10:20].strip() for line in lines] == ["rep 2"]


def test_a_spoken_summary_is_not_printed_twice():
    summary = "Ten reps, eight clean. Good hip reach. Next set: squeeze tall at the top."
    lines = printed(step(60.0, SetCompleted(60.0, "rdl", summary), cue=say(60.0, summary, slot=Slot.SUMMARY)))
    told = " ".join(line[10:68].strip() for line in lines)
    assert told == f"◁)) {summary}"


def test_a_long_summary_goes_on_below_its_beginning():
    summary = "Ten reps, eight clean. Good hip reach. Next set: squeeze tall at the top."
    first, second = printed(step(60.0, SetCompleted(60.0, "rdl", summary)))
    assert first.endswith(LIGHTS)
    assert second.startswith(" " * 10)
    assert f"{first[10:68].strip()} {second.strip()}" == f"set over: {summary}"


def test_a_terminal_of_ascii_still_shows_the_lights():
    (line,) = printed(step(5.0, cue=say(5.0, "Hips back — now")), encoding="ascii")
    assert "<)) Hips back ? now" in line
    assert line.endswith("#+..  [ ]")


@pytest.mark.parametrize("columns", [20, 46, 60, 120])
def test_no_line_is_wider_than_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = on_a_terminal(step(60.0, rep(10, 52, "squatting", "shins_forward", "no_lockout", "too_fast")))
    plain = [re.sub(r"\033\[[0-9;]*m", "", line) for line in lines]
    assert max(map(len, plain)) <= max(columns, 34)
    assert ("[ ]" in plain[0]) == (columns > 44)


def test_colour_is_for_terminals_that_want_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    line = step(1.0, rep(1, 91, quality=True))
    assert "\033[32m" in on_a_terminal(line)[0]
    assert "\033[" not in printed(line)[0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033[" not in on_a_terminal(line)[0]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\033[" not in on_a_terminal(line)[0]


def test_a_reader_who_leaves_does_not_end_the_training():
    ours, theirs = os.pipe()
    os.close(ours)
    stream = os.fdopen(theirs, "w")
    terminal = Terminal(stream, lambda: LIGHTS)
    terminal.show(step(1.0, RepCounted(1.0, 1)))
    terminal.show(step(2.0, RepCounted(2.0, 2)))
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_camera_that_has_run_for_hours_starts_the_training_at_zero():
    assert printed(step(7000.5, RepCounted(7000.5, 1)), began_s=7000.0)[0].startswith("   0.5 s  rep 1")
