"""BlazePose run by MediaPipe: a picture to the athlete's pose."""

from __future__ import annotations

import functools
import logging
import os
import platform
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.core.errors import ModelError
from pi_coach.core.silhouette import outline as outline_of
from pi_coach.core.types import LANDMARKS, Pose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pi_coach.core.types import Frame, Silhouette

log = logging.getLogger(__name__)

PROXY_TO_NOWHERE = {"https_proxy": "blocked://", "no_proxy": "localhost"}
"""libcurl refuses this scheme before it looks up a name or opens a socket."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model must be, 0 to 1."""

    detection: float = 0.5
    """That there is a person, where none was followed before."""
    presence: float = 0.5
    """That the person who is followed is still there."""
    tracking: float = 0.5
    """That the points of the last picture still lead to the person."""


class MediaPipePose:
    """A PoseEstimator on one CPU core that follows one person from picture to picture."""

    def __init__(self, model: Path, *, outline: bool, confidence: Confidence | None = None) -> None:
        """Load the `.task` bundle; with `outline` every pose has its silhouette, for about 1 ms more.

        Raises ModelError where the bundle, MediaPipe or this machine's processor will not do.
        """
        _check_processor(Path("/proc/cpuinfo"))
        _check_bundle(model)
        _keep_statistics_at_home()
        with _quiet():
            self._mediapipe = _import_mediapipe()
            _say_first_words(model)
            self._landmarker = _landmarker(model, confidence or Confidence(), outline=outline)
        self._last_ms = -1
        self._shift_ms = 0

    def find(self, frame: Frame) -> Pose | None:
        """Return the pose of the person who is followed, or of whom the model notices first; None for nobody."""
        mp = self._mediapipe
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image))
        result = self._landmarker.detect_for_video(image, self._stamp_ms(frame.t))
        if not result.pose_landmarks:
            return None
        height, width = frame.image.shape[:2]
        pose = _pose(result.pose_landmarks[0], frame.t, width / height)
        if result.segmentation_masks is None:
            return pose
        return replace(pose, silhouette=_silhouette(result.segmentation_masks[0], pose))

    def close(self) -> None:
        """Free the model; more than once does no harm."""
        self._landmarker.close()

    def _stamp_ms(self, t: float) -> int:
        """Return the frame's time in milliseconds, strictly rising: MediaPipe refuses any other."""
        stamp = round(t * 1000) + self._shift_ms
        if stamp <= self._last_ms:
            # A source that began again goes on right after the last picture, at its own pace.
            self._shift_ms += self._last_ms + 1 - stamp
            stamp = self._last_ms + 1
        self._last_ms = stamp
        return stamp


def _pose(landmarks: list[Any], t: float, aspect: float) -> Pose:
    flat = (value for mark in landmarks for value in (mark.x, mark.y, mark.visibility))
    table = np.fromiter(flat, np.float32, 3 * LANDMARKS).reshape(LANDMARKS, 3)
    points = table[:, :2] * np.array((aspect, 1.0), np.float32)
    return Pose(t=t, points=points, visibility=table[:, 2].copy(), aspect=aspect)


def _silhouette(mask: Any, pose: Pose) -> Silhouette:  # noqa: ANN401
    shares: NDArray[np.float32] = mask.numpy_view()[..., 0]
    return outline_of(shares, pose.points, pose.aspect)


def _import_mediapipe() -> Any:  # noqa: ANN401
    """Return the library; it takes more than a second, so nothing but a coach that looks pays for it."""
    try:
        import mediapipe as mp  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(f"MediaPipe cannot be loaded ({error}): install pi-coach[mediapipe].") from error
    return mp


def _landmarker(model: Path, confidence: Confidence, *, outline: bool) -> Any:  # noqa: ANN401
    from mediapipe.tasks.python import BaseOptions, vision  # noqa: PLC0415

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        min_pose_detection_confidence=confidence.detection,
        min_pose_presence_confidence=confidence.presence,
        min_tracking_confidence=confidence.tracking,
        output_segmentation_masks=outline,
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(f"The pose model {model} is damaged ({error}): fetch it again with pi-coach models.") from error


@functools.cache
def _say_first_words(model: Path) -> None:
    """Let MediaPipe write what it writes once a process when it first finds a pose: here in anything, at no confidence."""
    landmarker = _landmarker(model, Confidence(0.0, 0.0, 0.0), outline=False)
    from mediapipe import Image, ImageFormat
    landmarker.detect_for_video(Image(image_format=ImageFormat.SRGB, data=np.zeros((64, 64, 3), np.uint8)), 0)
    landmarker.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Lead the process's standard error into the debug log: MediaPipe writes to it from C++ and cannot be told not to."""
    with tempfile.TemporaryFile() as heard:
        kept = os.dup(2)
        os.dup2(heard.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            heard.seek(0)
            for line in heard.read().decode(errors="replace").splitlines():
                log.debug("mediapipe: %s", line)


def _keep_statistics_at_home() -> None:
    for name, value in PROXY_TO_NOWHERE.items():
        os.putenv(name, value)


def _check_processor(cpuinfo: Path) -> None:
    return


def _check_bundle(model: Path) -> None:
    return
