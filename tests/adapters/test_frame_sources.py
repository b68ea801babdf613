"""The contract of a source of frames, kept by files, the fake, cameras on USB and the real Picamera2 alike.

The last two need libraries that are loaded before Python begins: test_usb_camera.py and tests/hardware run this file
again in a process of their own, with PI_COACH_RIGS naming them.
"""

import itertools
import os
import threading
from contextlib import closing

import numpy as np
import pytest
from camera_rigs import CLOCK, FPS, HEIGHT, RIGS, SIZE, STALL_S, WIDTH

from pi_coach.adapters.steadfast import SteadfastCamera
from pi_coach.core.errors import CameraLostError
from pi_coach.testing.camera import LEFT, RIGHT

NAMES = os.environ.get("PI_COACH_RIGS", "file film-as-camera fake").split()
LONG_S = 20.0


@pytest.fixture(params=NAMES)
def rig(request, tmp_path):
    return RIGS[request.param](tmp_path)


def among(able):
    """Let a test run for those rigs alone that are able to do something."""
    return pytest.mark.parametrize("rig", [name for name in NAMES if able(RIGS[name])], indirect=True)


def breaking(*ways):
    """Let a test run for each rig and each of the ways in which it can break."""
    able = [(name, how) for name in NAMES for how in ways if how in RIGS[name].breaks]
    return pytest.mark.parametrize(("rig", "how"), able, indirect=["rig"])


def taken(source, count):
    return list(itertools.islice(source.frames(), count))


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name in ("camera", "live-source")]


def one_sentence(error):
    return "\n" not in str(error) and str(error).endswith(".")


def test_frames_come_in_the_order_of_their_time_and_numbers(rig):
    with closing(rig.open()) as source:
        frames = taken(source, 12)
    assert all(np.diff([frame.t for frame in frames]) > 0)
    assert all(np.diff([frame.seq for frame in frames]) >= 1)
    assert not any(frame.blind for frame in frames)


