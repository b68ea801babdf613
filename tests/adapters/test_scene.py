"""Whether the camera was moved, told from edges alone."""

from pathlib import Path

import numpy as np
import pytest

from pi_coach.adapters.scene import COLUMNS, SceneWatch, fingerprint, from_text, moved, to_text
from pi_coach.adapters.video import VideoFile
from pi_coach.core.types import Frame

FILM = Path(__file__).parents[2] / "fixtures" / "clips" / "wall_touch_good_right.mp4"


@pytest.fixture(scope="module")
def pictures():
    return [frame.image for frame in VideoFile(FILM).frames()][:320:40]


def shifted(picture, columns):
    return np.roll(picture, columns, axis=1)


def film(pictures):
    """Return a source that shows each picture for two seconds."""

    class Film:
        def frames(self):
            for number, picture in enumerate(pictures):
                yield Frame(number, 2.0 * number, picture)

        def close(self):
            pass

    return Film()


def watched(pictures):
    told = []
    watch = SceneWatch(film(pictures), lambda: told.append(True))
    frames = watch.frames()
    next(frames)
    watch.reference = watch.latest
    for _ in frames:
        pass
    return told, watch


def test_an_athlete_who_trains_does_not_move_the_camera(pictures):
    prints = [fingerprint(picture) for picture in pictures]
    assert not any(moved(prints[0], later) for later in prints[1:])


@pytest.mark.parametrize("columns", [-40, -12, 12, 40])
def test_a_camera_that_was_pushed_aside_is_noticed(pictures, columns):
    assert moved(fingerprint(pictures[0]), fingerprint(shifted(pictures[3], columns)))


def test_another_room_is_another_place(pictures):
    other = np.random.default_rng(1).integers(0, 255, pictures[0].shape, np.uint8)
    assert moved(fingerprint(pictures[0]), fingerprint(other))


def test_a_black_picture_is_another_place(pictures):
    assert moved(fingerprint(pictures[0]), fingerprint(np.zeros_like(pictures[0])))


def test_a_fingerprint_survives_the_book(pictures):
    kept = from_text(to_text(fingerprint(pictures[0])))
    assert not moved(kept, fingerprint(pictures[2]))


def test_a_damaged_fingerprint_is_like_no_place(pictures):
    assert moved(from_text("1 2 3"), fingerprint(pictures[0]))


def test_a_fingerprint_shows_no_picture(pictures):
    assert fingerprint(pictures[0]).shape == (COLUMNS,)


def test_a_set_in_one_place_keeps_the_wall(pictures):
    told, _ = watched(pictures)
    assert told == []


def test_the_wall_is_given_up_once_when_the_camera_was_moved(pictures):
    told, watch = watched([*pictures[:3], *(shifted(picture, 30) for picture in pictures[3:])])
    assert told == [True]
    assert watch.reference is None


def test_somebody_who_leans_through_the_picture_once_does_not_cost_the_wall(pictures):
    passing = np.full_like(pictures[0], 127)
    told, _ = watched([*pictures[:3], passing, *pictures[4:]])
    assert told == []
