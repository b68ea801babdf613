"""A closed terminal: what SIGHUP does to the coach, before, in and after a session."""

import os
import signal
from contextlib import ExitStack

import pytest

from pi_coach.adapters.hangup import Hangup
from pi_coach.core.events import Phase, Stage, StageEntered
from pi_coach.core.step import Step


def step(*stages, idle=False):
    events = tuple(StageEntered(0.0, stage) for stage in stages)
    return Step(0.0, "rdl", Phase.TALL, None, None, events, None, 0, 5, idle=idle)


@pytest.fixture
def coach():
    """Return what follows the session, and how often it ended the coach."""
    ended = []
    hangup = Hangup(lambda: ended.append(True))
    with ExitStack() as stack:
        hangup.listen(stack)
        yield hangup, ended


def hung_up(hangup, *stages, idle=False):
    hangup.show(step(*stages))
    os.kill(os.getpid(), signal.SIGHUP)
    hangup.show(step(idle=idle))


@pytest.mark.parametrize("stages", [(), (Stage.GREETING,), (Stage.SET, Stage.SUMMARY, Stage.DONE), (Stage.STOPPED,)])
def test_while_nobody_trains_a_closed_terminal_ends_the_coach_at_once(coach, stages):
    hangup, ended = coach
    hung_up(hangup, *stages)
    assert ended


def test_a_place_that_is_empty_counts_as_nobody_whatever_was_asked_last(coach):
    hangup, ended = coach
    hung_up(hangup, Stage.FRAMING, idle=True)
    assert ended


@pytest.mark.parametrize("stage", [Stage.FRAMING, Stage.COUNTDOWN, Stage.SET, Stage.PAUSED, Stage.REST, Stage.SUMMARY])
def test_a_session_goes_on_to_its_end_and_is_told_of_once(coach, stage, caplog):
    hangup, ended = coach
    hung_up(hangup, Stage.GREETING, stage)
    hangup.show(step())
    assert ended == []
    assert len(caplog.records) == 1
    hangup.show(step(Stage.DONE))
    assert ended == [True]


def test_a_coach_that_was_started_with_nohup_does_not_heed_it():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        hangup, ended = Hangup(lambda: ended.append(True)), []
        with ExitStack() as stack:
            hangup.listen(stack)
            hung_up(hangup, Stage.DONE)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended == []


def test_afterwards_the_signal_means_what_it_meant_before():
    before = signal.getsignal(signal.SIGHUP)
    with ExitStack() as stack:
        Hangup(lambda: None).listen(stack)
        assert signal.getsignal(signal.SIGHUP) is not before
    assert signal.getsignal(signal.SIGHUP) is before
