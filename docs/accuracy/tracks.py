"""Poses of a film, found once per model and kept, and what the coach makes of them at any frame rate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach import offline
from pi_coach.adapters.recording import PoseRecording
from pi_coach.analysis import Report
from pi_coach.assembly import Setting
from pi_coach.clock import SystemClock
from pi_coach.core.sessions.coach import Coach
from pi_coach.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pi_coach.config import Config
    from pi_coach.core.types import Pose

    from .truth import Clip

EARLY_S = 0.002
"""By how much a frame may come before it is due: times are rounded."""


@dataclass(frozen=True, slots=True)
class Track:
    """The poses of one film, None where nobody was seen."""

    frames: tuple[tuple[float, Pose | None], ...]
    """Each with its time, seconds."""
    height_px: int

    def at(self, fps: float) -> Track:
        """Return the track as a camera of that rate would have seen it."""
        kept, due_s = [], 0.0
        for t, pose in self.frames:
            if t + EARLY_S >= due_s:
                kept.append((t, pose))
                due_s += (1 + (t + EARLY_S - due_s) * fps // 1) / fps
        return Track(tuple(kept), self.height_px)


@dataclass(frozen=True, slots=True)
class PoseCache:
    """A folder of pose recordings; a film that changed is looked at again."""

    folder: Path
    data_dir: Path
    """Where the pose models lie, under `models`."""
    config: Config
    tell: Callable[[str], None]

    def track(self, clip: Clip, model: str) -> Track:
        """Return the poses of a clip; with a full cache in a tenth of a second."""
        path = self.folder / recording_name(clip.video, model)
        if not path.exists():
            self.tell(f"finding poses: {clip.name}, {model}")
            self._record(clip, model, path)
        recording = PoseRecording(path)
        frames = tuple((frame.t, recording.find(frame)) for frame in recording.frames())
        return Track(frames, recording.header.height_px)

    def _record(self, clip: Clip, model: str, path: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.config.settings
        chosen = replace(self.config, settings=replace(settings, pose=replace(settings.pose, model=model)))
        places = Places(self.data_dir, self.data_dir, self.folder)
        offline.record(Setting(chosen, places, SystemClock(), self.tell), path, str(clip.video), clip.drill)


def recording_name(video: Path, model: str) -> str:
    """Return the name of a film's pose recording: it changes with the film."""
    digest = hashlib.sha256(video.read_bytes()).hexdigest()[:8]
    return f"{video.stem}.{model}.{digest}.poses.jsonl.gz"


def coached(track: Track, clip: Clip, config: Config) -> Report:
    """Give a track to the coach and return what it told."""
    wall_x = None if clip.wall_px is None else clip.wall_px / track.height_px
    coach, report, t = Coach(config.assignment(clip.drill, wall_x=wall_x)), Report(), 0.0
    for t, pose in track.frames:
        report.show(coach.see(t, pose, speaking=False))
    report.show(coach.finish(t))
    return report
