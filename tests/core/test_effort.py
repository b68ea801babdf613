"""When the coach does less: nobody there, a machine that is hot, a model that is too slow."""

from dataclasses import replace

import pytest
from story import CONFIG

from pi_coach.core.events import Phase, Stage
from pi_coach.core.signals.effort import (
    BETWEEN_S,
    CALM_S,
    HEAT_S,
    WAKE_S,
    Effort,
    Exertion,
    Glimpse,
    Heat,
    Means,
    after,
)
from pi_coach.settings import LIMITS

POWER = CONFIG.settings.power
FPS = 30.0
MEANS = Means.of(POWER, FPS, has_lite=True)
NOW = Glimpse(0.0, seen=True, stage=Stage.SET, phase=Phase.TALL, lap_s=0.02)
COOL, WARM, HOT = Heat(55.0, slowed=False), Heat(75.0, slowed=False), Heat(82.0, slowed=False)


class Day:
    """Goes on by seconds, and keeps what was asked for and when."""

    def __init__(self, means=MEANS, start_s=1000.0):
        self.means, self.t, self.now = means, start_s, Exertion()
        self.changes = []

    @property
    def effort(self):
        return self.now.effort(self.means)

    def go_on(self, for_s, lap_s=lambda _effort: 0.02, **seen):
        end_s = self.t + for_s
        while self.t < end_s:
            before = self.effort
            self.now = after(self.means, self.now, replace(NOW, t=self.t, lap_s=lap_s(before), **seen))
            if self.effort != before:
                self.changes.append((self.t, self.effort))
            self.t += 1.0 / self.effort.fps
        return self


def nobody(stage=Stage.FRAMING):
    return {"seen": False, "stage": stage}


def test_an_empty_place_is_watched_after_a_minute_and_one_look_wakes_the_coach():
    day = Day().go_on(POWER.idle_after_s - 1, **nobody())
    assert not day.effort.idle
    assert day.go_on(2, **nobody()).effort == Effort(FPS, looks=POWER.idle_fps)
    day.go_on(3600, **nobody(Stage.DONE))
    assert day.effort.idle
    assert day.go_on(0.01, stage=Stage.DONE).effort == Effort(30.0)


@pytest.mark.parametrize(
    "stage", [Stage.PROMPT, Stage.COUNTDOWN, Stage.SET, Stage.PAUSED, Stage.SUMMARY, Stage.REST], ids=str
)
def test_the_coach_never_dozes_off_while_a_set_or_its_rest_is_under_way(stage):
    day = Day().go_on(600, **nobody(stage))
    assert day.changes == []


def test_an_owner_can_have_the_coach_always_awake():
    means = Means.of(replace(POWER, idle_after_s=0.0), 30.0, has_lite=True)
    assert Day(means).go_on(600, **nobody()).changes == []


def seconds_to_wake(means, steps_in_s):
    """Return how long after somebody steps in two pictures in a row are looked at as on any other day."""
    day, t, looked_s = Day(means, start_s=0.0), 0.0, 0.0
    while True:
        t += 1.0 / FPS
        effort = day.effort
        if effort.looks is not None and t - looked_s < 1.0 / effort.looks - 1e-6:
            continue
        if not effort.idle and t > steps_in_s:
            return t - steps_in_s
        looked_s = t
        day.now = after(means, day.now, Glimpse(t, t >= steps_in_s, Stage.DONE, Phase.SETUP, 0.02))


@pytest.mark.parametrize("idle_fps", [LIMITS["power.idle_fps"][0], 4.0, 7.0, LIMITS["power.idle_fps"][1]])
def test_whoever_steps_in_is_watched_with_full_effort_within_half_a_second(idle_fps):
    means = Means.of(replace(POWER, idle_after_s=5.0, idle_fps=idle_fps), FPS, has_lite=True)
    took_s = [seconds_to_wake(means, 12.0 + place / 97) for place in range(97)]
    assert max(took_s) <= WAKE_S
    assert max(took_s) > 1.0 / idle_fps


def test_a_hot_machine_watches_with_the_camera_and_the_model_that_it_wakes_with():
    day = Day().go_on(2 * HEAT_S, heat=HOT).go_on(POWER.idle_after_s + 1, heat=WARM, **nobody())
    assert day.effort == Effort(15.0, light=True, looks=POWER.idle_fps)


def test_the_ladder_goes_down_to_seven_and_a_half_pictures_and_no_further():
    told = [(step.fps, step.light) for step in MEANS.ladder]
    assert told == [(30.0, False), (15.0, False), (15.0, True), (10.0, True), (7.5, True)]


def test_a_coach_with_one_model_or_a_slow_camera_has_fewer_steps():
    assert [step.fps for step in Means.of(POWER, 30.0, has_lite=False).ladder] == [30.0, 15.0, 10.0, 7.5]
    assert [(step.fps, step.light) for step in Means.of(POWER, 10.0, has_lite=True).ladder] == [
        (10.0, False), (7.5, False), (7.5, True)]  # fmt: skip
    assert [step.fps for step in Means.of(POWER, 5.0, has_lite=False).ladder] == [5.0]


