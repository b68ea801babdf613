"""Joints, bones and the angles between them."""

from dataclasses import replace

import pytest

from pi_coach.core.geometry import Point, midpoint
from pi_coach.core.sight.body import Bones, angles, knee_deg, learn_bones, misfit, skeleton, thigh_misfit
from pi_coach.core.types import Joint
from pi_coach.testing.body import SHANK, THIGH, TRUNK, Filming, ScriptedBody
from pi_coach.testing.script import TALL, Posture, Script, hinged, squatted

POSTURES = [TALL, hinged(90), squatted(100), Posture(hip_deg=5, knee_deg=92, shank_deg=92), Posture(knee_deg=-8)]


def pose_of(posture):
    return ScriptedBody(Script(((0.0, posture),)).hold(0.1), Filming()).poses()[0][1]


@pytest.mark.parametrize("heading_deg", [0, 180])
@pytest.mark.parametrize("posture", POSTURES)
def test_angles_are_those_of_the_athlete(posture, heading_deg):
    forward = 1 if heading_deg == 0 else -1
    body = skeleton(pose_of(replace(posture, heading_deg=heading_deg)))
    for leg in body.legs:
        seen = angles(body, leg, forward)
        assert (seen.knee_deg, seen.hip_deg) == pytest.approx((posture.knee_deg, posture.hip_deg), abs=0.1)
        assert forward * knee_deg(leg) == pytest.approx(posture.knee_deg, abs=0.1)


def test_joints_on_one_spot_make_no_angle():
    body = skeleton(pose_of(TALL))
    leg = body.legs[0]
    for collapsed in (leg._replace(knee=leg.hip), leg._replace(ankle=leg.knee)):
        assert knee_deg(collapsed) is None
        assert angles(body, collapsed, 1) is None


def test_every_joint_has_its_own_side():
    pose = pose_of(replace(TALL, heading_deg=40))
    body = skeleton(pose)
    first, second = ((joint, joint + 1) for joint in (Joint.L_HIP, Joint.L_TOE))
    assert [leg.hip for leg in body.legs] == [Point(*pose.points[joint].tolist()) for joint in first]
    assert [leg.toe for leg in body.legs] == [Point(*pose.points[joint].tolist()) for joint in second]
    assert body.hip == midpoint(body.legs[0].hip, body.legs[1].hip)
    assert body.shoulder == midpoint(*body.shoulders)


def test_a_misfit_is_told_in_parts_of_the_bone():
    body = skeleton(pose_of(TALL))
    bones = learn_bones(Bones(), body)
    assert (bones.trunk, bones.thigh, bones.shank) == pytest.approx((TRUNK, THIGH, SHANK), abs=0.001)
    leg = body.legs[0]
    assert misfit(leg, bones) == pytest.approx(0, abs=0.001)
    short = replace(bones, thigh=bones.thigh / 0.9, shank=bones.shank / 1.3)
    assert thigh_misfit(leg, short) == pytest.approx(0.1, abs=0.001)
    assert misfit(leg, short) == pytest.approx(0.3, abs=0.001)
