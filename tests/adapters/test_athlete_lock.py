"""Somebody walks past the athlete: in painted pictures, and in rendered ones that MediaPipe looks at."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from pictures import FPS, cut_out, model, pictures, truth

from pi_coach.adapters.athlete_lock import AthleteLock
from pi_coach.adapters.mediapipe_pose import MediaPipePose
from pi_coach.core.types import LANDMARKS, Frame, Joint, Pose
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Posture, Script, hinged, squatted

__all__ = ["model"]

ROWS, COLUMNS = 120, 160
PARTS = {"SHOULDER": -0.36, "HIP": 0.0, "KNEE": 0.28, "ANKLE": 0.54}
"""Heights of the parts under the hips, for a body of size 1; its length is 0.9 image heights."""


@dataclass(frozen=True)
class Person:
    """Somebody painted as a block of their own grey."""

    x: object
    """Takes a time, gives the place of the hips in image heights from the left; None while out of the picture."""
    grey: int
    size: float = 0.6
    trunk_off: object = lambda _t: 0.0
    """Takes a time, gives how far shoulders and hips are beside the feet, image heights."""

    def block(self, t):
        """Return the rows and columns that the person fills."""
        x, half = self.x(t), 0.12 * self.size
        top, bottom = 0.5 - 0.5 * self.size, 0.5 + 0.55 * self.size
        rows, columns = (top * ROWS, bottom * ROWS), ((x - half) * ROWS, (x + half) * ROWS)
        return tuple(slice(max(round(a), 0), max(round(b), 0)) for a, b in (rows, columns))

    def pose(self, t):
        points = np.zeros((LANDMARKS, 2), np.float32)
        for part, below in PARTS.items():
            for side in "LR":
                off = self.trunk_off(t) if below <= 0.0 else 0.0
                points[Joint[f"{side}_{part}"]] = (self.x(t) + off, 0.5 + self.size * below)
        return Pose(t, points, np.ones(LANDMARKS, np.float32), COLUMNS / ROWS)


class Stage:
    """Films people, the later ones in front, and finds one of them by their pixels as a pose model does.

    It stays with the one it follows; when that one is mostly covered or black, it takes the largest it sees.
    """

    def __init__(self, *people):
        self._people = people
        self._followed = None
        self.shown = []
        self.closed = False

    def frames(self, end_s, fps):
        for seq in range(round(end_s * fps)):
            image = np.full((ROWS, COLUMNS, 3), 9, np.uint8)
            for person in self._present(seq / fps):
                image[person.block(seq / fps)] = person.grey
            yield Frame(seq, seq / fps, image)

    def find(self, frame):
        self.shown.append(frame.image)
        seen = {person: self._seen(person, frame) for person in self._present(frame.t)}
        if seen.get(self._followed, 0.0) < 0.5:
            largest = max(seen, key=lambda person: seen[person] * person.size, default=None)
            self._followed = largest if seen.get(largest, 0.0) >= 0.5 else None
        return self._followed and self._followed.pose(frame.t)

    def close(self):
        self.closed = True

    def _present(self, t):
        return [person for person in self._people if person.x(t) is not None]

    def _seen(self, person, frame):
        rows, columns = person.block(frame.t)
        pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
        return float(np.sum(frame.image[rows, columns, 0] == person.grey)) / max(pixels, 1)


def standing(x):
    return lambda _t: x


def walking(start, speed, from_s=0.0):
    return lambda t: start + speed * (t - from_s) if t >= from_s else None


def watch(estimator, frames):
    """Return time and place of the hips for each frame, None where nobody was found."""
    places = []
    for frame in frames:
        pose = estimator.find(frame)
        places.append((frame.t, None if pose is None else float(pose.points[[Joint.L_HIP, Joint.R_HIP], 0].mean())))
    return places


def seen_from(places, t, x):
    """Return how long after `t` somebody at `x` was first returned, seconds."""
    return next(seen_t for seen_t, place in places if seen_t >= t and place == pytest.approx(x, abs=0.02)) - t


ATHLETE = Person(standing(0.6), grey=100)
PASSER = Person(walking(-0.2, 0.45), grey=200, size=0.7)
"""Covers the athlete at 1.8 s and is out of the picture at 3.8 s."""

RATES = pytest.mark.parametrize("fps", [8, 15, 30, 60])


@RATES
def test_somebody_who_walks_past_is_never_taken_for_the_athlete(fps):
    stage = Stage(ATHLETE, PASSER)
    places = watch(AthleteLock(stage), stage.frames(4.0, fps))
    assert all(place is None or abs(place - 0.6) < 0.1 for _, place in places)
    assert seen_from(places, 2.0, 0.6) < 0.7
    assert all(place == pytest.approx(0.6) for t, place in places if t > 2.7)


@RATES
def test_without_the_lock_the_passer_is_followed_out_of_the_picture(fps):
    stage = Stage(ATHLETE, PASSER)
    places = watch(stage, stage.frames(4.0, fps))
    assert max(place for _, place in places if place is not None) > 1.2


@RATES
def test_an_athlete_who_hinges_squats_and_turns_is_never_refused(fps):
    script = Script().hold(1.0).rep(hinged(85.0), down_s=0.6, up_s=0.6).rep(squatted(100.0), down_s=0.6, up_s=0.6)
    front = Posture(heading_deg=90.0)
    body = ScriptedBody(script.go(front, 0.5).hold(1.0).rep(hinged(80.0, front)), Filming(fps=fps, jitter=0.003))
    lock = AthleteLock(body)
    assert all(lock.find(frame) is not None for frame in body.frames())


def test_while_nothing_is_doubtful_the_estimator_gets_the_picture_itself():
    stage = Stage(ATHLETE)
    frames = list(stage.frames(0.5, 30))
    watch(AthleteLock(stage), frames)
    assert all(shown is frame.image for shown, frame in zip(stage.shown, frames, strict=True))


def test_in_doubt_all_but_the_athletes_place_is_black():
    stage = Stage(ATHLETE, PASSER)
    frames = list(stage.frames(2.6, 30))
    before = [frame.image.copy() for frame in frames]
    watch(AthleteLock(stage), frames)
    shown = next(image for image, frame in zip(stage.shown, frames, strict=True) if image is not frame.image)
    rows, columns = ATHLETE.block(0.0)
    assert np.all(shown[rows, columns] != 0)
    assert not shown[:, :20].any()
    assert not shown[:, -20:].any()
    assert all(np.array_equal(frame.image, image) for frame, image in zip(frames, before, strict=True))


def test_a_spotter_who_comes_close_to_the_camera_is_refused_by_size():
    stage = Stage(ATHLETE, Person(lambda t: 0.6 if 1.0 <= t < 1.8 else None, grey=200, size=0.85))
    places = watch(AthleteLock(stage), stage.frames(3.0, 30))
    assert [t for t, place in places if place is None] == pytest.approx(np.arange(1.0, 1.8, 1 / 30))


def test_a_trunk_that_goes_with_a_passer_while_the_feet_stay_is_refused():
    stage = Stage(Person(standing(0.6), grey=100, trunk_off=lambda t: 0.3 * np.clip(t - 1.0, 0.0, 0.5)))
    places = watch(AthleteLock(stage), stage.frames(1.5, 30))
    assert max(place for _, place in places if place is not None) < 0.67
    assert places[-1][1] is None


def test_an_athlete_who_came_up_from_a_bow_to_the_camera_unseen_is_the_athlete():
    front = Posture(heading_deg=90.0)
    script = Script(((0.0, front),)).hold(0.5).go(hinged(80.0, front), 0.5).hold(1.5).go(front, 0.5).hold(0.5)
    body = ScriptedBody(script, Filming(gaps=((2.4, 3.2),)))
    lock = AthleteLock(body)
    assert [frame.t for frame in body.frames() if lock.find(frame) is None] == pytest.approx(np.arange(72, 96) / 30)


def test_a_spotter_in_the_athletes_place_is_not_nobody():
    blink = 1.1
    hidden = Person(lambda t: None if 1.0 <= t < 2.0 else 0.6, grey=100)
    spotter = Person(lambda t: 0.6 if 1.0 <= t < 1.95 and abs(t - blink) > 0.01 else None, grey=200, size=0.85)
    stage = Stage(hidden, spotter)
    places = watch(AthleteLock(stage), stage.frames(3.0, 30))
    assert [t for t, place in places if place is None] == pytest.approx(np.arange(1.0, 2.0, 1 / 30))


@RATES
def test_an_athlete_who_steps_aside_is_back_after_a_second_on_the_spot(fps):
    stage = Stage(Person(lambda t: 0.6 + 0.2 * np.clip((t - 2.0) / 0.4, 0.0, 1.0), grey=100))
    places = watch(AthleteLock(stage), stage.frames(5.0, fps))
    assert places[round(2.4 * fps)][1] is None
    assert 0.8 < seen_from(places, 2.4, 0.8) < 1.3
    assert all(place is not None for t, place in places if t < 2.0 or t > 3.7)


def test_an_athlete_whose_feet_creep_is_not_lost():
    stage = Stage(Person(lambda t: 0.4 + 0.015 * t, grey=100))
    assert all(place is not None for _, place in watch(AthleteLock(stage), stage.frames(20.0, 15)))


@RATES
def test_after_a_cut_the_athlete_is_found_elsewhere_within_about_a_second(fps):
    stage = Stage(Person(lambda t: 0.3 if t < 2.0 else 1.0, grey=100))
    places = watch(AthleteLock(stage), stage.frames(5.0, fps))
    assert 0.8 <= seen_from(places, 2.0, 1.0) < 1.2
    assert all(place == pytest.approx(1.0) for t, place in places if t > 3.2)


def test_whoever_comes_three_seconds_after_the_athlete_left_is_taken_at_once():
    leaving = Person(lambda t: 0.4 if t < 2.0 else None, grey=100)
    arriving = Person(lambda t: 1.0 if t >= 5.2 else None, grey=150)
    stage = Stage(leaving, arriving)
    places = watch(AthleteLock(stage), stage.frames(6.0, 30))
    assert [t for t, place in places if place is None] == pytest.approx(np.arange(60, 156) / 30)


def test_the_time_after_which_an_athlete_is_forgotten_can_be_chosen():
    leaving = Person(lambda t: 0.3 if t < 1.0 else None, grey=100)
    arriving = Person(lambda t: 1.0 if t >= 1.6 else None, grey=150)
    for forget_s, waits in ((0.5, False), (3.0, True)):
        stage = Stage(leaving, arriving)
        places = watch(AthleteLock(stage, forget_s=forget_s), stage.frames(3.0, 30))
        assert (seen_from(places, 1.6, 1.0) > 0.5) is waits


def test_nobody_at_all_is_nobody():
    stage = Stage()
    assert all(place is None for _, place in watch(AthleteLock(stage), stage.frames(0.5, 30)))


def test_closing_the_lock_frees_the_estimator():
    stage = Stage(ATHLETE)
    AthleteLock(stage).close()
    assert stage.closed


# With MediaPipe and rendered people.

CLIP, OTHER = "wall_touch_good_right", "wall_touch_faults_left"


@pytest.fixture(scope="module")
def passer(model):
    """Return the athlete of another clip, cut out, somewhat nearer to the camera."""
    image = pictures(OTHER, 1)[0]
    estimator = MediaPipePose(model, outline=True)
    mask = estimator.detect(Frame(0, 0.0, image)).segmentation_masks[0].numpy_view()[..., 0] > 0.5
    estimator.close()
    return cut_out(image, mask, size=1.3)


def off_the_athlete(estimator, passer, speed_px_s):
    """Return for 5 s how far the pose's hips are from the athlete's, torso lengths; NaN where there is no pose."""
    known = truth(CLIP)
    hip, shoulder = (known["joint_names"].index(name) for name in ("hip.R", "shoulder.R"))
    away = []
    for seq, image in enumerate(pictures(CLIP, 150)):
        x = (-100 if speed_px_s > 0 else 740) + speed_px_s * seq / FPS
        pose = estimator.find(Frame(seq, seq / FPS, passer.in_front_of(image, x)))
        marks = np.array(known["joints_px"][seq])
        torso_px = np.hypot(*(np.array(known["joints_px"][0])[hip] - np.array(known["joints_px"][0])[shoulder]))
        found_px = np.nan if pose is None else 480 * pose.points[[Joint.L_HIP, Joint.R_HIP], 0].mean()
        away.append(abs(found_px - marks[hip, 0]) / torso_px)
    estimator.close()
    return np.array(away)


@pytest.mark.slow
@pytest.mark.parametrize("speed_px_s", [200, -200])
def test_mediapipe_goes_with_the_passer_and_the_lock_stays_with_the_athlete(model, passer, speed_px_s):
    free = off_the_athlete(MediaPipePose(model, outline=False), passer, speed_px_s)
    locked = off_the_athlete(AthleteLock(MediaPipePose(model, outline=False)), passer, speed_px_s)
    assert np.nanmax(free) > 3.0
    assert np.nanmax(locked) < 1.0
    assert np.sum(locked > 0.5) <= 6
    assert np.isnan(locked).sum() < 1.0 * FPS
    assert np.all(locked[-30:] < 0.2)


@pytest.mark.slow
def test_mediapipe_finds_the_athlete_again_soon_after_a_cut(model):
    other = [np.roll(image, -150, axis=1) for image in pictures(OTHER, 60)]
    lock = AthleteLock(MediaPipePose(model, outline=False))
    frames = (Frame(seq, seq / FPS, image) for seq, image in enumerate(itertools.chain(pictures(CLIP, 30), other)))
    places = watch(lock, frames)
    lock.close()
    lost = [t for t, place in places if place is None]
    assert len(lost) < 1.5 * FPS
    assert all(place is not None for t, place in places if t < 0.9 or t > 2.5)
