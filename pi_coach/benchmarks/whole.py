"""What the coach costs beside its pose engine: the whole live path, taken apart frame by frame."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pi_coach.adapters import models
from pi_coach.assembly import followed, open_engine
from pi_coach.benchmarks.figures import Against, Blocks, Figure, figure, take_turns
from pi_coach.benchmarks.pose import network_turn
from pi_coach.benchmarks.run import in_memory
from pi_coach.core.errors import ModelError
from pi_coach.core.sessions.coach import Coach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.benchmarks.pose import Turn
    from pi_coach.benchmarks.run import Loop, Run
    from pi_coach.clock import Clock
    from pi_coach.core.types import Frame, Pose
    from pi_coach.ports import Output, PoseEstimator

DRILLS = ("standing_dowel", "wall_touch")
"""One drill that needs landmarks only, and one that needs the outline too."""
NETWORK = "network alone, threads as set"


class TimedEngine:
    """A PoseEstimator that adds up how long another one takes."""

    def __init__(self, engine: PoseEstimator, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self.took_s = 0.0

    def find(self, frame: Frame) -> Pose | None:
        """Ask the other."""
        began = self._clock.now()
        pose = self._engine.find(frame)
        self.took_s += self._clock.now() - began
        return pose

    def close(self) -> None:
        """Free the other."""
        self._engine.close()


class LivePath:
    """Engine, athlete lock, coach and panel, as the loop runs them."""

    def __init__(self, run: Run, drill_id: str, film: Loop, panel: Output) -> None:
        config = run.setting.config
        drill = config.drill(drill_id)
        engine = open_engine(config, run.setting.places, config.settings.pose.model, outline=drill.needs_outline)
        self._engine = TimedEngine(engine, run.clock)
        self._estimator = followed(config, self._engine, stick=drill.uses_dowel)
        self._coach = Coach(config.assignment(drill.id, wall_x=0.5 if drill.uses_wall else None))
        self._run, self._film, self._panel = run, film, panel
        self.engine_s: Blocks = []
        self.core_s: Blocks = []

    def close(self) -> None:
        """Free the engine."""
        self._estimator.close()

    def block(self, number: int) -> list[float]:
        """Return how long each frame of a block took as a whole, and keep the parts."""
        self.engine_s.append([])
        self.core_s.append([])
        return [self._lap(frame) for frame in self._film.block(number, self._run.amount.frames)]

    def _lap(self, frame: Frame) -> float:
        clock = self._run.clock
        self._engine.took_s = 0.0
        began = clock.now()
        pose = self._estimator.find(frame)
        found = clock.now()
        step = self._coach.see(frame.t, pose, speaking=False)
        seen = clock.now()
        self._panel.show(step)
        ended = clock.now()
        self.engine_s[-1].append(self._engine.took_s)
        self.core_s[-1].append(seen - found)
        return ended - began


def measure(run: Run) -> Iterator[Figure]:
    """Yield, for each drill, the whole, the engine's part, what is around it, and the core's part."""
    film = in_memory(run.film)
    with ExitStack() as stack:
        panel = sim_panel(run, stack)
        paths = {drill_id: LivePath(run, drill_id, film, panel) for drill_id in DRILLS}
        for path in paths.values():
            stack.callback(path.close)
        turns: dict[str, Turn] = {name: path.block for name, path in paths.items()}
        found = take_turns(_with_network(run) | turns, run.amount.blocks)
    if NETWORK in found:
        yield figure(NETWORK, "ms", found[NETWORK])
    for drill_id, path in paths.items():
        yield from _of_drill(drill_id, found, path)


def sim_panel(run: Run, stack: ExitStack) -> Output:
    """Open the panel that is drawn as text."""
    from pi_coach.adapters.panel_sim import SimPanel  # noqa: PLC0415

    panel = SimPanel(run.setting.config.settings.panel.plan, sys.stdin)
    stack.callback(panel.close)
    return panel


def _with_network(run: Run) -> dict[str, Turn]:
    pose = run.setting.config.settings.pose
    path = models.model_path(run.setting.places.models_dir, pose.model)
    try:
        return {NETWORK: network_turn(run, path, pose.threads)}
    except ModelError as error:
        run.note(f"The network alone is not measured. {error}")
        return {}


def _of_drill(drill_id: str, found: dict[str, Blocks], path: LivePath) -> Iterator[Figure]:
    # The first block was a warm-up.
    whole_s, engine_s, core_s = found[drill_id], path.engine_s[1:], path.core_s[1:]
    around_s = [
        [whole - engine for whole, engine in zip(*block, strict=True)] for block in zip(whole_s, engine_s, strict=True)
    ]
    engine = Against(f"{drill_id} engine", engine_s)
    network = Against(NETWORK, found[NETWORK]) if NETWORK in found else None
    yield figure(f"{drill_id} whole", "ms", whole_s, network)
    yield figure(f"{drill_id} engine", "ms", engine_s, network)
    yield figure(f"{drill_id} around the engine", "ms", around_s, engine)
    yield figure(f"{drill_id} core", "us", core_s, engine)
