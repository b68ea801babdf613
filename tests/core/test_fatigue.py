"""When a set is long enough."""

import random

import pytest
from life import RULES
from story import PHRASES

from pi_coach.core.events import Rep
from pi_coach.core.planning.fatigue import STANDARD, Tired, rest_here, signs


def rep(number, *, up_s=1.0, hip_deg=80.0, score=92, faults=(), left_deg=2.0):
    measures = {"hip_flexion_deg": hip_deg, "up_s": up_s, "lockout_residual_deg": left_deg}
    quality = score is not None and score >= 80
    return Rep(number, 3.0 * number, 3.0 * number + 1, 3.0 * number + 2, score, quality, faults, measures)


def set_of(**each):
    """A set, one keyword a measure, its values rep by rep."""
    count = len(next(iter(each.values())))
    return [rep(i + 1, **{name: values[i] for name, values in each.items()}) for i in range(count)]


def kinds(fatigue):
    return {sign.kind for sign in fatigue.signs} if fatigue else set()


def test_ten_even_reps_are_not_tiring():
    assert signs(set_of(up_s=[1.0] * 10)) is None


def test_a_set_that_has_just_begun_shows_nothing():
    assert signs([]) is None
    assert signs(set_of(up_s=[1.0, 2.0, 2.0])) is None


@pytest.mark.parametrize(
    ("last_s", "warned", "ended"), [(1.2, False, False), (1.26, True, False), (1.42, True, False), (1.45, True, True)]
)
def test_a_way_up_that_slows_by_a_fifth_is_warned_of_and_by_three_tenths_ends_the_set(last_s, warned, ended):
    fatigue = signs(set_of(up_s=[1.0, 1.0, 1.1, last_s, last_s]))
    assert (kinds(fatigue) == {Tired.SLOWER}) is warned
    assert (fatigue is not None and fatigue.ends_set) is ended


def test_one_slow_rep_alone_does_not_end_a_set():
    fatigue = signs(set_of(up_s=[1.0, 1.0, 1.0, 1.0, 1.5]))
    assert fatigue is None or not fatigue.ends_set


def test_a_shorter_way_is_not_taken_for_a_faster_one():
    assert signs(set_of(up_s=[1.0, 1.0, 0.75, 0.5, 0.5], hip_deg=[80.0, 80.0, 60.0, 40.0, 40.0])) is None


def test_faults_that_gather_in_the_last_third_end_the_set():
    bad, good = ("no_lockout",), ()
    assert kinds(signs(set_of(faults=[good] * 7 + [bad, good, bad]))) == {Tired.FAULTS}
    assert signs(set_of(faults=[bad, good, bad] + [good] * 5 + [bad])) is None
    assert signs(set_of(faults=[bad] * 9)) is None
    assert signs(set_of(faults=[good, good, good, bad, bad])) is None


def test_scores_that_fall_by_three_points_a_rep_end_the_set():
    assert kinds(signs(set_of(score=[95, 92, 89, 86, 83]))) == {Tired.SCORES}
    assert signs(set_of(score=[95, 93, 91, 89, 87])) is None
    assert signs(set_of(score=[95, 92, 89, 86])) is None
    assert kinds(signs(set_of(score=[95, None, 88, 85, 82, 79]))) == {Tired.SCORES}


def test_a_lockout_that_drifts_by_more_than_eight_degrees_ends_the_set():
    assert kinds(signs(set_of(left_deg=[2.0, 2.0, 5.0, 10.5, 10.5]))) == {Tired.LOCKOUT}
    assert signs(set_of(left_deg=[2.0, 2.0, 5.0, 9.5, 9.5])) is None


def test_what_was_not_seen_is_no_sign():
    blind = [Rep(i, 3.0 * i, 3.0 * i + 1, 3.0 * i + 2, None, quality=False) for i in range(1, 11)]
    assert signs(blind) is None
    assert signs(set_of(up_s=[None] * 10, left_deg=[None] * 10)) is None


def test_the_sign_that_ends_the_set_comes_before_the_warning():
    fatigue = signs(set_of(up_s=[1.0, 1.0, 1.0, 1.3, 1.3], score=[95, 91, 87, 83, 79]))
    assert [sign.ends for sign in fatigue.signs] == [True, False]


def test_the_sentence_tells_how_many_were_clean():
    assert rest_here(PHRASES, set_of(score=[92, 92, 70])) == "Two clean. Rest here."


def test_the_numbers_in_the_file_are_those_of_the_program():
    assert RULES.fatigue == STANDARD


def test_steady_sets_filmed_with_ordinary_noise_are_seldom_ended():
    dice = random.Random(1)  # noqa: S311 - landmark noise
    ended = 0
    for _ in range(400):
        reps = [
            rep(
                number,
                up_s=dice.gauss(1.2, 0.08),
                hip_deg=dice.gauss(80.0, 3.0),
                score=min(round(dice.gauss(92, 4)), 100),
                left_deg=dice.gauss(3.0, 2.0),
            )
            for number in range(1, 11)
        ]
        so_far = (signs(reps[:count]) for count in range(1, 11))
        ended += any(fatigue is not None and fatigue.ends_set for fatigue in so_far)
    assert ended / 400 <= 0.05
