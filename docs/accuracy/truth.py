"""What really happened in a clip: labels of recordings of people, exact truth of a rendered athlete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DRILLS = {
    "wall_hinge": "wall_touch",
    "rdl": "rdl",
    "dowel_hinge": "standing_dowel",
    "kb_deadlift": "kettlebell_deadlift",
    "squat": "rdl",
    "kneeling_hinge": "kneeling_dowel",
    "hip_thrust": "hip_thrust",
    "swing": "kettlebell_swing",
}
"""Under which drill an exercise of the athlete is coached; a squat is shown to a hinge drill."""

STANDING = ("wall_hinge", "rdl", "dowel_hinge", "kb_deadlift")
"""Exercises whose joint angles mean the same for the athlete and the coach."""

FAULTS = {
    "squatting": "squatting",
    "hyperextended_lockout": "overextension",
    "backward_lean": "overextension",
    "neck_extended": "head_crank",
    "weight_forward": "weight_forward",
    "knee_valgus": "knees_in",
    "no_wall_touch": "wall_missed",
    "incomplete_lockout": "no_lockout",
    "rushed_descent": "too_fast",
}
"""The athlete's true faults, by the coach's names."""

SAID_BY = {
    "back_rounding": ("max_lumbar_flexion", "lumbar {:.0f}°"),
    "head_crank": ("neck_ext_bottom", "neck {:.0f}°"),
    "no_lockout": ("hip_flexion_lockout", "hip {:.0f}°"),
    "overextension": ("trunk_lockout", "trunk {:.0f}°"),
    "shallow": ("peak_hip_flexion", "hip {:.0f}°"),
    "squatting": ("knee_at_bottom", "knee {:.0f}°"),
    "too_fast": ("down_s", "{:.2f} s"),
    "wall_missed": ("wall_distance_min", "{:.3f} m"),
    "weight_forward": ("com_foot_bottom", "{:.2f} of the foot"),
    "knees_in": ("knee_medial_bottom", "{:.3f} m"),
}
"""The number of the athlete that says most about a fault, and how it is written."""

NEVER = ("heel_lift", "knees_out", "hips_first")
"""What the athlete never does: the feet are planted, and hips and trunk move together."""

ROUNDED_DEG, FLAT_DEG = 25.0, 12.0
"""Lumbar flexion from which a rep should be called rounded, and up to which it should not; between, either is right."""

SHALLOW_SHARE, DEEP_SHARE = 0.72, 0.88
"""Shares of the drill's depth: below the first a rep should be called shallow, above the second not."""

TOUCH_M = 0.015
"""Glutes this near to the wall touch it; the athlete's own rule."""


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One rep of the rendered athlete; times in seconds, angles in degrees."""

    number: int
    start_s: float
    bottom_s: float
    bottom_end_s: float
    end_s: float
    faults: frozenset[str]
    """The coach's names; back rounding and depth are judged from the numbers below."""
    lumbar_deg: float
    peaks_deg: Mapping[str, float]
    """Greatest hip and knee flexion beyond the stance at the clip's start, and greatest trunk inclination."""
    touched: bool
    """Whether the glutes met the wall."""
    measured: Mapping[str, float]
    """The athlete's own numbers by name."""
    asked: str
    """How the rep was asked for: "lumbar 30"."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One film and what is known of it."""

    name: str
    video: Path
    drill: str
    people: bool
    """Whether it shows a real person."""
    view: str
    """side, 10, 20 or 45 degrees of yaw from it, front; oblique for people."""
    hard: frozenset[str]
    """What makes it harder to see: low light, backlight, occluder, second person."""
    least: int
    """Any count from here to `most` is right: half reps may be counted, or not."""
    most: int
    squats: int | None = None
    """How many squats are shown to a hinge drill: none of them may pass as a hinge; None for hinges."""
    wall_px: float | None = None
    exercise: str = ""
    present: tuple[str, ...] = ()
    """Faults that most reps show, by eye."""
    absent: tuple[str, ...] = ()
    """Faults that reps do not show, by eye."""
    reps: tuple[TrueRep, ...] = ()
    """Known for a rendered athlete only."""

    def count_error(self, counted: int) -> int:
        """Return by how much a count is wrong."""
        return max(self.least - counted, counted - self.most, 0)


