"""The coach beside others: the rules of open-source counters on the same poses, and MediaPipe's own demo loop."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from pi_coach.adapters import models
from pi_coach.assembly import open_estimator
from pi_coach.benchmarks.figures import Against, Blocks, Figure, figure, take_turns, timed
from pi_coach.benchmarks.run import DRILL, in_memory
from pi_coach.benchmarks.whole import LivePath, sim_panel
from pi_coach.core.errors import ModelError
from pi_coach.core.events import RepCounted
from pi_coach.core.sessions.coach import Coach
from pi_coach.core.types import Joint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pi_coach.benchmarks.run import Run
    from pi_coach.core.types import Pose

    Counting: TypeAlias = "TwoAngles | Zigzag | Core"

HALF_TURN, FULL_TURN = 180.0, 360.0
VISIBLE_SIDES = ((Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE), (Joint.R_SHOULDER, Joint.R_HIP, Joint.R_KNEE))
PATIENCE_S = 60.0

DEMO_NAME = "MediaPipe's demo: pose and drawing, no coach"
OURS = "pi_coach, pose to panel"
OURS_CORE = "pi_coach's core, faults and cues as well"
AIGYM = "AIGym: hip 90 after 145 degrees"
ULTRALYTICS = (
    "Ultralytics' demo is not run: its weights lie on its own server alone, and nothing is downloaded to measure."
)

DEMO = """
import sys, time
from itertools import islice
from pathlib import Path
import numpy as np
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision
from mediapipe.tasks.python.vision import drawing_styles, drawing_utils
from pi_coach.benchmarks.run import in_memory

model, film, frames = sys.argv[1], in_memory(Path(sys.argv[2])), int(sys.argv[3])
options = vision.PoseLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=model),
    running_mode=vision.RunningMode.VIDEO,
    output_segmentation_masks=True,
)
style = drawing_styles.get_default_pose_landmarks_style()
lines = vision.PoseLandmarksConnections.POSE_LANDMARKS
with vision.PoseLandmarker.create_from_options(options) as landmarker:
    print("ready", flush=True)
    for asked in sys.stdin:
        took = []
        for frame in film.block(int(asked), frames):
            began = time.monotonic()
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.image)
            result = landmarker.detect_for_video(image, round(1000 * frame.t))
            picture = np.copy(frame.image)
            for pose in result.pose_landmarks:
                drawing_utils.draw_landmarks(picture, pose, lines, style)
            took.append(time.monotonic() - began)
        print(*took, flush=True)
"""
"""MediaPipe's own example of a pose landmarker on a film, but for showing the picture on a screen."""


class TwoAngles:
    """Counts as Ultralytics' AIGym does, or as most projects do: the near hip passes one angle, then another.

    AIGym counts on the way down, at 90 degrees after 145; the others on the way up, at 160 after 120.
    """

    def __init__(self, down_deg: float, up_deg: float, *, on_the_way_down: bool) -> None:
        self._down_deg, self._up_deg, self._early = down_deg, up_deg, on_the_way_down
        self._is_down: bool | None = None
        self.count = 0

    def see(self, pose: Pose) -> None:
        """Take in one pose."""
        angle = hip_deg(pose)
        if angle < self._down_deg:
            self.count += self._early and self._is_down is False
            self._is_down = True
        elif angle > self._up_deg:
            self.count += bool(not self._early and self._is_down)
            self._is_down = False


class Zigzag:
    """Counts a fall of the near hip's angle by at least a step, then a rise by one."""

    STEP_DEG = 25.0

    def __init__(self) -> None:
        self._falling, self._turn_deg = False, 0.0
        self.count = 0

    def see(self, pose: Pose) -> None:
        """Take in one pose."""
        angle = hip_deg(pose)
        self._turn_deg = min(self._turn_deg, angle) if self._falling else max(self._turn_deg, angle)
        if abs(angle - self._turn_deg) >= self.STEP_DEG:
            self.count += self._falling
            self._falling, self._turn_deg = not self._falling, angle


class Core:
    """The coach, as a counter; it judges the reps, and chooses what to say, as well."""

    def __init__(self, coach: Coach) -> None:
        self._coach = coach
        self.count = 0

    def see(self, pose: Pose) -> None:
        """Take in one pose."""
        step = self._coach.see(pose.t, pose, speaking=False)
        self.count += sum(isinstance(event, RepCounted) for event in step.events)


