"""Pictures that come late, twice, out of order, black or not at all, through the loop as it is assembled for a camera.

No rep may be invented, none may be lost beyond what was hidden, and the rest is counted exactly.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from reels import BLACK, FPS, READY_S, REPS, SET, SIZE_PX, Delivery, Reel, Sight, reps, trained

from pi_coach.adapters.dark_watch import DARK, DARK_S, DarkWatch
from pi_coach.adapters.freshness import FROZEN_S, FreshCamera
from pi_coach.adapters.scene import LOOK_EVERY_S, SceneWatch
from pi_coach.core.errors import CameraLostError
from pi_coach.core.sight.darkness import BLACK as BLACK_BELOW
from pi_coach.core.sight.darkness import is_black
from pi_coach.testing.fakes import ManualClock

GOOD = Sight(SET).deliveries()
MOMENTS_S = strategies.floats(READY_S - 2.0, SET.end_s - 2.0)


def doubled(deliveries):
    return [one for one in deliveries for _ in range(2)]


def sent_again_with_a_stamp_of_its_own(deliveries):
    half = 0.5 / FPS
    again = (replace(one, at_s=one.at_s + half, stamp_s=one.stamp_s + half) for one in deliveries)
    return [each for pair in zip(deliveries, again, strict=True) for each in pair]


def every_other_one_older_than_the_one_before(deliveries):
    """Let 0 1 2 3 4 5 come as 0 2 1 4 3 6: the older one is of no use any more."""
    moved = [one if n % 2 == 0 else replace(one, at_s=one.at_s + 1.1 / FPS) for n, one in enumerate(deliveries)]
    return sorted(moved, key=lambda one: one.at_s)


def every_seventh(change):
    def changed(deliveries):
        return [change(one) if n % 7 == 3 else one for n, one in enumerate(deliveries)]

    return changed


FAULTS = {
    "each comes twice": doubled,
    "each comes twice, later": sent_again_with_a_stamp_of_its_own,
    "every other one is older than the one before": every_other_one_older_than_the_one_before,
    "some are black": every_seventh(lambda one: replace(one, picture=BLACK)),
    "some say that they are an hour old": every_seventh(lambda one: replace(one, stamp_s=one.stamp_s - 3600.0)),
    "some say that they are of tomorrow": every_seventh(lambda one: replace(one, stamp_s=one.stamp_s + 86400.0)),
    "some have the time of the one before": every_seventh(lambda one: replace(one, stamp_s=one.stamp_s - 1 / FPS)),
    "all are a second late": lambda deliveries: [replace(one, at_s=one.at_s + 1.0) for one in deliveries],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_pictures_that_come_wrong_neither_cost_nor_invent_a_rep(fault):
    assert reps(trained(FAULTS[fault](GOOD))) == reps(trained(GOOD)) == [(n, ()) for n in range(1, REPS + 1)]


def hidden(change, begin_s, length_s):
    """Change the deliveries within a span; None leaves one out."""
    begin = 100.0 + begin_s
    changed = (change(one) if begin <= one.at_s < begin + length_s else one for one in GOOD)
    return [one for one in changed if one is not None]


def frozen_since(begin_s):
    return lambda one: replace(one, picture=int(begin_s * FPS))


@pytest.mark.parametrize("how", ["left out", "black", "frozen", "with a time that stands still"])
@settings(max_examples=6)
@given(begin_s=MOMENTS_S, length_s=strategies.floats(0.3, 3.0))
def test_what_hides_a_moment_costs_the_rep_of_that_moment_at_most(how, begin_s, length_s):
    change = {
        "left out": lambda _: None,
        "black": lambda one: replace(one, picture=BLACK),
        "frozen": frozen_since(begin_s),
        "with a time that stands still": lambda one: replace(one, stamp_s=100.0 + begin_s),
    }[how]
    counted = reps(trained(hidden(change, begin_s, length_s)))
    # Three seconds reach from one rep into the next.
    assert REPS - 2 <= len(counted) <= REPS
    assert [number for number, _ in counted] == list(range(1, len(counted) + 1))


def fresh(deliveries):
    """Yield what a camera's pictures become before anything else sees them."""
    clock = ManualClock(99.0)
    return FreshCamera(Reel(deliveries, clock), clock).frames()


def test_a_picture_that_stands_still_is_shown_to_nobody_and_the_camera_is_given_up_after_a_while():
    frozen = hidden(frozen_since(20.0), 20.0, 60.0)
    seen = []
    with pytest.raises(CameraLostError, match="its picture stands still: unplug it and plug it in again"):
        seen.extend(fresh(frozen))
    blind = [frame.t for frame in seen if frame.blind]
    assert [frame.t for frame in seen if not frame.blind][-1] == pytest.approx(120.0, abs=1.1 / FPS)
    assert blind[0] == pytest.approx(120.5, abs=0.2)
    assert blind[-1] == pytest.approx(120.0 + FROZEN_S, abs=0.7)
    assert max(np.diff(blind)) < 0.7


def test_a_time_that_stands_still_gives_the_camera_up_as_well():
    standing = hidden(lambda one: replace(one, stamp_s=120.0), 20.0, 60.0)
    with pytest.raises(CameraLostError):
        list(fresh(standing))


def test_a_camera_that_hangs_from_the_start_never_looks_alive():
    with pytest.raises(CameraLostError):
        next(fresh([replace(one, picture=7) for one in GOOD]))


def test_the_dark_is_told_after_a_while_and_once_and_takes_no_wall(caplog):
    dark = [Delivery(100.0 + n / FPS, 100.0 + n / FPS, BLACK if 5 <= n / FPS < 20 else n) for n in range(int(30 * FPS))]
    clock, moved = ManualClock(99.0), []
    watch = DarkWatch(FreshCamera(Reel(dark, clock), clock))
    # Noise has no edges that stay; this place has.
    place = np.repeat(np.random.default_rng(1).integers(60, 200, (1, SIZE_PX[0], 3), np.uint8), SIZE_PX[1], axis=0)
    scene = SceneWatch(Painted(watch, place), lambda: moved.append(True))
    told = []
    for frame in scene.frames():
        scene.reference = scene.latest if scene.reference is None else scene.reference
        if not told or told[-1][1] != watch.trouble:
            told.append((frame.t, watch.trouble))
    assert [words for _, words in told] == [None, DARK, None]
    assert told[1][0] == pytest.approx(105.0 + DARK_S, abs=1.0)
    assert told[2][0] == pytest.approx(120.0, abs=1.0)
    assert [record.message for record in caplog.records] == [DARK, "The picture is bright again."]
    assert moved == []
    assert LOOK_EVERY_S < 15.0


class Painted:
    """A source whose bright pictures show a place."""

    def __init__(self, source, place):
        self._source, self._place = source, place

    def frames(self):
        for frame in self._source.frames():
            yield replace(frame, image=self._place) if frame.image.any() else frame

    def close(self):
        self._source.close()


@pytest.mark.parametrize("brightest", [0, 20, 23, 30, 255])
def test_a_picture_with_a_glowing_lamp_alone_is_black_and_a_dim_place_is_not(brightest):
    image = np.random.default_rng(3).integers(0, brightest + 1, (480, 640, 3), np.uint8)
    image[:8, :8] = 255
    assert is_black(image) == (brightest < BLACK_BELOW)
