"""The sentence at the end of a set: a number, a strength, a fix; at most 16 words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_coach.core.drill import Drill, Fault
    from pi_coach.core.events import Rep

NUMBERS = (
    "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen", "Twenty",
)  # fmt: skip
"""As spoken at the beginning of a sentence."""

FIX_SHARE = 0.3
"""A fault in at least this share of the reps is worth a word at the end."""


def number(count: int) -> str:
    """Return a count as it is spoken."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def headline(reps: Sequence[Rep]) -> str:
    """Return the number: how many, how many of them clean."""
    clean = sum(rep.quality for rep in reps)
    noun = "rep" if len(reps) == 1 else "reps"
    if not reps:
        return "No reps."
    if clean == len(reps):
        return f"{number(len(reps))} {noun}, all clean." if clean > 1 else "One clean rep."
    return f"{number(len(reps))} {noun}, {number(clean).lower() if clean else 'none'} clean."


def strength(drill: Drill, reps: Sequence[Rep]) -> str:
    """Return the most important thing that went well in every rep; empty where nothing is worth a word."""
    if not reps or any(rep.score is None for rep in reps):
        return ""
    flagged = {fault for rep in reps for fault in rep.faults}
    good = [fault for fault in drill.faults if fault.praise and fault.id not in flagged and _seen(fault, reps)]
    return min(good, key=lambda fault: fault.priority).praise if good else ""


def _seen(fault: Fault, reps: Sequence[Rep]) -> bool:
    return all(rep.measures.get(fault.measure) is not None for rep in reps)


def fix(drill: Drill, reps: Sequence[Rep]) -> str:
    """Return what to do better next time: the most important frequent fault; empty where there is none."""
    frequent = [
        fault
        for fault in drill.faults
        if fault.fix and reps and sum(fault.id in rep.faults for rep in reps) / len(reps) >= FIX_SHARE
    ]
    return min(frequent, key=lambda fault: fault.priority).fix if frequent else ""


def sentence(drill: Drill, reps: Sequence[Rep]) -> str:
    """Return the whole sentence for a set."""
    better = fix(drill, reps)
    parts = (headline(reps), strength(drill, reps), f"Next set: {better}" if better else "")
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)
