"""BlazePose run by MediaPipe: from a picture to a pose."""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.pose_engine import SURE, UNSURE, Confidence, damaged, quiet, read_bundle, unloadable
from pi_coach.core.errors import ModelError
from pi_coach.core.sight.outlined import outlined
from pi_coach.core.types import LANDMARKS, Pose

if TYPE_CHECKING:
    from pi_coach.core.types import Frame

CPUINFO = Path("/proc/cpuinfo")
NO_WAY_OUT = {"https_proxy": "none://", "no_proxy": "localhost"}
"""A proxy that libcurl refuses before it looks up a name or opens a socket, and for which there are no exceptions."""


class MediaPipePose:
    """A PoseEstimator that follows one person from picture to picture; it keeps about one core busy."""

    def __init__(self, model: Path, *, outline: bool, confidence: Confidence = SURE) -> None:
        """Load the bundle; with `outline` every pose has its silhouette, for about a millisecond more a frame.

        Raises ModelError where the bundle, the library or this machine's processor does not serve.
        """
        check_processor(platform.machine(), CPUINFO)
        read_bundle(model)
        _keep_statistics_here()
        with quiet():
            self._mediapipe = _library()
            _say_first_words(model)
            self._landmarker = _landmarker(model, confidence, outline=outline)
        self._last_ms = -1
        self._ahead_ms = 0

    def find(self, frame: Frame) -> Pose | None:
        """Return the pose of the person who is followed, else of the one whom the model notices; None for nobody."""
        result = self.detect(frame)
        if not result.pose_landmarks:
            return None
        rows, columns, _ = frame.image.shape
        pose = _pose(result.pose_landmarks[0], frame.t, columns / rows)
        if not result.segmentation_masks:
            return pose
        return outlined(pose, result.segmentation_masks[0].numpy_view()[..., 0])

    def detect(self, frame: Frame) -> Any:  # noqa: ANN401 (the library has no types)
        """Return what MediaPipe itself says of the frame: landmarks, and masks where outlines are asked for."""
        library = self._mediapipe
        picture = library.Image(image_format=library.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image))
        return self._landmarker.detect_for_video(picture, self._stamp_ms(frame.t))

    def close(self) -> None:
        """Free the model; a second time does nothing."""
        self._landmarker.close()

    def _stamp_ms(self, t: float) -> int:
        """Return the frame's time in milliseconds; it always rises, for the library refuses what does not."""
        stamp = round(t * 1000) + self._ahead_ms
        late = self._last_ms + 1 - stamp
        if late > 0:
            # A source that began anew goes on where the last one ended, and at its own pace.
            self._ahead_ms += late
            stamp += late
        self._last_ms = stamp
        return stamp


def check_processor(machine: str, cpuinfo: Path) -> None:
    """Raise ModelError on an ARM processor that lacks the instructions the library was built for.

    There the library ends the whole process at the first picture; importing it works, so nothing else tells.
    """
    if machine != "aarch64" or not cpuinfo.exists() or "atomics" in cpuinfo.read_text(encoding="utf-8").split():
        return
    raise ModelError("MediaPipe cannot run on this processor, it is older than ARMv8.1: use a Raspberry Pi 5 or newer.")


def _keep_statistics_here() -> None:
    """Stop MediaPipe from reporting its use to Google: it posts to play.googleapis.com, and has no switch for it.

    Only the C library sees these variables, and what this process starts; `os.environ` stays as it was.
    """
    for name, value in NO_WAY_OUT.items():
        os.putenv(name, value)


def _library() -> Any:  # noqa: ANN401 (the library has no types)
    """Return MediaPipe; its import takes more than a second, so only those who look at pictures pay for it."""
    try:
        import mediapipe  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise ModelError(unloadable("MediaPipe", error)) from error
    return mediapipe


@functools.cache
def _say_first_words(model: Path) -> None:
    """Provoke what MediaPipe writes once a process, at the first pose: one that is sure of nothing sees it anywhere."""
    library = _library()
    landmarker = _landmarker(model, UNSURE, outline=False)
    black = np.zeros((64, 64, 3), np.uint8)
    landmarker.detect_for_video(library.Image(image_format=library.ImageFormat.SRGB, data=black), 0)
    landmarker.close()


def _landmarker(model: Path, confidence: Confidence, *, outline: bool) -> Any:  # noqa: ANN401 (as above)
    from mediapipe.tasks.python import BaseOptions, vision  # noqa: PLC0415 (takes more than a second)

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
        min_pose_detection_confidence=confidence.detection,
        min_pose_presence_confidence=confidence.presence,
        output_segmentation_masks=outline,
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(damaged(model)) from error


def _pose(landmarks: list[Any], t: float, aspect: float) -> Pose:
    values = (value for mark in landmarks for value in (mark.x * aspect, mark.y, mark.visibility))
    table = np.fromiter(values, np.float32, 3 * LANDMARKS).reshape(LANDMARKS, 3)
    return Pose(t=t, points=table[:, :2], visibility=table[:, 2], aspect=aspect)
