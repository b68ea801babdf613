"""docs/performance.md: a run's figures in the words of template.md, and what follows for a Raspberry Pi on paper."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from pi_coach.benchmarks.figures import from_dict
from pi_coach.benchmarks.order import GROUPS
from pi_coach.benchmarks.table import lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATE = Path(__file__).with_name("template.md")
NOTHING = "Not measured this time."

PIXEL3_FPS = {"lite": 44, "full": 18, "heavy": 4}
"""BlazePose's frames a second on the processor of a Pixel 3: the model card of ML Kit's pose detection."""
PIXEL3A_MS, PI4_MS = 28, 46
"""MobileNet v2 in floating point, several threads: the table in XNNPACK's own README, Pixel 3a and 64-bit Pi 4."""
PI5_FASTER = (2.0, 2.3)
"""Times faster than a Pi 4: the makers' "two to three", and 1847 over 812 events a second in one sysbench of a core."""


def page(found: Mapping[str, Any]) -> str:
    """Return the whole page."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {name: _block(found, name) for name in GROUPS},
        version=found["version"],
        machine=found["machine"],
        at=found["at"][:10],
        film=found["film"],
        model=found["model"],
        backend=found["backend"],
        how="a short run (`--quick`)" if found["quick"] else "a whole run",
        notes="\n".join(f"- {note}" for note in found["notes"]) or "Everything could be measured.",
        estimate=estimate(),
        slower=f"{PI4_MS / PIXEL3A_MS:.2f}",
    )


def _block(found: Mapping[str, Any], group: str) -> str:
    figures = [from_dict(row) for row in found["figures"] if row["group"] == group]
    return "\n".join(["```", *lines(figures, [])[1:], "```"]) if figures else NOTHING


def estimate() -> str:
    """Return the arithmetic for a Pi as a table; nothing in it was measured on a Pi."""
    rows = [_estimated(model, fps) for model, fps in PIXEL3_FPS.items()]
    return "\n".join(["| model | Pixel 3 | Pi 4, on paper | Pi 5, on paper |", "|---|---|---|---|", *rows])


def _estimated(model: str, fps: int) -> str:
    pixel_ms = 1000 / fps
    pi4_ms = pixel_ms * PI4_MS / PIXEL3A_MS
    pi5_ms = [pi4_ms / faster for faster in PI5_FASTER]
    return f"| {model} | {_cell([pixel_ms])} | {_cell([pi4_ms])} | {_cell(pi5_ms)} |"


def _cell(times_ms: Sequence[float]) -> str:
    slow, fast = max(times_ms), min(times_ms)
    if len(times_ms) == 1:
        return f"{slow:.0f} ms, {1000 / slow:.0f} a second"
    return f"{fast:.0f} to {slow:.0f} ms, {1000 / slow:.0f} to {1000 / fast:.0f} a second"
