"""Every drill in config/drills: whoever adds one is held to this, and needs no Python."""

from dataclasses import replace
from pathlib import Path

import pytest
from story import DRILLS
from test_engine import follow, hinge

from pi_coach.core.events import Phase, PhaseEntered
from pi_coach.core.reps.engine import RepState, lose, step
from pi_coach.core.reps.fault import LEAST_MARGIN, MAX_CUE_WORDS, READINGS, Judged
from pi_coach.core.reps.faults import FaultWatch, judge, watch_frame
from pi_coach.core.reps.reading import Reading
from pi_coach.core.sight.measures import Measures
from pi_coach.core.types import View
from pi_coach.owner_files import defaults_dir
from pi_coach.testing.fakes import CHARACTERS_S

IDS = {
    "hip_thrust", "kneeling_dowel", "kneeling_bell", "wall_touch", "standing_dowel", "standing_bell", "band_hinge",
    "horizontal_dowel", "wall_slide", "half_kneeling_hinge", "half_kneeling_bell", "rdl", "kettlebell_deadlift",
    "elevated_deadlift", "stiff_leg_deadlift", "trap_bar_deadlift", "rack_pull", "sumo_deadlift",
    "conventional_deadlift", "kettlebell_swing",
}  # fmt: skip
FAULT_IDS = {
    "back_rounding", "squatting", "overextension", "weight_forward", "heel_lift", "locked_knees", "shins_forward",
    "knees_in", "knees_out", "head_crank", "chest_drop", "contact_lost", "wall_missed", "wall_crash", "shallow",
    "no_lockout", "too_fast", "short_hold", "hips_first",
}  # fmt: skip
LONGEST_CUE_S = 2.5
ONLY_FROM_THE_FRONT = {"knee_gap_ratio", "knee_splay"}
FROM_ANYWHERE = {"hold_s", "lockout_residual_deg", "knee_over_hip_leg"}

every_drill = pytest.mark.parametrize("drill", list(DRILLS.values()), ids=list(DRILLS))


def beyond(fault):
    """A value that clearly crosses the limit."""
    return fault.above + 1.0 if fault.above is not None else fault.below - 1.0


def shown_from(drill, fault):
    """A view that the drill allows and that shows what the fault is judged by."""
    for view in fault.views:
        by_front = fault.measure in ONLY_FROM_THE_FRONT
        if view in drill.count_views and (fault.measure in FROM_ANYWHERE or by_front is (view is View.FRONT)):
            return view
    return None


def test_every_file_is_a_drill_of_its_name():
    files = {path.stem for path in Path(defaults_dir() / "drills").glob("*.toml")}
    assert files == set(DRILLS)
    assert files >= IDS


@every_drill
def test_it_says_what_to_do_and_where_its_numbers_come_from(drill):
    assert len(drill.how_to.split()) >= 20
    assert drill.sources
    assert 1 <= len(drill.setup_prompt.split()) <= 10
    assert drill.name == drill.name.strip()
    assert drill.faults


@every_drill
def test_its_angles_are_in_order(drill):
    rep = drill.rep
    assert 0 < rep.lockout_deg < rep.leave_deg < rep.depth_deg <= drill.target_deg
    assert rep.turn_deg < rep.depth_deg / 2
    assert rep.soft_lockout_share * drill.target_deg < rep.depth_deg


@every_drill
def test_a_full_rep_goes_through_every_phase(drill):
    deep = drill.target_deg
    state, events = follow(hinge((0, 0), (1, 0), (2.5, deep), (2.8, deep), (4.3, 0), (7, 0)), drill.rep)
    assert state.reps == 1
    entered = [event.phase for event in events if isinstance(event, PhaseEntered)]
    assert entered == [Phase.TALL, Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT, Phase.LOCKOUT, Phase.TALL]


