"""The rendered athlete's knee, frame by frame: the pose model's near leg beside the leg that the coach believes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

from pi_coach.core.sight.body import knee_deg, skeleton
from pi_coach.core.sight.senses import Senses, perceive

from .truth import STANDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pi_coach.core.reps.drill import Drill

    from .rows import Row
    from .tracks import Track
    from .truth import Clip

DEEPEST = 2 / 3
"""The deepest third of a rep: frames with at least this share of its hip flexion."""

FAR_DEG = 20.0
"""An error that turns a hinge into a squat."""

FREE, HIDDEN = "legs free", "behind plates or a box"


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: both readings less the truth, degrees; the coach's is None where it does not tell."""

    raw_deg: float | None
    told_deg: float | None
    deep: bool


@dataclass(frozen=True, slots=True)
class Knees:
    """All frames of one clip, seen through one model."""

    model: str
    group: str
    looks: tuple[Look, ...]


def knees(clip: Clip, model: str, track: Track, drill: Drill) -> Knees | None:
    """Return a clip's frames; None where it shows no standing athlete from the side."""
    if clip.people or clip.view not in ("side", "10") or clip.exercise not in STANDING:
        return None
    truth = json.loads(clip.video.with_suffix(".json").read_text(encoding="utf-8"))
    hidden = truth["config"]["occluder"] or truth["config"]["arms"] == "bar" or "barbell" in clip.name
    looks = _centred(list(_looks(truth, track, drill)))
    return Knees(model, HIDDEN if hidden else FREE, tuple(looks))


def _looks(truth: Row, track: Track, drill: Drill) -> Iterator[Look]:
    senses, deep = Senses(), _deep(truth)
    angles = truth["angles"]["knee_flexion"]
    for (_, pose), true_deg, is_deep in zip(track.frames, angles, deep, strict=False):
        if pose is None:
            continue
        senses, percept = perceive(senses, pose, drill.upright, wall_x=None)
        forward = senses.watch.forward
        raw = knee_deg(skeleton(pose).legs[1 if forward > 0 else 0])
        told = None if percept is None else percept.posture.knee_deg
        yield Look(
            None if raw is None else forward * raw - true_deg, None if told is None else told - true_deg, is_deep
        )


def _deep(truth: Row) -> list[bool]:
    hip, deep = truth["angles"]["hip_flexion_trunk"], [False] * len(truth["angles"]["hip_flexion_trunk"])
    for rep in truth["reps"]:
        span = range(round(rep["start_s"] * truth["fps"]), min(round(rep["end_s"] * truth["fps"]), len(hip)))
        peak = max(hip[i] for i in span)
        for i in span:
            deep[i] = hip[i] >= DEEPEST * peak
    return deep


def _centred(looks: list[Look]) -> Iterator[Look]:
    """Take off what lies between BlazePose's points and this skeleton's joints: the middle of each over the clip."""
    raw, told = (_middle(getattr(look, name) for look in looks) for name in ("raw_deg", "told_deg"))
    for look in looks:
        yield Look(
            None if look.raw_deg is None else look.raw_deg - raw,
            None if look.told_deg is None else look.told_deg - told,
            look.deep,
        )


def _middle(values: Iterable[float | None]) -> float:
    seen = [value for value in values if value is not None]
    return median(seen) if seen else 0.0


def rows(found: Iterable[Knees]) -> list[Row]:
    """Return how far both knees are off, whole clips and the deepest third of each rep."""
    groups: dict[tuple[str, str, str], list[Look]] = {}
    for one in found:
        for look in one.looks:
            for part in ("whole", "deepest third") if look.deep else ("whole",):
                groups.setdefault((one.model, one.group, part), []).append(look)
    return [
        {"model": model, "legs": group, "part": part, "knee": knee, **_figures(looks, name)}
        for (model, group, part), looks in sorted(groups.items())
        for knee, name in (("the model's near leg", "raw_deg"), ("the leg the coach believes", "told_deg"))
    ]


def _figures(looks: list[Look], name: str) -> Row:
    errors = [abs(value) for look in looks if (value := getattr(look, name)) is not None]
    untold = round(1 - len(errors) / len(looks), 3)
    if len(errors) < FEWEST:
        return {"frames": len(looks), "median_deg": None, "p95_deg": None, "far_share": None, "untold_share": untold}
    return {
        "frames": len(looks),
        "median_deg": round(median(errors), 1),
        "p95_deg": round(quantiles(errors, n=20)[-1], 1),
        "far_share": round(sum(error > FAR_DEG for error in errors) / len(errors), 3),
        "untold_share": untold,
    }


FEWEST = 20
"""Fewer frames have no 95th percentile."""
