"""The Pi's camera: the image processor makes the small RGB picture, and the newest one wins."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from pi_coach.adapters.camera_choice import PIXELS, Wanted, controls, shortfall, whole_view
from pi_coach.core.errors import CoachError, SourceError, StuckThreadError
from pi_coach.core.types import Frame
from pi_coach.latest import LatestSlot, SlotClosedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.clock import Clock

log = logging.getLogger(__name__)

BUFFERS = 4
"""One is filled, one is copied, and two are spare: more would only cost memory."""
START_S = 8.0
"""A sensor may take this long to give its first picture."""
WAKE_S = 0.5
"""The camera's thread looks this often whether it is to end."""
JOIN_S = 4.0
"""A camera that has not ended this long after it was told to is stuck."""
CLOCK_SLACK_S = 1.0
"""A picture's time is at most this far from the program's clock."""


class Camera:
    """Captures in its own thread; `frames` yields the newest frame and skips the older ones.

    Raises SourceError where there is no camera, or it cannot be opened or give the wanted picture.
    """

    def __init__(self, wanted: Wanted, stall_s: float, clock: Clock) -> None:
        self._picamera, self.model = _open(wanted)
        self._stall_s = stall_s
        self._clock = clock
        self._slot: LatestSlot[Frame] = LatestSlot()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._first: int | None = None
        self._seq = -1
        self._missed = 0
        # A driver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._play, name="camera", daemon=True)

    @property
    def dropped(self) -> int:
        """How many frames of the sensor nobody was in time for."""
        return self._slot.dropped + self._missed

    def frames(self) -> Iterator[Frame]:
        """Start the camera and yield the newest frame; to be called once.

        Raises SourceError where the camera fails, and where no frame came for `stall_s`.
        """
        if self._thread.ident is None:
            self._thread.start()
        patience_s = max(START_S, self._stall_s)
        while True:
            try:
                frame = self._slot.take(patience_s)
            except TimeoutError:
                message = f"The camera stopped: no picture for {patience_s:g} s, so check its cable and start again."
                raise SourceError(message) from None
            except SlotClosedError:
                break
            patience_s = self._stall_s
            yield frame
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Let the camera go; `frames` ends soon after. Raises StuckThreadError if its driver does not end in time."""
        self._stop.set()
        self._slot.close()
        if self._thread.ident is None:
            # Only its thread touches an opened camera, so that a stuck driver is noticed here as well.
            self._thread.start()
        self._thread.join(timeout=JOIN_S)
        if self._thread.is_alive():
            raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s of being told to.")

    def _play(self) -> None:
        try:
            with contextlib.closing(self._picamera):
                self._capture_all()
        except CoachError as error:
            self._failure = error
        except Exception as error:
            log.exception("%s failed", self._thread.name)
            self._failure = SourceError(f"The camera failed ({error}): check its cable and start again.")
        finally:
            self._slot.close()

    def _capture_all(self) -> None:
        if not self._stop.is_set():
            self._picamera.start()
        while not self._stop.is_set():
            try:
                self._slot.put(self._capture())
            except TimeoutError:
                # Whoever takes the frames judges how long is too long. Left in picamera2's queue, this capture would
                # swallow the next picture and its buffer, and on a dead camera stopping would wait behind it for ever.
                self._picamera.cancel_all_and_flush()

    def _capture(self) -> Frame:
        with self._picamera.captured_request(wait=WAKE_S) as request:
            image = request.make_array("main")
            t = request.get_metadata()["SensorTimestamp"] / 1e9
            buffer = next(iter(request.request.buffers.values()))
            self._count(buffer.metadata.sequence, t)
        return Frame(self._seq, t, image)

    def _count(self, sequence: int, t: float) -> None:
        """Give the frame the sensor's number: what picamera2 itself was too late for counts as well."""
        if self._first is None:
            self._first = sequence
            _require_same_clock(self._clock.now() - t)
        # Not every driver numbers its buffers.
        seq = max(self._seq + 1, sequence - self._first)
        self._missed += seq - self._seq - 1
        self._seq = seq


def _require_same_clock(age_s: float) -> None:
    if abs(age_s) > CLOCK_SLACK_S:
        raise SourceError(
            f"The camera's clock differs from the system's by {age_s:.1f} s: update the system and start again."
        )


def _open(wanted: Wanted) -> tuple[Any, str]:
    """Return the first camera, configured as wanted, and its model."""
    picamera2, libcamera = _load()
    # Cameras on a ribbon cable come before those on USB.
    found = picamera2.global_camera_info()
    if not found:
        raise SourceError(
            "No camera was found: switch the Pi off, push the ribbon cable in at both ends, and start again."
        )
    model = str(found[0].get("Model", found[0]["Id"]))
    with contextlib.ExitStack() as stack, _told_plainly(model):
        picamera = picamera2()
        stack.callback(picamera.close)
        _configure(picamera, wanted, libcamera.Transform(hflip=wanted.hflip, vflip=wanted.vflip))
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
            " elsewhere take a video file with --source."
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
        raise SourceError(f"The camera {model} cannot be opened ({reason}): {advice}.") from error
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
