"""The arithmetic between BlazePose's networks, on squares, points and heat of known place."""

import math

import numpy as np
import pytest

from pi_coach.adapters.blazepose import detector, landmarks, mask, warp
from pi_coach.adapters.blazepose.float32 import added_up, sigmoid
from pi_coach.adapters.blazepose.follower import Follower, Networks
from pi_coach.adapters.blazepose.region import Region
from pi_coach.adapters.blazepose.smoothing import Smoothed
from pi_coach.core.types import LANDMARKS, Frame, Joint

ROWS, COLUMNS = 480, 640
SIZE_PX = np.array((COLUMNS, ROWS), np.float32)


def shares(*points_px):
    """Return places in the picture as the engine counts them."""
    return np.array(points_px, np.float32) / SIZE_PX


UPRIGHT = shares((320, 240), (320, 140))
"""Hips, and a point above them on the circle around the body."""


def region(x_px, y_px, side_px, lean_deg=0.0):
    return Region(shares((x_px, y_px))[0], np.float32(side_px) / SIZE_PX, np.float32(math.radians(lean_deg)))


def square(*place):
    return region(*place).square(SIZE_PX)


def ramp():
    """Return a picture whose red tells the column and whose green tells the row."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    return np.stack((x * 255 / COLUMNS, y * 255 / ROWS, np.zeros_like(x)), axis=-1).astype(np.uint8)


# Where to look.


def test_a_person_who_stands_is_looked_at_upright_and_with_a_margin():
    middle, sides, lean_deg = Region.of_person(UPRIGHT, SIZE_PX).square(SIZE_PX)
    assert middle == pytest.approx((320, 240))
    assert sides == pytest.approx((250, 250))
    assert lean_deg == pytest.approx(0)


@pytest.mark.parametrize(("rim_px", "lean_deg"), [((420, 240), 90), ((320, 340), 180), ((220, 240), -90)])
def test_a_person_who_leans_is_looked_at_with_the_head_up(rim_px, lean_deg):
    leaning = Region.of_person(shares((320, 240), rim_px), SIZE_PX)
    assert math.remainder(math.degrees(leaning.lean_rad) - lean_deg, 360) == pytest.approx(0, abs=1e-4)
    assert leaning.placed(np.array(((0.5, 0.1),), np.float32))[0] * SIZE_PX == pytest.approx(rim_px)


@pytest.mark.parametrize(
    "place",
    [(1, 1, 0.5), (math.nan, 1, 9), (1, math.nan, 9), (1, 1, math.nan), (1, 1, math.inf), (0, 0, 2e4), (-2e4, 0, 99)],
)
def test_a_square_that_no_person_can_have_shows_nobody(place):
    assert not region(*place).shows_somebody(SIZE_PX)


def test_a_person_half_out_of_the_picture_may_be_looked_at():
    assert region(0, 240, 400).shows_somebody(SIZE_PX)


def test_a_turned_crop_shows_what_lies_in_the_square():
    turned = region(300, 200, 120, lean_deg=30)
    crop = warp.cut(ramp(), turned.square(SIZE_PX), 60)
    at = np.array(((10, 20), (50, 40), (30, 30)), np.float32)
    x, y = (turned.placed(at / 60) * SIZE_PX).T
    seen = crop[at[:, 1].astype(int), at[:, 0].astype(int)] / 255
    assert seen[:, 0] * COLUMNS == pytest.approx(x, abs=4)
    assert seen[:, 1] * ROWS == pytest.approx(y, abs=4)


def test_a_place_between_pixels_is_read_to_a_thirty_second_of_a_pixel():
    step = np.zeros((1, 256, 3), np.uint8)
    step[:, 100:] = 255
    # A crop with a pixel for each 256th of one: how far it has come from one pixel to the next shows in its grey.
    crop = warp.cut(step, ((99.5, 0.5), (1.0, 1.0), 0.0), 256)
    shades = np.unique(crop[0, :, 0])
    assert shades.tolist() == [math.floor(255 * part / 32 + 0.5) for part in range(33)]


def test_beyond_the_edge_the_last_pixels_go_on_or_all_is_black():
    picture = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
    assert (warp.cut(picture, square(0, 0, 200), 50) == 90).all()
    dark = warp.cut(picture, square(0, 0, 200), 50, black=True)
    assert (dark[:24] == 0).all()
    assert (dark[27:, 27:] == 90).all()


# Whom the detector notices.


def test_the_detectors_guesses_lie_on_its_three_grids():
    anchors = detector.anchors()
    assert anchors.shape == (2254, 2)
    assert anchors[[0, 1, 2]] == pytest.approx(np.array(((0.5, 0.5), (0.5, 0.5), (1.5, 0.5))) / 28)
    assert anchors[-1] == pytest.approx((6.5 / 7, 6.5 / 7))


def guesses(*found):
    """Return the network's outputs for some (number, logit, hips, rim), whose boxes are all 100 pixels wide."""
    table, logits = np.zeros((2254, 12), np.float32), np.full((2254, 1), -50, np.float32)
    for number, logit, hips, rim in found:
        middle = detector.anchors()[number] * detector.SIZE
        table[number, :2], table[number, 2:4] = hips - middle, 100
        table[number, 4:6], table[number, 6:8] = hips - middle, rim - middle
        logits[number] = logit
    return table, logits


