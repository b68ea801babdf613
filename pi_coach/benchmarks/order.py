"""The groups of the benchmark, in the order of a run."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.benchmarks.figures import Figure
    from pi_coach.benchmarks.run import Run

GROUPS = {
    "pose": "pose engines",
    "whole": "the whole against its engine",
    "cue": "frame to cue",
    "peers": "peers, on the same pictures",
    "start": "start and memory, each in a process of its own",
    "idle": "processor time",
    "store": "session book",
    "web": "web pages",
    "voice": "voice, from the call on",
}
"""Each is a module of this package; `--only` takes their names."""


def measure(run: Run, groups: Iterable[str]) -> list[Figure]:
    """Measure the groups; one that cannot be measured here is noted, and the others go on."""
    found: list[Figure] = []
    for group in groups:
        run.setting.tell(f"measuring {GROUPS[group]}")
        module = import_module(f"pi_coach.benchmarks.{group}")
        try:
            found.extend(replace(figure, group=group) for figure in module.measure(run))
        except CoachError as error:
            run.note(f"{GROUPS[group].capitalize()}: not measured, or not all of it. {error}")
    return found
