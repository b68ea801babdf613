"""A video file as a source of frames: every frame, upright, with the file's own times."""

from __future__ import annotations

import math
import stat
import threading
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Self

import av
import numpy as np
from av.sidedata.sidedata import SideData

from pi_coach.core.errors import SourceError
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

LONGEST_SIDE_PX = 960
"""The pose model looks at 256 px: a larger picture costs memory and time and gains nothing."""
NOMINAL_FPS = 30.0
"""Taken where a file does not say its frame rate."""
FASTEST_FPS = 480.0
"""What a phone's slow motion reaches; a file that states more does not know."""
NUDGE_S = 0.001
"""A frame stamped no later than its predecessor comes this much after it: pose models count milliseconds."""
JUMP_BACK_S = 1.0
"""Stamps that fall back further than this belong to another recording, joined on."""
JUMP_AHEAD_S = 60.0
"""Stamps that leap further than this are broken: no camera pauses that long within a recording."""
EARLY_END_S = 0.25
"""Files state their length loosely; a picture that ends this much earlier was cut off."""
RESUMES = 20
"""How often reading goes on behind a broken place; a disk that fails for good fails this often in no time."""
FORMATS = (
    *("mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "m4v", "asf", "flv", "ogg", "mxf", "gxf", "dv"),
    *("mjpeg", "h264", "hevc", "av1", "obu", "ivf", "gif", "apng", "nut", "rm", "yuv4mpegpipe", "3gp", "swf", "wtv"),
    # These are opened to be told by name that they are no film.
    *("image2", "png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "gif_pipe", "ppm_pipe", "tty"),
    *("mp3", "wav", "flac", "aac"),
)
"""FFmpeg's readers of films. Not among them are those of playlists: one without an end is read again and again."""
STILL_FORMATS = ("_pipe", "image2", "tty")
"""Endings of the names of FFmpeg's readers that make one picture or a drawn text look like a video."""


class VideoFile:
    """The frames of a video file in order, as fast as they are asked for."""

    def __init__(self, path: Path, *, longest_side_px: int = LONGEST_SIDE_PX) -> None:
        self._path = path
        self._stop = threading.Event()
        self.complaint: str | None = None
        """What was wrong with the file, one sentence; None before `frames` has ended and for a sound file."""
        with _Reading(path) as reading:
            self._layout = _Layout.of(next(reading.pictures()), reading.stream, longest_side_px)
            self._duration_s = reading.duration_s()
            self.fps = reading.fps()
            """Average frames a second, as the file states it."""
            self.frames_expected = reading.stream.frames or None
            """How many frames the file says it has; None where it does not say."""
        self.width_px, self.height_px = self._layout.upright_px
        """Size of the frames, upright and scaled."""
        self.scale = self.width_px / self._layout.own_width_px
        """A distance from the left in the file's own upright pixels, times this, is one in pixels of a frame."""

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that can be decoded, in order; times are seconds from the first.

        Raises SourceError where there is none. A file that is cut off or damaged ends early and sets `complaint`.
        """
        self.complaint = None
        timeline = _Timeline(1.0 / self.fps)
        with _Reading(self._path) as reading:
            for seq, picture in enumerate(reading.pictures()):
                if self._stop.is_set():
                    return
                yield Frame(seq, timeline.place(picture.time), self._layout.apply(picture))
            self.complaint = self._complain(reading, timeline.last_s)

    def close(self) -> None:
        """End `frames` before its next frame; may be called from any thread."""
        self._stop.set()

    def _complain(self, reading: _Reading, last_s: float) -> str | None:
        end_s = last_s + 1.0 / self.fps
        short = self.frames_expected is None or reading.seen < self.frames_expected
        if short and self._duration_s is not None and end_s < self._duration_s - EARLY_END_S:
            return f"{self._path} ends early, at {end_s:.1f} s of {self._duration_s:.1f} s: the rest cannot be read."
        if reading.damaged:
            return f"{self._path} is damaged: some of its {end_s:.1f} s could not be read and were left out."
        return None


class _Reading:
    """One pass over a file: what can be decoded of its first picture stream."""

    def __init__(self, path: Path) -> None:
        _require_content(path)
        self._path = path
        try:
            # "file:" keeps a name like "rtmp:x.mp4" from being taken for an address.
            self._container: InputContainer = av.open(
                f"file:{path}",
                metadata_errors="replace",
                options={"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)},
            )
        except (av.FFmpegError, OSError) as error:
            raise SourceError(f"{path} is not a video, or is cut off or damaged: record or copy it again.") from error
        self.stream = _picture_stream(path, self._container)
        self.stream.thread_type = "AUTO"
        self.seen = 0
        self.damaged = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def pictures(self) -> Iterator[VideoFrame]:
        """Yield the decodable frames; what is broken is left out and sets `damaged`.

        Raises SourceError where there is not one.
        """
        for picture in chain.from_iterable(self._decode(packet) for packet in self._packets()):
            # A decoder that starts or restarts without a key frame fills in grey, and says so.
            if picture.is_corrupt:
                self.damaged = True
            else:
                self.seen += 1
                yield picture
        if self.seen == 0:
            raise SourceError(f"{self._path} holds no frame that can be decoded: record or copy it again.")

    def fps(self) -> float:
        """Return the stated frame rate, or the nominal one where none is stated that a camera could have."""
        stated = float(self.stream.average_rate or self.stream.guessed_rate or 0)
        return stated if 1 <= stated <= FASTEST_FPS else NOMINAL_FPS

    def duration_s(self) -> float | None:
        """Tell how long the picture lasts; None where the file does not say, or says it only with its sound."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return float(self.stream.duration * self.stream.time_base)
        if self._container.duration is not None and not self._container.streams.audio:
            return self._container.duration / av.time_base
        return None

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        for _ in range(RESUMES):
            try:
                yield from self._container.demux(self.stream)
            except (av.FFmpegError, OSError, IndexError):  # IndexError: PyAV met a stream that was not there before.
                self.damaged = True
            else:
                return
        yield None  # Asks the decoder for what it still holds.

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self.stream.decode(packet)
        except (av.FFmpegError, OSError):
            self.damaged = True
            return []


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a decoded picture becomes an upright one with square pixels."""

    scaled_px: tuple[int, int]
    """Width and height as decoded, before it is turned."""
    own_width_px: int
    """Width of the upright picture in the file's own pixels."""
    transposed: bool
    """Turned by a quarter: width and height change places."""
    flip_x: bool
    flip_y: bool

    @classmethod
    def of(cls, picture: VideoFrame, stream: VideoStream, longest_side_px: int) -> Self:
        """Read the display matrix, as phones write it for a camera held upright, and the shape of the pixels."""
        side = picture.side_data.get("DISPLAYMATRIX")
        matrix = np.frombuffer(bytes(side), np.int32) if isinstance(side, SideData) else np.eye(3).ravel()
        # A point goes from (x, y) to (a x + c y, b x + d y).
        a, b, c, d = (float(matrix[place]) for place in (0, 1, 3, 4))
        transposed = abs(b) > abs(a)
        width = picture.width * float(stream.sample_aspect_ratio or 1)
        shrink = min(1.0, longest_side_px / max(width, picture.height))
        return cls(
            scaled_px=(max(1, round(width * shrink)), max(1, round(picture.height * shrink))),
            own_width_px=picture.height if transposed else picture.width,
            transposed=transposed,
            flip_x=(c if transposed else a) < 0,
            flip_y=(b if transposed else d) < 0,
        )

    @property
    def upright_px(self) -> tuple[int, int]:
        width, height = self.scaled_px
        return (height, width) if self.transposed else (width, height)

    def apply(self, picture: VideoFrame) -> NDArray[np.uint8]:
        width, height = self.scaled_px
        scaled = picture.reformat(width, height, "rgb24", interpolation="AREA")
        image = np.asarray(scaled.to_ndarray(), np.uint8)
        if self.transposed:
            image = image.swapaxes(0, 1)
        return np.ascontiguousarray(image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1])


class _Timeline:
    """Turns the stamps in a file into seconds from the first frame that always rise."""

    def __init__(self, usual_step_s: float) -> None:
        self._usual_step_s = usual_step_s
        self._origin_s: float | None = None
        self.last_s = -usual_step_s

    def place(self, stamp_s: float | None) -> float:
        """Return the time of the next frame; None is a frame without a stamp, one usual step after the last."""
        if stamp_s is None or not math.isfinite(stamp_s):
            self.last_s += self._usual_step_s
            return self.last_s
        leap_s = 0.0 if self._origin_s is None else stamp_s - self._origin_s - self.last_s
        if self._origin_s is None or not -JUMP_BACK_S <= leap_s <= JUMP_AHEAD_S:
            self._origin_s = stamp_s - (self.last_s + self._usual_step_s)
        self.last_s = max(stamp_s - self._origin_s, self.last_s + NUDGE_S)
        return self.last_s


def _require_content(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check the name of the video file.") from error
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is not a file: name a video file.")
    if status.st_size == 0:
        raise SourceError(f"{path} is empty: record or copy it again.")


def _picture_stream(path: Path, container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        # The cover of a song is a picture stream too.
        cover = stream.disposition & stream.disposition.attached_pic
        if not cover and not container.format.name.endswith(STILL_FORMATS):
            return stream
    container.close()
    raise SourceError(f"{path} holds no moving picture: name a video file.")