def people(folder: Path) -> Iterator[Clip]:
    """Yield the labelled recordings of a folder with labels.json."""
    for label in json.loads((folder / "labels.json").read_text(encoding="utf-8")):
        count = label["count"]
        yield Clip(
            name=label["file"].rpartition(".")[0],
            video=folder / label["file"],
            drill=label["drill"],
            people=True,
            view="side" if label["view"] in ("left", "right") else label["view"],
            hard=frozenset(),
            least=label.get("count_min", count),
            most=count,
            squats=label["squats"] if label.get("negative") else None,
            present=tuple(label.get("present", ())),
            absent=tuple(label.get("absent", ())),
        )


def rendered(folder: Path) -> Iterator[Clip]:
    """Yield the films of the rendered athlete in a folder: a JSON of its truth beside each."""
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        reps = tuple(_rep(truth, number, rep) for number, rep in enumerate(truth["reps"], start=1))
        squat = truth["exercise"] == "squat"
        # A rep that never got deep enough, or never reached the wall, may be counted and flagged, or not counted.
        sure = sum(not {"shallow", "no_wall_touch"} & set(rep["faults"]) for rep in truth["reps"])
        yield Clip(
            name=truth["name"],
            video=path.with_suffix(".mp4"),
            drill=DRILLS[truth["exercise"]],
            people=False,
            view=_view(truth["view"]),
            hard=frozenset(_hard(truth["config"])),
            least=sure,
            most=len(reps),
            squats=len(reps) if squat else None,
            wall_px=_wall_px(truth),
            exercise=truth["exercise"],
            reps=reps,
        )


LIGHTS = {"low": "low light", "backlit": "backlight"}
VIEWS = {"right": 0, "left": 0, "front": 90, "q_right": 45, "q_left": 45, "near_right": 20, "near_left": 20}


def _view(name: str | float) -> str:
    yaw: float = VIEWS[name] if isinstance(name, str) else abs(abs(name) - 90)
    return {0.0: "side", 90.0: "front"}.get(yaw, f"{yaw:g}")


def _hard(config: Mapping[str, Any]) -> Iterator[str]:
    if config["light"] in LIGHTS:
        yield LIGHTS[config["light"]]
    if config["occluder"]:
        yield "occluder"
    if config["second"]:
        yield "second person"


def _wall_px(truth: Mapping[str, Any]) -> float | None:
    """Return where the wall's surface stands in the picture at hip height, as a calibrated coach would know it."""
    if truth["exercise"] != "wall_hinge" or truth.get("wall_x") is None:
        return None
    hip = truth["joints_world"][0][truth["joint_names"].index("hip.R")]
    point, camera = (truth["wall_x"], 0.0, hip[2]), truth["camera"]
    rows = zip(camera["R"], camera["t"], strict=True)
    x, _, z = (sum(r * p for r, p in zip(row, point, strict=True)) + t for row, t in rows)
    return float(camera["cx"] + camera["fx"] * x / z)


def _rep(truth: Mapping[str, Any], number: int, rep: Mapping[str, Any]) -> TrueRep:
    gap_m = rep["measured"].get("wall_distance_min")
    return TrueRep(
        number,
        rep["start_s"],
        rep["bottom_s"],
        rep["bottom_end_s"],
        rep["end_s"],
        frozenset(FAULTS[name] for name in rep["faults"] if name in FAULTS),
        rep["measured"]["max_lumbar_flexion"],
        _peaks_deg(truth, rep),
        gap_m is not None and gap_m <= TOUCH_M,
        {name: value for name, value in rep["measured"].items() if value is not None}
        | {"down_s": rep["bottom_s"] - rep["start_s"]},
        ", ".join(f"{key} {_short(value)}" for key, value in rep["requested"].items()) or "good",
    )


def _short(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_short(part)}" for key, part in value.items())
    return "/".join(map(str, value)) if isinstance(value, list) else f"{value}"


def _peaks_deg(truth: Mapping[str, Any], rep: Mapping[str, Any]) -> dict[str, float]:
    """Return what a side camera should read at the deepest point."""
    fps, angles = truth["fps"], truth["angles"]
    inside = slice(round(rep["start_s"] * fps), round(rep["end_s"] * fps) + 1)
    tall = slice(0, fps // 2)
    change = {"hip_flexion_deg": "hip_flexion_trunk", "knee_flexion_deg": "knee_flexion"}
    peaks = {name: max(angles[key][inside]) - fmean(angles[key][tall]) for name, key in change.items()}
    return peaks | {"trunk_deg": max(angles["trunk_incl"][inside])}
