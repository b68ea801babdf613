"""The figures as a table of at most a hundred columns, and the document they are kept in."""

from __future__ import annotations

from itertools import groupby
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from pi_coach.benchmarks.figures import as_dict
from pi_coach.benchmarks.order import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pi_coach.benchmarks.figures import Figure

NAME_WIDE = 46
HEADS = ("median", "+-", "99 in 100", "ratio")


def lines(figures: Sequence[Figure], notes: Sequence[str]) -> list[str]:
    """Return the table: a block a group, and below each what its ratios are taken to."""
    rows = [row for group, of in groupby(figures, lambda figure: figure.group) for row in _block(group, list(of))]
    if notes:
        rows += ["", *(f"- {note}" for note in notes)]
    return [row.rstrip() for row in rows]


def _block(group: str, figures: Sequence[Figure]) -> Iterator[str]:
    median, spread, p99, ratio = HEADS
    yield ""
    yield f"{GROUPS[group]:{NAME_WIDE}}{median:>9}{'':6}{spread:>8}{p99:>11}{ratio:>9}"
    bases = list(dict.fromkeys(figure.ratio.of for figure in figures if figure.ratio is not None))
    for figure in figures:
        cells = f"{number(figure.value):>9} {figure.unit:5}{number(figure.spread):>8}{number(figure.p99):>11}"
        yield f"  {figure.name:{NAME_WIDE - 2}}{cells}{_ratio(figure, bases)}"
    for letter, base in zip(ascii_lowercase, bases, strict=False):
        yield f"  {letter}: times {base}"


def _ratio(figure: Figure, bases: Sequence[str]) -> str:
    if figure.ratio is None:
        return ""
    noise = "" if figure.ratio.noise is None else f"+-{number(figure.ratio.noise)}"
    return f"{number(figure.ratio.value):>9} {noise:9}{ascii_lowercase[bases.index(figure.ratio.of)]}"


def number(value: float | None) -> str:
    """Return a number to three digits, as people write it; nothing for None."""
    value = None if value is None else round(value, 4)
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def document(figures: Sequence[Figure], notes: Sequence[str], about: dict[str, Any]) -> dict[str, Any]:
    """Return a run as JSON has it."""
    return {**about, "figures": [as_dict(figure) for figure in figures], "notes": list(notes)}
