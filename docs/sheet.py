"""A sheet of paper to draw on: lines, dots, boxes and words, written as SVG."""  # noqa: INP001

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from pathlib import Path

Point = tuple[float, float]

PAPER, INK, SOFT, FAINT = "#fbfaf6", "#24313c", "#6b7780", "#d9d8d0"
TEAL, AMBER, BODY, WALL = "#0f766e", "#b45309", "#3c4f5e", "#c9c3b4"
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"


@dataclass
class Sheet:
    """A drawing that grows; lengths are pixels, x to the right, y down."""

    width: int
    height: int
    title: str
    about: str
    """What is to be seen, for those who cannot see it."""
    _parts: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str = "", /, **attributes: object) -> None:
        """Add an element; `stroke_width` becomes stroke-width, and numbers are rounded to a tenth."""
        told = " ".join(f"{name.replace('_', '-')}={quoteattr(_plain(value))}" for name, value in attributes.items())
        self._parts.append(f"  <{tag} {told}>{escape(text)}</{tag}>" if text else f"  <{tag} {told}/>")

    def line(self, points: list[Point], colour: str = INK, width: float = 2, **more: object) -> None:
        """Draw a line through the points."""
        path = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points)
        ends = {"stroke_linecap": "round", "stroke_linejoin": "round"}
        self.add("polyline", "", points=path, fill="none", stroke=colour, stroke_width=width, **ends, **more)

    def dot(self, at: Point, radius: float, colour: str, **more: object) -> None:
        """Draw a filled circle."""
        self.add("circle", "", cx=at[0], cy=at[1], r=radius, fill=colour, **more)

    def box(self, at: Point, size: Point, colour: str, **more: object) -> None:
        """Draw a filled rectangle from its upper left corner."""
        self.add("rect", "", x=at[0], y=at[1], width=size[0], height=size[1], fill=colour, **more)

    def text(self, at: Point, text: str, size: float = 13, colour: str = INK, **more: object) -> None:
        """Write a line; `text_anchor` may be "middle" or "end"."""
        self.add("text", text, x=at[0], y=at[1], font_size=size, fill=colour, **more)

    def span(self, start: Point, end: Point, colour: str = SOFT) -> None:
        """Draw a dimension: a thin line with a bar across each end."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0]) + math.pi / 2
        off_x, off_y = 5 * math.cos(angle), 5 * math.sin(angle)
        self.line([start, end], colour, 1.2)
        for x, y in (start, end):
            self.line([(x - off_x, y - off_y), (x + off_x, y + off_y)], colour, 1.2)

    def write(self, path: Path) -> None:
        """Write the drawing to a file."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}"'
            f' height="{self.height}" font-family="{FONT}" role="img">\n'
            f"  <title>{escape(self.title)}</title>\n  <desc>{escape(self.about)}</desc>\n"
            f'  <rect width="{self.width}" height="{self.height}" rx="14" fill="{PAPER}"/>\n'
        )
        path.write_text(head + "\n".join(self._parts) + "\n</svg>\n", encoding="utf-8")


def _plain(value: object) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
