"""docs/accuracy.md: the figures in the words of template.md."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from . import tables
from .rows import FULL_FPS
from .score import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .rows import Row

TEMPLATE = Path(__file__).with_name("template.md")
NOTHING = "Not measured this time."


def page(figures: Row) -> str:
    """Return the whole page."""
    material = {
        f"{whom}_{key}": figures["material"][whom][key]
        for whom in ("rendered", "people")
        for key in ("clips", "hinges", "squats")
    }
    by_model = {name: _by_model(figures, name, rows) for name, rows in TABLES.items()}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        material,
        **by_model,
        short=_short(figures),
        counts=_counts(figures),
        squats=_squats(figures["squats"]),
        rates=tables.rates(figures["faults_by_rate"], figures["bottom_time"]),
        people=_people(figures),
        legs=tables.legs(figures.get("legs", [])),
    )


TABLES: dict[str, Callable[[Sequence[Row]], str]] = {
    "faults": tables.faults,
    "conditions": tables.conditions,
    "back": tables.back,
    "squat_rules": tables.squat_rules,
    "angles": tables.angles,
    "slips": tables.slips,
}
"""The figures of which each model has its own table."""


def _by_model(figures: Row, name: str, rows: Callable[[Sequence[Row]], str]) -> str:
    parts = []
    for model, group in figures[name].items():
        parts += [f"**{model}**", rows(group), _beside(figures, name, model)]
    return "\n\n".join(part for part in parts if part)


def _beside(figures: Row, name: str, model: str) -> str:
    """Return what a table does not hold."""
    if name == "faults" and figures["unlabelled"][model]:
        told = ", ".join(f"{row['fault'].replace('_', ' ')} {row['told']}" for row in figures["unlabelled"][model])
        return f"Told as well, with no truth to hold it against: {told}."
    if name == "back":
        unread = sum(row["reps"] for row in figures[name][model] if row["lumbar_deg"] == "not measured")
        return f"Of {unread} more counted reps the outline could not be read."
    return ""


def _short(figures: Row) -> str:
    return "\n".join(f"- *{model}*: {_counted(figures, model)} {_told(figures, model)}" for model in figures["faults"])


def _counted(figures: Row, model: str) -> str:
    ours = [row for row in figures["counts"] if (row["model"], row["counter"], row["fps"]) == (model, OURS, FULL_FPS)]
    whom = {True: "recordings of people", False: "rendered films"}
    exact = " and ".join(f"{row['exact']} of {row['clips']} {whom[row['people']]}" for row in ours)
    return f"counted exactly in {exact}."


def _told(figures: Row, model: str) -> str:
    row = next(row for row in figures["faults_by_rate"] if (row["model"], row["fps"]) == (model, FULL_FPS))
    found, there = row["hit"], row["hit"] + row["missed"]
    invented, chances = row["false alarm"], row["false alarm"] + row["clean"]
    return (
        f"Rendered faults found: {found} of {there}; invented: {invented} in {chances} chances; "
        f"not judged in their drill or view: {row['abstained']}."
    )


def _counts(figures: Row) -> str:
    parts = []
    for people, whom in ((True, "recordings of people"), (False, "rendered athlete")):
        for model in figures["faults"]:
            if any(row["people"] is people for row in figures["counts"]):
                parts += [f"**{model}, {whom}**", tables.counts(figures["counts"], people=people, model=model)]
    return "\n\n".join(parts)


def _squats(rows: Sequence[Row]) -> str:
    whom = {True: "people", False: "rendered"}
    names = list(rows[0]["counted"]) if rows else []
    lines = [
        [
            f"{whom[row['people']]}, {row['model']}",
            row["squats"],
            row["passed"],
            *(row["counted"][name] for name in names),
        ]
        for row in rows
    ]
    return tables.table(["squats of", "shown", "passed pi_coach as hinges", *names], lines) if rows else NOTHING


def _people(figures: Row) -> str:
    models = list(dict.fromkeys(row["model"] for row in figures["people"]))
    parts = [f"**{model}**\n\n{tables.people(figures['people'], model)}" for model in models]
    return "\n\n".join(parts) or NOTHING
