"""The drills in words, for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault

WIDTH = 88
"""Characters in a line."""


def list_lines(drills: Iterable[Drill]) -> list[str]:
    """Return one line a drill."""
    rows = sorted(drills, key=lambda drill: drill.id)
    wide = max(len(drill.id) for drill in rows)
    return [f"{drill.id:{wide}}  {drill.plan.sets} x {drill.plan.reps:<3} {drill.name}" for drill in rows]


def show_lines(drill: Drill) -> list[str]:
    """Return everything a person wants to know about one drill."""
    faults = [line for fault in drill.faults for line in _fault_lines(fault)]
    plan = drill.plan
    return [
        drill.name[0].upper() + drill.name[1:],
        *textwrap.wrap(drill.how_to, WIDTH),
        f"Before the set: {drill.setup_prompt}.",
        f"{plan.sets} sets of {plan.reps}{' a side' if plan.per_side else ''}, {plan.rest_s:g} s rest.",
        f"A full rep: {drill.target_deg:g} degrees of hip flexion.",
        f"Camera: {', '.join(drill.judge_views)}.",
        "Faults:",
        *faults,
        *textwrap.wrap(f"Sources: {drill.sources}", WIDTH),
    ]


def _fault_lines(fault: Fault) -> list[str]:
    limit = f"above {fault.above:g}" if fault.above is not None else f"below {fault.below:g}"
    return [
        f"  {fault.title} ({fault.severity}): {fault.measure} {limit}",
        f"    says: {' / '.join(fault.words.cues) or 'nothing'}",
        *textwrap.wrap(fault.reason, WIDTH - 4, initial_indent="    ", subsequent_indent="    "),
    ]
