"""An athlete made of sticks, filmed: the feet stay put and the bones keep their length."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.core.errors import SourceError
from pi_coach.core.sight.contour import STATIONS
from pi_coach.core.types import LANDMARKS, Frame, Joint, Pose, Silhouette
from pi_coach.testing.script import Posture, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pi_coach.testing.fakes import ManualClock

    Floats = NDArray[np.float64]

TRUNK, THIGH, SHANK = 0.20, 0.16, 0.16
"""Bones of somebody of 1.75 m who fills two thirds of the picture, image heights."""

SEAT = 0.05
"""From the hip to the edge of the buttocks, and to that of the belly, image heights."""

ASPECT = 4 / 3

STALL_S = 60.0
"""A stalled source gives up by itself after this long, so that nobody waits for ever."""

PARTS = (
    *("face",) * 7, *("ear",) * 2, *("face",) * 2, *("shoulder",) * 2, *("elbow",) * 2, *("wrist",) * 8,
    *("hip",) * 2, *("knee",) * 2, *("ankle",) * 2, *("heel",) * 2, *("toe",) * 2,
)  # fmt: skip
"""Which part of the body each of the 33 landmarks is."""

LEFT = np.array([0, 1, 1, 1, -1, -1, -1, *(1, -1) * 13])
"""On which side each landmark is: 1 the athlete's left, -1 the right."""

HALF_WIDTHS = {"face": 0.02, "ear": 0.035, "shoulder": 0.08, "elbow": 0.08, "wrist": 0.08, "hip": 0.045}
"""From the middle of the body to one side, image heights; 0.05 for knees and feet."""

LEGS = slice(Joint.L_KNEE, LANDMARKS)

Span = tuple[float, float]
"""From when until when, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filming:
    """How the athlete is filmed, and what goes wrong with it."""

    fps: float = 30.0
    jitter: float = 0.0
    """Standard deviation of every landmark, image heights; a pose model has 0.001 to 0.003."""
    seed: int = 0
    floor_y: float = 0.93
    """Height of the soles in the picture; beyond 1 the feet are below it."""
    gaps: tuple[Span, ...] = ()
    """Nobody is found."""
    legs_hidden: tuple[Span, ...] = ()
    """Both legs are behind something, and the model guesses them where they are not."""
    outline: bool = False
    """Whether the person's outline is measured too."""
    fails_at_s: float | None = None
    """The source breaks here."""
    stalls_at_s: float | None = None
    """No frame comes from here on, until the source is closed."""


class ScriptedBody:
    """The athlete as a source of black frames, and as the estimator that finds the scripted pose in each."""

    def __init__(self, script: Script, filming: Filming | None = None, clock: ManualClock | None = None) -> None:
        """Film a script; `clock` goes on with the frames."""
        self._filming = filming or Filming()
        self._clock = clock
        self._closed = threading.Event()
        self.times = np.arange(0.0, script.end_s, 1.0 / self._filming.fps)
        """Seconds of every frame."""
        self._scene = _at(script, self.times)
        self._points = _filmed(_project(_chain(self._scene), self._scene), self.times, self._filming)

    def frames(self) -> Iterator[Frame]:
        """Yield a frame of one black pixel for each moment. Raises SourceError where it was told to break."""
        blank = np.zeros((1, 1, 3), np.uint8)
        stalls_s, fails_s = (np.inf if s is None else s for s in (self._filming.stalls_at_s, self._filming.fails_at_s))
        for seq, t in enumerate(self.times.tolist()):
            if t >= fails_s:
                raise SourceError("The scripted camera broke: script another one.")
            if self._closed.wait(STALL_S if t >= stalls_s else 0.0) or t >= stalls_s:
                return
            if self._clock is not None:
                self._clock.advance_to(t)
            yield Frame(seq, t, blank)

    def find(self, frame: Frame) -> Pose | None:
        """Return the scripted pose of a frame; None in a gap and outside the picture."""
        return None if _within(frame.t, self._filming.gaps) else self._pose(frame.seq)

    def close(self) -> None:
        """End `frames`."""
        self._closed.set()

    def poses(self) -> list[tuple[float, Pose | None]]:
        """Return every moment with its pose, as the loop would see them."""
        return [(frame.t, self.find(frame)) for frame in self.frames()]

    def _pose(self, seq: int) -> Pose | None:
        heading_deg = float(self._scene["heading_deg"][seq])
        near = -1 if _faces_right(heading_deg) else 1
        seen = np.where(near * LEFT < 0, 0.6, 0.95)
        if _within(self.times[seq], self._filming.legs_hidden):
            seen[LEGS] = 0.05
        points = self._points[seq]
        if not 0.0 < points[Joint.L_HIP, 0] < ASPECT:
            return None
        outline = self._outline(seq, heading_deg) if self._filming.outline else None
        return Pose(float(self.times[seq]), points.astype(np.float32), seen.astype(np.float32), ASPECT, outline)

    def _outline(self, seq: int, heading_deg: float) -> Silhouette:
        back = 0.25 + sum(self._scene[part][seq] / 100.0 * _bow(top) for part, top in BOWS.items())
        return Silhouette(*_seat(self._points[seq], heading_deg), back.astype(np.float32))


