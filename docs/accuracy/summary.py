"""From trials to the figures of docs/accuracy.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import counting, judging, rules
from .rows import FULL_FPS, by_model, grouped, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rows import Row
    from .score import Trial


DEPTH = 2
"""Objects within objects that are written over several lines."""


def summarize(trials: Sequence[Trial]) -> Row:
    """Return all figures as plain values."""
    full = [trial for trial in trials if trial.fps == FULL_FPS]
    return {
        "material": _material(full),
        "counts": counting.counts(trials),
        "squats": counting.squats_passed(full),
        "people": counting.people(full),
        "conditions": by_model(full, judging.conditions),
        "faults": by_model(full, judging.faults),
        "faults_by_rate": grouped(trials, _model_and_rate, outcomes_of),
        "unlabelled": by_model(full, judging.unlabelled),
        "angles": by_model(full, judging.angles),
        "bottom_time": grouped(trials, _model_and_rate, judging.bottom_time),
        "back": by_model(full, rules.back),
        "squat_rules": by_model(full, rules.squat_rules),
        "points": by_model(full, rules.points),
        "slips": by_model(full, judging.slips),
    }


def _model_and_rate(trial: Trial) -> Row:
    return {"model": trial.model, "fps": trial.fps}


def _material(trials: Sequence[Trial]) -> Row:
    clips = {trial.clip.name: trial.clip for trial in trials}.values()
    people, rendered = [c for c in clips if c.people], [c for c in clips if not c.people]
    return {
        "people": {
            "clips": len(people),
            "hinges": sum(c.most for c in people),
            "squats": counting.attempts(people),
        },
        "rendered": {
            "clips": len(rendered),
            "hinges": sum(len(c.reps) for c in rendered if c.squats is None),
            "squats": counting.attempts(rendered),
        },
    }


def as_json(figures: Row) -> str:
    """Return the figures as JSON with a row on each line, so that two runs can be compared line by line."""
    return f"{_lines(figures, 0)}\n"


def _lines(value: object, depth: int) -> str:
    if depth < DEPTH and isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_lines(part, depth + 1)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + "\n}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]"
    return json.dumps(value)
