"""The drawings of docs/accuracy.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .rules import MAX_TRUNK_RATIO
from .score import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from .rows import Row

OUR_COLOUR, OTHER_COLOURS = "#0b6e4f", ("#c1666b", "#d4a24e", "#6c7a89", "#8e6c8a")
VIEW_COLOURS = {"side": "#0b6e4f", "10": "#4c9f70", "20": "#d4a24e", "45": "#c1666b", "front": "#999999"}
FOUND, MISSED, INVENTED = "#0b6e4f", "#c9c9c9", "#c1666b"
SIDEWAYS = 0.04
"""A counter's dots are moved by so much, so that equal ones do not hide each other."""
STYLE: dict[Any, Any] = {"svg.hashsalt": "accuracy", "svg.fonttype": "none", "font.size": 9.0, "axes.spines.top": False}
STYLE |= {"axes.spines.right": False, "font.family": "sans-serif", "legend.frameon": False}


def draw(figures: Row, folder: Path) -> None:
    """Draw every figure into a folder, as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, Callable[[Row], Figure]] = {
        "counts": _counts,
        "faults": _faults,
        "back": _back,
        "angles": _angles,
    }
    with mpl.rc_context(STYLE):
        for name, drawing in drawings.items():
            # Without a date, the same figures make the same file.
            drawing(figures).savefig(folder / f"{name}.svg", metadata={"Date": None})


def _panels(count: int, size: tuple[float, float]) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _counts(figures: Row) -> Figure:
    """Return the share of clips counted exactly, by frame rate."""
    model = next(iter(figures["faults"]))
    rows = [row for row in figures["counts"] if row["model"] == model]
    groups = sorted({row["people"] for row in rows}, reverse=True)
    figure, panels = _panels(len(groups), (8.0, 3.6))
    for panel, people in zip(panels, groups, strict=True):
        mine = [row for row in rows if row["people"] is people]
        _rates(panel, mine)
        clips = mine[0]["clips"]
        panel.set_title(f"{clips} recordings of people" if people else f"{clips} films of the rendered athlete")
    panels[0].set_ylabel(f"clips counted exactly, % ({model})")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _rates(panel: Axes, rows: Sequence[Row]) -> None:
    counters = dict.fromkeys(row["counter"] for row in rows)
    colours = {OURS: OUR_COLOUR} | dict(zip([c for c in counters if c != OURS], OTHER_COLOURS, strict=False))
    rates = sorted({row["fps"] for row in rows})
    for number, counter in enumerate(counters):
        by_rate = {row["fps"]: 100 * row["exact"] / row["clips"] for row in rows if row["counter"] == counter}
        panel.plot(
            np.arange(len(rates)) + SIDEWAYS * number,
            [by_rate[rate] for rate in rates],
            "o-",
            color=colours[counter],
            lw=2.5 if counter == OURS else 1.2,
            ms=4,
            zorder=4 - number,
            label=counter,
        )
    panel.set(ylim=(0, 103), xticks=range(len(rates)), xticklabels=[f"{rate:g}" for rate in rates])
    panel.set_xlabel("frames a second")
    panel.grid(axis="y", color="#eeeeee")


def _faults(figures: Row) -> Figure:
    """Return what became of each fault, a panel for each model."""
    models = list(figures["faults"])
    figure, panels = _panels(len(models), (8.0, 3.6))
    for panel, model in zip(panels, models, strict=True):
        rows = [row for row in figures["faults"][model] if row["hit"] + row["missed"] + row["false alarm"]][::-1]
        places = np.arange(len(rows))
        found, missed = ([row[key] for row in rows] for key in ("hit", "missed"))
        panel.barh(places, found, color=FOUND, label="found")
        panel.barh(places, missed, left=found, color=MISSED, label="missed")
        panel.barh(places, [-row["false alarm"] for row in rows], color=INVENTED, label="invented")
        panel.set_yticks(places, [row["fault"].replace("_", " ") for row in rows])
        panel.axvline(0, color="black", lw=0.8)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
        panel.set(title=model, xlabel="reps")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _back(figures: Row) -> Figure:
    """Return outline and shortening by true lumbar flexion, one dot a rep."""
    model, rows = next(iter(figures["points"].items()))
    known = [row for row in rows if row["back"] and row["back_curve_pct"] is not None]
    figure, panels = _panels(2, (8.0, 3.4))
    lumbar = [row["lumbar_deg"] for row in known]
    panels[0].scatter(lumbar, [row["back_curve_pct"] for row in known], s=12, color=OUR_COLOUR, alpha=0.7)
    panels[0].set(title=f"pi_coach: the back's outline ({model})", ylabel="bulge beyond standing, % of trunk")
    panels[1].scatter(lumbar, [row["trunk_ratio"] for row in known], s=12, color=OTHER_COLOURS[0], alpha=0.7)
    panels[1].set(title="usual rule: shoulder to hip", ylabel="share of its length in standing")
    panels[1].invert_yaxis()
    for limit in MAX_TRUNK_RATIO:
        panels[1].axhline(limit, color="black", lw=0.8, ls="--")
    for panel in panels:
        panel.axvspan(12, 25, color="#f2f2f2", zorder=0)
        panel.set_xlabel("true lumbar flexion, degrees")
    return figure


def _angles(figures: Row) -> Figure:
    """Return true and measured hip and knee flexion, one dot a rep."""
    model, rows = next(iter(figures["points"].items()))
    figure, panels = _panels(2, (8.0, 4.0))
    for panel, angle in zip(panels, ("hip", "knee"), strict=True):
        for view in (view for view in VIEW_COLOURS if any(row["view"] == view for row in rows)):
            _scatter(panel, [row for row in rows if row["view"] == view], angle, view)
        ends = panel.get_xlim()
        panel.plot(ends, ends, color="black", lw=0.8)
        panel.set(
            title=f"{angle} ({model})", xlabel="true flexion, degrees", ylabel="measured, degrees", aspect="equal"
        )
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def _scatter(panel: Axes, rows: Sequence[dict[str, Any]], angle: str, view: str) -> None:
    known = [row for row in rows if row[f"{angle}_deg"] is not None]
    if known:
        measured = [row[f"{angle}_deg"] for row in known]
        name = f"{view}°" if view.isdigit() else view
        panel.scatter(
            [row[f"{angle}_true_deg"] for row in known], measured, s=12, color=VIEW_COLOURS[view], label=name, alpha=0.7
        )
