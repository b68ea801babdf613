"""The same films through both pose engines: what one sees, the other sees, and the coach says the same of both."""

import statistics
from typing import NamedTuple

import numpy as np
import pytest
from pictures import CLIPS, FPS, in_picture, model, truth

from pi_coach import config
from pi_coach.adapters.litert_pose import LiteRTPose
from pi_coach.adapters.mediapipe_pose import MediaPipePose
from pi_coach.adapters.video import VideoFile
from pi_coach.clock import SystemClock
from pi_coach.core.events import RepCompleted
from pi_coach.core.sessions.coach import Assignment, Coach
from pi_coach.core.types import Frame, Joint

pytest.importorskip("mediapipe", reason="the other engine: pip install pi-coach[mediapipe]")
pytestmark = pytest.mark.slow

__all__ = ["model"]

SHOULDERS, HIPS = [Joint.L_SHOULDER, Joint.R_SHOULDER], [Joint.L_HIP, Joint.R_HIP]


class Seen(NamedTuple):
    """What an engine made of a film."""

    poses: list
    frame_s: float
    """How long a frame took, seconds, median."""


def through(engines, clip, count=None, change=None):
    """Show each frame to one engine after the other, so that both work under the same load."""
    clock = SystemClock()
    poses, times = [[] for _ in engines], [[] for _ in engines]
    for frame, _ in zip(VideoFile(CLIPS / f"{clip}.mp4").frames(), range(count or 100_000), strict=False):
        for number, engine in enumerate(engines):
            shown = change(frame) if change and number else frame
            began = clock.now()
            poses[number].append(engine.find(shown))
            times[number].append(clock.now() - began)
    for engine in engines:
        engine.close()
    return [Seen(seen, statistics.median(took)) for seen, took in zip(poses, times, strict=True)]


def apart(poses, others):
    """Return how far the landmarks of two lists of poses are apart, % of the trunk, shape (frames, 33)."""
    both = [(pose.points, other.points) for pose, other in zip(poses, others, strict=True) if pose and other]
    points, other_points = map(np.array, zip(*both, strict=True))
    trunk = points[:, SHOULDERS].mean(axis=1) - points[:, HIPS].mean(axis=1)
    lengths = np.hypot(trunk[:, 0], trunk[:, 1])
    return 100 * np.linalg.norm(points - other_points, axis=2) / statistics.median(lengths.tolist())


def coached(poses, clip, tmp_path):
    """Return the faults of each rep that the coach counts."""
    found, known = config.load(tmp_path), truth(clip)
    hip = known["joints_world"][0][known["joint_names"].index("hip.R")]
    wall_px, _ = in_picture(known, (known["wall_x"], 0.0, hip[2]))
    coach = Coach(Assignment(found.drills["wall_touch"], found.wording.phrases, wall_x=wall_px / 480))
    events = []
    for seq, pose in enumerate(poses):
        events += coach.see(pose.t if pose else seq / FPS, pose, speaking=False).events
    events += coach.finish(len(poses) / FPS).events
    return [sorted(event.rep.faults) for event in events if isinstance(event, RepCompleted)]


@pytest.mark.parametrize("clip", ["wall_touch_good_right", "wall_touch_faults_left"])
def test_both_engines_see_the_same_athlete_and_the_coach_says_the_same(clip, model, tmp_path):
    engines = MediaPipePose(model, outline=True), LiteRTPose(model, outline=True, threads=2)
    theirs, ours = through(engines, clip)
    assert [pose is None for pose in ours.poses] == [pose is None for pose in theirs.poses]
    distances = apart(theirs.poses, ours.poses)
    assert np.median(distances) < 1.0
    assert np.percentile(distances, 95) < 3.0
    assert coached(ours.poses, clip, tmp_path) == coached(theirs.poses, clip, tmp_path) != []
    assert ours.frame_s < theirs.frame_s


def grainy(frame):
    """Return the frame with the lowest bit of its blue flipped, which nobody can see."""
    return Frame(frame.seq, frame.t, frame.image ^ np.array((0, 0, 1), np.uint8))


def test_an_arm_behind_the_body_is_no_surer_in_either_engine_than_a_grain_of_noise_makes_it(model):
    # The far arm jumps between two places, whichever engine looks: what is left between them is the network's doubt.
    clip, count = "standing_dowel_taped_right", 150
    engines = MediaPipePose(model, outline=False), LiteRTPose(model, outline=False, threads=2)
    between = apart(*(seen.poses for seen in through(engines, clip, count)))
    twice = MediaPipePose(model, outline=False), MediaPipePose(model, outline=False)
    within = apart(*(seen.poses for seen in through(twice, clip, count, grainy)))
    for share in (50, 95):
        assert np.percentile(between, share) < 1.5 * np.percentile(within, share) + 0.2
