"""A wide lens bends what it shows; a pose behind it is read as if the lens were straight."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.core.sight.body import facing_score, skeleton
from pi_coach.core.sight.contour import STATIONS, back_contour, back_shape
from pi_coach.core.sight.lens import CAMERA_MODULE_3_WIDE, Lens, straightened
from pi_coach.core.sight.silhouette import outline
from pi_coach.core.types import Joint, Stick
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import ManualClock
from pi_coach.testing.script import Script, hinged

ASPECT = 4 / 3
WEBCAM = Lens(0.7, 0.52, 0.47, (-0.18, 0.03))
GRID = np.stack(np.meshgrid(np.linspace(0, ASPECT, 9), np.linspace(0, 1, 7)), -1).reshape(-1, 2)


def hinge(place=0.65):
    """Return the pose of somebody at the bottom of a hinge."""
    script = Script().go(dataclasses.replace(hinged(84), place=place), 1.0).hold(0.2)
    body = ScriptedBody(script, Filming(fps=10), ManualClock())
    *_, pose = [body.find(frame) for frame in body.frames()]
    return pose


def behind(lens, pose):
    """Return the pose as the lens shows it, landmarks only."""
    return dataclasses.replace(pose, points=lens.bent(pose.points, pose.aspect).astype(np.float32), silhouette=None)


@given(st.floats(-0.15, 0.25), st.floats(0, 0.05), st.floats(0.7, 1.5), st.floats(0.4, 0.6))
def test_what_a_lens_bends_is_straightened_to_the_thousandth_of_a_pixel(k1, k2, focal, middle):
    lens = Lens(focal, middle, 1 - middle, (k1, k2))
    near = (GRID - GRID.mean(axis=0)) * 0.8 + GRID.mean(axis=0)
    seen = lens.bent(near, ASPECT)
    assert lens.straight(seen, ASPECT) == pytest.approx(near, abs=1e-3 / 480)


def test_a_lens_without_bend_leaves_everything_where_it_is():
    assert Lens(0.8).straight(GRID, ASPECT) == pytest.approx(GRID)


def test_the_middle_of_the_picture_stays_and_its_edges_move_outwards_behind_a_wide_lens():
    middle, edge = CAMERA_MODULE_3_WIDE.straight([(ASPECT / 2, 0.5), (0.0, 0.5)], ASPECT)
    assert middle == pytest.approx((ASPECT / 2, 0.5))
    assert -0.02 < edge[0] < -0.005


@pytest.mark.parametrize(("side", "published_deg"), [((16 / 9 / 2, 0.0), 102), ((0.0, 0.5), 67)])
def test_the_estimate_of_the_wide_lens_gives_its_published_angles_of_view(side, published_deg):
    point = np.array((16 / 9 / 2, 0.5)) + side
    away = CAMERA_MODULE_3_WIDE.straight([point], 16 / 9)[0] - (16 / 9 / 2, 0.5)
    angle_deg = 2 * math.degrees(math.atan(math.hypot(*away) / CAMERA_MODULE_3_WIDE.focal))
    assert angle_deg == pytest.approx(published_deg, abs=0.5)


def test_numbers_that_fold_the_picture_move_no_point_out_of_the_world():
    assert np.abs(Lens(0.5, bend=(-0.4,)).straight(GRID, ASPECT)).max() < 3


def test_a_straight_shin_at_the_edge_of_the_picture_is_straight_again():
    line = np.column_stack([np.full(5, 1.25), np.linspace(0.3, 0.9, 5)])
    seen = WEBCAM.bent(line, ASPECT)
    assert np.ptp(seen[:, 0]) * 480 > 5
    assert np.ptp(WEBCAM.straight(seen, ASPECT)[:, 0]) * 480 < 0.01


def test_a_camera_on_its_side_sees_through_the_same_lens():
    upright = Lens(0.7, bend=(-0.18, 0.03))
    on_its_side = upright.turned(ASPECT)
    # A place in the picture, and the same place in the picture turned by a quarter.
    x, y = upright.straight([(0.2, 0.3)], ASPECT)[0]
    turned = on_its_side.straight([((1 - 0.3) / ASPECT, 0.2 / ASPECT)], 1 / ASPECT)[0]
    assert turned * ASPECT == pytest.approx((1 - y, x))


def test_every_landmark_and_the_stick_are_read_as_before_a_straight_lens():
    true = hinge(0.3)
    seen = behind(WEBCAM, true)
    bent = WEBCAM.bent([(0.4, 0.5), (0.7, 0.3)], ASPECT).ravel().tolist()
    found = straightened(dataclasses.replace(seen, stick=Stick(*bent)), WEBCAM)
    assert found.points == pytest.approx(true.points, abs=1e-5)
    assert dataclasses.astuple(found.stick) == pytest.approx((0.4, 0.5, 0.7, 0.3))
    assert found.silhouette is None


# The outline is measured on a mask: here one is drawn, straight and as the lens shows it.

HEIGHT, WIDTH = 480, 640


def mask_of(pose, lens=None):
    """Return the mask of a body with a round back: a thick bow from the hips to the shoulders, and the legs."""
    x, y = np.meshgrid((np.arange(WIDTH) + 0.5) / HEIGHT, (np.arange(HEIGHT) + 0.5) / HEIGHT)
    places = np.stack([x, y], -1).reshape(-1, 2)
    if lens is not None:
        places = lens.straight(places, pose.aspect)
    hip, shoulder, ankle = (pose.points[[left, left + 1]].mean(axis=0) for left in (23, 11, 27))
    along = shoulder - hip
    square = float(along @ along)
    across = np.array((along[1], -along[0]))
    station = (places - hip) @ along / square
    depth = np.abs((places - hip) @ across) / square
    trunk = (station > -0.2) & (station < 1.1) & (depth < 0.25 + 0.12 * np.sin(np.pi * np.clip(station, 0, 1)))
    low, high = sorted((hip[1], ankle[1]))
    legs = (np.abs(places[:, 0] - hip[0]) < 0.08) & (places[:, 1] >= low) & (places[:, 1] <= high)
    return (trunk | legs).reshape(HEIGHT, WIDTH).astype(np.float32)


def measured(pose, mask):
    forward = 1 if facing_score(skeleton(pose)) > 0 else -1
    seat = outline(mask, pose.points, pose.aspect)
    return dataclasses.replace(
        pose, silhouette=dataclasses.replace(seat, back=back_contour(mask, pose.points, forward))
    )


@pytest.mark.parametrize("place", [0.3, 0.65, 1.0])
def test_seat_and_back_are_read_as_before_a_straight_lens(place):
    pose = hinge(place)
    true = measured(pose, mask_of(pose))
    seen = measured(behind(WEBCAM, pose), mask_of(pose, WEBCAM))
    found = straightened(seen, WEBCAM).silhouette
    assert facing_score(skeleton(pose)) > 0, "the seat is on the left"
    assert found.seat_left_x == pytest.approx(true.silhouette.seat_left_x, abs=3 / HEIGHT)
    known = np.isfinite(found.back) & np.isfinite(true.silhouette.back)
    assert known.mean() > 0.9
    assert np.abs(found.back - true.silhouette.back)[known].max() < 0.03
    assert back_shape(found.back).bulge_pct == pytest.approx(back_shape(true.silhouette.back).bulge_pct, abs=0.5)


def test_what_the_outline_did_not_show_stays_unknown():
    pose = hinge()
    holes = np.full(len(STATIONS), 0.2, np.float32)
    holes[:4] = np.nan
    silhouette = dataclasses.replace(outline(mask_of(pose), pose.points, ASPECT), seat_left_x=None, back=holes)
    found = straightened(dataclasses.replace(pose, silhouette=silhouette), WEBCAM).silhouette
    assert found.seat_left_x is None
    assert np.isnan(found.back).tolist() == np.isnan(holes).tolist()


def test_straightening_changes_nothing_but_places():
    pose = hinge()
    found = straightened(pose, WEBCAM)
    assert (found.t, found.aspect) == (pose.t, pose.aspect)
    assert found.visibility is pose.visibility
    assert found.points[Joint.NOSE].shape == (2,)


@pytest.mark.parametrize("numbers", [(), (0.8, 0.5, 0.5), (0.0, 0.5, 0.5, 0.1), (1.0,) * 7])
def test_numbers_that_are_no_lens_are_refused(numbers):
    with pytest.raises(ValueError, match="must be focal length, middle x, middle y, k1 and perhaps k2 and k3"):
        Lens.of(numbers)
