"""The back's outline: a person painted as a polygon, and how far their back bulges."""

import numpy as np
import pytest

from pi_coach.core.sight.contour import STATIONS, back_contour, back_shape
from pi_coach.core.types import LANDMARKS, Joint

HEIGHT, WIDTH = 480, 640
HIP, SHOULDER = np.array((300.0, 300.0)), np.array((380.0, 160.0))
TRUNK_PX = float(np.hypot(*(SHOULDER - HIP)))
THICKNESS = 0.25


def points():
    """Landmarks of somebody bent forward who faces right, image heights."""
    found = np.zeros((LANDMARKS, 2), np.float32)
    found[[Joint.L_HIP, Joint.R_HIP]] = HIP / HEIGHT
    found[[Joint.L_SHOULDER, Joint.R_SHOULDER]] = SHOULDER / HEIGHT
    return found


def painted(bulge=0.0, *, mirror=False):
    """A mask of the trunk: its back lies a quarter trunk length behind the line, and bulges as a parabola."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    along = (SHOULDER - HIP) / TRUNK_PX
    way = ((x - HIP[0]) * along[0] + (y - HIP[1]) * along[1]) / TRUNK_PX
    behind = ((x - HIP[0]) * along[1] - (y - HIP[1]) * along[0]) / TRUNK_PX
    edge = THICKNESS + bulge * (1 - ((way - 0.5) / 0.4) ** 2)
    mask = (way > -0.3) & (way < 1.2) & (behind > -0.2) & (behind < edge)
    return mask[:, ::-1] if mirror else mask


def test_the_contour_is_the_depth_of_the_back_behind_the_trunks_line():
    contour = back_contour(painted(), points(), 1)
    assert contour.shape == STATIONS.shape
    assert contour == pytest.approx(np.full(37, THICKNESS), abs=0.015)


@pytest.mark.parametrize("pct", [0, 4, 8, 12])
def test_a_bulge_is_told_in_percent_of_the_trunk(pct):
    assert back_shape(back_contour(painted(pct / 100), points(), 1)).bulge_pct == pytest.approx(pct, abs=1.2)


def test_an_athlete_who_faces_left_has_the_back_on_the_other_side():
    mirrored = points()
    mirrored[:, 0] = WIDTH / HEIGHT - mirrored[:, 0]
    contour = back_contour(painted(0.08, mirror=True), mirrored, -1)
    assert back_shape(contour).bulge_pct == pytest.approx(8, abs=1.2)


def test_a_soft_mask_has_the_same_edge():
    soft = painted(0.08).astype(np.float32) * 0.9
    assert back_shape(back_contour(soft, points(), 1)).bulge_pct == pytest.approx(8, abs=1.2)


def test_a_small_hole_in_the_mask_does_not_end_the_back():
    mask = painted()
    mask[222:225, 318:321] = False
    assert back_contour(mask, points(), 1) == pytest.approx(np.full(37, THICKNESS), abs=0.03)


def test_a_person_too_small_or_out_of_the_mask_has_no_contour():
    assert back_contour(painted(), points() * 0.05, 1) is None
    assert back_contour(np.zeros((HEIGHT, WIDTH), bool), points(), 1) is None
    assert back_contour(painted(), points() + 5, 1) is None


def test_a_rough_or_patchy_outline_is_not_judged():
    contour = np.full(37, 0.25, np.float32)
    rough, patchy, few = contour.copy(), contour.copy(), contour.copy()
    rough[::4] += 0.08
    patchy[:12] = np.nan
    few[3:6] = np.nan
    assert back_shape(contour).bulge_pct == pytest.approx(0, abs=0.01)
    assert back_shape(rough) is None
    assert back_shape(patchy) is None
    assert back_shape(few).bulge_pct == pytest.approx(0, abs=0.01)


def test_a_hollow_back_bulges_the_other_way():
    bow = 0.25 - 0.05 * (1 - ((STATIONS - 0.5) / 0.4) ** 2)
    assert back_shape(bow.astype(np.float32)).bulge_pct == pytest.approx(-5, abs=0.7)
