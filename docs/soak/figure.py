"""The drawing of a soak: every gauge over the gym's time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .gauges import Reading

COLOUR = "#0b6e4f"
STYLE: dict[Any, Any] = {"svg.hashsalt": "soak", "svg.fonttype": "none", "font.size": 9.0, "axes.spines.top": False}
STYLE |= {"axes.spines.right": False, "font.family": "sans-serif"}
GAUGES = {
    "memory_mb": "resident memory, MB",
    "objects": "Python objects",
    "threads": "threads",
    "files": "open files",
    "waiting": "rows on their way to the disk",
    "book_mb": "session book, MB",
}


def draw(readings: Sequence[Reading], path: Path) -> None:
    """Draw the gauges into one SVG; each axis begins at 0, so that a small growth looks small."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.0, 4.6), layout="constrained")
        hours = [one.t_s / 3600 for one in readings]
        for panel, (gauge, title) in zip(figure.subplots(2, 3).flat, GAUGES.items(), strict=True):
            values = [getattr(one, gauge) for one in readings]
            panel.plot(hours, values, color=COLOUR, linewidth=1.2)
            panel.set_ylim(0, 1.15 * max(*values, 1))
            panel.set_title(title, loc="left", fontsize=9)
            panel.set_xlabel("hours of the gym's time")
        # Without a date, the same figures make the same file.
        figure.savefig(path, metadata={"Date": None})
