"""Earlier runs on this machine, and whether this one is slower than chance allows; ratios only."""

from __future__ import annotations

import json
import math
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi_coach import __version__
from pi_coach.adapters.machine import board
from pi_coach.benchmarks.figures import Ratio, from_dict
from pi_coach.benchmarks.run import QUICK
from pi_coach.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pi_coach.benchmarks.figures import Figure
    from pi_coach.benchmarks.run import Run
    from pi_coach.clock import Clock

    Ratios = dict[str, Ratio]

BEYOND = 4.0
"""A ratio must rise by so many standard errors of both runs."""
LEAST_RISE = 0.25
"""And by at least this share of itself: blocks of one run are more alike than runs on two days."""
CPUINFO = Path("/proc/cpuinfo")


def about(run: Run) -> dict[str, Any]:
    """Return what a run has to say of itself."""
    pose = run.setting.config.settings.pose
    return {
        **_when(run.clock),
        "quick": run.amount == QUICK,
        "cores": len(os.sched_getaffinity(0)),
        "film": run.film.name,
        "model": pose.model,
        "backend": pose.backend,
    }


def _when(clock: Clock) -> dict[str, Any]:
    return {"version": __version__, "machine": machine(), "at": clock.wall().isoformat(timespec="seconds")}


def machine(cpuinfo: Path = CPUINFO) -> str:
    """Return what tells machines apart: the maker's name, the processor and how many cores may be used."""
    told = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""
    named = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    parts = (board(), *named[:1], platform.machine(), f"{len(os.sched_getaffinity(0))} cores")
    return ", ".join(part for part in parts if part)


def append(path: Path, figures: Iterable[Figure], clock: Clock) -> None:
    """Write this run's ratios down. Raises StoreError where the disk does not take them."""
    ratios = {of.key: [of.ratio.value, of.ratio.of, of.ratio.noise] for of in figures if of.ratio is not None}
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**_when(clock), "ratios": ratios}, allow_nan=False) + "\n")
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): name another folder with --data.") from error


def last(path: Path) -> Ratios:
    """Return the newest ratio of each figure that was measured on this machine; lines that are damaged are passed."""
    found: Ratios = {}
    here = machine()
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
            if entry["machine"] == here:
                found |= {key: Ratio(*values) for key, values in entry["ratios"].items()}
        except (ValueError, KeyError, TypeError):
            continue
    return found


def of_document(path: Path) -> Ratios:
    """Return the ratios of a file that `--json` wrote. Raises UsageError where it is none."""
    try:
        figures = [from_dict(row) for row in json.loads(path.read_text(encoding="utf-8"))["figures"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no run of the benchmark: name a file that --json wrote") from error
    return {figure.key: figure.ratio for figure in figures if figure.ratio is not None}


def regressions(figures: Iterable[Figure], before: Mapping[str, Ratio]) -> list[str]:
    """Return what has become slower beyond the noise of both runs, the worst first, as parts of a sentence."""
    found = []
    for figure in figures:
        then, now = before.get(figure.key), figure.ratio
        if then is None or now is None or then.of != now.of or then.noise is None or now.noise is None:
            continue
        allowed = max(BEYOND * math.hypot(then.noise, now.noise), LEAST_RISE * then.value)
        if now.value - then.value > allowed:
            text = f"{figure.key} takes {now.value:.3g} times {now.of}, it was {then.value:.3g} (+-{allowed:.2g})"
            found.append((now.value / then.value, text))
    return [text for _, text in sorted(found, reverse=True)]


def verdict(found: list[str]) -> str:
    """Return one sentence for what has become slower."""
    more = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return f"Slower than before: {found[0]}{more}."
