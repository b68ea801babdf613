"""Charts as SVG for a page: shapes and numbers only; colours and type come from the style sheet, dark mode included.

pygal draws; its own styles and scripts are taken out, because pages run nothing and style nothing inside themselves.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT = 360, 190
"""Of the drawing; a phone shows it one to one, a wide screen enlarges it."""

Point = tuple[float, float | None]
"""x and y; a y of None leaves a gap."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and how its axes are told."""

    label: str
    """Read aloud in place of the drawing; the figures stand in a table beside it."""
    series: tuple[tuple[str, tuple[Point, ...]], ...]
    """Names and points, the most important first."""
    x_marks: tuple[tuple[str, float], ...]
    """Text and place of what is written under the x axis: few, for a phone is narrow."""
    y_marks: tuple[float, ...]
    """What is written beside the y axis; it runs from the first to the last."""
    unit: str = ""
    x_span: tuple[float, float] | None = None
    """None for what the points need."""


def lines(chart: Chart) -> Markup:
    """Return curves."""
    return _xy(chart, show_dots=_few(chart), dots_size=3)


def area(chart: Chart) -> Markup:
    """Return one curve with the ground under it filled: an amount."""
    return _xy(chart, fill=True, show_dots=False)


def dots(chart: Chart) -> Markup:
    """Return single points."""
    return _xy(chart, stroke=False, show_dots=True, dots_size=3.5)


@functools.lru_cache(maxsize=64)
def _xy(chart: Chart, **how: object) -> Markup:
    """Draw a chart; the same chart has the same drawing, and drawing takes most of a page's time."""
    from pygal import XY  # noqa: PLC0415 - slow to import, and a page without a chart need not wait for it

    drawing = XY(**_config(chart), xrange=chart.x_span, allow_interruptions=True, **how)
    drawing.x_labels = [{"label": text, "value": x} for text, x in chart.x_marks]
    for name, points in chart.series:
        drawing.add(name, [None if y is None else (x, y) for x, y in points])
    return _drawn(drawing, chart)


def _few(chart: Chart) -> bool:
    return max((len(points) for _, points in chart.series), default=0) <= FEW


FEW = 26
"""Half a year of weeks still has room for a dot each."""


def _config(chart: Chart) -> dict[str, Any]:
    show: Callable[[float], str] = lambda y: f"{y:g}{chart.unit}"  # noqa: E731 - pygal wants a function
    return {
        "css": [],
        "js": [],
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 6,
        "show_legend": False,
        "no_prefix": True,
        "y_labels": [{"value": y, "label": show(y)} for y in chart.y_marks],
        "range": (chart.y_marks[0], chart.y_marks[-1]),
        "truncate_label": -1,
        "no_data_text": "Nothing yet",
    }


def _drawn(drawing: Any, chart: Chart) -> Markup:  # noqa: ANN401 - pygal has no types
    """Return the SVG without what a strict page refuses, and without the hints meant for pygal's own script."""
    root = drawing.render_tree()
    for parent in list(root.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            if child.tag in UNWANTED or not isinstance(child.tag, str):
                parent.remove(child)
    root.attrib.pop("id", None)
    root.attrib |= {"class": "chart", "role": "img", "aria-label": chart.label}
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - pygal escapes texts, ElementTree too


UNWANTED = {"defs", "desc", "title"}


def styled(chart: Markup, style: str) -> Markup:
    """Return a chart that carries its own style, for a file that no style sheet goes with."""
    start, _, rest = str(chart).partition(">")
    return Markup(f"{start}><style>{style}</style>{rest}")  # noqa: S704 - drawn above; the style is our own file
