"""Measures this machine: what the coach costs beside its pose model, as ratios in one run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from pi_coach import bench_idle
from pi_coach.core.errors import CoachError, UsageError
from pi_coach.core.sessions.coach import Coach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.assembly import Setting
    from pi_coach.clock import Clock
    from pi_coach.core.types import Frame

FRAMES = 300
"""Frames measured for each figure; ten seconds of film."""

WARM_UP = 20
"""Frames that are not counted: the first ones load and allocate."""

DRILLS = ("standing_dowel", "wall_touch")
"""One drill that needs landmarks only, and one that needs the outline too."""


@dataclass(slots=True)  # not frozen: it grows with every frame
class Laps:
    """Times of every frame, seconds; mutable because it grows as they are measured."""

    model_s: list[float] = field(default_factory=list)
    core_s: list[float] = field(default_factory=list)
    total_s: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the medians, and what the coach costs beside the model as a share of it."""
        around = [t - m for t, m in zip(self.total_s, self.model_s, strict=True)]
        return {
            "model_ms": round(1e3 * median(self.model_s), 2),
            "around_model_ms": round(1e3 * median(around), 3),
            "around_model_ratio": round(median(around) / median(self.model_s), 4),
            "core_us": round(1e6 * median(self.core_s), 1),
            "frames_per_s": round(1.0 / median(self.total_s), 1),
        }


def measure(setting: Setting, video: Path | None) -> dict[str, Any]:
    """Measure everything and return the figures, unit in each name."""
    film = video or _default_film()
    frames = _frames(film)
    found: dict[str, Any] = {"film": film.name, "frames": len(frames), "model": setting.config.settings.pose.model}
    for drill_id in DRILLS:
        found[f"pipeline_{drill_id}"] = _laps(setting, frames, drill_id).figures()
    found["start"] = _starts(setting.clock)
    memory = _peak_memory_mb(setting, film)
    if memory is not None:
        found["memory_lite_mb"] = memory
    found["power"] = bench_idle.measure(setting, film)
    voice = _voice(setting)
    if voice is not None:
        found["voice"] = voice
    return found


def _voice(setting: Setting) -> dict[str, Any] | None:
    """Return how fast the voice is; None where nothing can hear it."""
    from pi_coach import bench_voice  # noqa: PLC0415

    try:
        return bench_voice.measure(setting.clock, setting.config.settings.speech.device)
    except CoachError as error:
        setting.tell(f"The voice is not measured: {error}")
        return None


def _default_film() -> Path:
    film = Path(__file__).resolve().parent.parent / "fixtures" / "clips" / "wall_touch_good_right.mp4"
    if not film.exists():
        raise UsageError("name a film of an athlete to measure on with --video FILE")
    return film


def _frames(film: Path) -> list[Frame]:
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    return list(islice(VideoFile(film).frames(), WARM_UP + FRAMES))


def _laps(setting: Setting, frames: Sequence[Frame], drill_id: str) -> Laps:
    """Run the live path over frames in memory; only the model's own call counts as the model."""
    from pi_coach.adapters import models  # noqa: PLC0415
    from pi_coach.adapters.athlete_lock import AthleteLock  # noqa: PLC0415
    from pi_coach.adapters.mediapipe_pose import MediaPipePose  # noqa: PLC0415
    from pi_coach.adapters.panel_sim import SimPanel  # noqa: PLC0415

    clock = setting.clock
    laps = Laps()

    class TimedModel(MediaPipePose):
        """Times the model's own call."""

        def detect(self, frame: Frame) -> Any:  # noqa: ANN401  MediaPipe has no types
            began = clock.now()
            result = super().detect(frame)
            laps.model_s.append(clock.now() - began)
            return result

    drill = setting.config.drill(drill_id)
    path = models.model_path(setting.places.models_dir, setting.config.settings.pose.model)
    estimator = AthleteLock(TimedModel(path, outline=drill.needs_outline))
    coach = Coach(setting.config.assignment(drill.id, wall_x=0.5 if drill.uses_wall else None))
    panel = SimPanel(setting.config.settings.panel.plan, sys.stdin)
    try:
        for frame in frames:
            _lap(clock, laps, frame, estimator, coach, panel)
    finally:
        panel.close()
        estimator.close()
    return Laps(laps.model_s[WARM_UP:], laps.core_s[WARM_UP:], laps.total_s[WARM_UP:])


def _lap(clock: Clock, laps: Laps, frame: Frame, estimator: Any, coach: Coach, panel: Any) -> None:  # noqa: ANN401
    asked = len(laps.model_s)
    began = clock.now()
    pose = estimator.find(frame)
    found = clock.now()
    step = coach.see(frame.t, pose, speaking=False)
    seen = clock.now()
    panel.show(step)
    laps.core_s.append(seen - found)
    laps.total_s.append(clock.now() - began)
    if len(laps.model_s) > asked + 1:
        # The lock looked twice at this frame; both looks are the model's.
        laps.model_s[asked:] = [sum(laps.model_s[asked:])]


def _starts(clock: Clock) -> dict[str, float]:
    """Time `--help` against an empty Python."""
    return {
        "help_s": _best_s(clock, [sys.executable, "-m", "pi_coach", "--help"]),
        "python_s": _best_s(clock, [sys.executable, "-c", "pass"]),
    }


def _best_s(clock: Clock, command: list[str]) -> float:
    took = []
    for _ in range(5):
        began = clock.now()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own interpreter
        took.append(clock.now() - began)
    return round(min(took), 3)


WATCHED = """
import re, sys
from pathlib import Path
from pi_coach.cli import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""
"""Runs a command and says how much memory it held at most, kB: what the system tells a parent counts the parent too."""


def _peak_memory_mb(setting: Setting, film: Path) -> float | None:
    """Return the most memory that an analysis with the lite model ever held; None where that model is not here."""
    from pi_coach.adapters import models  # noqa: PLC0415

    if not models.model_path(setting.places.models_dir, "lite").exists():
        setting.tell("Memory with the lite model is not measured: get it with `pi-coach models get lite`.")
        return None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "coach.toml").write_text('[pose]\nmodel = "lite"\n', encoding="utf-8")
        where = ["--config", folder, "--data", str(setting.places.data_dir)]
        command = [sys.executable, "-c", WATCHED, *where, "analyze", str(film), "--drill", "wall_touch"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own interpreter
    return round(int(done.stderr.split()[-1]) / 1024, 1)


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a table."""
    rows = [f"{figures['film']}, {figures['frames']} frames, model {figures['model']}"]
    for drill_id in DRILLS:
        of = figures[f"pipeline_{drill_id}"]
        rows += [
            f"{drill_id}:",
            f"  model                  {of['model_ms']:8.2f} ms a frame",
            f"  around the model       {of['around_model_ms']:8.3f} ms a frame",
            f"  ... of the model       {100 * of['around_model_ratio']:8.1f} %",
            f"  core                   {of['core_us']:8.1f} us a frame",
            f"  the whole              {of['frames_per_s']:8.1f} frames a second",
        ]
    start = figures["start"]
    rows.append(f"--help                   {start['help_s']:8.3f} s (an empty Python: {start['python_s']:.3f} s)")
    if "memory_lite_mb" in figures:
        rows.append(f"peak memory, lite        {figures['memory_lite_mb']:8.1f} MB")
    rows += bench_idle.lines(figures["power"])
    if "voice" in figures:
        from pi_coach import bench_voice  # noqa: PLC0415

        rows += bench_voice.lines(figures["voice"])
    return rows
