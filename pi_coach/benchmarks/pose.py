"""How long each pose engine takes for a frame, beside its landmark network alone."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.adapters import models
from pi_coach.benchmarks.figures import Against, Figure, figure, take_turns, timed
from pi_coach.benchmarks.run import in_memory
from pi_coach.core.errors import ModelError
from pi_coach.engines import pose_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pi_coach.benchmarks.run import Loop, Run

    Turn = Callable[[int], list[float]]

NETWORK = "network alone, 1 thread"
"""Nothing but the arithmetic of the whole landmark network, its mask included."""
LANDMARK_SIDE_PX = 256
THREADS = (1, 2, 4)
SEED = 3


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to look at pictures."""

    backend: str
    threads: int
    outline: bool

    @property
    def name(self) -> str:
        """What the table calls it; MediaPipe has no choice of threads."""
        threads = "" if self.backend == "mediapipe" else f", {self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{self.backend}{threads}{', outline' if self.outline else ''}"


def measure(run: Run) -> Iterator[Figure]:
    """Yield a figure for each engine and model that is here."""
    chosen = run.setting.config.settings.pose.model
    film = in_memory(run.film)
    for name in models.NAMES:
        path = models.model_path(run.setting.places.models_dir, name)
        if name != chosen and not run.amount.all_models:
            continue
        if not path.exists():
            run.note(f"The model {name} is not measured: get it with `pi-coach models get {name}`.")
            continue
        yield from _of_model(run, name, path, film)


def thread_counts() -> list[int]:
    """Return how many threads are tried: no more than there are cores."""
    return [count for count in THREADS if count <= len(os.sched_getaffinity(0))]


def _engines(run: Run) -> list[Engine]:
    counts, outlines = thread_counts(), (False, True) if run.amount.all_models else (True,)
    ours = [Engine("litert", count, outline) for outline in outlines for count in counts]
    return ours + [Engine("mediapipe", 1, outline) for outline in outlines]


def _of_model(run: Run, name: str, path: Path, film: Loop) -> Iterator[Figure]:
    with ExitStack() as stack:
        found = take_turns(_turns(run, path, film, stack), run.amount.blocks)
    base = Against(f"{name} {NETWORK}", found[NETWORK]) if NETWORK in found else None
    for title, blocks in found.items():
        yield figure(f"{name} {title}", "ms", blocks, base if title != NETWORK else None)


def _turns(run: Run, path: Path, film: Loop, stack: ExitStack) -> dict[str, Turn]:
    """Return what can be measured of a model here."""
    makers: dict[str, Callable[[], Turn]] = {NETWORK: partial(network_turn, run, path, 1)}
    makers |= {engine.name: partial(_engine_turn, run, engine, path, film, stack) for engine in _engines(run)}
    turns = {}
    for name, make in makers.items():
        try:
            turns[name] = make()
        except ModelError as error:
            run.note(f"{name} is not measured. {error}")
    return turns


def _engine_turn(run: Run, engine: Engine, path: Path, film: Loop, stack: ExitStack) -> Turn:
    asked = replace(run.setting.config.settings.pose, backend=engine.backend, threads=engine.threads)
    opened = pose_engine(asked, path, outline=engine.outline)
    stack.callback(opened.close)

    def block(number: int) -> list[float]:
        frames = film.block(number, run.amount.frames)
        return [timed(run.clock, opened.find, frame) for frame in frames]

    return block


def network_turn(run: Run, path: Path, threads: int) -> Turn:
    """Return what measures the landmark network alone, on the usual threads for 0.

    Raises ModelError where LiteRT is not here.
    """
    from pi_coach.adapters.litert_pose import Network, usual_threads  # noqa: PLC0415
    from pi_coach.adapters.pose_engine import quiet, read_bundle  # noqa: PLC0415

    with quiet():
        network = Network(read_bundle(path)[1], threads or usual_threads(), 255.0, 0.0)
    shape = (LANDMARK_SIDE_PX, LANDMARK_SIDE_PX, 3)
    pixels = np.random.default_rng(SEED).integers(0, 255, shape, dtype=np.uint8)

    def block(_: int) -> list[float]:
        return [timed(run.clock, network.run, pixels) for _ in range(run.amount.frames)]

    return block
