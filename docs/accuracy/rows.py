"""Rows of figures: trials put into groups, and what is summed up alike everywhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .truth import STANDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .score import JudgedRep, Trial, Verdict

Row = dict[str, Any]

FULL_FPS = 30.0
"""The rate at which faults and angles are told, unless a table says otherwise."""

SQUAT = "squatting"
OUTCOMES = ("hit", "missed", "abstained", "false alarm", "clean")


def grouped(trials: Iterable[Trial], key: Callable[[Trial], Row], rest: Callable[[list[Trial]], Row]) -> list[Row]:
    """Return one row for each group of trials with the same key: the key and what `rest` makes of the group."""
    groups: dict[tuple[tuple[str, Any], ...], list[Trial]] = {}
    for trial in trials:
        groups.setdefault(tuple(key(trial).items()), []).append(trial)
    return [dict(name) | rest(group) for name, group in groups.items()]


def by_model(trials: Iterable[Trial], rows: Callable[[list[Trial]], list[Row]]) -> dict[str, list[Row]]:
    """Return the rows of each model."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.model, []).append(trial)
    return {model: rows(group) for model, group in groups.items()}


def outcomes(verdicts: Iterable[Verdict]) -> Row:
    """Return how often each outcome came up."""
    tally = Counter(verdict.outcome for verdict in verdicts)
    return {outcome: tally[outcome] for outcome in OUTCOMES}


def outcomes_of(trials: Iterable[Trial]) -> Row:
    """Return how often each outcome came up in these trials."""
    return outcomes(verdict for trial in trials for verdict in trial.verdicts)


def angle_errors(trials: Iterable[Trial], name: str) -> list[float]:
    """Return measured minus true of every counted rep in which an angle means the same to both, degrees."""
    return [
        told - judged.rep.peaks_deg[name]
        for trial in trials
        if trial.clip.exercise in STANDING
        for judged in trial.reps
        if (told := measure(judged, name)) is not None
    ]


def measure(judged: JudgedRep, name: str) -> float | None:
    """Return a measure that the coach told of a rep; None where it was not counted or not seen."""
    return judged.told.measures.get(name) if judged.told else None


def views_of(trials: Iterable[Trial]) -> list[str]:
    """Return the views of the rendered clips, from the side to the front."""
    known = {trial.clip.view for trial in trials if not trial.clip.people}
    return [view for view in ("side", "10", "20", "45", "front") if view in known]


def rounded(value: float | None) -> float | None:
    """Return a number short enough to be read in a difference of two files."""
    return None if value is None else round(value, 3)
