"""A lens is measured by a chessboard before it, drawn here as a known lens would show it."""

import math

import numpy as np
import pytest

from pi_coach.adapters.chessboard import LEAST_VIEWS, measure
from pi_coach.core.errors import SourceError
from pi_coach.core.sight.lens import Lens
from pi_coach.core.types import Frame

pytest.importorskip("cv2", reason="measuring a lens needs OpenCV: pip install pi-coach[litert]")
WIDTH, HEIGHT = 640, 480
BENT = Lens(0.75, 0.51, 0.48, (-0.12, 0.02))
CORNERS = (9, 6)
TILTS = [(0, 0), (25, 0), (-25, 0), (0, 25), (0, -25), (20, 20), (-20, 20), (20, -20), (-20, -20)]
PLACES = [(0, 0), (-2.5, -1.5), (2.5, -1.5), (-2.5, 1.5), (2.5, 1.5)]


def board_seen(lens, tilt_deg, place, away):
    """Return the picture of a board of ten by seven squares of length 1."""
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    straight = lens.straight(np.stack([x, y], -1).reshape(-1, 2) / HEIGHT, WIDTH / HEIGHT)
    middle = (lens.middle_x * WIDTH / HEIGHT, lens.middle_y)
    ray = np.column_stack([(straight - middle) / lens.focal, np.ones(len(straight))])
    (a, b), (across, down) = np.radians(tilt_deg), place
    turn = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]]) @ np.array(
        [[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]]
    )
    origin = np.array((across, down, away))
    # Where each ray meets the board, in the board's own squares.
    normal = turn[:, 2]
    hit = ray * ((normal @ origin) / (ray @ normal))[:, None] - origin
    u, v = hit @ turn[:, 0] + 5, hit @ turn[:, 1] + 3.5
    dark = (np.floor(u) + np.floor(v)) % 2 == 0
    on_board = (u >= 0) & (u < 10) & (v >= 0) & (v < 7)
    grey = np.where(on_board & dark, 20, 230).reshape(HEIGHT, WIDTH).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def film(lens, count=1000):
    shown = [(tilt, place, away) for away in (9, 13) for tilt in TILTS for place in PLACES][:count]
    for seq, (tilt, place, away) in enumerate(shown):
        yield Frame(seq, seq * 0.5, board_seen(lens, tilt, place, away))


@pytest.mark.slow
def test_a_bent_lens_is_measured_so_that_its_picture_becomes_straight():
    found = measure(film(BENT), CORNERS)
    grid = np.stack(np.meshgrid(np.linspace(0.05, 1.28, 9), np.linspace(0.05, 0.95, 7)), -1).reshape(-1, 2)
    off = Lens.of(found.numbers).straight(BENT.bent(grid, 4 / 3), 4 / 3) - grid
    assert found.error_px < 0.5
    assert found.views >= LEAST_VIEWS
    # Focal length and middle are free to differ a little together; what must be right is that lines become straight.
    affine = np.linalg.lstsq(np.column_stack([grid, np.ones(len(grid))]), off, rcond=None)[0]
    rest = off - np.column_stack([grid, np.ones(len(grid))]) @ affine
    assert np.abs(rest).max() * HEIGHT < 1.0
    assert Lens.of(found.numbers).focal == pytest.approx(BENT.focal, rel=0.02)


def test_a_board_that_is_hardly_moved_is_asked_for_again_in_one_sentence():
    with pytest.raises(SourceError, match=r"seen in 3 places, and 10 are needed: hold a flat board") as caught:
        measure(film(BENT, count=3), CORNERS)
    assert "\n" not in str(caught.value)


def test_a_film_without_a_board_measures_nothing():
    blank = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    with pytest.raises(SourceError, match="seen in 0 places"):
        measure((Frame(seq, float(seq), blank) for seq in range(3)), CORNERS)
