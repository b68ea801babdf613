"""A camera as the kernel shows it, V4L2: what it offers, and its buffers one by one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import select
from ctypes import c_int
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import videodev2 as v4l2

from pi_coach.core.errors import CameraLostError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUFFERS = 4
"""One is filled, one is decoded, and two are spare."""
CAPTURE = v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE
STREAMS = v4l2.V4L2_CAP_VIDEO_CAPTURE | v4l2.V4L2_CAP_STREAMING
REFUSALS = {
    errno.ENOENT: (CameraLostError, "is not there: plug it in."),
    errno.ENODEV: (CameraLostError, "was unplugged: plug it in again."),
    errno.EBUSY: (CameraLostError, "is busy: another program uses it, so stop that one first."),
    errno.EACCES: (SourceError, "may not be opened by this user: add it to the group video."),
}
"""What an error of the kernel means, and whether the camera may come back."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a camera agrees to."""

    pixels: str
    """Four letters, as the kernel names the format."""
    width_px: int
    height_px: int
    fps: float
    """0 where it does not say."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One filled buffer."""

    content: bytes
    sequence: int
    """The driver's own number, those that nobody took counted."""
    t: float | None
    """When it was taken, monotonic seconds; None where the driver does not say."""


class VideoDevice:
    """One open camera. Raises CameraLostError where it may come back, SourceError where it never will."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._plainly():
            # A camera that falls silent must not hold up who reads: buffers are only taken once there is one.
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._memory: list[mmap.mmap] = []

    def close(self) -> None:
        """Let the camera go, whatever state it is in."""
        for memory in self._memory:
            memory.close()
        self._memory = []
        # Closing also stops the stream; it works on a camera that is gone.
        os.close(self._fd)

    def model(self) -> tuple[str, bool]:
        """Return the camera's name, and whether it is a camera on USB: a Pi has decoders and scalers here as well."""
        told = v4l2.v4l2_capability()
        self._ask(v4l2.VIDIOC_QUERYCAP, told)
        name, bus = (bytes(text).split(b"\0")[0].decode(errors="replace") for text in (told.card, told.bus_info))
        return name, bus.startswith("usb") and told.device_caps & STREAMS == STREAMS

    def agree(self, wish: Offer) -> Offer:
        """Ask for a format, a size and a rate, and return what the camera makes of them."""
        form = v4l2.v4l2_format(type=CAPTURE)
        picture = form.fmt.pix
        picture.width, picture.height, picture.field = wish.width_px, wish.height_px, v4l2.V4L2_FIELD_NONE
        picture.pixelformat = v4l2.v4l2_fourcc(*wish.pixels)
        self._ask(v4l2.VIDIOC_S_FMT, form)
        given = int(picture.pixelformat).to_bytes(4, "little").decode(errors="replace")
        return Offer(given, picture.width, picture.height, self._agree_rate(wish.fps))

    def hold_rate(self) -> None:
        """Forbid to expose longer than a frame's time, as many cameras do in the dark; not all of them can be told."""
        steady = v4l2.v4l2_control(id=v4l2.V4L2_CID_EXPOSURE_AUTO_PRIORITY, value=0)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._fd, v4l2.VIDIOC_S_CTRL, steady)

    def start(self) -> None:
        """Begin to film, in the format that was agreed."""
        request = v4l2.v4l2_requestbuffers(count=BUFFERS, type=CAPTURE, memory=v4l2.V4L2_MEMORY_MMAP)
        self._ask(v4l2.VIDIOC_REQBUFS, request)
        for index in range(request.count):
            buffer = self._buffer(index)
            self._ask(v4l2.VIDIOC_QUERYBUF, buffer)
            self._memory.append(mmap.mmap(self._fd, buffer.length, offset=buffer.m.offset))
            self._ask(v4l2.VIDIOC_QBUF, buffer)
        self._ask(v4l2.VIDIOC_STREAMON, c_int(CAPTURE))

    def shot(self, wait_s: float) -> Shot | None:
        """Return the next picture; None where there is none in time, or the camera says that it is damaged."""
        if not any(select.select([self._fd], [], [self._fd], wait_s)):
            return None
        buffer = self._buffer(0)
        try:
            self._ask(v4l2.VIDIOC_DQBUF, buffer)
        except BlockingIOError:
            return None
        shot = self._read(buffer)
        self._ask(v4l2.VIDIOC_QBUF, buffer)
        return None if buffer.flags & v4l2.V4L2_BUF_FLAG_ERROR else shot

    def _agree_rate(self, fps: float) -> float:
        wish = v4l2.v4l2_streamparm(type=CAPTURE)
        frame = wish.parm.capture.timeperframe
        frame.numerator, frame.denominator = 1000, round(1000 * fps)
        # Not every driver knows rates.
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._fd, v4l2.VIDIOC_S_PARM, wish)
        return frame.denominator / frame.numerator if frame.numerator else 0.0

    def _read(self, buffer: Any) -> Shot:  # noqa: ANN401 - the library has no types
        monotonic = buffer.flags & v4l2.V4L2_BUF_FLAG_TIMESTAMP_MASK == v4l2.V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
        t = buffer.timestamp.tv_sec + buffer.timestamp.tv_usec / 1e6 if monotonic else None
        return Shot(self._memory[buffer.index][: buffer.bytesused], buffer.sequence, t)

    def _buffer(self, index: int) -> Any:  # noqa: ANN401 - the library has no types
        return v4l2.v4l2_buffer(index=index, type=CAPTURE, memory=v4l2.V4L2_MEMORY_MMAP)

    def _ask(self, request: int, argument: Any) -> None:  # noqa: ANN401 - the library has no types
        with self._plainly():
            fcntl.ioctl(self._fd, request, argument)

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Turn what the kernel refuses into one sentence."""
        try:
            yield
        except BlockingIOError:
            raise
        except OSError as error:
            usual = (CameraLostError, f"fails ({error.strerror}): check its cable.")
            kind, told = REFUSALS.get(error.errno or 0, usual)
            raise kind(f"The camera {self._path} {told}") from error
