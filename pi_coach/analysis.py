"""A session as one JSON document, and how long its making took."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from pi_coach.core.events import RepAborted, RepCompleted, SetCompleted, ViewLatched

if TYPE_CHECKING:
    from pi_coach.clock import Clock
    from pi_coach.core.events import Cue, Partial, Rep
    from pi_coach.core.sessions.coach import Coach
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose
    from pi_coach.ports import PoseEstimator, Press

SCHEMA = 1
"""Version of the document's shape."""


@dataclass(slots=True)  # not frozen: it grows with every frame
class Report:
    """An Output that gathers what a document needs; mutable because it grows with every frame."""

    frames: int = 0
    frames_with_pose: int = 0
    reps: list[Rep] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    _views: list[tuple[float, str]] = field(default_factory=list)
    _last_s: float = 0.0

    def show(self, step: Step) -> None:
        """Take one frame's outcome."""
        self._last_s = step.t
        if step.cue is not None:
            self.cues.append(step.cue)
        for event in step.events:
            if isinstance(event, RepCompleted):
                self.reps.append(event.rep)
            elif isinstance(event, RepAborted):
                self.partials.append(event.partial)
            elif isinstance(event, ViewLatched):
                self._views.append((event.t, event.view.value))
            elif isinstance(event, SetCompleted):
                self.summaries.append(event.summary)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def view(self) -> str | None:
        """The view that lasted longest; None where nobody was seen."""
        lasted: dict[str, float] = {}
        ends = [t for t, _ in self._views[1:]] + [self._last_s] * bool(self._views)
        for (began, name), ended in zip(self._views, ends, strict=True):
            lasted[name] = lasted.get(name, 0.0) + ended - began
        return max(lasted, key=lasted.__getitem__, default=None)


def document(report: Report, source: str, drill: str, fps: float, performance: dict[str, float]) -> dict[str, Any]:
    """Return the analysis as plain values: seconds from the first frame, degrees, None for what was not seen."""
    return {
        "schema": SCHEMA,
        "source": source,
        "drill": drill,
        "view": report.view,
        "fps": round(fps, 3),
        "frames": report.frames,
        "frames_with_pose": report.frames_with_pose,
        "reps": [_rep(number, rep) for number, rep in enumerate(report.reps, start=1)],
        "partials": [
            {"start_s": _s(p.start_s), "bottom_s": _s(p.bottom_s), "end_s": _s(p.end_s)} for p in report.partials
        ],
        "cues": [
            {"t_s": _s(cue.t), "text": cue.text, "fault": cue.fault, "slot": cue.slot.value} for cue in report.cues
        ],
        "summary": " ".join(report.summaries),
        "performance": performance,
    }


def _rep(number: int, rep: Rep) -> dict[str, Any]:
    return {
        "number": number,
        "start_s": _s(rep.start_s),
        "bottom_s": _s(rep.bottom_s),
        "end_s": _s(rep.end_s),
        "score": rep.score,
        "quality": rep.quality,
        "faults": list(rep.faults),
        "measures": {name: None if value is None else round(value, 3) for name, value in rep.measures.items()},
    }


def _s(t: float) -> float:
    return round(t, 3)


class TimedEstimator:
    """A PoseEstimator that counts and times another one."""

    def __init__(self, estimator: PoseEstimator, clock: Clock, report: Report) -> None:
        self._estimator = estimator
        self._clock = clock
        self._report = report
        self.took_s: list[float] = []

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose, timed."""
        began = self._clock.now()
        pose = self._estimator.find(frame)
        self.took_s.append(self._clock.now() - began)
        self._report.frames += 1
        self._report.frames_with_pose += pose is not None
        return pose

    def close(self) -> None:
        """Free the other one."""
        self._estimator.close()


class TimedCoach:
    """A coach whose every look is timed."""

    def __init__(self, coach: Coach, clock: Clock) -> None:
        self._coach = coach
        self._clock = clock
        self.took_s: list[float] = []

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame, timed."""
        began = self._clock.now()
        step = self._coach.see(t, pose, speaking=speaking)
        self.took_s.append(self._clock.now() - began)
        return step

    def press(self, t: float, press: Press) -> Step:
        """Hand the press on."""
        return self._coach.press(t, press)

    def finish(self, t: float) -> Step:
        """End the set."""
        return self._coach.finish(t)


def performance(wall_s: float, poses: TimedEstimator, coach: TimedCoach) -> dict[str, float]:
    """Return how long everything took."""
    return {
        "wall_s": round(wall_s, 3),
        "pose_ms_median": round(1e3 * median(poses.took_s or [0.0]), 2),
        "core_us_median": round(1e6 * median(coach.took_s or [0.0]), 1),
    }
