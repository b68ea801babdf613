"""Faults judged while they happen: how long, in which phase, and after what gap."""

from dataclasses import replace

import pytest
from story import DRILLS

from pi_coach.core.events import Phase
from pi_coach.core.reps.faults import FaultWatch, watch_frame
from pi_coach.core.sight.measures import Measures
from pi_coach.core.types import View

RDL = DRILLS["rdl"]
LEANING = RDL.fault("overextension")


def lean(*spans, phase=Phase.LOCKOUT, view=View.LEFT, fps=30):
    """When the fault is raised, told as seconds and degrees of lean; None is not seen."""
    watch, raised, t = FaultWatch(), [], 0.0
    for for_s, deg in spans:
        for _ in range(round(for_s * fps)):
            watch, found = watch_frame(watch, RDL, view, phase, Measures(t, lean_back_deg=deg))
            raised += [(fault.id, value, t) for fault, value in found]
            t += 1 / fps
    return raised


def test_a_lean_that_is_held_is_named_once_with_its_measure():
    assert lean((3, 12)) == [("overextension", 12, pytest.approx(LEANING.for_s, abs=0.05))]


def test_a_lean_that_is_not_held_is_not_named():
    assert lean((LEANING.for_s - 0.1, 12), (1, 0)) == []
    assert lean((0.2, 12), (0.1, 0), (0.2, 12), (0.1, 0), (0.2, 12)) == []


def test_just_within_the_limit_is_no_lean():
    assert lean((3, LEANING.above - 0.1)) == []


def test_a_lean_that_swings_about_its_limit_is_one_lean():
    assert len(lean((1, 12), (1, LEANING.off + 1), (1, 12))) == 1
    assert len(lean((1, 12), (1, LEANING.off - 1), (1, 12))) == 2


def test_it_is_judged_only_at_the_top():
    assert lean((3, 12), phase=Phase.TALL)
    for phase in (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT, Phase.SETUP):
        assert lean((3, 12), phase=phase) == []


def test_it_is_judged_only_from_the_side():
    assert lean((3, 12), view=View.OBLIQUE) == []


@pytest.mark.parametrize(("blind_s", "named"), [(0.2, True), (0.5, False)])
def test_a_gap_does_not_count_as_leaning(blind_s, named):
    assert bool(lean((0.2, 12), (blind_s, None), (0.15, 12))) is named


def test_a_limit_may_be_a_least_value_too():
    low = replace(LEANING, above=None, below=5.0, off=6.0)
    assert low.crossed_by(4.0)
    assert not low.crossed_by(5.5)
    assert low.crossed_by(5.5, raised=True)
    assert not low.crossed_by(6.5, raised=True)
    assert not low.crossed_by(None)
