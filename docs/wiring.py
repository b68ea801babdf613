"""The wiring: the pins that the config names, on the header and in the circuit."""  # noqa: INP001

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from sheet import AMBER, INK, PAPER, SOFT, TEAL, Point, Sheet

from pi_coach.core.signals.lights import Counter

if TYPE_CHECKING:
    from pi_coach.panel_settings import PanelSettings

HEADER = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19, 9: 21, 25: 22, 11: 23,
    8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36, 26: 37, 20: 38, 21: 40,
}  # fmt: skip
"""BCM number to place on the Pi's 40-pin header."""
GROUNDS = (6, 9, 14, 20, 25, 30, 34, 39)
PLACES = 40
RGB = ("#c1272d", "#2e8b3d", "#2457c5")
OHMS = 470
"""A red or green lamp draws about 3 mA behind it, ten of them 30: a Pi's pins bear that together."""
RGB_OHMS = (470, 100, 100)
"""The green and blue of an RGB lamp drop about 3 of the pin's 3.3 volts, so that they need less."""
ROW = 29


@dataclass(frozen=True)
class Lamp:
    """One lamp, or one colour of one."""

    pin: int
    role: str
    ohms: int
    colour: str


def lamps_of(panel: PanelSettings) -> list[Lamp]:
    """Return every lamp of the panel in the order of the config."""
    roles = {
        Counter.BAR: [f"rep {rep}" for rep in range(1, len(panel.led_pins) + 1)],
        Counter.BINARY: [f"{1 << place}s" for place in reversed(range(len(panel.led_pins)))],
        Counter.SEVEN_SEGMENT: [f"{segment}, digit {digit}" for digit in (1, 2) for segment in "abcdefg"],
    }[panel.counter]
    counter = [Lamp(pin, role, OHMS, AMBER) for pin, role in zip(panel.led_pins, roles, strict=False)]
    state = zip(panel.rgb_pins, ("red", "green", "blue"), RGB_OHMS, RGB, strict=False)
    return [*counter, *(Lamp(*lamp) for lamp in state)]


def draw_wiring(panel: PanelSettings) -> Sheet:
    """Draw the header with the pins that are used, and the circuit."""
    lamps = lamps_of(panel)
    button, places = HEADER[panel.button_pin], [HEADER[lamp.pin] for lamp in lamps]
    button_ground = min(GROUNDS, key=lambda place: abs(place - button))
    rest = [place for place in GROUNDS if place != button_ground]
    lamp_ground = min(rest, key=lambda place: abs(place - median(places or [PLACES])))
    names = ", ".join(f"GPIO{lamp.pin} {lamp.role}, {lamp.ohms} ohms" for lamp in lamps)
    about = (
        f"The button joins GPIO{panel.button_pin} to ground. Each lamp stands with its resistor between its pin and"
        f" ground: {names}."
    )
    sheet = Sheet(960, max(660, 268 + ROW * len(lamps)), "The wiring of pi_coach", about)
    used = {button: (f"GPIO{panel.button_pin}", "button", TEAL)}
    used |= {HEADER[lamp.pin]: (f"GPIO{lamp.pin}", lamp.role, lamp.colour) for lamp in lamps}
    used |= {button_ground: ("ground", "button", INK), lamp_ground: ("ground", "lamps", INK)}
    _header(sheet, used)
    _circuit(sheet, panel, button_ground, lamp_ground)
    return sheet


def _header(sheet: Sheet, used: dict[int, tuple[str, str, str]]) -> None:
    sheet.text((36, 44), "On the Pi", 17, font_weight="600")
    sheet.text((36, 65), "the 40-pin header by place, USB sockets below", 12.5, SOFT)
    left, top, pitch = 206.0, 96.0, 26.0
    sheet.box((left - 22, top - 8), (80, 20 * pitch + 10), "#2b3640", rx=8)
    for place in range(1, PLACES + 1):
        odd = place % 2
        x, y = left + (0 if odd else 36), top + pitch * ((place - 1) // 2) + 9
        name, role, colour = used.get(place, ("", "", ""))
        ring = {"stroke": PAPER, "stroke_width": 1.6} if colour else {}
        sheet.dot((x, y), 10.5, colour or "#46535e", **ring)
        ink = "#ffffff" if colour else "#8793a0"
        sheet.text((x, y + 3.6), str(place), 10, ink, text_anchor="middle")
        if colour:
            side, anchor = (-32, "end") if odd else (32, "start")
            sheet.text((x + side, y + 4.5), f"{name} · {role}", 13, colour, text_anchor=anchor)


def _circuit(sheet: Sheet, panel: PanelSettings, button_ground: int, lamp_ground: int) -> None:
    sheet.text((470, 44), "The circuit", 17, font_weight="600")
    sheet.text((470, 65), "a resistor for each lamp; its long leg goes to the resistor", 12.5, SOFT)
    rail, y = 846.0, 100.0
    for lamp in lamps_of(panel):
        _tag(sheet, (470, y), lamp.pin, lamp.colour)
        _lamp_row(sheet, y, rail, lamp)
        y += ROW
    sheet.line([(rail, 100), (rail, y + 4)], INK, 2)
    _ground(sheet, (rail, y + 4), lamp_ground)
    y += 90
    _tag(sheet, (470, y), panel.button_pin, TEAL)
    sheet.line([(544, y), (640, y)], INK, 2)
    sheet.line([(640, y), (690, y - 20)], INK, 2.4)
    sheet.line([(694, y), (rail, y), (rail, y + 14)], INK, 2)
    for x in (640, 694):
        sheet.dot((x, y), 4, PAPER, stroke=INK, stroke_width=2)
    sheet.text((667, y + 22), "button", 12.5, SOFT, text_anchor="middle")
    _ground(sheet, (rail, y + 14), button_ground)
    sheet.text((470, y + 52), "The button needs no resistor: the Pi holds its pin up by itself.", 12.5, SOFT)


def _lamp_row(sheet: Sheet, y: float, rail: float, lamp: Lamp) -> None:
    sheet.line([(544, y), (rail, y)], INK, 2)
    sheet.box((600, y - 7), (54, 14), PAPER, stroke=INK, stroke_width=2, rx=2)
    sheet.text((627, y + 4), f"{lamp.ohms} Ω", 10.5, text_anchor="middle")
    sheet.add("polygon", points=f"704,{y - 8} 704,{y + 8} 719,{y}", fill=lamp.colour, stroke=INK, stroke_width=1.6)
    sheet.line([(720, y - 8), (720, y + 8)], INK, 2)
    sheet.text((756, y - 5), lamp.role, 12, SOFT)


def _tag(sheet: Sheet, at: Point, pin: int, colour: str) -> None:
    """Draw a pin's name with its place on the header beside it."""
    x, y = at
    sheet.box((x, y - 11), (74, 22), colour, rx=6)
    sheet.text((x + 37, y + 4.5), f"GPIO{pin}", 12.5, "#ffffff", text_anchor="middle")
    sheet.text((x + 84, y - 5), str(HEADER[pin]), 11, SOFT)


def _ground(sheet: Sheet, at: Point, place: int) -> None:
    for number, half in enumerate((13, 8, 3)):
        y = at[1] + 5 * number
        sheet.line([(at[0] - half, y), (at[0] + half, y)], INK, 2)
    sheet.text((at[0] + 22, at[1] + 9), f"place {place}", 12.5, SOFT)
