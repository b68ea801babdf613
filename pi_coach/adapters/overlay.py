"""What the coach saw and said, drawn on the picture and written to a video file."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Never

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFont

from pi_coach.core.errors import StoreError
from pi_coach.core.events import ViewLatched, WallCalibrated
from pi_coach.core.lights import Light, bar, reps_after
from pi_coach.core.types import Joint, View

if TYPE_CHECKING:
    from pathlib import Path

    from pi_coach.core.events import Cue
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose

CUE_S = 2.0
"""How long a sentence stays on the picture."""
SEEN = 0.5
"""Least visibility, 0 to 1, of a point that is drawn."""
TICKS_S = 60_000
"""Ticks a second in the file: every usual frame rate divides it, and MPEG-4 takes no finer ones than 65535."""
FULL_SIZE_PX = 480
"""Shorter side of a picture on which the sizes below are as they stand; others are drawn to scale."""
FINE = 2
"""Bones are drawn this many times as large and shrunk, for smooth edges."""
LEFT_BONES = (
    (Joint.L_EAR, Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE, Joint.L_ANKLE, Joint.L_HEEL, Joint.L_TOE, Joint.L_ANKLE),
    (Joint.L_SHOULDER, Joint.L_ELBOW, Joint.L_WRIST),
)
"""Points to join on the athlete's left; the right ones are numbered one higher."""

INK = (255, 255, 255, 255)
FAINT = (255, 255, 255, 150)
GLASS = (12, 16, 20, 170)
MINT = (72, 224, 178, 255)
AMBER = (255, 179, 64, 255)
SKY = (110, 190, 255, 255)
WALL = (110, 190, 255, 190)
LAMPS = {Light.ON: MINT, Light.BLINK: AMBER, Light.OFF: (255, 255, 255, 60)}
"""A film has no need to blink: a rep with a fault is amber."""