COUNTERS: dict[str, Callable[[], TwoAngles | Zigzag]] = {
    "two angles: hip 120, then 160 degrees": lambda: TwoAngles(120.0, 160.0, on_the_way_down=False),
    AIGYM: lambda: TwoAngles(90.0, 145.0, on_the_way_down=True),
    "zigzag of the hip, 25 degrees": Zigzag,
}


def hip_deg(pose: Pose) -> float:
    """Return the angle of the hip that is seen better, 180 straight."""
    side = max(VISIBLE_SIDES, key=lambda joints: float(pose.visibility[list(joints)].sum()))
    (sx, sy), (hx, hy), (kx, ky) = pose.points[list(side)].tolist()
    turn = abs(math.degrees(math.atan2(ky - hy, kx - hx) - math.atan2(sy - hy, sx - hx))) % FULL_TURN
    return FULL_TURN - turn if turn > HALF_TURN else turn


def measure(run: Run) -> Iterator[Figure]:
    """Yield what each counter costs a frame and how many reps it counts, then the demo loop beside ours."""
    run.note(ULTRALYTICS)
    yield from _counters(run)
    try:
        yield from _demo(run)
    except ModelError as error:
        run.note(f"{DEMO_NAME} is not run. {error}")


def _counters(run: Run) -> Iterator[Figure]:
    counters: dict[str, Counting] = {name: make() for name, make in COUNTERS.items()}
    counters[OURS_CORE] = Core(Coach(run.setting.config.assignment(DRILL)))
    took: dict[str, Blocks] = {name: [] for name in counters}
    for stretch in _cut(_poses(run), run.amount.blocks):
        for name, counter in counters.items():
            took[name].append([timed(run.clock, counter.see, pose) for pose in stretch])
    for name, blocks in took.items():
        yield figure(name, "us", blocks, None if name == AIGYM else Against(AIGYM, took[AIGYM]))
    for name, counter in counters.items():
        yield figure(f"{name}: counted", "reps", [[float(counter.count)]])


def _cut(poses: Sequence[Pose], count: int) -> Iterator[Sequence[Pose]]:
    length = -(-len(poses) // count)
    return (poses[begin : begin + length] for begin in range(0, len(poses), length))


def _poses(run: Run) -> list[Pose]:
    """Return the athlete's poses in the film, without the frames in which nobody was seen."""
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    with ExitStack() as stack:
        estimator = open_estimator(run.setting.config, run.setting.places, outline=True)
        stack.callback(estimator.close)
        found = [estimator.find(frame) for frame in islice(VideoFile(run.film).frames(), run.amount.played)]
    return [pose for pose in found if pose is not None]


def _demo(run: Run) -> Iterator[Figure]:
    model = models.model_path(run.setting.places.models_dir, run.setting.config.settings.pose.model)
    with ExitStack() as stack:
        ours = LivePath(run, DRILL, in_memory(run.film), sim_panel(run, stack))
        stack.callback(ours.close)
        process = stack.enter_context(_demo_process(run, str(model)))
        found = take_turns({DEMO_NAME: lambda number: _asked(process, number), OURS: ours.block}, run.amount.blocks)
    yield figure(DEMO_NAME, "ms", found[DEMO_NAME])
    yield figure(OURS, "ms", found[OURS], Against(DEMO_NAME, found[DEMO_NAME]))


@contextmanager
def _demo_process(run: Run, model: str) -> Iterator[subprocess.Popen[str]]:
    from pi_coach.adapters.mediapipe_pose import NO_WAY_OUT  # noqa: PLC0415  nothing is told to Google from here either

    command = [sys.executable, "-c", DEMO, model, str(run.film), str(run.amount.frames)]
    process = subprocess.Popen(  # noqa: S603  our own interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **NO_WAY_OUT},
    )
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise ModelError("MediaPipe cannot be loaded here.")
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def _asked(process: subprocess.Popen[str], number: int) -> list[float]:
    """Let the demo do a block of frames."""
    if process.stdin is None or process.stdout is None:
        raise ModelError("MediaPipe cannot be asked.")
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    told = process.stdout.readline().split()
    if not told:
        raise ModelError("MediaPipe's process has ended.")
    return [float(word) for word in told]
