"""The programme over weeks: who goes up, who goes down, what is lifted when."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from life import (
    CLEAN,
    FIRST_DAY,
    MISS,
    ROUNDED,
    RULES,
    SHORT,
    SQUAT,
    SYLLABUS,
    UNSEEN,
    Life,
    a_set,
    drills_of,
    entry_of,
    notes_of,
    on_rung,
)
from story import CONFIG, DRILLS

from pi_coach.core.errors import DrillError
from pi_coach.core.planning.history import History, PastRep, PastSession, PastSet, Profile
from pi_coach.core.planning.plan import Wish
from pi_coach.core.planning.programme import today
from pi_coach.core.planning.syllabus import Syllabus
from pi_coach.core.planning.week import heavy_days, loaded_days

HEAVY_ANYWAY = Wish(heavy_anyway=True)
LIFTS = {rung.drill for rung in RULES.ladder.values() if rung.heavy}
DEADLIFTS = {name for name in DRILLS if "deadlift" in name or name == "rack_pull"}


# The beginning


def test_a_newcomer_is_watched_first_and_then_learns_the_wall():
    plan = Life().plan()
    assert plan.tier is None
    assert drills_of(plan) == ["standing_dowel", "wall_touch"]
    screen, wall = plan.entries
    assert (screen.sets, screen.silent_first) == (1, True)
    assert screen.reps > RULES.start.reps
    assert (wall.wall_cm, wall.silent_first, wall.load_kg) == (15.0, False, None)


@pytest.mark.parametrize(
    ("reps", "tier"),
    [
        ((CLEAN,) * 5, 2),
        ((CLEAN,) * 4 + (SHORT,), 2),
        ((CLEAN,) * 3 + (SHORT,) * 2, 1),
        ((CLEAN,) * 2 + (SHORT,) * 3, 0),
        ((SQUAT,) * 5, 0),
        ((CLEAN,) * 4, None),
        ((CLEAN,) * 4 + (UNSEEN,), None),
    ],
    ids=["all clean", "four of five", "three of five", "two of five", "squats", "too few reps", "one unseen"],
)
def test_the_screen_decides_where_to_begin(reps, tier):
    assert Life().screen(*reps).wait(3).tier == tier


def test_a_set_that_was_corrected_is_no_screen():
    life = Life().do(a_set("standing_dowel", *(CLEAN,) * 10)).wait(3)
    assert life.tier is None
    assert life.plan().entries[0].silent_first


def test_who_must_stay_with_the_basics_stays_there_however_good():
    life = Life(Profile(basics_only=True)).weeks(12)
    assert life.tier == 1
    assert all(entry.load_kg is None for entry in life.plan().entries)
    assert {DRILLS[drill].loaded for drill in drills_of(life.plan())} - {True} == {False}
    assert entry_of(life.wait(7).plan(), "wall_touch").wall_cm == 20.0


# Up


def test_three_good_weeks_at_the_wall_lead_to_the_kettlebell():
    life = Life().screen(CLEAN, CLEAN, CLEAN, SHORT, SHORT).wait(3)
    assert set(drills_of(life.plan())) == {"wall_touch", "standing_dowel", "standing_bell"}
    plan = life.weeks(3).plan()
    assert plan.tier == 2
    assert {"elevated_deadlift", "rdl"} < set(drills_of(plan))


def test_one_good_session_is_luck_and_leads_nowhere():
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3).train().wait(3)
    assert life.tier == 1
    assert "1 more session" in life.plan().why


def test_the_next_rung_asks_for_a_set_without_corrections_and_plans_one():
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3).train().wait(3.5).train().wait(3.5)
    plan = life.plan()
    assert plan.tier == 1
    assert plan.why.endswith("For the next rung: a set without corrections.")
    silent = [entry for entry in plan.entries if entry.silent_first]
    assert len(silent) == 1
    assert "which the next rung asks for" in silent[0].reason
    assert life.train().wait(3.5).tier == 2


@pytest.mark.parametrize(
    ("reps", "why"),
    [
        ((CLEAN, CLEAN, SHORT), "clean reps are 70%"),
        ((replace(CLEAN, score=81),) * 9 + (PastRep(30, quality=False),), "scores scatter"),
        ((CLEAN,) * 4 + (PastRep(79, quality=False, faults=("shallow",)),), "a set without corrections"),
    ],
    ids=["two of three clean", "now and then terrible", "one of five shallow"],
)
def test_who_is_not_good_enough_yet_is_told_why(reps, why):
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    life.train(reps).wait(3.5).train(reps).wait(3.5)
    assert life.tier == 1
    assert why in life.plan().why


@pytest.mark.parametrize(("now_and_then", "gone"), [(5, False), (10, True)])
def test_the_fault_that_was_worked_on_has_to_be_gone(now_and_then, gone):
    shallow = PastRep(82, quality=True, faults=("shallow",))
    rarely = (CLEAN,) * (now_and_then - 1) + (shallow,)
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    life.train((CLEAN, shallow)).wait(3.5)
    for _ in range(3):
        life.train(rarely).wait(3.5)
    assert (life.tier == 2) is gone
    assert ("shallow in 20% of reps, wanted 10% at most" in life.train(rarely).wait(3.5).plan().why) is not gone


def test_who_does_not_feel_comfortable_stays_and_who_was_not_asked_does_not():
    unsure = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    for _ in range(4):
        unsure.train(comfortable=False).wait(3.5)
    assert unsure.tier == 1
    assert "feels comfortable" in unsure.plan().why
    assert unsure.train(comfortable=True).wait(3.5).tier == 2


def test_without_silent_sets_the_ladder_can_be_climbed_too():
    rules = replace(RULES, silent=replace(RULES.silent, first_set=False))
    life = Life(syllabus=Syllabus(rules, DRILLS)).screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    assert life.train().wait(3.5).train().wait(3.5).tier == 2
    assert not any(entry.silent_first for entry in life.plan().entries)


def test_a_rung_with_a_load_is_kept_for_three_weeks_however_good_it_looks():
    life = on_rung(2, kg=16.0)
    came = life.day
    assert life.train(kg=16.0).wait(3.5).train(kg=16.0).wait(3.5).train(kg=16.0).wait(3.5).tier == 2
    assert life.plan().why.endswith("For the next rung: 7 more days on this rung.")
    assert life.climb(3, kg=16.0).day - came == pytest.approx(21)


def test_the_whole_ladder_can_be_climbed():
    life = on_rung(5, kg=60.0)
    assert 60 <= life.day - FIRST_DAY <= 100
    assert life.weeks(6, kg=60.0).tier == 5
    assert "For the next rung" not in life.plan().why


# Down


def test_a_rounded_back_under_load_sends_her_one_rung_down():
    life = on_rung(3, kg=40.0)
    life.train((CLEAN,) * 3 + (ROUNDED,), kg=40.0).wait(3.5)
    plan = life.plan()
    assert plan.tier == 2
    assert plan.why.startswith("Rounding the back, severe and under load")


def test_a_rounded_back_without_a_load_is_no_reason_to_go_down():
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    life.train((CLEAN,) * 9 + (replace(ROUNDED, score=69),)).wait(3.5)
    assert life.tier == 1


def test_three_squats_in_a_row_send_him_down_and_two_do_not():
    for in_a_row, tier in ((2, 1), (3, 0)):
        life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
        life.do(a_set("wall_touch", *(CLEAN,) * 5, *(SQUAT,) * in_a_row, CLEAN, CLEAN)).wait(3)
        assert life.tier == tier


def test_two_bad_sets_send_him_down_and_one_does_not():
    bad = a_set("standing_dowel", CLEAN, *(SHORT,) * 9)
    for sets, tier in (((bad,), 1), ((bad, bad), 0)):
        assert Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3).do(*sets).wait(3).tier == tier


def test_nobody_falls_off_the_ladder():
    life = Life().screen(*(SQUAT,) * 5).wait(3).train((SQUAT,)).wait(3).train((SQUAT,)).wait(3)
    assert life.tier == 0
    assert set(drills_of(life.plan())) == {"hip_thrust", "kneeling_dowel", "kneeling_bell"}


def test_a_bad_warm_up_does_not_cost_the_rung():
    life = on_rung(3, kg=40.0)
    life.do(a_set("standing_dowel", *(SQUAT,) * 10)).wait(3)
    assert life.tier == 3


# Away


def test_he_who_was_away_for_six_weeks_starts_lower_and_lighter():
    life = on_rung(3, kg=40.0).train(kg=40.0)
    lifted = {one.drill: one.load_kg for one in life.history.sessions[-1].sets if one.load_kg}
    plan = life.wait(42).plan()
    assert plan.tier == 2
    assert "6 weeks away: start one rung lower" in plan.why
    again = [entry for entry in plan.entries if entry.drill in lifted and entry.load_kg]
    assert all(entry.load_kg < lifted[entry.drill] for entry in again)


def test_two_weeks_of_holidays_cost_nothing():
    assert on_rung(3, kg=40.0).wait(14).tier == 3


def test_after_a_quarter_of_a_year_the_screen_decides_anew():
    life = on_rung(3, kg=40.0).wait(90)
    plan = life.plan()
    assert plan.tier is None
    assert "weeks away: show how you hinge now" in plan.why
    assert plan.entries[0].silent_first
    assert life.screen(CLEAN, CLEAN, CLEAN, SHORT, SHORT).wait(3).tier == 1


# The week


def test_two_heavy_days_in_a_week_are_refused():
    life = on_rung(4, kg=80.0)
    assert set(drills_of(life.plan())) & LIFTS
    life.train(kg=80.0).wait(3)
    plan = life.plan()
    assert not set(drills_of(plan)) & LIFTS
    assert "rdl" in drills_of(plan)
    assert [note.text for note in plan.notes if note.kind == "heavy refused"] == [
        "One heavy day a week: the next in 3 days; lighter today."
    ]
    assert set(drills_of(life.wait(3).plan())) & LIFTS


def test_a_second_heavy_day_is_possible_for_him_who_insists_and_is_told_what_to_mind():
    life = on_rung(4, kg=80.0).train(kg=80.0).wait(3)
    plan = life.plan(HEAVY_ANYWAY)
    assert set(drills_of(plan)) & LIFTS
    assert "heavy wished" in notes_of(plan)


def test_a_set_of_eight_at_a_heavy_load_is_a_heavy_day_too():
    light = a_set("trap_bar_deadlift", *(CLEAN,) * 8, kg=60.0)
    heavy = a_set("trap_bar_deadlift", *(CLEAN,) * 8, kg=85.0)
    life = Life().do(a_set("trap_bar_deadlift", *(CLEAN,) * 8, kg=100.0)).wait(7).do(light).wait(7).do(heavy)
    assert heavy_days(SYLLABUS, life.history) == [FIRST_DAY + 14]


def test_loads_need_two_days_between_them():
    life = on_rung(2, kg=16.0).train(kg=16.0).wait(1)
    plan = life.plan()
    assert set(drills_of(plan)) == {"wall_touch", "standing_dowel"}
    assert [note.text for note in plan.notes if note.kind == "rest"] == [
        "Loads need two days between them: the next in 24 hours."
    ]
    assert "rdl" in drills_of(life.wait(1).plan())


def test_the_wall_may_be_touched_every_other_day_but_three_times_a_week_are_enough():
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(1)
    life.train((CLEAN, SHORT, CLEAN)).wait(2).train((CLEAN, SHORT, CLEAN)).wait(1)
    plan = life.plan()
    assert "3 sessions in seven days are enough: rest today, or practise lightly." in [n.text for n in plan.notes]
    assert notes_of(life.wait(4).plan()) == set()


def test_after_pain_nothing_is_lifted_until_a_session_without_it():
    life = on_rung(3, kg=40.0).train(kg=40.0, pain=True).wait(3)
    plan = life.plan()
    assert "pain" in notes_of(plan)
    assert all(entry.load_kg is None for entry in plan.entries)
    assert "pain" not in notes_of(life.train(pain=False).wait(3).plan())


# Loads


def test_first_come_reps_then_sets_then_weight():
    life, doses = on_rung(3, kg=40.0).wait(14), []
    for _ in range(6):
        doses += [(e.sets, e.reps, e.load_kg) for e in life.plan().entries if e.drill == "stiff_leg_deadlift"]
        life.train(kg=40.0, comfortable=False).wait(3.5)
    assert doses == [(2, 6, None), (2, 8, 40.0), (3, 8, 41.5), (3, 8, 43.0)]


def test_weights_grow_from_wave_to_wave_with_an_easy_week_between():
    life = on_rung(5, kg=100.0)
    heavy, easy = [], 0
    for _ in range(25):
        plan = life.plan()
        heavy += [entry.load_kg for entry in plan.entries if entry.drill == "conventional_deadlift"]
        easy += "easy week" in notes_of(plan)
        life.train(kg=100.0).wait(7)
    assert easy >= 4
    lifted = [kg for kg in heavy if kg is not None]
    assert max(lifted[-4:]) > max(lifted[:4]) > 100.0
    assert min(lifted[4:8]) < max(lifted[:4])
    assert all(later <= 1.05 * kg for kg, later in pairwise(lifted))


def test_weight_is_only_added_after_a_clean_session():
    life = on_rung(5, kg=100.0).train(kg=100.0).wait(7)
    life.train((CLEAN, CLEAN, CLEAN, SHORT), kg=100.0).wait(7)
    before = next(one.load_kg for one in life.history.sessions[-1].sets if one.drill == "conventional_deadlift")
    assert entry_of(life.plan(), "conventional_deadlift").load_kg == before


def test_after_a_rounded_back_there_is_less_on_the_bar():
    life = on_rung(4, kg=100.0).wait(14)
    life.do(a_set("rdl", *(CLEAN,) * 7, ROUNDED, kg=100.0)).wait(3.5).train(kg=100.0).wait(3.5)
    entry = entry_of(life.plan(), "rdl")
    assert (life.tier, entry.load_kg) == (3, 90.0)
    assert "the back rounded last time" in entry.reason


def test_a_kettlebell_gets_more_range_before_more_weight():
    life, loads, reasons = on_rung(2, kg=16.0), set(), []
    lacking = (CLEAN,) * 7 + (PastRep(50, quality=False),)
    for _ in range(8):
        entry = next(e for e in life.plan().entries if e.drill in {"elevated_deadlift", "rdl"})
        loads.add(entry.load_kg)
        reasons.append(entry.reason)
        life.train(lacking, kg=16.0).wait(3.5)
    assert life.tier == 2
    assert loads <= {None, 16.0}
    assert any("more range before more weight" in reason for reason in reasons)


def test_an_unknown_load_stays_unknown_and_says_how_to_choose():
    entry = entry_of(on_rung(2).plan(), "rdl")
    assert entry.load_kg is None
    assert "a weight you move with ease" in entry.reason


def test_sumo_rests_after_its_weeks_and_comes_back_later():
    life = on_rung(4, kg=80.0)
    for _ in range(9):
        life.do(*(a_set("sumo_deadlift", *(CLEAN, CLEAN, CLEAN, CLEAN, SHORT), kg=80.0) for _ in range(3))).wait(7)
    assert life.tier == 4
    rested = [life.wait(7).plan() for _ in range(2)]
    assert all("sumo_deadlift" not in drills_of(plan) for plan in rested)
    assert any("rotated out" in notes_of(plan) for plan in rested)


# The wall


def test_the_heels_step_out_with_every_clean_session_and_back_after_misses():
    life = Life()
    distances = []
    for reps in ((CLEAN,), (CLEAN,), (CLEAN,), (CLEAN,), (MISS, CLEAN, MISS, MISS, CLEAN), (CLEAN,)):
        wall = a_set("wall_touch", *(reps * 20)[:20])
        distances.append(today(SYLLABUS, life.history, life.day).entries[-1].wall_cm)
        life.do(wall).wait(3)
    assert distances == [15, 20, 25, 30, 30, 25]


def test_a_wall_out_of_reach_at_its_nearest_is_a_matter_of_mobility():
    life = Life().do(a_set("wall_touch", *(MISS,) * 10)).wait(3)
    assert "mobility" in notes_of(life.plan())
    assert entry_of(life.plan(), "wall_touch").wall_cm == 15


# What has been learnt


def test_from_the_fiftieth_clean_rep_of_a_drill_its_first_set_is_silent():
    life = Life().screen(*(CLEAN,) * 3, SHORT, SHORT).wait(3)
    mostly = (CLEAN, CLEAN, SHORT)
    silent = []
    for _ in range(6):
        silent.append(any(entry.silent_first for entry in life.plan().entries))
        life.train(mostly).wait(3.5)
    assert silent == [False, False, False, False, True, True]


@pytest.mark.parametrize("reps", [100, 200, 300, 500])
def test_a_milestone_is_told_once(reps):
    life = Life()
    life.do(a_set("wall_touch", *(CLEAN,) * (reps - 5))).wait(3)
    assert "milestone" not in notes_of(life.do(a_set("wall_touch", *(CLEAN,) * 4)).wait(3).plan())
    told = life.do(a_set("wall_touch", CLEAN)).wait(3).plan()
    assert [note.text for note in told.notes if note.kind == "milestone"] == [
        f"{reps} clean reps in your life: the hinge becomes a habit."
    ]
    assert "milestone" not in notes_of(life.do(a_set("wall_touch", CLEAN)).wait(3).plan())


def test_optional_drills_come_when_asked_for_and_not_before_their_time():
    wanted = Syllabus(replace(RULES, extras=("wall_slide", "half_kneeling_bell", "kettlebell_swing")), DRILLS)
    life = Life(syllabus=wanted).screen(*(CLEAN,) * 5).wait(3)
    plan = life.plan()
    assert "wall_slide" in drills_of(plan)
    assert [note.text for note in plan.notes if note.kind == "extra waits"] == [
        "Half kneeling bell waits: half kneeling hinge comes first.",
        "Kettlebell swing waits: rung T3 comes first.",
    ]
    life.do(a_set("half_kneeling_hinge", *(CLEAN,) * 16)).wait(3)
    assert "half_kneeling_bell" in drills_of(life.plan())


# Self-tests


def states_of(life):
    return {state.name: state for state in life.plan().screens}


def test_a_self_test_is_due_at_first_and_again_after_four_weeks():
    life = Life()
    assert states_of(life)["hip_flexion"].due
    life.log("hip_flexion", 95.0)
    assert not states_of(life.wait(27))["hip_flexion"].due
    assert states_of(life)["hip_flexion"].verdict == "fair"
    assert states_of(life.wait(1))["hip_flexion"].due


def test_a_self_test_without_a_figure_is_passed_or_not():
    life = Life().log("ankle", passed=False).log("straight_leg_raise", passed=True)
    assert states_of(life)["ankle"].verdict == "limited"
    assert states_of(life)["straight_leg_raise"].verdict == "good"


def test_the_waiters_bow_is_read_off_the_deepest_rep_with_a_long_back():
    deep_and_round = replace(CLEAN, hip_flexion_deg=95.0, back_curve_pct=7.0)
    unseen = replace(CLEAN, hip_flexion_deg=90.0, back_curve_pct=None)
    life = Life().do(a_set("wall_touch", CLEAN, replace(CLEAN, hip_flexion_deg=64.0), deep_and_round, unseen))
    assert states_of(life)["waiters_bow"].value == 72.0
    assert states_of(life)["waiters_bow"].verdict == "good"
    loaded = Life().do(a_set("rdl", CLEAN))
    assert states_of(loaded)["waiters_bow"].value is None
    assert states_of(life.wait(30))["waiters_bow"].value is None


def test_the_reach_to_the_wall_is_told_over_the_stature_and_unknown_without_it():
    wall = a_set("wall_touch", *(CLEAN,) * 20)
    tall = Life(Profile(stature_cm=200.0)).do(wall).wait(3).do(wall)
    assert states_of(tall)["wall_reach"].value == pytest.approx(0.1)
    assert states_of(tall)["wall_reach"].verdict == "limited"
    assert states_of(Life().do(wall))["wall_reach"].value is None


# The ladder itself


def test_every_drill_of_the_catalogue_is_on_the_ladder_or_explicitly_optional():
    places = {}
    for rung in RULES.ladder.values():
        places.setdefault(rung.drill, []).append(rung)
    assert set(places) == set(DRILLS)
    assert {drill for drill, rungs in places.items() if len(rungs) > 1} == {"rdl"}
    assert [rung.tier for rung in places["rdl"]] == [2, 3]
    assert {drill for drill, rungs in places.items() if all(rung.optional for rung in rungs)} == {
        "band_hinge",
        "horizontal_dowel",
        "wall_slide",
        "half_kneeling_hinge",
        "half_kneeling_bell",
        "kettlebell_swing",
    }


@pytest.mark.parametrize(
    ("tier", "drills"),
    [
        (0, {"hip_thrust", "kneeling_dowel", "kneeling_bell"}),
        (1, {"wall_touch", "standing_dowel", "standing_bell"}),
        (2, {"rdl", "elevated_deadlift"}),
        (3, {"rdl", "stiff_leg_deadlift", "kettlebell_deadlift"}),
        (4, {"trap_bar_deadlift", "rack_pull", "sumo_deadlift"}),
        (5, {"conventional_deadlift"}),
    ],
)
def test_each_rung_has_the_drills_that_the_coaching_articles_put_there(tier, drills):
    assert {SYLLABUS.rung(name).drill for name in SYLLABUS.own_rungs(tier)} == drills


def test_every_rung_has_a_reason_and_no_deadlift_more_than_eight_reps():
    for name, rung in RULES.ladder.items():
        assert len(rung.reason.split()) > 2, name
        if rung.drill in DEADLIFTS:
            assert rung.reps[1] <= 8, name


def test_heavy_lifts_rest_two_to_three_minutes_and_pattern_drills_half_a_minute_to_one():
    for name, rung in RULES.ladder.items():
        low, high = (120, 180) if rung.heavy else (30, 60) if rung.tier < 2 else (60, 120)
        assert low <= rung.rest_s <= high, name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: replace(r, extras=("handstand",)), "unknown rung 'handstand'"),
        (lambda r: replace(r, sessions=replace(r.sessions, own=(3, 3))), "sessions.own needs 6 numbers"),
        (lambda r: replace(r, ladder={"x": replace(r.ladder["wall_touch"], tier=6)}), "tier is 6"),
        (lambda r: replace(r, ladder={"x": replace(r.ladder["wall_touch"], reps=(3, 2))}), "the lower first"),
        (
            lambda r: Syllabus(replace(r, ladder=r.ladder | {"x": replace(r.ladder["wall_touch"], drill="y")}), DRILLS),
            "ladder.x: unknown drill 'y'",
        ),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused(change, words):
    with pytest.raises(DrillError, match=words):
        change(RULES)


# Whatever the past


reps = st.sampled_from((CLEAN, CLEAN, CLEAN, SHORT, SQUAT, ROUNDED, MISS, UNSEEN))
sets = st.builds(
    PastSet,
    drill=st.sampled_from((*sorted(DRILLS), "an_owners_own")),
    target_reps=st.integers(1, 12),
    reps=st.lists(reps, max_size=12).map(tuple),
    silent=st.booleans(),
    load_kg=st.one_of(st.none(), st.floats(0.5, 300)),
)
sessions = st.builds(
    PastSession,
    day=st.floats(FIRST_DAY - 400, FIRST_DAY),
    sets=st.lists(sets, max_size=6).map(tuple),
    comfortable=st.sampled_from((None, True, False)),
    pain=st.sampled_from((None, None, True, False)),
)
screened = PastSession(FIRST_DAY - 401, (PastSet("standing_dowel", 6, (CLEAN,) * 6, silent=True),))
histories = st.builds(
    History,
    sessions=st.lists(sessions, max_size=25).map(lambda many: (screened, *sorted(many, key=lambda s: s.day))),
    profile=st.builds(Profile, basics_only=st.booleans()),
)


@given(histories, st.floats(FIRST_DAY, FIRST_DAY + 100))
def test_no_past_leads_to_a_plan_beyond_its_caps(history, now_day):
    obey_the_caps(history, now_day)


@given(
    st.lists(
        st.sampled_from(((CLEAN,), (CLEAN, CLEAN, CLEAN, SHORT), (SHORT,), (CLEAN,) * 7 + (ROUNDED,))), max_size=40
    )
)
def test_no_career_leads_to_a_plan_beyond_its_caps(career):
    life = Life()
    for reps_done in career:
        obey_the_caps(life.history, life.day)
        life.train(reps_done, kg=50.0).wait(2.5)


def obey_the_caps(history, now_day):
    plan = today(SYLLABUS, history, now_day)
    heavy = [day for day in heavy_days(SYLLABUS, history) if now_day - day < RULES.heavy.apart_days]
    loaded = [day for day in loaded_days(SYLLABUS, history) if now_day - day < RULES.week.loaded_apart_days]
    assert plan.entries
    assert sum(entry.silent_first for entry in plan.entries) <= 1
    for entry in plan.entries:
        rung = SYLLABUS.rung(entry.rung)
        assert rung.tier <= (1 if plan.tier is None else plan.tier)
        assert entry.reps <= 8 or entry.drill not in DEADLIFTS
        assert rung.sets[0] <= entry.sets <= rung.sets[1] or plan.tier is None
        assert not (heavy and entry.drill in LIFTS)
        assert not (loaded and rung.tier >= RULES.week.loaded_tier)
        assert entry.load_kg is None or entry.load_kg >= 0.0
        assert entry.reason
    assert not history.profile.basics_only or (plan.tier or 0) <= 1
    assert sum(entry.sets * entry.reps for entry in plan.entries) <= 150


def test_the_same_past_gives_the_same_plan_twice():
    life = on_rung(4, kg=80.0)
    assert life.plan() == life.plan()
    assert CONFIG.drills == DRILLS
