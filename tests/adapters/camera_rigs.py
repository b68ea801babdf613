"""Cameras for the contract that all of them keep: how each is opened, broken and mended."""

import os
import struct
from fractions import Fraction

import av
import numpy as np

from pi_coach.adapters.camera_choice import Wanted
from pi_coach.adapters.paced import LiveSource
from pi_coach.adapters.video import VideoFile
from pi_coach.clock import SystemClock
from pi_coach.testing.camera import LEFT, RIGHT, FakePort

CLOCK = SystemClock()
STALL_S = 0.6
SIZE = WIDTH, HEIGHT = 640, 480
FPS = 30.0


def scene(width=WIDTH, height=HEIGHT):
    image = np.empty((height, width, 3), np.uint8)
    image[:] = LEFT
    image[:, width // 2 :] = RIGHT
    return image


def packed(pixels, image):
    """Return a picture as a camera on USB sends it."""
    picture = av.VideoFrame.from_ndarray(image, "rgb24")
    if pixels == "YUYV":
        return picture.reformat(format="yuyv422").to_ndarray().tobytes()
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.height, encoder.width, _ = image.shape
    encoder.pix_fmt, encoder.time_base = "yuvj422p", Fraction(1, 30)
    packets = [*encoder.encode(picture.reformat(format="yuvj422p")), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


class FileRig:
    """A film, played as fast as it is looked at."""

    drops = False
    breaks = ()

    def __init__(self, folder):
        # One film for all tests.
        self._path = folder.parent / "film.mp4"
        if not self._path.exists():
            self._film(self._path)

    @staticmethod
    def _film(path):
        with av.open(str(path), "w") as film:
            stream = film.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.options = {"preset": "ultrafast"}
            for _ in range(90):
                film.mux(stream.encode(av.VideoFrame.from_ndarray(scene(), "rgb24")))
            film.mux(stream.encode(None))

    def open(self):
        return VideoFile(self._path)

    def age_s(self, _):
        return None


class FilmAsCameraRig(FileRig):
    """The same film, played at its own speed."""

    drops = True

    def open(self):
        return LiveSource(super().open(), CLOCK, stall_s=STALL_S)


class CameraRig:
    drops = True
    breaks = ("absent", "busy", "silent", "unplugged")

    def age_s(self, frame):
        return CLOCK.now() - frame.t


class FakeRig(CameraRig):
    def __init__(self, _):
        self._port = FakePort(CLOCK, size_px=SIZE, fps=FPS)

    def open(self):
        return self._port.open(STALL_S)

    def break_it(self, how):
        {
            "absent": self._port.unplug,
            "unplugged": self._port.unplug,
            "busy": self._port.occupy,
            "silent": self._port.silence,
        }[how]()

    def mend(self):
        self._port.mend()


class UsbRig(CameraRig):
    """The V4L2 adapter before a stand-in for the kernel, which must be preloaded."""

    pixels = "YUYV"

    def __init__(self, folder):
        self.node = folder / "video0"
        self.fault = folder / "video0.fault"
        content = packed(self.pixels, scene())
        (folder / "frames").write_bytes(struct.pack("<I", len(content)) + content)
        os.environ["FAKE_V4L2"] = str(self.node)
        os.environ["FAKE_V4L2_FRAMES"] = str(folder / "frames")
        os.environ["FAKE_V4L2_FORMATS"] = f"{self.pixels}:{WIDTH}x{HEIGHT}:{FPS:g}"
        self.mend()

    def open(self, **wanted):
        from pi_coach.adapters.usb_camera import UsbCamera, usb_cameras  # noqa: PLC0415

        path = next(iter(usb_cameras(self.node.parent)), self.node)
        return UsbCamera(path, Wanted(**{"width_px": WIDTH, "height_px": HEIGHT, "fps": FPS, **wanted}), STALL_S, CLOCK)

    def break_it(self, how):
        if how in ("absent", "unplugged"):
            self.node.unlink()
        self.fault.write_text(how)

    def mend(self):
        self.node.touch()
        self.fault.unlink(missing_ok=True)


class JpegUsbRig(UsbRig):
    pixels = "MJPG"


class PicameraRig(CameraRig):
    """The real Picamera2 before libcamera's virtual camera, which falls silent after a while each time it is opened."""

    breaks = ("busy", "silent")

    def __init__(self, _):
        self._other = None

    def open(self):
        from pi_coach.adapters.camera import Camera  # noqa: PLC0415

        return Camera(Wanted(WIDTH, HEIGHT, FPS), STALL_S, CLOCK)

    def break_it(self, how):
        if how == "busy":
            self._other = self.open()

    def mend(self):
        if self._other is not None:
            self._other.close()
            self._other = None


RIGS = {
    "file": FileRig,
    "film-as-camera": FilmAsCameraRig,
    "fake": FakeRig,
    "usb-raw": UsbRig,
    "usb-jpeg": JpegUsbRig,
    "picamera2": PicameraRig,
}
