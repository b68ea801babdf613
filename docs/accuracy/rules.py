"""The coach's measures of back and squat beside the peers' rules, rep by rep on the rendered athlete."""

from __future__ import annotations

from collections import Counter
from statistics import fmean, median
from typing import TYPE_CHECKING

from .rows import SQUAT, measure, rounded
from .score import OURS
from .truth import FLAT_DEG, STANDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .rows import Row
    from .score import JudgedRep, Trial

NEARLY_SIDE = ("side", "10", "20")
"""Views in which the coach judges the back."""

BANDS_DEG = {20: (17.5, 22.5), 25: (22.5, 27.5), 30: (27.5, 35.0), 40: (35.0, 90.0)}
"""True lumbar flexion that counts as about so much."""

MAX_TRUNK_RATIO, MAX_HEIGHT_RATIO, KNEES_DEG = (0.85, 0.80), 0.85, (140.0, 120.0)
"""Limits of the peers' fault rules."""


def auc(below: Sequence[float], above: Sequence[float]) -> float | None:
    """Return how often a value of the second group is the greater one; ties count half. None for an empty group."""
    if not below or not above:
        return None
    return fmean((b > a) + (b == a) / 2 for a in below for b in above)


def _backs(trials: Iterable[Trial]) -> list[tuple[Trial, JudgedRep]]:
    """Return the counted reps whose back can be judged from there, measured or not."""
    return [
        (trial, judged)
        for trial in trials
        if trial.clip.view in NEARLY_SIDE and trial.clip.squats is None and "back_rounding" in trial.judges
        for judged in trial.reps
        if judged.told is not None and judged.trunk_ratio is not None
    ]


def back(trials: Sequence[Trial]) -> list[Row]:
    """Return by true lumbar flexion what the outline and the shortening of the trunk make of it."""
    everything = [judged for _, judged in _backs(trials)]
    known = [judged for judged in everything if _curve_pct(judged) is not None]
    flat = [judged for judged in known if judged.rep.lumbar_deg <= FLAT_DEG]
    rows = [{"lumbar_deg": "flat", **_back_row(flat)}]
    for deg, (low, high) in BANDS_DEG.items():
        group = [judged for judged in known if low <= judged.rep.lumbar_deg < high]
        rows.append({"lumbar_deg": f"{deg}", **_back_row(group), **_aucs(flat, group)})
    return [*rows, {"lumbar_deg": "not measured", "reps": len(everything) - len(known)}]


def _back_row(group: Sequence[JudgedRep]) -> Row:
    curves, ratios = _curves(group), _ratios(group)
    return {
        "reps": len(group),
        "told": sum(judged.told is not None and "back_rounding" in judged.told.faults for judged in group),
        **{f"ratio_below_{limit:.2f}": sum(ratio < limit for ratio in ratios) for limit in MAX_TRUNK_RATIO},
        "height_below_0.85": sum(judged.height_ratio < MAX_HEIGHT_RATIO for judged in group if judged.height_ratio),
        "median_pct": rounded(median(curves)) if curves else None,
        "median_ratio": rounded(median(ratios)) if ratios else None,
    }


def _aucs(flat: Sequence[JudgedRep], group: Sequence[JudgedRep]) -> Row:
    shortened = [[-ratio for ratio in _ratios(reps)] for reps in (flat, group)]
    return {"auc": rounded(auc(_curves(flat), _curves(group))), "ratio_auc": rounded(auc(*shortened))}


def _curve_pct(judged: JudgedRep) -> float | None:
    return measure(judged, "back_curve_pct")


def _curves(group: Iterable[JudgedRep]) -> list[float]:
    return [curve for judged in group if (curve := _curve_pct(judged)) is not None]


def _ratios(group: Iterable[JudgedRep]) -> list[float]:
    return [judged.trunk_ratio for judged in group if judged.trunk_ratio is not None]


def squat_rules(trials: Sequence[Trial]) -> list[Row]:
    """Return how well squats are told from hinges by the coach and by fixed knee angles.

    A rep that the coach does not count is right: a squat is refused, and a hinge is not called a squat.
    """
    reps = [
        (trial.clip.squats is not None or SQUAT in judged.rep.faults, judged)
        for trial in trials
        if trial.clip.exercise in (*STANDING, "squat") and trial.clip.view in NEARLY_SIDE
        for judged in trial.reps
    ]
    ours = [(squat, squat if judged.told is None else SQUAT in judged.told.faults) for squat, judged in reps]
    rows = [{"rule": OURS} | _rule(ours)]
    for limit in KNEES_DEG:
        verdicts = [(squat, (judged.least_knee_deg or 180.0) < limit) for squat, judged in reps]
        rows.append({"rule": f"knee under {limit:g} degrees"} | _rule(verdicts))
    return rows


def _rule(verdicts: Sequence[tuple[bool, bool]]) -> Row:
    tally = Counter(verdicts)
    return {
        "squats": tally[True, True] + tally[True, False],
        "told": tally[True, True],
        "hinges": tally[False, True] + tally[False, False],
        "false": tally[False, True],
    }


def points(trials: Sequence[Trial]) -> list[Row]:
    """Return one row a rep, for the figures."""
    backs = {(trial.clip.name, judged.rep.number) for trial, judged in _backs(trials)}
    return [
        {
            "clip": trial.clip.name,
            "rep": judged.rep.number,
            "view": trial.clip.view,
            "lumbar_deg": round(judged.rep.lumbar_deg, 1),
            "back": (trial.clip.name, judged.rep.number) in backs,
            "back_curve_pct": rounded(measure(judged, "back_curve_pct")),
            "trunk_ratio": rounded(judged.trunk_ratio),
            "hip_true_deg": round(judged.rep.peaks_deg["hip_flexion_deg"], 1),
            "hip_deg": rounded(measure(judged, "hip_flexion_deg")),
            "knee_true_deg": round(judged.rep.peaks_deg["knee_flexion_deg"], 1),
            "knee_deg": rounded(measure(judged, "knee_flexion_deg")),
        }
        for trial in trials
        if trial.clip.exercise in STANDING
        for judged in trial.reps
    ]