def test_guesses_at_one_person_are_averaged_by_their_scores_and_others_are_left_out():
    here, there = np.array((60.0, 80.0)), np.array((180.0, 180.0))
    up = np.array((0, -40.0))
    found = detector.person(
        *guesses((500, 2.0, here, here + up), (501, 0.0, here + 8, here + 8 + up), (900, 1.0, there, there + up)), 0.5
    )
    sure, unsure = sigmoid(np.array((2.0, 0.0), np.float32))
    assert found[0] * detector.SIZE == pytest.approx(here + 8 * unsure / (sure + unsure), rel=1e-4)
    assert (found[1] - found[0]) * detector.SIZE == pytest.approx(up, abs=1e-3)


def test_nobody_who_scores_too_little_is_noticed():
    here = np.array((60.0, 80.0))
    assert detector.person(*guesses((500, -0.1, here, here - 30)), 0.5) is None


@pytest.mark.parametrize(("size_px", "middle", "rim"), [((640, 480), (0.5, 0.5), 0.375), ((478, 850), (0.5, 0.5), 0.5)])
def test_places_in_the_detectors_crop_are_places_in_the_picture_without_its_bars(size_px, middle, rim):
    # The middle, and the picture's upper edge.
    upper = 0.5 - rim
    found = detector.without_bars(np.array(((0.5, 0.5), (0.5, upper)), np.float32), np.array(size_px, np.float32))
    assert found[0] == pytest.approx(middle)
    assert found[1] == pytest.approx((0.5, 0.0), abs=1e-6)


# Arithmetic.


def test_a_share_is_rounded_once():
    logits = np.linspace(-90, 90, 1001, dtype=np.float32)
    assert (sigmoid(logits) == [np.float32(1) / (1 + np.float32(math.exp(min(-x, 80)))) for x in logits]).all()


def test_numbers_are_added_up_one_after_the_other():
    values = np.array([1e8] + [1.0] * 20, np.float32)
    assert added_up(values) == np.float32(1e8)
    assert values.sum() > np.float32(1e8)


# What the landmark network says.


def test_heat_moves_a_point_to_its_middle_and_cold_leaves_it():
    raw = np.zeros((39, 5), np.float32)
    raw[:, :2] = 100
    raw[:, 3] = np.linspace(-200, 200, 39)
    heat = np.full((64, 64, 39), -20, np.float32)
    heat[26:28, 24, 5] = 4
    found = landmarks.marks(raw.ravel(), heat)
    assert found.points[5] == pytest.approx((24 / 64, 26.5 / 64), abs=1e-4)
    assert np.delete(found.points, 5, axis=0) == pytest.approx(100 / 256)
    assert (found.visibility[0], found.visibility[-1]) == pytest.approx((0, 1))


@pytest.mark.parametrize("place", [-30, -1, 255.9, 300])
def test_a_point_at_or_beyond_the_edge_is_read_without_trouble(place):
    raw = np.full((39, 5), place, np.float32)
    found = landmarks.marks(raw.ravel(), np.full((64, 64, 39), -20, np.float32))
    assert found.points == pytest.approx(place / 256)


TILE_PX = tuple(2 * side for side in mask.TILE_SIDES)


def trunk(hip_px, shoulder_px):
    """Return landmarks of which only the trunk is told, pixels."""
    points = np.full((LANDMARKS, 2), 300, np.float32)
    points[[Joint.L_SHOULDER, Joint.R_SHOULDER]] = shoulder_px
    points[[Joint.L_HIP, Joint.R_HIP]] = hip_px
    return points


def test_the_mask_lies_where_the_person_is_and_only_around_the_trunk():
    logits = np.full(TILE_PX, -9, np.float32)
    logits[:, 64:] = 9
    # A crop as large as the picture's square, whose middle is the hips'.
    laid = mask.trunk_mask(logits, square(300, 280, 256), trunk((300, 280), (300, 220)), (ROWS, COLUMNS))
    assert laid.shape == (ROWS, COLUMNS)
    assert (laid[225:285, 302:358] > 0.99).all()
    assert (laid[225:285, 242:298] < 0.01).all()
    assert not laid[:205].any()
    assert not laid[300:].any()
    assert not laid[:, 361:].any(), "painted is only what lies around the trunk"


