"""What a benchmark finds: a figure with its spread, and its ratio to something else in the same blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pi_coach.clock import Clock

Asked = TypeVar("Asked")

Blocks = list[list[float]]
"""What was measured, seconds or megabytes, in the order of time and cut into short blocks."""

SIGMA_OF_MAD = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""
ERROR_OF_MEDIAN = 1.2533
"""A median's standard error over that of a mean, for a normal distribution."""
LEAST_BLOCKS = 3
"""Fewer blocks tell nothing of the noise."""

PER_UNIT = {"ms": 1e3, "us": 1e6, "s": 1.0, "MB": 1.0, "kB": 1.0, "reps": 1.0, "s/min": 1.0}
"""By what a measured number is multiplied to get each unit."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What something costs as a multiple of something else: the smaller, the better."""

    value: float
    of: str
    """What it is compared with."""
    noise: float | None
    """Standard error of the value, from the blocks of this run; None where there were too few."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    value: float
    """The median of the blocks' medians."""
    unit: str
    spread: float | None = None
    """Standard deviation between the blocks' medians, by their median absolute deviation; None with too few blocks."""
    p99: float | None = None
    """What 99 of 100 measurements stay below; None where there is a single one."""
    ratio: Ratio | None = None
    group: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.group}: {self.name}"


@dataclass(frozen=True, slots=True)
class Against:
    """What a figure is compared with, block by block."""

    name: str
    blocks: Blocks


def figure(name: str, unit: str, blocks: Blocks, against: Against | None = None) -> Figure:
    """Sum measurements up; with `against`, the ratio is taken within each block, so that a busy machine hits both."""
    middles = [median(block) for block in blocks]
    every = [value for block in blocks for value in block]
    scale = PER_UNIT[unit]
    noise = deviation(middles)
    return Figure(
        name,
        scale * median(middles),
        unit,
        spread=None if noise is None else scale * noise,
        p99=scale * quantiles(every, n=100, method="inclusive")[-1] if len(every) > 1 else None,
        ratio=None if against is None else _ratio(middles, against),
    )


def _ratio(middles: Sequence[float], against: Against) -> Ratio:
    ratios = [ours / median(theirs) for ours, theirs in zip(middles, against.blocks, strict=True)]
    apart = deviation(ratios)
    noise = None if apart is None else ERROR_OF_MEDIAN * apart / math.sqrt(len(ratios))
    return Ratio(median(ratios), against.name, noise)


def deviation(values: Sequence[float]) -> float | None:
    """Return how far values lie apart, as a standard deviation that a few wild ones do not change."""
    if len(values) < LEAST_BLOCKS:
        return None
    middle = median(values)
    return SIGMA_OF_MAD * median(abs(value - middle) for value in values)


def timed(clock: Clock, work: Callable[[Asked], object], asked: Asked) -> float:
    """Return how long it takes, seconds."""
    began = clock.now()
    work(asked)
    return clock.now() - began


def take_turns(contenders: Mapping[str, Callable[[int], list[float]]], blocks: int) -> dict[str, Blocks]:
    """Let each measure a block, then each the next one, in the other order every time; the first is a warm-up."""
    found: dict[str, Blocks] = {name: [] for name in contenders}
    for number in range(blocks + 1):
        for name in found if number % 2 else reversed(found):
            block = contenders[name](number)
            if number:
                found[name].append(block)
    return found


def in_blocks(values: Sequence[float], count: int) -> Blocks:
    """Cut measurements into at most so many blocks of about the same length, none of them empty."""
    count = min(count, len(values))
    edges = [round(number * len(values) / count) for number in range(count + 1)]
    return [list(values[begin:end]) for begin, end in pairwise(edges)]


def as_dict(found: Figure) -> dict[str, Any]:
    """Return a figure as JSON has it."""
    ratio = found.ratio
    return {
        "group": found.group,
        "name": found.name,
        "value": _short(found.value),
        "unit": found.unit,
        "spread": _short(found.spread),
        "p99": _short(found.p99),
        "ratio": None
        if ratio is None
        else {"value": _short(ratio.value), "of": ratio.of, "noise": _short(ratio.noise)},
    }


def from_dict(row: Mapping[str, Any]) -> Figure:
    """Return the figure that `as_dict` wrote."""
    ratio = None if row["ratio"] is None else Ratio(**row["ratio"])
    return Figure(**{**row, "ratio": ratio})


def _short(value: float | None) -> float | None:
    """Return a number to five digits; more are noise."""
    return None if value is None else float(f"{value:.5g}")
