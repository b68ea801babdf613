"""Ctrl-C and the service manager end the coach at once, wherever it is just then."""

import signal
import threading

import numpy as np
import pytest

from pi_coach.adapters.paced import LiveSource
from pi_coach.adapters.shooting import Shooting
from pi_coach.adapters.steadfast import SteadfastCamera
from pi_coach.adapters.stop_signals import stopped_by_signals
from pi_coach.clock import SystemClock
from pi_coach.core.errors import StuckThreadError
from pi_coach.core.types import Frame

PATIENCE_S = 10.0
"""Nothing here takes this long."""
OFTEN = 40
"""So often a stop met the loop at a bad moment several times over, when it was acted on in the handler."""
CLOCK = SystemClock()
DARK = np.zeros((1, 1, 3), np.uint8)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_needs_what_the_interrupted_code_holds_is_made_once_it_lets_go(number):
    held, stopped = threading.Lock(), threading.Event()

    def stop():
        with held:
            stopped.set()

    with stopped_by_signals(stop):
        with held:
            signal.raise_signal(number)
            assert not stopped.wait(0.05)
        assert stopped.wait(PATIENCE_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_afterwards_signals_do_what_they_did_before(number):
    heard = []
    before = signal.signal(number, lambda *_: heard.append("outside"))
    try:
        with stopped_by_signals(lambda: heard.append("inside")):
            pass
        signal.raise_signal(number)
    finally:
        signal.signal(number, before)
    assert heard == ["outside"]


def test_a_second_signal_is_heard_even_where_the_first_found_a_stuck_driver():
    heard = threading.Semaphore(0)

    def stop():
        heard.release()
        raise StuckThreadError

    with stopped_by_signals(stop):
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)
            assert heard.acquire(timeout=PATIENCE_S)


class Busy:
    """A camera, or a film, that has its next picture ready whenever the loop asks."""

    model = "busy"

    def __init__(self):
        self._shooting = Shooting(self._shoot, PATIENCE_S, 30.0)

    def _shoot(self):
        while not self._shooting.stopping:
            self._shooting.put(Frame(0, CLOCK.now(), DARK))

    def set_rate(self, fps):
        pass

    def frames(self):
        return self._shooting.frames()

    def close(self):
        self._shooting.close()


@pytest.mark.parametrize(
    "source",
    [
        Busy,
        lambda: SteadfastCamera(Busy, (1, 1), 60.0, CLOCK),
        lambda: LiveSource(Busy(), CLOCK, stall_s=PATIENCE_S, speed=1e9),
    ],
    ids=["camera", "camera that comes back", "film"],
)
def test_a_source_under_load_ends_in_time_whenever_it_is_told_to(source):
    for turn in range(OFTEN):
        busy = source()
        timer = threading.Timer(0.001 * turn, signal.pthread_kill, (threading.main_thread().ident, signal.SIGTERM))
        with stopped_by_signals(busy.close):
            timer.start()
            for _ in busy.frames():
                pass
            timer.join()
        busy.close()
