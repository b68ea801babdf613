"""The Pi's camera: the image processor makes the small RGB picture, and the newest one wins."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any

from pi_coach.adapters.camera_choice import PIXELS, Wanted, controls, frame_limits_us, shortfall, whole_view
from pi_coach.adapters.exposure import ShutterLimit
from pi_coach.adapters.shooting import Shooting
from pi_coach.core.errors import CameraLostError, CoachError, SourceError
from pi_coach.core.sight.upright import turned
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.clock import Clock

log = logging.getLogger(__name__)

BUFFERS = 4
"""One is filled, one is copied, and two are spare: more would only cost memory."""
WAKE_S = 0.5
"""The camera's thread looks this often whether it is to end."""
CLOCK_SLACK_S = 1.0
"""A picture's time is at most this far from the program's clock."""
ON_USB = "/usb"
"""In a camera's path: libcamera lists these as well, but its image processor does not serve them."""


class Camera:
    """Captures in its own thread; `frames` yields the newest frame and skips the older ones.

    Raises CameraLostError where there is no camera on the ribbon cable or it cannot be opened now, SourceError where
    it can never give the wanted picture.
    """

    def __init__(self, wanted: Wanted, stall_s: float, clock: Clock) -> None:
        self._picamera, self.model = _open(wanted)
        self._wanted = wanted
        self._clock = clock
        exposed_ms = wanted.longest_exposure_ms
        self._shutter = ShutterLimit(exposed_ms, self._picamera.camera_controls) if exposed_ms else None
        self._shooting = Shooting(self._shoot, stall_s, wanted.fps)
        self._told_fps = wanted.fps
        self._clock_checked = False

    @property
    def dropped(self) -> int:
        """How many frames of the sensor nobody was in time for."""
        return self._shooting.dropped

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate, at most the one it was opened with; may be called from any thread."""
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
        with contextlib.closing(self._picamera):
            if not self._shooting.stopping:
                self._picamera.start()
            while not self._shooting.stopping:
                self._keep_rate()
                try:
                    self._shooting.put(self._capture())
                except TimeoutError:
                    # Whoever takes the frames judges how long is too long. Left in picamera2's queue, this capture
                    # would swallow the next picture and its buffer, and on a dead camera stopping would wait behind it
                    # for ever.
                    self._picamera.cancel_all_and_flush()

    def _keep_rate(self) -> None:
        if self._shooting.fps != self._told_fps:
            self._told_fps = self._shooting.fps
            self._picamera.set_controls({"FrameDurationLimits": frame_limits_us(self._told_fps)})

    def _capture(self) -> Frame:
        with self._picamera.captured_request(wait=WAKE_S) as request:
            image = request.make_array("main")
            seen = request.get_metadata()
            buffer = next(iter(request.request.buffers.values()))
            t = seen["SensorTimestamp"] / 1e9
            seq = self._shooting.number(buffer.metadata.sequence)
        self._check_clock(t)
        exposure_us = None if self._shutter is None else self._shutter.after(seen)
        if exposure_us is not None:
            log.info("camera: exposure %s", f"held at {exposure_us} us" if exposure_us else "left to the camera")
            self._picamera.set_controls({"ExposureTime": exposure_us})
        return Frame(seq, t, turned(image, self._wanted.quarter_deg))

    def _check_clock(self, t: float) -> None:
        """Compare the sensor's clock with the system's, once. Raises SourceError where they differ."""
        if self._clock_checked:
            return
        self._clock_checked = True
        age_s = self._clock.now() - t
        if abs(age_s) > CLOCK_SLACK_S:
            raise SourceError(
                f"The camera's clock differs from the system's by {age_s:.1f} s: update the system and start again."
            )


def ribbon_cameras() -> list[dict[str, Any]]:
    """Return what libcamera says of each camera on a ribbon cable; nothing where its library is not installed."""
    try:
        picamera2, _ = _load()
    except SourceError:
        return []
    return _on_ribbon(picamera2)


def _on_ribbon(picamera2: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the library has no types
    return [camera for camera in picamera2.global_camera_info() if ON_USB not in camera["Id"]]


def _open(wanted: Wanted) -> tuple[Any, str]:
    """Return the first camera on a ribbon cable, configured as wanted, and its model."""
    picamera2, libcamera = _load()
    found = _on_ribbon(picamera2)
    if not found:
        raise CameraLostError(
            "No camera was found: switch the Pi off, push the ribbon cable in at both ends, and start again."
        )
    model = str(found[0].get("Model", found[0]["Id"]))
    with contextlib.ExitStack() as stack, _told_plainly(model):
        picamera = picamera2(found[0]["Num"])
        stack.callback(picamera.close)
        _configure(picamera, wanted, libcamera.Transform(hflip=wanted.flips[0], vflip=wanted.flips[1]))
        # libcamera changes what it cannot give, and says nothing.
        refusal = shortfall(picamera.camera_configuration(), wanted)
        if refusal is not None:
            raise SourceError(f"The camera {model} {refusal}")
        stack.pop_all()
    return picamera, model


def _load() -> tuple[Any, Any]:
    """Import picamera2 and libcamera: on a Pi they belong to the system, elsewhere there are none."""
    # It announces itself on standard error; its warnings are enough.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:WARN")
    try:
        import libcamera  # noqa: PLC0415  slow, and only a Pi has it
        from picamera2 import Picamera2  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SourceError(
            f"The camera needs {error.name}, which is not installed here: on a Pi `sudo apt install python3-picamera2`,"
            " elsewhere plug in a camera on USB, or take a video file with --source."
        ) from error
    except Exception as error:
        # Extension modules built for another numpy raise ValueError, a wrong libcamera ImportError or AttributeError.
        raise SourceError(
            f"picamera2 does not load ({error}): update the system and run `./deploy.sh update`."
        ) from error
    return Picamera2, libcamera


@contextlib.contextmanager
def _told_plainly(model: str) -> Iterator[None]:
    """Turn what picamera2 raises while it opens a camera into one sentence."""
    library = logging.getLogger("picamera2")
    level = library.level
    # It logs what it raises; the sentence below says it once.
    library.setLevel(logging.CRITICAL)
    try:
        yield
    except CoachError:
        raise
    except Exception as error:
        reason = str(error.__cause__ or error)
        if "busy" in reason:
            advice = "another program uses it, so stop that one first"
        else:
            advice = "check its cable and start again"
        raise CameraLostError(f"The camera {model} cannot be opened ({reason}): {advice}.") from error
    finally:
        library.setLevel(level)


def _configure(picamera: Any, wanted: Wanted, transform: Any) -> None:  # noqa: ANN401 - the library has no types
    mode = whole_view(picamera.sensor_modes, wanted)
    configuration = picamera.create_video_configuration(
        main={"format": PIXELS, "size": (wanted.width_px, wanted.height_px)},
        raw=None,
        sensor={"output_size": mode["size"], "bit_depth": mode["bit_depth"]} if mode else {},
        transform=transform,
        buffer_count=BUFFERS,
        controls=controls(picamera.camera_controls, wanted.fps),
        display=None,
        encode=None,
    )
    picamera.configure(configuration)
    given = picamera.camera_configuration()
    log.info("camera: picture %s, sensor %s, controls %s", given["main"], given["sensor"], given["controls"])