def test_a_hot_machine_does_less_at_once_and_then_in_steps_as_long_as_it_stays_hot():
    day = Day().go_on(60).go_on(0.1, heat=HOT)
    assert day.effort == Effort(15.0)
    day.go_on(HEAT_S + 1, heat=HOT)
    assert day.effort == Effort(15.0, light=True)
    day.go_on(600, heat=HOT)
    assert day.effort == Effort(7.5, light=True)
    assert len(day.changes) == 4
    assert min(later[0] - one[0] for one, later in zip(day.changes, day.changes[1:], strict=False)) >= HEAT_S - 0.1


@pytest.mark.parametrize("heat", [Heat(60.0, slowed=True), Heat(None, slowed=True), Heat(80.0, slowed=None)])
def test_a_machine_that_is_held_back_or_hot_does_less_whichever_of_the_two_it_tells(heat):
    assert Day().go_on(1, heat=heat).effort.fps == 15.0


def test_a_machine_that_tells_nothing_goes_on_as_it_is():
    assert Day().go_on(600, heat=Heat()).changes == []


def test_it_does_more_again_a_step_at_a_time_and_only_once_it_has_long_been_cool():
    day = Day().go_on(2 * HEAT_S, heat=HOT)
    assert day.effort == Effort(15.0, light=True)
    assert day.go_on(600, heat=WARM).effort == Effort(15.0, light=True)
    assert day.go_on(CALM_S - 2, heat=COOL).effort == Effort(15.0, light=True)
    assert day.go_on(4, heat=COOL).effort == Effort(15.0)
    assert day.go_on(CALM_S + 2, heat=COOL).effort == Effort(30.0)


def test_a_change_of_model_waits_for_the_end_of_the_rep_but_not_for_ever():
    day = Day().go_on(1, heat=HOT).go_on(HEAT_S + 5, heat=HOT, phase=Phase.DESCENT)
    assert not day.effort.light
    assert day.go_on(0.1, heat=HOT, phase=Phase.LOCKOUT).effort.light
    day = Day().go_on(1, heat=HOT).go_on(HEAT_S + BETWEEN_S + 2, heat=HOT, phase=Phase.BOTTOM)
    assert day.effort.light


def test_a_change_of_rate_alone_waits_for_nothing():
    assert Day().go_on(1, heat=HOT, phase=Phase.BOTTOM).effort.fps == 15.0


def slow_pi(full_s, lite_s=None):
    """Return how long the loop takes on some machine, by what is asked for."""
    return lambda effort: (lite_s or full_s / 1.5) if effort.light else full_s


@pytest.mark.parametrize(
    ("full_s", "settles"),
    [
        (0.030, Effort(30.0)),
        (0.050, Effort(15.0)),
        (0.090, Effort(15.0, light=True)),
        (0.120, Effort(10.0, light=True)),
        (0.160, Effort(7.5, light=True)),
        (0.500, Effort(7.5, light=True)),
    ],
)
def test_a_model_slower_than_the_camera_settles_where_it_keeps_up_and_stays_there(full_s, settles):
    day = Day().go_on(120, lap_s=slow_pi(full_s), heat=COOL)
    assert day.effort == settles
    steps = len(day.changes)
    day.go_on(900, lap_s=slow_pi(full_s), heat=COOL)
    assert len(day.changes) == steps, "up and down all day"


def test_a_machine_that_was_slow_for_a_moment_is_given_its_camera_back():
    day = Day().go_on(20, lap_s=slow_pi(0.05), heat=COOL)
    assert day.effort.fps == 15.0
    assert day.go_on(2 * CALM_S, lap_s=slow_pi(0.02), heat=COOL).effort.fps == 30.0


def test_a_hiccup_of_the_loop_changes_nothing():
    day = Day()
    for _ in range(60):
        day.go_on(9.0, heat=COOL).go_on(1.0, lap_s=lambda _: 0.2, heat=COOL)
    assert day.changes == []


def test_the_watch_says_nothing_about_the_speed_of_the_model():
    """Its laps are those of a detector that finds nobody."""
    day = Day().go_on(30, lap_s=slow_pi(0.05), heat=COOL)
    day.go_on(POWER.idle_after_s + 600, lap_s=lambda _: 0.005, heat=COOL, **nobody())
    assert day.effort.idle
    assert day.go_on(0.01, lap_s=slow_pi(0.05), heat=COOL).effort.fps == 15.0


def test_a_hot_machine_cools_down_while_it_watches():
    day = Day().go_on(2 * HEAT_S, heat=HOT)
    day.go_on(POWER.idle_after_s + 3 * CALM_S, heat=COOL, **nobody())
    assert day.go_on(0.01, heat=COOL).effort == Effort(30.0)


def test_a_rate_is_never_below_what_is_counted_on_unless_the_camera_itself_is():
    for fps in (60.0, 30.0, 24.0, 12.0, 7.5):
        for has_lite in (True, False):
            means = Means.of(POWER, fps, has_lite=has_lite)
            assert min(step.fps for step in means.ladder) == 7.5
