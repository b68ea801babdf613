"""The panel in signs: for a line that is drawn again and again, and to stand beside what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from pi_coach.core.signals.lights import SEGMENTS, SEGMENTS_A_DIGIT, Counter, Light, brightness
from pi_coach.core.signals.panel import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pi_coach.core.signals.panel import Shown

LAMPS = {Light.OFF: "○", Light.ON: "●", Light.BLINK: "◐", Light.PULSE: "◌"}
"""Where nothing moves, a half-filled lamp stands for a blinking one, a dotted one for a rep that is still to come."""
LIT, DARK = "●", "○"
BUTTON = {True: "[■]", False: "[ ]"}
KEYS = "n next · b back · q end · Q shut down"
PLAIN = str.maketrans("●○■·", "#.#-")
"""For terminals that know only ASCII."""
STATE_WIDTH = max(len(state) for state in State)
FAINT, HALF = 0.3, 0.7
"""A lamp is drawn dark below the first brightness, dim below the second."""

AMBER, DIM, RESET = "33", "2", "\033[0m"


@dataclass(frozen=True, slots=True)
class _Part:
    """Some signs of one colour."""

    signs: str
    sgr: str = ""
    """The terminal's code of their colour; "" leaves them as they are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a terminal."""

    parts: tuple[_Part, ...]

    def written(self, columns: int, *, coloured: bool, plain: bool) -> str:
        """Return it for a terminal that is so wide; what does not fit any more is left out."""
        text = ""
        for part in self.parts:
            columns -= len(part.signs)
            if columns < 0:
                break
            text += f"\033[{part.sgr}m{part.signs}{RESET}" if coloured and part.sgr else part.signs
        return text.translate(PLAIN) if plain else text


def told(kind: Counter, now: Shown, *, down: bool) -> str:
    """Return the panel as one line that stands still: each lamp's sign tells how it shines."""
    lamps = _number(now.counter) if kind is Counter.SEVEN_SEGMENT else "".join(LAMPS[light] for light in now.counter)
    return f"{lamps} {now.state:{STATE_WIDTH}} {BUTTON[down]}"


def drawn(kind: Counter, now: Shown, t: float, *, down: bool) -> Line:
    """Return the panel as it looks at `t`, seconds."""
    parts = [_Part(" "), *_counter(kind, now.counter, t), _Part("   "), *_state(now, t)]
    return Line((*parts, _Part(f"  {BUTTON[down]}   "), _Part(KEYS, DIM)))


def writes(screen: TextIO) -> bool:
    """Tell whether the screen's encoding has the signs."""
    try:
        "●○■·".encode(screen.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _counter(kind: Counter, lights: Sequence[Light], t: float) -> Iterator[_Part]:
    if kind is Counter.SEVEN_SEGMENT:
        level = max((brightness(light, t) for light in lights), default=0.0)
        yield _Part(_digits(lights) if level >= FAINT else " " * _places(lights), _shade(AMBER, level))
        return
    for light in lights:
        yield _lamp(AMBER, brightness(light, t))


def _state(now: Shown, t: float) -> Iterator[_Part]:
    red, green, blue = (round(255 * part) for part in now.glow.rgb)
    yield _lamp(f"38;2;{red};{green};{blue}", brightness(now.glow.light, t))
    yield _Part(f" {now.state:{STATE_WIDTH}}")


def _lamp(sgr: str, level: float) -> _Part:
    return _Part(LIT, _shade(sgr, level)) if level >= FAINT else _Part(DARK, DIM)


def _shade(sgr: str, level: float) -> str:
    return sgr if level >= HALF else f"{DIM};{sgr}"


def _number(lights: Sequence[Light]) -> str:
    """Return the digits, with a sign where they blink or pulse."""
    shine = next((light for light in lights if light is not Light.OFF), Light.ON)
    return _digits(lights) + (" " if shine is Light.ON else LAMPS[shine])


def _digits(lights: Sequence[Light]) -> str:
    """Read the digits off their segments."""
    digits = ""
    for place in range(_places(lights)):
        segments = lights[place * SEGMENTS_A_DIGIT : (place + 1) * SEGMENTS_A_DIGIT]
        lit = "".join(name for name, light in zip("abcdefg", segments, strict=True) if light is not Light.OFF)
        digits += str(SEGMENTS.index(lit)) if lit else " "
    return digits


def _places(lights: Sequence[Light]) -> int:
    return len(lights) // SEGMENTS_A_DIGIT
