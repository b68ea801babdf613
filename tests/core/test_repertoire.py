"""Whatever the coach may say in a set can be rendered before it begins."""

import pytest
from facts import EVERYTHING, FAULTS, GOOD, POLICY, learner, ruled, set_of
from story import DRILLS, PHRASES

from pi_coach.core.speaking.repertoire import repertoire


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_nothing_is_said_in_a_set_that_was_not_rendered_ahead(fault):
    policy = ruled(learner(best_streak=6), talk={"count_aloud": True, "ask_every_reps": 4})
    known = repertoire(policy, EVERYTHING, PHRASES)
    for faults in ([fault],), ([fault], GOOD), (GOOD,):
        assert set(set_of(*faults * 5, policy=policy, target_reps=12).said) <= set(known)


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_what_is_urgent_is_rendered_first_and_nothing_twice(drill):
    known = repertoire(POLICY, DRILLS[drill], PHRASES)
    assert known[:3] == ("Stop the set. Set it down.", "Long spine", "I can't see you. Put it down safely.")
    assert len(set(known)) == len(known)
    assert not [text for text in known if "{" in text]
