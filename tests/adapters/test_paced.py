"""A file played as a camera: at its own speed, the newest frame first, and never for ever."""

import logging
import threading
from pathlib import Path

import numpy as np
import pytest

from pi_coach.adapters.paced import LiveSource
from pi_coach.adapters.video import VideoFile
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError, StuckThreadError
from pi_coach.core.types import Frame

CLIP = Path(__file__).parents[2] / "fixtures/clips/wall_touch_good_right.mp4"
LONG_S = 10.0
"""Nothing here takes this long; a test that would wait for ever fails then."""


class Film:
    """A source with frames at the given times; it may wait or fail after the last of them."""

    def __init__(self, *times, failure=None, hangs=False):
        self._times = times
        self._failure = failure
        self._hangs = hangs
        self._closed = threading.Event()
        self.freed = threading.Event()
        self.ended = threading.Event()

    def frames(self):
        try:
            for seq, t in enumerate(self._times):
                if self._closed.is_set():
                    return
                yield Frame(seq, t, np.zeros((1, 1, 3), np.uint8))
            if self._hangs:
                self.freed.wait(LONG_S)
            if self._failure is not None:
                raise self._failure
        finally:
            self.ended.set()

    def close(self):
        self._closed.set()


class Obedient(Film):
    """A source that hangs until it is closed."""

    def close(self):
        super().close()
        self.freed.set()


def live(source, **how):
    return LiveSource(source, SystemClock(), **{"stall_s": LONG_S, **how})


def test_who_looks_too_late_gets_the_newest_frame_and_the_rest_are_counted():
    film = Film(*(seq / 1000 for seq in range(100)))
    source = live(film)
    taken = []
    for frame in source.frames():
        taken.append(frame.seq)
        assert film.ended.wait(LONG_S)
    source.close()
    assert len(taken) <= 2
    assert taken[-1] == 99
    assert source.dropped == 100 - len(taken)


def test_frames_come_at_the_speed_of_the_file():
    clock = SystemClock()
    source = live(Film(5.0, 5.3))
    began_s = clock.now()
    arrivals_s = {frame.t: clock.now() - began_s for frame in source.frames()}
    source.close()
    assert 0.28 <= arrivals_s[5.3] < 3.0


def test_a_film_can_play_faster_for_who_is_in_a_hurry():
    clock = SystemClock()
    began_s = clock.now()
    source = live(Film(0.0, 30.0), speed=1000.0)
    assert [frame.t for frame in source.frames()][-1] == 30.0
    source.close()
    assert clock.now() - began_s < 5.0


def test_a_real_clip_is_played_to_its_last_frame_and_every_frame_is_taken_or_counted():
    source = live(VideoFile(CLIP), speed=20.0)
    taken = [frame.seq for frame in source.frames()]
    source.close()
    assert taken[-1] == 639
    assert sorted(set(taken)) == taken
    assert len(taken) + source.dropped == 640


def test_a_source_that_stalls_is_an_error_in_one_sentence():
    film = Obedient(0.0, hangs=True)
    source = live(film, stall_s=0.3)
    frames = source.frames()
    assert next(frames).seq == 0
    with pytest.raises(SourceError, match=r"no frame for 0\.3 s") as caught:
        next(frames)
    assert "\n" not in str(caught.value)
    source.close()


def test_the_sources_own_complaint_reaches_who_takes_the_frames():
    failure = SourceError("clip.mp4 is empty: record or copy it again.")
    source = live(Film(0.0, failure=failure))
    with pytest.raises(SourceError) as caught:
        list(source.frames())
    source.close()
    assert caught.value is failure


def test_a_bug_in_the_source_reaches_who_takes_the_frames_and_the_log(caplog):
    source = live(Film(0.0, failure=ZeroDivisionError("a bug")))
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        list(source.frames())
    source.close()
    assert "live-source failed" in caplog.text


def test_the_frame_before_a_failure_is_still_delivered():
    source = live(Film(0.0, 0.001, failure=SourceError("gone.")))
    seen = []
    with pytest.raises(SourceError):
        seen.extend(source.frames())
    source.close()
    assert seen[-1].seq == 1


def test_closing_ends_the_frames_in_the_middle_of_a_wait_and_leaves_no_thread():
    source = live(Film(0.0, 3600.0))
    frames = source.frames()
    assert next(frames).seq == 0
    assert "live-source" in [thread.name for thread in threading.enumerate()]
    closer = threading.Thread(target=source.close)
    closer.start()
    assert list(frames) == []
    closer.join(LONG_S)
    assert "live-source" not in [thread.name for thread in threading.enumerate()]


def test_closing_before_the_start_is_fine_and_nothing_is_played():
    source = live(Film(0.0, 1.0))
    source.close()
    assert list(source.frames()) == []


def test_a_source_that_does_not_end_is_named_within_a_bound():
    film = Film(0.0, hangs=True)
    source = live(film)
    assert next(source.frames()).seq == 0
    with pytest.raises(StuckThreadError, match="live-source"):
        source.close()
    film.freed.set()
    source.close()