class OverlayWriter:
    """Draws each frame's outcome on its picture; the file takes its name when it is complete."""

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int], *, wall_x: float | None = None) -> None:
        """Begin a film of this width and height, with the wall `wall_x` image heights from the left if that is known.

        Raises StoreError where the film cannot be written.
        """
        # H.264 halves the colours: it wants even sides.
        self._size_px = (max(16, size_px[0] // 2 * 2), max(16, size_px[1] // 2 * 2))
        self._film = _Film(path, fps, self._size_px)
        self._wall_x = wall_x
        self._view: View | None = None
        self._cue: Cue | None = None
        self._lights: tuple[Light, ...] = ()

    def show(self, frame: Frame, step: Step) -> None:
        """Draw and write one frame. Raises StoreError once, and does nothing from there on."""
        self._note(step)
        picture = Image.fromarray(frame.image).resize(self._size_px)
        if step.pose is not None:
            _draw_body(picture, step.pose, self._view)
        signs = _draw_signs(self._signs(step), self._size_px)
        picture.paste(signs, mask=signs)
        self._film.add(picture, frame.t)

    def close(self) -> None:
        """Put the complete film in its place. Raises StoreError if that fails; nothing is left behind then."""
        self._film.close()

    def _note(self, step: Step) -> None:
        for event in step.events:
            match event:
                case ViewLatched(view=view):
                    self._view = view
                case WallCalibrated(wall_x=wall_x):
                    self._wall_x = wall_x
                case _:
                    pass
        self._lights = reps_after(self._lights, step.events)
        self._cue = step.cue or self._cue
        if self._cue is not None and step.t - self._cue.t > CUE_S:
            self._cue = None

    def _signs(self, step: Step) -> _Signs:
        return _Signs(
            drill=step.drill.replace("_", " ").capitalize(),
            phase=step.phase.value.capitalize(),
            reps=step.reps,
            target_reps=step.target_reps,
            lights=bar(self._lights, step.target_reps),
            cue="" if self._cue is None else self._cue.text,
            cue_colour=SKY if self._cue is None or self._cue.fault is None else AMBER,
            wall_px=None if self._wall_x is None else round(self._wall_x * self._size_px[1]),
        )


@dataclass(frozen=True, slots=True)
class _Signs:
    """Everything that is drawn beside the athlete; it changes rarely, so its picture is kept."""

    drill: str
    phase: str
    reps: int
    target_reps: int
    lights: tuple[Light, ...]
    cue: str
    cue_colour: tuple[int, int, int, int]
    wall_px: int | None


@lru_cache(maxsize=2)
def _draw_signs(signs: _Signs, size_px: tuple[int, int]) -> Image.Image:
    layer = Image.new("RGBA", size_px)
    draw = ImageDraw.Draw(layer)
    unit = min(size_px) / FULL_SIZE_PX
    if signs.wall_px is not None:
        draw.line([(signs.wall_px, 0), (signs.wall_px, size_px[1])], fill=WALL, width=max(2, round(3 * unit)))
    _draw_phase(draw, signs, unit)
    _draw_count(draw, signs, unit, size_px[0])
    _draw_lights(draw, signs, unit, size_px)
    if signs.cue:
        _draw_cue(draw, signs, unit, size_px)
    return layer


def _draw_phase(draw: ImageDraw.ImageDraw, signs: _Signs, unit: float) -> None:
    drill, phase = _font(15 * unit), _font(26 * unit)
    right = (30 + max(drill.getlength(signs.drill), phase.getlength(signs.phase)) / unit) * unit
    draw.rounded_rectangle((12 * unit, 12 * unit, 12 * unit + right, 80 * unit), 10 * unit, fill=GLASS)
    draw.text((27 * unit, 35 * unit), signs.drill, FAINT, drill, anchor="ls")
    draw.text((27 * unit, 66 * unit), signs.phase, INK, phase, anchor="ls")


def _draw_count(draw: ImageDraw.ImageDraw, signs: _Signs, unit: float, width: int) -> None:
    count, target = _font(64 * unit), _font(17 * unit)
    goal = f"of {signs.target_reps}" if signs.target_reps else "reps"
    wide = max(count.getlength(str(signs.reps)), target.getlength(goal)) + 32 * unit
    left, right = width - 12 * unit - wide, width - 12 * unit
    draw.rounded_rectangle((left, 12 * unit, right, 108 * unit), 10 * unit, fill=GLASS)
    draw.text(((left + right) / 2, 72 * unit), str(signs.reps), INK, count, anchor="ms")
    draw.text(((left + right) / 2, 97 * unit), goal, FAINT, target, anchor="ms")


def _draw_lights(draw: ImageDraw.ImageDraw, signs: _Signs, unit: float, size_px: tuple[int, int]) -> None:
    if not signs.lights:
        return
    step = min(26 * unit, (size_px[0] - 48 * unit) / len(signs.lights))
    half, y = step * len(signs.lights) / 2, size_px[1] - 26 * unit
    middle = size_px[0] / 2
    box = (middle - half - 8 * unit, y - 14 * unit, middle + half + 8 * unit, y + 14 * unit)
    draw.rounded_rectangle(box, 14 * unit, fill=GLASS)
    for place, light in enumerate(signs.lights):
        draw.circle((middle - half + (place + 0.5) * step, y), step * 0.3, fill=LAMPS[light])


def _draw_cue(draw: ImageDraw.ImageDraw, signs: _Signs, unit: float, size_px: tuple[int, int]) -> None:
    room = size_px[0] - 64 * unit
    font = _font(26 * unit)
    font = _font(26 * unit * min(1.0, room / font.getlength(signs.cue)))
    half, middle, y = font.getlength(signs.cue) / 2 + 20 * unit, size_px[0] / 2, size_px[1] - 74 * unit
    box = (middle - half, y - 24 * unit, middle + half, y + 24 * unit)
    draw.rounded_rectangle(box, 12 * unit, fill=GLASS, outline=signs.cue_colour, width=max(2, round(2 * unit)))
    draw.text((middle, y), signs.cue, INK, font, anchor="mm")


@cache
def _font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow brings this typeface along: the film looks the same on every machine.
    return ImageFont.load_default(max(8, size_px))


def _draw_body(picture: Image.Image, pose: Pose, view: View | None) -> None:
    near = {View.LEFT: (0,), View.RIGHT: (1,)}.get(view or View.FRONT, (0, 1))
    places = np.clip(pose.points * picture.height, -picture.width, 2 * picture.width)
    for side in sorted((0, 1), key=near.__contains__):
        chains = [np.array(chain) + side for chain in LEFT_BONES]
        bones = [pair for chain in chains for pair in pairwise(chain) if pose.visibility[list(pair)].min() >= SEEN]
        _draw_bones(picture, [(*places[a], *places[b]) for a, b in bones], strong=side in near)


def _draw_bones(picture: Image.Image, lines: list[tuple[float, ...]], *, strong: bool) -> None:
    width_px = FINE * min(picture.size) / FULL_SIZE_PX * (5 if strong else 3)
    for colour, opacity, thick in ((GLASS, 110, 1.9), (MINT if strong else INK, 255 if strong else 130, 1.0)):
        mask = Image.new("L", (picture.width * FINE, picture.height * FINE))
        draw = ImageDraw.Draw(mask)
        for line in lines:
            ends = np.multiply(line, FINE).reshape(2, 2)
            draw.line([tuple(end) for end in ends], fill=opacity, width=max(2, round(width_px * thick)))
            for x, y in ends:
                draw.circle((x, y), width_px * thick * 0.75, fill=opacity)
        picture.paste(colour[:3], mask=mask.reduce(FINE))


class _Film:
    """An H.264 file in the making, each frame at its own time."""

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int]) -> None:
        self._path = path
        self._part = path.parent / f".{path.name}.{os.getpid()}.part"
        self._begin_s: float | None = None
        self._tick = -1
        self._done = False
        try:
            # "file:" keeps a name like "rtmp:x.mp4" from being taken for an address.
            self._container = av.open(f"file:{self._part}", "w", format="mp4")
        except (av.FFmpegError, OSError) as error:
            self._fail(error)
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = self._container.add_stream(codec, Fraction(fps).limit_denominator(1001))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, TICKS_S)
        self._stream = stream

    def add(self, picture: Image.Image, t: float) -> None:
        """Write one picture for the time `t`, seconds."""
        if self._done:
            return
        if self._begin_s is None:
            self._begin_s = t
        self._tick = max(self._tick + 1, round((t - self._begin_s) * TICKS_S))
        frame = av.VideoFrame.from_image(picture)
        frame.pts, frame.time_base = self._tick, Fraction(1, TICKS_S)
        self._write(frame)

    def close(self) -> None:
        """Write what the encoder still holds and give the file its name; a film without a frame leaves no file."""
        if self._done:
            return
        self._write(None)
        self._done = True
        try:
            self._container.close()
            self._part.replace(self._path)
        except (av.FFmpegError, OSError) as error:
            self._fail(error)

    def _write(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> Never:
        self._done = True
        for undo in (self._container.close, self._part.unlink):
            with suppress(av.FFmpegError, OSError):  # The first failure is the one to tell of.
                undo()
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"{self._path} cannot be written ({reason}): choose another place.") from error
