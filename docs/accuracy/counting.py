"""Counts, the coach's and the peers', and what was told of the recordings of people."""

from __future__ import annotations

from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING

from .rows import SQUAT, grouped
from .score import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .rows import Row
    from .score import Trial
    from .truth import Clip

MOST_FALSE_SHARE = 0.2
"""A fault is invented in a recording if more than a fifth of its reps are told to have it."""


def counts(trials: Iterable[Trial]) -> list[Row]:
    """Return how many hinge clips each counter counts right, by people or rendered, model and rate."""
    hinges = [trial for trial in trials if trial.clip.squats is None]
    rows = []
    for counter in hinges[0].counted if hinges else ():
        rows += grouped(
            hinges,
            lambda t: {"people": t.clip.people, "model": t.model, "fps": t.fps, "counter": counter},  # noqa: B023
            lambda group: _count_errors(group, counter),  # noqa: B023
        )
    return rows


def _count_errors(trials: Sequence[Trial], counter: str) -> Row:
    errors = [trial.clip.count_error(trial.counted[counter]) for trial in trials]
    shares = [error / max(trial.clip.most, 1) for error, trial in zip(errors, trials, strict=True)]
    return {
        "clips": len(errors),
        "exact": sum(error == 0 for error in errors),
        "off_by_one": sum(error <= 1 for error in errors),
        "mae": round(fmean(shares), 3),
    }


def squats_passed(trials: Iterable[Trial]) -> list[Row]:
    """Return how many of the squats shown to hinge drills passed as hinges."""
    shown = [trial for trial in trials if trial.clip.squats is not None]
    return grouped(
        shown,
        lambda t: {"people": t.clip.people, "model": t.model},
        lambda group: {
            "squats": attempts(t.clip for t in group),
            "passed": sum(_passed(t) for t in group),
            "counted": {name: sum(t.counted[name] for t in group) for name in group[0].counted if name != OURS},
        },
    )


def _passed(trial: Trial) -> int:
    return sum(SQUAT not in rep.faults for rep in trial.told)


def people(trials: Iterable[Trial]) -> list[Row]:
    """Return one row for each recording of a person and model."""
    return [_person(trial) for trial in trials if trial.clip.people]


def _person(trial: Trial) -> Row:
    clip, told = trial.clip, trial.told
    shares = {fault: _share(trial, fault) for fault in (*clip.present, *clip.absent)}
    return {
        "clip": clip.name,
        "model": trial.model,
        "drill": clip.drill,
        "view": clip.view,
        "seen_from": trial.view,
        "true": [clip.least, clip.most],
        "squats": clip.squats,
        "passed": _passed(trial) if clip.squats is not None else None,
        "counted": dict(trial.counted),
        "found": {fault: round(shares[fault], 2) for fault in clip.present},
        "invented": {fault: round(shares[fault], 2) for fault in clip.absent if shares[fault] > MOST_FALSE_SHARE},
        "absent": len(clip.absent),
        "told": dict(sorted(Counter(fault for rep in told for fault in rep.faults).items())),
    }


def _share(trial: Trial, fault: str) -> float:
    return sum(fault in rep.faults for rep in trial.told) / len(trial.told) if trial.told else 0.0


def attempts(clips: Iterable[Clip]) -> int:
    """Return how many squats are shown to hinge drills."""
    return sum(clip.squats or 0 for clip in clips)
