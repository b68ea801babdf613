"""The landmark network taken apart says to the last bit what it says as a whole."""

import numpy as np
import pytest
from pictures import CLIP, model, pictures

from pi_coach.adapters.blazepose.mask import FRAYED, TILE, TILE_SIDES
from pi_coach.adapters.litert_parts import HEAT, MARKS, MASK, PRESENCE, taken_apart
from pi_coach.adapters.litert_pose import LiteRTPose, Network
from pi_coach.adapters.pose_engine import read_bundle
from pi_coach.core.types import Frame

__all__ = ["model"]

pytestmark = pytest.mark.slow

SAID = (MARKS, PRESENCE, HEAT)


@pytest.fixture(scope="module")
def bundle(model):
    return read_bundle(model)


def crop():
    """Return a square with the whole athlete in it."""
    return np.ascontiguousarray(pictures(CLIP, 1)[0][112:368, 192:448])


@pytest.mark.parametrize("threads", [1, 2])
def test_what_looks_and_what_paints_say_what_the_whole_network_says(bundle, threads):
    whole = Network(bundle[1], threads, 255.0).run(crop())
    parts = taken_apart(bundle[1], TILE_SIDES)
    *said, features = Network(parts.look, threads, 255.0).run(crop())
    for number, output in zip(SAID, said, strict=True):
        assert np.array_equal(output, whole[number])
    (painted,) = Network(parts.paint, threads).run(features[TILE])
    rows, columns = (slice(2 * side.start, 2 * side.stop) for side in TILE)
    inner = slice(FRAYED, -FRAYED)
    assert np.array_equal(painted[inner, inner], whole[MASK][rows, columns][inner, inner])
    assert painted.std() > 1.0, "there is an edge in the tile"


def test_where_no_outline_is_asked_for_nothing_leads_to_it(bundle):
    parts = taken_apart(bundle[1], None)
    assert parts.paint is None
    said = Network(parts.look, 1, 255.0).run(crop())
    whole = Network(bundle[1], 1, 255.0).run(crop())
    assert [output.tolist() for output in said] == [whole[number].tolist() for number in SAID]


def test_an_outline_changes_nothing_of_the_poses(model):
    films = []
    for outline in (False, True):
        engine = LiteRTPose(model, outline=outline)
        films.append([engine.find(Frame(seq, seq / 30, image)) for seq, image in enumerate(pictures(CLIP, 5))])
        engine.close()
    for plain, outlined in zip(*films, strict=True):
        assert np.array_equal(plain.points, outlined.points)
        assert plain.silhouette is None
        assert outlined.silhouette.seat_left_x is not None


def test_a_network_that_finds_no_landmarks_is_not_taken_apart(bundle):
    with pytest.raises(ValueError, match="none that finds landmarks"):
        taken_apart(bundle[0], None)
