"""How long each part takes to start and how much memory it holds at most: each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.adapters import models
from pi_coach.benchmarks.figures import Against, Figure, figure
from pi_coach.benchmarks.run import DRILL
from pi_coach.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.benchmarks.run import Run

FRAMES = 60
"""Looked at before the memory is read; by then nothing grows any more."""
NO_ENGINE = "frames alone, no engine"
PATIENCE_S = 120.0

PEAK = 'import re; peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])\n'
"""What the system tells a parent of its child's memory counts the parent too; a process is asked itself."""

LOOK = f"""
import json, sys
from itertools import islice
from pathlib import Path
from pi_coach.adapters.video import VideoFile
from pi_coach.engines import pose_engine
from pi_coach.settings import PoseSettings
film, frames, backend, model = sys.argv[1:]
frames = islice(VideoFile(Path(film)).frames(), int(frames))
engine = None
if backend:
    engine = pose_engine(PoseSettings(backend, "", 0, ""), Path(model), outline=True)
for number, frame in enumerate(frames):
    if engine is not None:
        engine.find(frame)
    if number == 0:
        print("first", flush=True)
{PEAK}
print(json.dumps(peak_kb))
"""
"""Looks at a film with an engine, or only reads it."""

WATCHED = f"""
import sys
from pi_coach.cli import main
code = main(sys.argv[1:])
{PEAK}
print(peak_kb, file=sys.stderr)
sys.exit(code)
"""
"""Runs a command and says how much memory it held at most, kB."""

HELP = [sys.executable, "-m", "pi_coach", "--help"]
NOTHING = [sys.executable, "-c", "pass"]


@dataclass(frozen=True, slots=True)
class Started:
    """What one process told."""

    first_s: float
    """From the start of the process to its first pose."""
    peak_mb: float


def measure(run: Run) -> Iterator[Figure]:
    """Start each engine and the command line in turns, and yield times and memory."""
    yield from _engines(run)
    yield from _command_line(run)
    if run.amount.all_models:
        yield from _analysis(run)


def _engines(run: Run) -> Iterator[Figure]:
    found: dict[str, list[Started]] = {}
    asked = {NO_ENGINE: ("", "")} | _asked(run)
    for _ in range(run.amount.rounds):
        for name, (backend, model) in asked.items():
            try:
                found.setdefault(name, []).append(_look(run, backend, model))
            except ModelError as error:
                run.note(f"{name} is not started. {error}")
                asked = {kept: of for kept, of in asked.items() if kept != name}
    first = {name: [[one.first_s] for one in times] for name, times in found.items()}
    peak = {name: [[one.peak_mb] for one in times] for name, times in found.items()}
    for unit, told, values in (("s", "to the first pose", first), ("MB", "peak memory", peak)):
        for name, blocks in values.items():
            against = None if name == NO_ENGINE else Against(NO_ENGINE, values[NO_ENGINE][: len(blocks)])
            yield figure(f"{name}, {told}", unit, blocks, against)


def _asked(run: Run) -> dict[str, tuple[str, str]]:
    """Return backend and path of what is started, by name."""
    chosen = run.setting.config.settings.pose.model
    names = [name for name in models.NAMES if name == chosen or run.amount.all_models]
    paths = {name: models.model_path(run.setting.places.models_dir, name) for name in names}
    return {
        f"{backend} {name}": (backend, str(path))
        for name, path in paths.items()
        if path.exists()
        for backend in ("litert", "mediapipe")
    }


def _look(run: Run, backend: str, model: str) -> Started:
    command = [sys.executable, "-c", LOOK, str(run.film), str(FRAMES), backend, model]
    began = run.clock.now()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603  our own interpreter
    assert process.stdout is not None  # noqa: S101  it was asked for
    process.stdout.readline()
    first_s = run.clock.now() - began
    told, complaint = process.communicate(timeout=PATIENCE_S)
    if process.returncode:
        lines = complaint.strip().splitlines()
        raise ModelError(lines[-1].partition("ModelError: ")[2] or lines[-1] if lines else "It ended at once.")
    return Started(first_s, json.loads(told) / 1024)


def _command_line(run: Run) -> Iterator[Figure]:
    took: dict[str, list[list[float]]] = {"help": [], "nothing": []}
    for _ in range(run.amount.rounds):
        for name, command in (("help", HELP), ("nothing", NOTHING)):
            began = run.clock.now()
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)  # noqa: S603  our own interpreter
            took[name].append([run.clock.now() - began])
    yield figure("pi-coach --help", "s", took["help"], Against("an empty Python", took["nothing"]))


def _analysis(run: Run) -> Iterator[Figure]:
    """Yield the most memory that a whole analysis with the lite model held."""
    if not models.model_path(run.setting.places.models_dir, "lite").exists():
        run.note("Memory with the lite model is not measured: get it with `pi-coach models get lite`.")
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "coach.toml").write_text('[pose]\nmodel = "lite"\n', encoding="utf-8")
        where = ["--config", folder, "--data", str(run.setting.places.data_dir)]
        command = [sys.executable, "-c", WATCHED, *where, "analyze", str(run.film), "--drill", DRILL]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own interpreter
    yield figure("pi-coach analyze, lite, peak memory", "MB", [[int(done.stderr.split()[-1]) / 1024]])