@every_drill
def test_every_phase_can_be_left_by_standing_up_or_by_walking_away(drill):
    for phase in Phase:
        deep = RepState(phase, 1.0, 1.0, 0.0, peak_deg=drill.target_deg, peak_s=0.9, turn_deg=drill.target_deg)
        state = deep
        for look in hinge((1, drill.target_deg), (2, 0), (4.5, 0), fps=10):
            state, _ = step(drill.rep, state, look)
        assert state.phase is Phase.TALL, phase
        assert lose(deep, 10.0)[0].phase is Phase.SETUP, phase


@every_drill
def test_every_fault_is_known_and_says_why_its_limit_is_what_it_is(drill):
    for fault in drill.faults:
        assert fault.id in FAULT_IDS
        assert fault.title
        assert len(fault.reason.split()) >= 5, fault.id


@every_drill
def test_every_cue_can_be_heard_between_two_reps(drill):
    for fault in drill.faults:
        cues = fault.words.cues
        assert len(set(cues)) == len(cues)
        for text in cues:
            assert 1 <= len(text.split()) <= MAX_CUE_WORDS
            assert len(text) / CHARACTERS_S <= LONGEST_CUE_S
            assert text in drill.sentences()


@every_drill
def test_every_fault_can_be_seen_from_where_its_drill_is_done(drill):
    for fault in drill.faults:
        assert shown_from(drill, fault) is not None, fault.id


@every_drill
def test_every_fault_is_raised_beyond_its_limit(drill):
    for fault in drill.faults:
        assert fault in [found for found, _ in raise_it(drill, fault, shown_from(drill, fault))], fault.id


@every_drill
def test_a_fault_that_may_be_spoken_has_words_for_it_and_one_that_may_not_is_told_after_the_set(drill):
    for fault in drill.faults:
        assert fault.words.cues
        assert fault.words.fix
        assert fault.spoken is (fault.margin is None or fault.margin >= LEAST_MARGIN)


@every_drill
def test_no_fault_is_raised_where_it_was_not_seen_or_from_where_it_does_not_show(drill):
    for fault in drill.faults:
        assert fault not in [found for found, _ in raise_it(drill, fault, fault.views[0], value=None)]
        for view in set(View) - set(fault.views):
            assert fault not in [found for found, _ in raise_it(drill, fault, view)], view


@every_drill
def test_a_fault_goes_off_within_the_limit_at_which_it_came_on(drill):
    for fault in drill.faults:
        if fault.off is not None:
            assert fault.judged is Judged.FRAME
            assert fault.off < fault.above if fault.above is not None else fault.off > fault.below


def shown(fault, value):
    """The measure itself, and a sign that supports it."""
    signs = {limit.measure: beyond(limit) for limit in fault.supports[:1]}
    return signs | {fault.measure: value}


def raise_it(drill, fault, view, value=beyond):
    value = value(fault) if value else None
    if fault.judged is not Judged.FRAME:
        return judge(drill.faults, fault.judged, view, [replace(Reading(), **shown(fault, value))] * fault.over_reps)
    watch, raised = FaultWatch(), []
    for i in range(int(fault.for_s * 30) + 3):
        now = Measures(t=i / 30, **shown(fault, value))
        watch, more = watch_frame(watch, drill, view, fault.during[0], now)
        raised += more
    return raised


def test_all_faults_are_judged_somewhere():
    assert {fault.id for drill in DRILLS.values() for fault in drill.faults} == FAULT_IDS


@every_drill
def test_a_fault_is_not_raised_without_a_sign_that_supports_it(drill):
    for fault in drill.faults:
        alone = replace(fault, supports=()), replace(fault, instead=())
        assert alone[0].seen_in(reading_of(fault, beyond(fault))) is not None
        if fault.supports:
            assert alone[1].seen_in(reading_of(fault, beyond(fault))) is None, fault.id


@every_drill
def test_another_sign_makes_the_fault_by_itself(drill):
    for fault in drill.faults:
        for limit in fault.instead:
            assert fault.seen_in(reading_of(limit, beyond(limit))) == beyond(limit)


def reading_of(limit, value):
    """A rep, or a frame, that shows nothing but one measure."""
    if limit.measure in READINGS:
        return replace(Reading(), **{limit.measure: value})
    return Measures(t=0.0, **{limit.measure: value})
