"""What the coach saw and said, drawn on the picture and written to a video file."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Never

import av
import numpy as np
from PIL import Image

from pi_coach.adapters.overlay_drawing import Signs, draw_body, draw_signs
from pi_coach.core.errors import StoreError
from pi_coach.core.events import ViewLatched, WallCalibrated
from pi_coach.core.signals.lights import Light, bar, reps_after

if TYPE_CHECKING:
    from pathlib import Path

    from av.video.stream import VideoStream

    from pi_coach.core.events import Cue
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, View

CUE_S = 2.0
"""How long a sentence stays on the picture."""
TICKS_S = 60_000
"""Ticks a second in the file: every usual frame rate divides it, and MPEG-4 takes no finer ones than 65535."""


class OverlayWriter:
    """Draws each frame's outcome on its picture; the file takes its name when it is complete.

    The size is width and height; `wall_x` is the wall's place, image heights from the left, where it is known from
    the start. Raises StoreError where the film cannot be written.
    """

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int], *, wall_x: float | None = None) -> None:
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
            draw_body(picture, step.pose, self._view)
        signs = draw_signs(self._signs(step), self._size_px)
        picture.paste(signs, mask=signs)
        self._film.add(picture, frame.t)

    def close(self) -> None:
        """Put the complete film in its place. Raises StoreError if that fails; nothing is left behind then."""
        self._film.close()

    def discard(self) -> None:
        """Leave no file: for a film whose frames ended in a failure."""
        self._film.discard()

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

    def _signs(self, step: Step) -> Signs:
        return Signs(
            drill=step.drill.replace("_", " ").capitalize(),
            phase=step.phase.value.capitalize(),
            reps=step.reps,
            target_reps=step.target_reps,
            lights=bar(self._lights, step.target_reps),
            cue="" if self._cue is None else self._cue.text,
            warns=self._cue is not None and self._cue.fault is not None,
            wall_px=None if self._wall_x is None else round(self._wall_x * self._size_px[1]),
        )


class _Film:
    """An H.264 file in the making, each frame at its own time."""

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int]) -> None:
        self._path = path
        self._part = path.parent / f".{path.name}.{os.getpid()}.part"
        self._begin_s: float | None = None
        self._tick = -1
        self._done = False
        self._undo = ExitStack()
        self._undo.callback(self._part.unlink, missing_ok=True)
        try:
            # "file:" keeps a name like "rtmp:x.mp4" from being taken for an address.
            self._container = self._undo.enter_context(av.open(f"file:{self._part}", "w", format="mp4"))
            self._stream = self._begin(fps, size_px)
        except (av.FFmpegError, OSError) as error:
            self._fail(error)

    def add(self, picture: Image.Image, t: float) -> None:
        """Write one picture for the time `t`, seconds."""
        if self._done:
            return
        if self._begin_s is None:
            self._begin_s = t
        self._tick = max(self._tick + 1, round((t - self._begin_s) * TICKS_S))
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), "rgb24")
        frame.pts, frame.time_base = self._tick, Fraction(1, TICKS_S)
        self._write(frame)

    def close(self) -> None:
        """Write what the encoder still holds and give the file its name; a film without a frame leaves no file."""
        if self._tick < 0:
            self.discard()
        if self._done:
            return
        self._write(None)
        try:
            self._container.close()
            self._part.replace(self._path)
        except (av.FFmpegError, OSError) as error:
            self._fail(error)
        self._done = True

    def discard(self) -> None:
        """Leave no file, complete or not; does nothing after `close`."""
        if not self._done:
            self._done = True
            with suppress(av.FFmpegError, OSError):
                self._undo.close()

    def _begin(self, fps: float, size_px: tuple[int, int]) -> VideoStream:
        codec: Literal["libx264", "mpeg4"] = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = self._container.add_stream(codec, Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS_S)
        self._container.start_encoding()
        return stream

    def _write(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> Never:
        self.discard()
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"{self._path} cannot be written ({reason}): choose another place.") from error
