"""Whatever is shown to the coach: it does not crash, counts nothing half-done and blames nothing unseen."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from story import DRILLS, watch

from pi_coach.core.events import FaultRaised, Phase, PhaseEntered, Rep, RepCompleted, RepCounted
from pi_coach.core.reps.fault import Judged
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Posture, Script

deg = st.floats
postures = st.builds(
    Posture,
    hip_deg=deg(-25, 130),
    knee_deg=deg(-10, 120),
    shank_deg=deg(-25, 45),
    rounded_pct=st.floats(0, 15),
    head_back_deg=deg(-40, 40),
    heading_deg=st.sampled_from((0.0, 0.0, 0.0, 30.0, 90.0, 180.0, 270.0)),
    place=st.sampled_from((0.65, 0.65, 0.65, 0.3, 1.5)),
)
scripts = st.builds(
    lambda moves: Script(((0.0, moves[0][1]), *_timed(moves))),
    st.lists(st.tuples(st.floats(0.1, 1.6), postures), min_size=2, max_size=7),
)
spans = st.lists(st.tuples(st.floats(0, 6), st.floats(0, 3)).map(lambda s: (s[0], s[0] + s[1])), max_size=2).map(tuple)
filmings = st.builds(
    Filming,
    fps=st.sampled_from((8.0, 14.0)),
    jitter=st.sampled_from((0.0, 0.001, 0.01, 0.1)),
    seed=st.integers(0, 99),
    floor_y=st.sampled_from((0.93, 0.93, 0.93, 0.6, 1.05)),
    gaps=spans,
    legs_hidden=spans,
    outline=st.booleans(),
)
drills = st.sampled_from(sorted(DRILLS))
jobs = st.fixed_dictionaries(
    {},
    optional={"target_reps": st.integers(1, 3), "wall_x": st.floats(0, 1.3), "find_wall": st.booleans()},
)


def _timed(moves):
    t = 0.0
    for for_s, posture in moves:
        t += for_s
        yield t, posture


def obey_the_laws(told, drill):
    """Check what must hold for every session."""
    counts_follow_bottoms(told.events)
    faults = {fault.id: fault for fault in drill.faults}
    for step in told.steps:
        for event in step.events:
            assert event.t <= step.t
            if isinstance(event, FaultRaised):
                assert math.isfinite(event.value)
                if faults[event.fault].judged is Judged.FRAME:
                    assert event.value == getattr(step.measures, faults[event.fault].measure)
            if isinstance(event, RepCompleted):
                verdict_is_sound(event.rep, faults)
        assert step.cue is None or step.cue.text.strip()


def counts_follow_bottoms(events):
    entered = []
    for event in events:
        if isinstance(event, PhaseEntered):
            entered.append(event.phase)
        elif isinstance(event, RepCounted):
            assert Phase.BOTTOM in entered
            assert entered[-1] is Phase.LOCKOUT
            entered = []


def verdict_is_sound(rep: Rep, faults):
    assert rep.start_s <= rep.bottom_s <= rep.end_s
    assert rep.score is None or 0 <= rep.score <= 100
    assert all(value is None or math.isfinite(value) for value in rep.measures.values())
    for name in rep.faults:
        if faults[name].judged is not Judged.FRAME:
            assert rep.measures[faults[name].measure] is not None
    if rep.quality:
        assert rep.score >= 80
        assert all(faults[name].severity not in ("major", "critical") for name in rep.faults)


@given(scripts, filmings, drills, jobs)
def test_no_athlete_breaks_the_laws(script, filming, drill, job):
    obey_the_laws(watch(ScriptedBody(script, filming).poses(), drill, **job), DRILLS[drill])


def collapsed(points):
    return np.full_like(points, 0.5)


def mirrored(points):
    return points * np.array((-1, 1), np.float32) + np.array((1.3, 0), np.float32)


def upside_down(points):
    return 1 - points


def far_away(points):
    return points * 50 - 20


def swapped(points):
    return points[[0, 4, 5, 6, 1, 2, 3, *(i + 1 if i % 2 else i - 1 for i in range(7, 33))]]


def folded_flat(points):
    return points * np.array((1, 0), np.float32)


DAMAGES = (None, collapsed, mirrored, upside_down, far_away, swapped, folded_flat)


@given(scripts, drills, st.lists(st.tuples(st.integers(0, 70), st.sampled_from(DAMAGES)), max_size=30), st.booleans())
def test_no_damage_of_single_poses_breaks_the_laws(script, drill, damages, outline):
    poses = ScriptedBody(script, Filming(fps=10, outline=outline)).poses()
    for place, damage in damages:
        if place < len(poses) and poses[place][1] is not None:
            t, pose = poses[place]
            poses[place] = (t, damage and replace(pose, points=damage(pose.points)))
    obey_the_laws(watch(poses, drill), DRILLS[drill])


@given(st.lists(st.tuples(st.floats(0.001, 5), st.integers(0, 2**32 - 1), st.booleans()), max_size=40), drills)
def test_no_noise_breaks_the_laws(frames, drill):
    template = ScriptedBody(Script().hold(0.2)).poses()[0][1]
    t, poses = 0.0, []
    for wait_s, seed, seen in frames:
        t += wait_s
        points = np.random.default_rng(seed).uniform(-0.5, 1.8, (33, 2)).astype(np.float32)
        poses.append((t, replace(template, t=t, points=points) if seen else None))
    obey_the_laws(watch(poses, drill), DRILLS[drill])
