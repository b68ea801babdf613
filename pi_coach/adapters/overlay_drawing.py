"""The signs and the bones that are drawn on a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pi_coach.core.signals.lights import Light
from pi_coach.core.types import Joint, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pi_coach.core.types import Pose

SEEN = 0.5
"""Least visibility, 0 to 1, of a point that is drawn."""
FULL_SIZE_PX = 480
"""Shorter side of a picture on which the sizes below are as they stand; others are drawn to scale."""
LEAST_UNIT = 0.7
"""Letters do not shrink below this share of their full size: they could not be read."""
FINE = 2
"""Bones are drawn this many times as large and shrunk, for smooth edges."""
LEFT_CHAINS = (
    (Joint.L_EAR, Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE, Joint.L_ANKLE, Joint.L_HEEL, Joint.L_TOE, Joint.L_ANKLE),
    (Joint.L_SHOULDER, Joint.L_ELBOW, Joint.L_WRIST),
)
"""Points to join on the athlete's left; the right ones are numbered one higher."""
LEFT_BONES = np.array([bone for chain in LEFT_CHAINS for bone in pairwise(chain)])
"""Shape (bones, 2): the joints at both ends."""

INK = (255, 255, 255, 255)
FAINT = (255, 255, 255, 150)
GLASS = (12, 16, 20, 170)
MINT = (72, 224, 178, 255)
AMBER = (255, 179, 64, 255)
SKY = (110, 190, 255, 255)
WALL = (110, 190, 255, 190)
LAMPS = {Light.ON: MINT, Light.BLINK: AMBER, Light.OFF: (84, 90, 96, 255)}
"""A film has no need to blink: a rep with a fault is amber."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Everything that is drawn beside the athlete."""

    drill: str
    phase: str
    reps: int
    target_reps: int
    """0 where there is no target."""
    lights: tuple[Light, ...]
    """One for each rep of the target."""
    cue: str
    """The sentence; empty for none."""
    warns: bool
    """The sentence answers a fault."""
    wall_px: int | None
    """The wall's place from the left; None where it is not known."""


@lru_cache(maxsize=2)
def draw_signs(signs: Signs, size_px: tuple[int, int]) -> Image.Image:
    """Return a clear layer with the signs on it; they change rarely, so the last ones are kept."""
    layer = Image.new("RGBA", size_px)
    draw = ImageDraw.Draw(layer)
    unit = max(LEAST_UNIT, min(size_px) / FULL_SIZE_PX)
    if signs.wall_px is not None:
        draw.line([(signs.wall_px, 0), (signs.wall_px, size_px[1])], fill=WALL, width=max(2, round(3 * unit)))
    _draw_phase(draw, signs, unit)
    _draw_count(draw, signs, unit, size_px[0])
    _draw_lights(draw, signs, unit, size_px)
    if signs.cue:
        _draw_cue(draw, signs, unit, size_px)
    return layer


def _draw_phase(draw: ImageDraw.ImageDraw, signs: Signs, unit: float) -> None:
    drill, phase = _font(15 * unit), _font(26 * unit)
    wide = max(drill.getlength(signs.drill), phase.getlength(signs.phase)) + 30 * unit
    draw.rounded_rectangle((12 * unit, 12 * unit, 12 * unit + wide, 80 * unit), 10 * unit, fill=GLASS)
    draw.text((27 * unit, 35 * unit), signs.drill, FAINT, drill, anchor="ls")
    draw.text((27 * unit, 66 * unit), signs.phase, INK, phase, anchor="ls")


def _draw_count(draw: ImageDraw.ImageDraw, signs: Signs, unit: float, width: int) -> None:
    count, target = _font(64 * unit), _font(17 * unit)
    goal = f"of {signs.target_reps}" if signs.target_reps else "reps"
    wide = max(count.getlength(str(signs.reps)), target.getlength(goal)) + 32 * unit
    left, right = width - 12 * unit - wide, width - 12 * unit
    draw.rounded_rectangle((left, 12 * unit, right, 108 * unit), 10 * unit, fill=GLASS)
    draw.text(((left + right) / 2, 72 * unit), str(signs.reps), INK, count, anchor="ms")
    draw.text(((left + right) / 2, 97 * unit), goal, FAINT, target, anchor="ms")


def _draw_lights(draw: ImageDraw.ImageDraw, signs: Signs, unit: float, size_px: tuple[int, int]) -> None:
    if not signs.lights:
        return
    step = min(26 * unit, (size_px[0] - 48 * unit) / len(signs.lights))
    half, y = step * len(signs.lights) / 2, size_px[1] - 26 * unit
    middle = size_px[0] / 2
    box = (middle - half - 8 * unit, y - 14 * unit, middle + half + 8 * unit, y + 14 * unit)
    draw.rounded_rectangle(box, 14 * unit, fill=GLASS)
    for place, light in enumerate(signs.lights):
        draw.circle((middle - half + (place + 0.5) * step, y), step * 0.3, fill=LAMPS[light])


def _draw_cue(draw: ImageDraw.ImageDraw, signs: Signs, unit: float, size_px: tuple[int, int]) -> None:
    room = size_px[0] - 64 * unit
    font = _font(26 * unit * min(1.0, room / _font(26 * unit).getlength(signs.cue)))
    half, middle, y = font.getlength(signs.cue) / 2 + 20 * unit, size_px[0] / 2, size_px[1] - 74 * unit
    box = (middle - half, y - 24 * unit, middle + half, y + 24 * unit)
    colour = AMBER if signs.warns else SKY
    draw.rounded_rectangle(box, 12 * unit, fill=GLASS, outline=colour, width=max(2, round(2 * unit)))
    draw.text((middle, y), signs.cue, INK, font, anchor="mm")


@cache
def _font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow brings this typeface along: the film looks the same on every machine.
    return ImageFont.load_default(max(8, size_px))


def draw_body(picture: Image.Image, pose: Pose, view: View | None) -> None:
    """Draw the bones that are seen, those of the side that faces the camera strongly; both where that is not known."""
    near = {View.LEFT: (0,), View.RIGHT: (1,)}.get(view or View.FRONT, (0, 1))
    places = np.clip(pose.points * picture.height, 0, picture.size)
    for side in sorted((0, 1), key=near.__contains__):
        bones = LEFT_BONES + side
        seen = bones[pose.visibility[bones].min(axis=1) >= SEEN]
        if len(seen) > 0:
            _draw_bones(picture, places[seen], strong=side in near)


def _draw_bones(picture: Image.Image, bones: NDArray[np.float32], *, strong: bool) -> None:
    thick = (5 if strong else 3) * min(picture.size) / FULL_SIZE_PX
    corner = np.floor(bones.min(axis=(0, 1)) - 2 * thick)
    width, height = (np.ceil(bones.max(axis=(0, 1)) + 2 * thick) - corner).astype(int).tolist()
    bones = (bones - corner) * FINE
    for colour, opacity, wide in ((GLASS, 110, 1.9), (MINT if strong else INK, 255 if strong else 130, 1.0)):
        mask = Image.new("L", (width * FINE, height * FINE))
        draw = ImageDraw.Draw(mask)
        for bone in bones.tolist():
            draw.line([tuple(end) for end in bone], fill=opacity, width=round(max(2, thick * wide * FINE)))
            for end in bone:
                draw.circle(end, thick * wide * FINE * 0.75, fill=opacity)
        picture.paste(colour[:3], tuple(corner.astype(int).tolist()), mask=mask.reduce(FINE))