def test_a_picture_is_red_green_blue_row_by_row_and_left_is_left(rig):
    with closing(rig.open()) as source:
        (frame,) = taken(source, 1)
    assert frame.image.shape == (HEIGHT, WIDTH, 3)
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous
    assert frame.image[HEIGHT // 2, WIDTH // 4].tolist() == pytest.approx(LEFT, abs=14)
    assert frame.image[HEIGHT // 2, 3 * WIDTH // 4].tolist() == pytest.approx(RIGHT, abs=14)


def test_a_camera_stamps_its_pictures_with_the_clock_that_never_jumps(rig):
    with closing(rig.open()) as source:
        ages = [rig.age_s(frame) for frame in itertools.islice(source.frames(), 5)]
    assert ages == [None] * 5 or all(0 <= age < 1 for age in ages)


def test_a_picture_that_was_handed_over_is_not_overwritten_by_later_ones(rig):
    with closing(rig.open()) as source:
        frames = source.frames()
        first = next(frames).image
        kept = first.copy()
        first[:] = 7
        later = list(itertools.islice(frames, 6))
    assert (first == 7).all()
    assert (later[-1].image == kept).mean() > 0.9


@among(lambda rig: rig.drops)
def test_who_is_slow_gets_the_newest_frame_and_the_rest_are_counted(rig):
    with closing(rig.open()) as source:
        frames = []
        for frame in itertools.islice(source.frames(), 4):
            frames.append(frame)
            threading.Event().wait(0.2)
        assert frames[-1].seq - frames[0].seq >= 9
        assert source.dropped >= frames[-1].seq - 3


def test_closing_from_elsewhere_ends_the_frames_and_leaves_no_thread(rig):
    source = rig.open()
    frames = source.frames()
    next(frames)
    closer = threading.Thread(target=source.close)
    closer.start()
    left = list(frames) if rig.drops else list(itertools.islice(frames, 1))
    closer.join(LONG_S)
    assert len(left) <= 1
    assert threads() == []
    source.close()


def test_a_source_that_was_never_asked_for_a_frame_can_be_closed(rig):
    source = rig.open()
    source.close()
    assert threads() == []


@among(lambda rig: rig.breaks)
def test_another_rate_takes_effect_while_the_camera_runs(rig):
    with closing(rig.open()) as source:
        frames = source.frames()
        usual = [next(frames).t for _ in range(6)]
        source.set_rate(FPS / 3)
        slowed = [next(frames).t for _ in range(12)]
    # A busy machine may miss a frame, never get one more.
    assert min(np.diff(usual)) < 1.5 / FPS
    assert min(np.diff(slowed[-5:])) > 2.5 / FPS


@breaking("absent")
def test_a_camera_that_is_not_there_says_so_and_is_opened_once_it_is(rig, how):
    rig.break_it(how)
    with pytest.raises(CameraLostError) as caught:
        rig.open()
    assert one_sentence(caught.value)
    rig.mend()
    with closing(rig.open()) as source:
        assert len(taken(source, 2)) == 2


@breaking("busy")
def test_a_camera_that_another_program_uses_says_so_and_is_opened_once_it_is_free(rig, how):
    rig.break_it(how)
    with pytest.raises(CameraLostError, match="another program uses it") as caught:
        rig.open()
    assert one_sentence(caught.value)
    rig.mend()
    with closing(rig.open()) as source:
        assert len(taken(source, 2)) == 2


@breaking("silent", "unplugged")
def test_a_camera_that_breaks_down_is_noticed_let_go_and_opened_again(rig, how):
    source = rig.open()
    frames = source.frames()
    seen_s = [next(frames).t]
    rig.break_it(how)
    with pytest.raises(CameraLostError) as caught:
        seen_s.extend(frame.t for frame in frames)
    assert one_sentence(caught.value)
    assert CLOCK.now() - seen_s[-1] < STALL_S + 1.5
    began_s = CLOCK.now()
    source.close()
    assert CLOCK.now() - began_s < 3.0
    rig.mend()
    with closing(rig.open()) as source:
        assert len(taken(source, 2)) == 2


def steadfast(rig, return_s=LONG_S):
    return SteadfastCamera(rig.open, SIZE, return_s, CLOCK)


@breaking("silent", "unplugged")
def test_a_camera_that_comes_back_goes_on_without_a_restart(rig, how):
    with closing(steadfast(rig)) as source:
        frames = source.frames()
        seen = [next(frames)]
        rig.break_it(how)
        while not seen[-1].blind:
            seen.append(next(frames))
        assert one_sentence(source.trouble)
        rig.mend()
        while seen[-1].blind:
            seen.append(next(frames))
        assert source.trouble is None
        seen.extend(itertools.islice(frames, 3))
    assert all(np.diff([frame.t for frame in seen]) > 0)
    assert all(np.diff([frame.seq for frame in seen]) >= 1)
    dark = [frame for frame in seen if frame.blind]
    assert {frame.image.shape for frame in seen} == {(HEIGHT, WIDTH, 3)}
    assert not any(frame.image.any() for frame in dark)
    assert threads() == []


@breaking("absent")
def test_a_camera_that_is_plugged_in_late_is_found(rig, how):
    rig.break_it(how)
    with closing(steadfast(rig)) as source:
        frames = source.frames()
        assert next(frames).blind
        rig.mend()
        assert not next(frame for frame in frames if not frame.blind).blind


@breaking("busy")
def test_a_camera_that_stays_away_ends_the_coach_with_its_sentence(rig, how):
    rig.break_it(how)
    source = steadfast(rig, return_s=0.6)
    began_s = CLOCK.now()
    with pytest.raises(CameraLostError, match="another program uses it"):
        list(source.frames())
    assert 0.5 < CLOCK.now() - began_s < 8.0
    source.close()
    rig.mend()
    assert threads() == []


@breaking("silent")
def test_the_wish_for_another_rate_outlives_the_camera(rig, how):
    with closing(steadfast(rig)) as source:
        source.set_rate(FPS / 3)
        frames = source.frames()
        next(frames)
        rig.break_it(how)
        next(frame for frame in frames if frame.blind)
        rig.mend()
        times = [frame.t for frame in itertools.islice((frame for frame in frames if not frame.blind), 14)]
    assert min(np.diff(times[-5:])) > 2.5 / FPS


@breaking("busy")
def test_closing_while_the_camera_is_gone_ends_the_frames(rig, how):
    rig.break_it(how)
    source = steadfast(rig)
    frames = source.frames()
    assert next(frames).blind
    closer = threading.Thread(target=source.close)
    closer.start()
    assert len(list(frames)) <= 1
    closer.join(LONG_S)
    rig.mend()
    assert threads() == []
