"""A camera on USB: its raw or JPEG pictures become the same frames as those of the Pi's own camera."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from pi_coach.adapters.camera_choice import RATE_SLACK
from pi_coach.adapters.shooting import Shooting
from pi_coach.adapters.v4l2 import Offer, VideoDevice
from pi_coach.core.errors import CameraLostError, SourceError
from pi_coach.core.sight.upright import turned
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from pi_coach.adapters.camera_choice import Wanted
    from pi_coach.adapters.v4l2 import Shot
    from pi_coach.clock import Clock

log = logging.getLogger(__name__)

RAW, JPEG = "YUYV", "MJPG"
"""Nearly every camera on USB gives one of these; raw ones need no decoding, but a USB 2 cable carries few of them."""
NODES = Path("/dev")
WAKE_S = 0.5
"""The camera's thread looks this often whether it is to end."""
CLOCK_SLACK_S = 1.0
"""A stamp further than this from now is broken, as some cameras' are: the picture counts as taken when it came."""
EARLY = 0.5
"""A picture that comes early by up to this share of a frame's time is still taken: cameras are not punctual."""


def usb_cameras(nodes: Path = NODES) -> list[Path]:
    """Return the cameras on USB, in the order in which they were plugged in."""
    found = [path for path in nodes.glob("video*") if path.name[5:].isdigit()]
    return [path for path in sorted(found, key=lambda path: int(path.name[5:])) if _is_usb(path)]


def _is_usb(path: Path) -> bool:
    with contextlib.suppress(SourceError), contextlib.closing(VideoDevice(path)) as device:
        return device.model()[1]
    return False


class UsbCamera:
    """Captures in its own thread; `frames` yields the newest frame and skips the older ones.

    Raises CameraLostError where there is no camera or it cannot be opened now, SourceError where it can never give the
    wanted picture. Its exposure is bounded by the time of a frame: a camera on USB keeps its gain to itself.
    """

    def __init__(self, path: Path | None, wanted: Wanted, stall_s: float, clock: Clock) -> None:
        """Open the camera at `path`, or the first one."""
        self._wanted = wanted
        self._clock = clock
        self._device, self.model, self._offer = _open(path, wanted)
        self._decoder = av.CodecContext.create("mjpeg", "r")
        self._shooting = Shooting(self._shoot, stall_s, wanted.fps)
        self._t = -1.0

    @property
    def dropped(self) -> int:
        """How many frames of the camera nobody was in time for."""
        return self._shooting.dropped

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate, at most the one it was opened with; may be called from any thread.

        No camera on USB changes its rate while it films: pictures that come too soon are left, still packed.
        """
        self._shooting.fps = min(fps, self._wanted.fps)

    def frames(self) -> Iterator[Frame]:
        """Start the camera and yield the newest frame; to be called once.

        Raises CameraLostError where the camera fails, and where no frame came for `stall_s`.
        """
        return self._shooting.frames()

    def close(self) -> None:
        """Let the camera go; `frames` ends soon after. Raises StuckThreadError if its driver does not end in time."""
        self._shooting.close()

    def _shoot(self) -> None:
        with contextlib.closing(self._device):
            if not self._shooting.stopping:
                self._device.start()
            while not self._shooting.stopping:
                shot = self._device.shot(WAKE_S)
                if shot is not None:
                    self._take(shot)

    def _take(self, shot: Shot) -> None:
        now = self._clock.now()
        t = shot.t if shot.t is not None and 0 <= now - shot.t <= CLOCK_SLACK_S else now
        seq = self._shooting.number(shot.sequence)
        if t - self._t < 1 / self._shooting.fps - EARLY / self._wanted.fps:
            return
        picture = self._decode(shot.content)
        if picture is not None:
            self._t = t
            self._shooting.put(Frame(seq, t, self._finish(picture)))

    def _decode(self, content: bytes) -> VideoFrame | None:
        """Return the picture; None for one that was torn on the cable."""
        offer = self._offer
        if offer.pixels == RAW:
            size = 2 * offer.width_px * offer.height_px
            if len(content) < size:
                return None
            packed = np.frombuffer(content, np.uint8, size).reshape(offer.height_px, offer.width_px, 2)
            return av.VideoFrame.from_ndarray(packed, "yuyv422")
        with contextlib.suppress(av.FFmpegError):
            for picture in self._decoder.decode(av.Packet(content)):
                return picture
        return None

    def _finish(self, picture: VideoFrame) -> NDArray[np.uint8]:
        image = np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
        wanted = self._wanted
        flipped = image[:: -1 if wanted.vflip else 1, :: -1 if wanted.hflip else 1]
        return turned(flipped, wanted.clockwise_deg)


def _open(path: Path | None, wanted: Wanted) -> tuple[VideoDevice, str, Offer]:
    if path is None:
        path = next(iter(usb_cameras()), None)
    if path is None:
        raise CameraLostError("No camera on USB was found: plug one in.")
    with contextlib.ExitStack() as stack:
        device = stack.enter_context(contextlib.closing(VideoDevice(path)))
        model, _ = device.model()
        offer = device.agree(best([device.agree(wish) for wish in _wishes(wanted)], wanted, model))
        device.hold_rate()
        log.info("camera: %s at %s gives %s", model, path, offer)
        stack.pop_all()
    return device, model, offer


def _wishes(wanted: Wanted) -> list[Offer]:
    return [Offer(pixels, wanted.width_px, wanted.height_px, wanted.fps) for pixels in (RAW, JPEG)]


def best(offers: list[Offer], wanted: Wanted, model: str) -> Offer:
    """Return the fastest offer of the wanted size, a raw one first. Raises SourceError where there is none."""
    fit = [
        offer
        for offer in offers
        if offer.pixels in (RAW, JPEG) and (offer.width_px, offer.height_px) == (wanted.width_px, wanted.height_px)
    ]
    if not fit:
        given = ", ".join(f"{offer.width_px}x{offer.height_px} as {offer.pixels}" for offer in offers)
        raise SourceError(
            f"The camera {model} gives {given}, not {wanted.width_px}x{wanted.height_px} as {RAW} or {JPEG}:"
            " set another size in [camera]."
        )
    return max(fit, key=lambda offer: (min(offer.fps or wanted.fps, RATE_SLACK * wanted.fps), offer.pixels == RAW))