def seat_x(posture: Posture) -> float:
    """Return where the buttocks end in a posture, image heights from the left: a wall there is just touched by it."""
    scene = _at(Script(((0.0, posture),)), np.zeros(1))
    left, right = _seat(_project(_chain(scene), scene)[0], posture.heading_deg)
    return left if _faces_right(posture.heading_deg) else right


def _bow(top: float) -> Floats:
    """Return the back's outline at each station, highest at `top` and level with the ends of the back."""
    side = np.where(top > STATIONS, top - 0.1, 0.9 - top)
    return np.asarray(1.0 - ((STATIONS - top) / side) ** 2)


BOWS = {"rounded_pct": 0.38, "chest_pct": 0.72}
"""Where on the way from hip to shoulder a bent lumbar spine and a bent chest bulge most (rendered athletes)."""


def _within(t: float, spans: tuple[Span, ...]) -> bool:
    return any(start <= t < end for start, end in spans)


def _faces_right(heading_deg: float) -> bool:
    return bool(np.cos(np.radians(heading_deg)) >= 0.0)


def _at(script: Script, times: Floats) -> dict[str, Floats]:
    """Return every part of the posture at every moment."""
    key_times = np.array([t for t, _ in script.keys])
    after = np.clip(np.searchsorted(key_times, times, side="right"), 1, max(len(key_times) - 1, 1))
    start, end = key_times[after - 1], key_times[np.minimum(after, len(key_times) - 1)]
    share = np.clip((times - start) / np.maximum(end - start, 1e-9), 0.0, 1.0)
    eased = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)  # the least jerk, as people move

    def part(name: str) -> Floats:
        values = np.array([float(getattr(posture, name)) for _, posture in script.keys])
        before, behind = values[after - 1], values[np.minimum(after, len(values) - 1)]
        return np.asarray(before + (behind - before) * eased)

    return {f.name: part(f.name) for f in fields(Posture)}


def _chain(scene: dict[str, Floats]) -> dict[str, Floats]:
    """Return where the parts are in the body's own plane, shape (n, 2): ahead of and above the foot, image heights."""
    shank = scene["shank_deg"]
    thigh = shank - scene["knee_deg"]
    trunk = thigh + scene["hip_deg"]

    def beyond(start: Floats, length: float, lean_deg: Floats) -> Floats:
        lean = np.radians(lean_deg)
        return start + length * np.column_stack((np.sin(lean), np.cos(lean)))

    foot = np.zeros((len(shank), 2))
    up, ahead = np.array((0.0, 1.0)), np.array((1.0, 0.0))
    ankle = foot + 0.02 * up
    knee = beyond(ankle, SHANK, shank)
    hip = beyond(knee, THIGH, thigh)
    shoulder = beyond(hip, TRUNK, trunk)
    head = trunk - scene["head_back_deg"]
    lift = 1.0 - 2.0 * scene["hands_up"][:, None]
    ear = beyond(shoulder, 0.075, head)
    return {
        "face": beyond(ear, 0.05, head + 90.0), "ear": ear, "shoulder": shoulder,
        "elbow": shoulder - lift * 0.09 * up + 0.05 * ahead, "wrist": shoulder - lift * 0.17 * up,
        "hip": hip, "knee": knee, "ankle": ankle,
        "heel": foot - 0.02 * ahead + scene["heel_up"][:, None] * up,
        "toe": foot + 0.07 * ahead,
    }  # fmt: skip


def _project(chain: dict[str, Floats], scene: dict[str, Floats]) -> Floats:
    """Return the landmarks in the picture, shape (n, 33, 2): x from its left edge, y down from the floor."""
    heading = np.radians(scene["heading_deg"])[:, None]
    ahead = np.stack([chain[part][:, 0] for part in PARTS], axis=1)
    up = np.stack([chain[part][:, 1] for part in PARTS], axis=1)
    left = np.tile(LEFT * np.array([HALF_WIDTHS.get(part, 0.05) for part in PARTS]), (len(heading), 1))
    left[:, [Joint.L_KNEE, Joint.R_KNEE]] *= 1.0 - scene["knees_in"][:, None]
    x = scene["place"][:, None] + ahead * np.cos(heading) + left * np.sin(heading)
    return np.stack((x, -up), axis=2)


def _filmed(points: Floats, times: Floats, filming: Filming) -> Floats:
    """Return the landmarks as the pose model finds them."""
    points = points + np.array((0.0, filming.floor_y))
    hidden = np.array([_within(t, filming.legs_hidden) for t in times])
    for hip, knee in ((Joint.L_HIP, Joint.L_KNEE), (Joint.R_HIP, Joint.R_KNEE)):
        points[hidden, knee] = 0.4 * points[hidden, hip] + 0.6 * points[hidden, knee]
    noise = np.random.default_rng(filming.seed).normal(0.0, 1.0, points.shape)
    return np.asarray(points + filming.jitter * noise)


def _seat(points: Floats, heading_deg: float) -> tuple[float, float]:
    """Return the left and right edges of the person at hip height."""
    hips = points[[Joint.L_HIP, Joint.R_HIP], 0]
    side = SEAT * abs(float(np.cos(np.radians(heading_deg))))
    return float(hips.min()) - side, float(hips.max()) + side
