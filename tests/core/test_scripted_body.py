"""The athlete made of sticks is a body: feet stay, bones keep their length, angles are those of the script."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_properties import postures

from pi_coach.core.errors import SourceError
from pi_coach.core.geometry import distance, inclination_deg
from pi_coach.core.sight.body import skeleton
from pi_coach.testing.body import ASPECT, SHANK, THIGH, TRUNK, Filming, ScriptedBody, seat_x
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock
from pi_coach.testing.script import TALL, Posture, Script, folded, hinged


def bodies(script, **filming):
    return [skeleton(pose) for _, pose in ScriptedBody(script, Filming(**filming)).poses() if pose is not None]


@given(postures, st.sampled_from((0.0, 180.0)))
def test_bones_keep_their_length_and_feet_stay(posture, heading):
    still = Posture(heading_deg=heading, place=0.65)
    moved = Posture(
        hip_deg=posture.hip_deg, knee_deg=posture.knee_deg, shank_deg=posture.shank_deg, heading_deg=heading
    )
    seen = bodies(Script(((0, still),)).go(moved, 1.0), fps=6)
    for body in seen:
        for leg in body.legs:
            assert (leg.thigh, leg.shank) == pytest.approx((THIGH, SHANK), abs=1e-4)
            assert leg.heel == seen[0].legs[0].heel
        assert body.trunk_length == pytest.approx(TRUNK, abs=1e-4)


def test_the_angles_are_those_of_the_script():
    (body, *_) = bodies(Script(((0, Posture(hip_deg=84, knee_deg=20, shank_deg=-4)),)).hold(0.1))
    trunk, thigh, shank = (
        inclination_deg(low, high, 1)
        for low, high in (
            (body.hip, body.shoulder),
            (body.legs[1].knee, body.legs[1].hip),
            (body.legs[1].ankle, body.legs[1].knee),
        )
    )
    assert (trunk, thigh, shank) == pytest.approx((60, -24, -4), abs=0.1)


def test_a_good_hinge_is_that_of_the_simulated_body():
    tall, bent = (bodies(Script(((0, posture),)).hold(0.1))[0] for posture in (TALL, hinged(84)))
    leg = THIGH + SHANK
    assert (tall.hip.x - bent.hip.x) / leg == pytest.approx(0.25, abs=0.05)
    assert (bent.hip.y - tall.hip.y) / leg == pytest.approx(0.04, abs=0.02)


@pytest.mark.parametrize(("heading_deg", "width"), [(0, 0), (45, 0.57), (90, 0.8), (180, 0)])
def test_shoulders_widen_towards_the_camera(heading_deg, width):
    (body, *_) = bodies(Script(((0, Posture(heading_deg=heading_deg)),)).hold(0.1))
    assert abs(distance(*body.shoulders)) / TRUNK == pytest.approx(width, abs=0.01)


def test_a_wall_is_touched_by_the_seat():
    assert seat_x(TALL) - seat_x(hinged(84)) > 0.05
    left = Posture(heading_deg=180)
    assert seat_x(hinged(84, left)) - seat_x(left) > 0.05


def test_whoever_walks_out_of_the_picture_is_not_found():
    poses = ScriptedBody(Script().walk(ASPECT + 0.3, 1)).poses()
    assert poses[0][1] is not None
    assert poses[-1][1] is None


def test_time_goes_on_with_the_frames():
    clock = ManualClock()
    body = ScriptedBody(Script().hold(1), Filming(fps=10), clock)
    assert [(frame.seq, clock.now()) for frame in body.frames()][3] == (3, pytest.approx(0.3))
    assert clock.wall().year == 2026


def test_the_same_seed_jitters_the_same_way():
    script, noisy = Script().hold(0.5), Filming(jitter=0.002, seed=4)
    first, second = (np.array([pose.points for _, pose in ScriptedBody(script, noisy).poses()]) for _ in range(2))
    assert (first == second).all()
    assert first.std(axis=0).mean() == pytest.approx(0.002, abs=0.0005)


def test_a_broken_source_says_so_and_a_closed_one_ends():
    broken = ScriptedBody(Script().hold(2), Filming(fails_at_s=1.0))
    frames = broken.frames()
    with pytest.raises(SourceError):
        list(frames)
    stalled = ScriptedBody(Script().hold(2), Filming(stalls_at_s=1.0))
    seen = []
    for frame in stalled.frames():
        seen.append(frame.t)
        if frame.t > 0.95:
            stalled.close()
    assert max(seen) < 1.0


def test_a_voice_says_one_sentence_at_a_time_and_keeps_the_newest():
    clock = ManualClock()
    voice = FakeSpeaker(clock)
    voice.say("Stand all the way up")
    assert voice.speaking
    voice.say("Hips back")
    voice.say("Slow down")
    assert voice.said == ["Stand all the way up"]
    clock.advance_to(1.5)
    assert voice.speaking
    assert voice.said == ["Stand all the way up", "Slow down"]
    clock.advance_to(9.0)
    assert not voice.speaking


def test_a_voice_that_broke_down_is_silent_and_stops_nothing():
    voice = FakeSpeaker(ManualClock())
    voice.say("Hips back")
    voice.break_down()
    voice.say("Slow down")
    assert (voice.speaking, voice.said) == (False, ["Hips back"])


def test_a_button_gives_each_press_once():
    button = FakeButtons()
    button.press("next")
    assert (button.presses(), button.presses()) == (["next"], [])


def test_a_clock_never_goes_back():
    clock = ManualClock(5.0)
    clock.advance_to(3.0)
    assert clock.now() == 5.0


def test_moves_are_smooth_and_take_their_time():
    body = ScriptedBody(Script().go(folded(80, 0, 0), 2.0), Filming(fps=10))
    trunks = [inclination_deg(s.hip, s.shoulder, 1) for _, pose in body.poses() if (s := skeleton(pose))]
    steps = np.diff(trunks)
    assert steps.argmax() in (8, 9, 10)
    assert trunks[10] == pytest.approx(40, abs=1)
