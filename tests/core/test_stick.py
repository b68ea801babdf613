"""The stick along the back: three points touch it, until one does not."""

from dataclasses import replace

import numpy as np
import pytest

from pi_coach.core.sight.body import skeleton
from pi_coach.core.sight.stick import HIP_SLIDE, SLID_DEG, Contact, contact, contact_gap, usual_contact
from pi_coach.core.types import Joint, Stick
from pi_coach.testing.body import TRUNK, ScriptedBody
from pi_coach.testing.script import TALL, Script, hinged

EARS = [Joint.L_EAR, Joint.R_EAR]
HIPS = [Joint.L_HIP, Joint.R_HIP]


def seen(posture=TALL):
    """Return the pose of somebody who stays in a posture."""
    ((_, pose),) = ScriptedBody(Script(((0.0, posture), (0.03, posture)))).poses()
    return pose


def along_the_back(pose, forward=1, *, head=0.4, hip=0.3):
    """Return a stick so far behind ears and hips, trunk lengths, that reaches beyond both."""
    ear, low = pose.points[EARS].mean(axis=0), pose.points[HIPS].mean(axis=0)
    way = (ear - low) / np.hypot(*(ear - low))
    behind = forward * np.array((way[1], -way[0])) * TRUNK
    upper, lower = ear + head * behind, low + hip * behind
    return Stick(*(lower - 0.3 * (upper - lower)).tolist(), *(upper + 0.3 * (upper - lower)).tolist())


def gap(tall, now, hip_flexion_deg=0.0):
    return contact_gap(Contact(*now), Contact(*tall), TRUNK, hip_flexion_deg)


@pytest.mark.parametrize("posture", [TALL, hinged(40.0), hinged(80.0)], ids=["tall", "halfway", "bent over"])
def test_a_stick_behind_head_and_hips_is_measured_across_its_own_line(posture):
    pose = seen(posture)
    found = contact(skeleton(pose), along_the_back(pose), 1)
    assert found.head / TRUNK == pytest.approx(0.4, abs=0.01)
    assert found.hip / TRUNK == pytest.approx(0.3, abs=0.01)


def test_an_athlete_who_faces_left_has_the_stick_on_the_other_side():
    pose = seen(replace(hinged(60.0), heading_deg=180.0))
    found = contact(skeleton(pose), along_the_back(pose, -1), -1)
    assert found.head / TRUNK == pytest.approx(0.4, abs=0.01)
    assert found.hip / TRUNK == pytest.approx(0.3, abs=0.01)


def test_a_stick_before_the_body_is_negative():
    pose = seen()
    assert contact(skeleton(pose), along_the_back(pose, head=-0.2, hip=-0.2), 1).head < 0


def test_without_a_stick_or_with_one_of_no_length_there_is_no_contact_to_measure():
    body = skeleton(seen())
    assert contact(body, None, 1) is None
    assert contact(body, Stick(0.5, 0.5, 0.5, 0.5), 1) is None


def test_nothing_changed_since_standing_tall_is_no_gap():
    assert gap((0.08, 0.06), (0.08, 0.06)) == 0.0


def test_the_head_coming_off_the_stick_is_a_gap():
    assert gap((0.08, 0.06), (0.08 + 0.1 * TRUNK, 0.06)) == pytest.approx(0.1)


def test_the_hips_coming_off_the_stick_are_a_gap():
    assert gap((0.08, 0.06), (0.08, 0.06 + 0.1 * TRUNK)) == pytest.approx(0.1)


def test_the_point_that_is_further_off_counts():
    assert gap((0.08, 0.06), (0.08 + 0.07 * TRUNK, 0.06 + 0.12 * TRUNK)) == pytest.approx(0.12)


def test_pressing_into_the_stick_is_no_gap():
    assert gap((0.08, 0.06), (0.07, 0.05)) < 0


@pytest.mark.parametrize("flexion_deg", [SLID_DEG, SLID_DEG + 30.0])
def test_what_the_hip_point_slides_by_itself_in_a_fold_is_taken_off(flexion_deg):
    slid = (0.08, 0.06 + HIP_SLIDE * TRUNK)
    assert gap((0.08, 0.06), slid, flexion_deg) == pytest.approx(0.0)
    assert gap((0.08, 0.06), slid, 0.5 * SLID_DEG) == pytest.approx(0.5 * HIP_SLIDE)
    assert gap((0.08, 0.06), slid, -10.0) == pytest.approx(HIP_SLIDE)


def test_the_head_does_not_slide_in_a_fold():
    assert gap((0.08, 0.06), (0.08 + 0.1 * TRUNK, 0.06), 80.0) == pytest.approx(0.1)


def test_what_was_not_seen_now_or_while_standing_tall_gives_no_gap():
    here = Contact(0.08, 0.06)
    assert contact_gap(None, here, TRUNK, 0.0) is None
    assert contact_gap(here, None, TRUNK, 0.0) is None
    assert contact_gap(here, here, TRUNK, None) is None
    assert contact_gap(here, here, 0.0, 0.0) is None


def test_a_quiet_stand_gives_its_median_contact():
    stand = [Contact(0.08, 0.06), Contact(0.09, 0.05), None, Contact(0.30, 0.30), Contact(0.08, 0.05)]
    assert usual_contact(stand) == pytest.approx((0.085, 0.055))


def test_a_stick_seen_in_half_of_a_quiet_stand_is_not_trusted():
    assert usual_contact([Contact(0.08, 0.06), None]) is None
    assert usual_contact([]) is None
