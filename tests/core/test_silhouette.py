"""Where the buttocks end, told from painted masks."""

import numpy as np
import pytest

from pi_coach.core.sight.silhouette import outline
from pi_coach.core.types import LANDMARKS, Joint

ROWS, COLUMNS = 240, 320
ASPECT = COLUMNS / ROWS
HIP_ROW, HIP_COLUMN = 120, 160
TORSO_PX = 60


def standing(row=HIP_ROW, column=HIP_COLUMN, torso_px=TORSO_PX):
    """Return the landmarks of somebody whose hips are at this pixel."""
    points = np.zeros((LANDMARKS, 2), np.float32)
    for hip, shoulder in ((Joint.L_HIP, Joint.L_SHOULDER), (Joint.R_HIP, Joint.R_SHOULDER)):
        points[hip] = (column / ROWS, row / ROWS)
        points[shoulder] = (column / ROWS, (row - torso_px) / ROWS)
    return points


def body(left=140, right=180):
    """Return a mask with a straight body between two columns, the right one not part of it."""
    mask = np.zeros((ROWS, COLUMNS), np.float32)
    mask[40:220, left:right] = 1.0
    return mask


def sides_px(mask, points=None):
    seen = outline(mask, standing() if points is None else points, ASPECT)
    return tuple(None if side is None else side * ROWS for side in (seen.seat_left_x, seen.seat_right_x))


def test_both_edges_are_told_in_image_heights():
    seen = outline(body(), standing(), ASPECT)
    assert seen.seat_left_x == pytest.approx(140 / ROWS)
    assert seen.seat_right_x == pytest.approx(180 / ROWS)


def test_a_mask_of_yes_and_no_gives_the_same_edges():
    assert sides_px(body() > 0.5) == pytest.approx((140, 180))


def test_a_soft_edge_is_told_to_a_fraction_of_a_pixel():
    mask = body()
    mask[:, 139] = 0.25
    mask[:, 180] = 0.4
    # Half lies a third of the way from the last whole pixel's middle on the left, five sixths of it on the right.
    assert sides_px(mask) == pytest.approx((140.5 - 2 / 3, 179.5 + 5 / 6), abs=0.01)


def test_the_farthest_row_near_the_hips_counts():
    mask = body()
    mask[HIP_ROW + 5, 130:140] = 1.0
    assert sides_px(mask) == pytest.approx((130, 180))


@pytest.mark.parametrize("row", [HIP_ROW - 12, HIP_ROW + 15])
def test_what_sticks_out_above_or_below_the_buttocks_does_not_count(row):
    mask = body()
    mask[row, 100:220] = 1.0
    assert sides_px(mask) == pytest.approx((140, 180))


def test_hands_and_other_people_beside_the_body_do_not_count():
    mask = body()
    mask[:, 100:130] = 1.0
    mask[:, 185:260] = 1.0
    assert sides_px(mask) == pytest.approx((140, 180))


def test_hips_outside_the_mask_show_nothing():
    assert sides_px(body(), standing(column=100)) == (None, None)
    assert sides_px(np.zeros((ROWS, COLUMNS), np.float32)) == (None, None)


@pytest.mark.parametrize(
    ("row", "column"), [(HIP_ROW, -5), (HIP_ROW, COLUMNS + 5), (-80, HIP_COLUMN), (400, HIP_COLUMN)]
)
def test_hips_outside_the_picture_show_nothing(row, column):
    assert sides_px(np.ones((ROWS, COLUMNS), np.float32), standing(row, column)) == (None, None)


def test_a_body_cut_off_by_the_pictures_edge_has_no_end_there():
    assert sides_px(body(left=0)) == (None, pytest.approx(180))
    assert sides_px(body(right=COLUMNS)) == (pytest.approx(140), None)


def test_a_mask_of_another_size_than_the_picture_gives_the_same_place():
    small = body()[::2, ::2]
    seen = outline(small, standing(), ASPECT)
    assert (seen.seat_left_x, seen.seat_right_x) == pytest.approx((140 / ROWS, 180 / ROWS))


def test_hips_and_shoulders_in_one_place_show_nothing():
    assert sides_px(body(), standing(torso_px=0)) == (None, None)


def test_a_body_that_has_grown_together_with_a_rack_has_no_end_there():
    assert sides_px(body(left=HIP_COLUMN - 50)) == pytest.approx((HIP_COLUMN - 50, 180))
    assert sides_px(body(left=HIP_COLUMN - 53)) == (None, pytest.approx(180))
