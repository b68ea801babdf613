"""Faults and angles against the truth of the rendered athlete."""

from __future__ import annotations

from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING

from .rows import angle_errors, outcomes, outcomes_of, rounded, views_of
from .score import JUDGED, OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .rows import Row
    from .score import Trial


def conditions(trials: Sequence[Trial]) -> list[Row]:
    """Return counts, faults and the hip by what the camera had to put up with, rendered clips only."""
    views = [(view, [t for t in trials if t.clip.view == view and not t.clip.hard]) for view in views_of(trials)]
    hard = sorted({name for t in trials for name in t.clip.hard})
    groups = views + [(name, [t for t in trials if name in t.clip.hard]) for name in hard]
    hinges = {name: [t for t in group if not t.clip.people and t.clip.squats is None] for name, group in groups}
    return [{"condition": name} | _condition(group) for name, group in hinges.items() if group]


def _condition(hinges: Sequence[Trial]) -> Row:
    hip = angle_errors(hinges, "hip_flexion_deg")
    return {
        "clips": len(hinges),
        "reps": sum(len(trial.reps) for trial in hinges),
        "exact": sum(trial.clip.count_error(trial.counted[OURS]) == 0 for trial in hinges),
        **outcomes_of(hinges),
        "hip_bias_deg": round(fmean(hip), 1) if hip else None,
    }


def faults(trials: Sequence[Trial]) -> list[Row]:
    """Return what became of each fault in the rendered reps."""
    verdicts = [verdict for trial in trials for verdict in trial.verdicts]
    return [{"fault": fault} | outcomes(v for v in verdicts if v.fault == fault) for fault in JUDGED]


def unlabelled(trials: Sequence[Trial]) -> list[Row]:
    """Return how often faults were told of rendered reps for which the athlete has no truth."""
    told = [judged.told for t in trials for judged in t.reps if judged.told and t.clip.squats is None]
    tally = Counter(fault for rep in told for fault in rep.faults if fault not in JUDGED)
    return [{"fault": fault, "told": count, "reps": len(told)} for fault, count in sorted(tally.items())]


def angles(trials: Sequence[Trial]) -> list[Row]:
    """Return the errors of the joint angles at the bottom by view."""
    rows = []
    for view in views_of(trials):
        group = [trial for trial in trials if trial.clip.view == view]
        for name in ("hip_flexion_deg", "knee_flexion_deg", "trunk_deg"):
            errors = angle_errors(group, name)
            if errors:
                rows.append({"view": view, "angle": name, **_spread(errors)})
    return rows


def _spread(errors: Sequence[float]) -> Row:
    bias = fmean(errors)
    return {
        "reps": len(errors),
        "bias": round(bias, 1),
        "mae": round(fmean(map(abs, errors)), 1),
        "mae_without_bias": round(fmean(abs(error - bias) for error in errors), 1),
    }


def bottom_time(trials: Iterable[Trial]) -> Row:
    """Return how far the bottoms were from the true ones."""
    late = sorted(judged.off_s for trial in trials for judged in trial.reps if judged.off_s is not None)
    if not late:
        return {"reps": 0, "mean_s": None, "p95_s": None}
    return {"reps": len(late), "mean_s": round(fmean(late), 3), "p95_s": round(late[int(0.95 * (len(late) - 1))], 3)}


def slips(trials: Sequence[Trial]) -> list[Row]:
    """Return every verdict that was wrong or withheld."""
    return [
        {
            "fault": verdict.fault,
            "outcome": verdict.outcome,
            "clip": verdict.clip,
            "rep": verdict.rep,
            "asked": verdict.asked,
            "true": verdict.true,
            "value": rounded(verdict.value),
            "limit": verdict.limit,
        }
        for trial in trials
        for verdict in trial.verdicts
        if verdict.outcome in ("missed", "false alarm", "abstained")
    ]