def test_the_mask_leans_with_the_person():
    logits = np.full(TILE_PX, -9, np.float32)
    logits[:, 64:] = 9
    # Bent over to the right: what was the right side of the crop is below.
    laid = mask.trunk_mask(logits, square(300, 280, 256, 90), trunk((300, 280), (360, 280)), (ROWS, COLUMNS))
    assert (laid[282:325, 250:350] > 0.99).all()
    assert (laid[235:278, 250:350] < 0.01).all()


def test_a_trunk_outside_the_picture_has_no_mask():
    points = np.full((LANDMARKS, 2), -500, np.float32)
    assert not mask.trunk_mask(np.zeros(TILE_PX, np.float32), square(-500, -500, 99), points, (ROWS, COLUMNS)).any()


# How it moves on.


def test_one_who_stands_still_is_calm_and_one_who_moves_is_not_late():
    rng = np.random.default_rng(1)
    still = Smoothed.first(np.zeros((1, 2)), np.ones(1))
    noise = rng.normal(0, 0.1, (60, 1, 2))
    calm = []
    for step in noise:
        still = still.followed_by(step, np.ones(1), 1 / 30, 400)
        calm.append(still.points_px)
    assert np.std(calm) < 0.3 * np.std(noise)
    moving = Smoothed.first(np.zeros((1, 2)), np.ones(1))
    for step in range(1, 31):
        moving = moving.followed_by(np.full((1, 2), 10.0 * step), np.ones(1), 1 / 30, 400)
    assert moving.points_px == pytest.approx(300, abs=4)


def test_smoothing_follows_time_and_not_the_number_of_pictures():
    def after(fps):
        smoothed = Smoothed.first(np.zeros((1, 2)), np.ones(1))
        for step in range(1, fps + 1):
            smoothed = smoothed.followed_by(np.full((1, 2), 100 * step / fps), np.ones(1), 1 / fps, 400)
        return smoothed.points_px

    assert after(60) == pytest.approx(after(15), abs=4)


def test_visibility_changes_slowly():
    smoothed = Smoothed.first(np.zeros((1, 2)), np.zeros(1))
    assert smoothed.followed_by(np.zeros((1, 2)), np.ones(1), 0.1, 400).visibility == pytest.approx(0.1)


def test_two_pictures_of_one_moment_are_taken():
    smoothed = Smoothed.first(np.zeros((1, 2)), np.ones(1)).followed_by(np.ones((1, 2)), np.ones(1), 0.0, 400)
    assert np.isfinite(smoothed.points_px).all()


class Scripted:
    """A network that answers what it was told to, and counts how often it was asked."""

    def __init__(self, *outputs):
        self.outputs = outputs
        self.asked = 0

    def run(self, pixels):
        assert pixels.dtype == np.uint8
        self.asked += 1
        return self.outputs


def networks(presence):
    """Return a detector that sees one person in the middle, and a landmark network that is `presence` sure of them."""
    middle = np.array((112.0, 112.0))
    raw = np.zeros((39, 5), np.float32)
    raw[:, :2] = 128
    raw[34, 1] = 128 - 256 / 2.5
    heat = np.full((64, 64, 39), -20, np.float32)
    seen = (raw.ravel(), np.array((presence,), np.float32), heat)
    return Scripted(*guesses((900, 3.0, middle, middle - (0, 60)))), Scripted(*seen)


def follow(detect, look, count):
    follower = Follower(Networks(detect, look), detection=0.5, presence=0.5)
    return [follower.follow(Frame(seq, seq / 30, ramp())) for seq in range(count)]


def test_one_who_is_followed_is_not_searched_for():
    detect, look = networks(presence=0.9)
    assert all(seen.points_px[0] == pytest.approx((320, 240), abs=0.5) for seen in follow(detect, look, 5))
    assert (detect.asked, look.asked) == (1, 5)


def test_one_who_is_no_person_after_all_is_searched_for_anew():
    detect, look = networks(presence=0.4)
    assert follow(detect, look, 3) == [None] * 3
    assert (detect.asked, look.asked) == (3, 3)


def test_where_nobody_is_noticed_the_second_network_rests():
    _, look = networks(presence=0.9)
    assert follow(Scripted(*guesses()), look, 2) == [None, None]
    assert look.asked == 0
