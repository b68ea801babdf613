"""BlazePose run by LiteRT on as many threads as wanted: from a picture to a pose."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from pi_coach.adapters.blazepose import warp
from pi_coach.adapters.blazepose.follower import Follower, Networks
from pi_coach.adapters.blazepose.mask import TILE_SIDES
from pi_coach.adapters.litert_library import interpreter_class
from pi_coach.adapters.litert_parts import taken_apart
from pi_coach.adapters.pose_engine import SURE, Confidence, damaged, quiet, read_bundle
from pi_coach.core.errors import ModelError
from pi_coach.core.sight.outlined import outlined
from pi_coach.core.types import Pose

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pi_coach.core.types import Frame

MOST_THREADS = 4
"""More do not help networks this small, and a Raspberry Pi has no more cores."""


class LiteRTPose:
    """A PoseEstimator that follows one person from picture to picture."""

    def __init__(self, model: Path, *, outline: bool, confidence: Confidence = SURE, threads: int = 0) -> None:
        """Load the bundle; with `outline` every pose has its silhouette. 0 threads are as many as the machine has.

        Raises ModelError where the bundle or the library does not serve.
        """
        detector, landmarks = read_bundle(model)
        warp.opencv()
        count = threads or usual_threads()
        try:
            with quiet():
                networks = _networks(detector, landmarks, count, outline=outline)
        except (ValueError, RuntimeError) as error:
            raise ModelError(damaged(model)) from error
        sure = {"detection": confidence.detection, "presence": confidence.presence}
        self._follower: Follower | None = Follower(networks, **sure)

    def find(self, frame: Frame) -> Pose | None:
        """Return the pose of the person who is followed, else of the one whom the model notices; None for nobody."""
        if self._follower is None:
            raise ModelError("The pose engine was closed: open it anew.")
        seen = self._follower.follow(frame)
        if seen is None:
            return None
        rows, columns, _ = frame.image.shape
        points, visibility = (np.asarray(part, np.float32) for part in (seen.points_px / rows, seen.visibility))
        pose = Pose(frame.t, points, visibility, columns / rows)
        return pose if seen.mask is None else outlined(pose, seen.mask)

    def close(self) -> None:
        """Free the model; a second time does nothing."""
        self._follower = None


def usual_threads() -> int:
    """Return how many threads are used where no number is set."""
    return min(len(os.sched_getaffinity(0)), MOST_THREADS)


def _networks(detector: bytes, landmarks: bytes, threads: int, *, outline: bool) -> Networks:
    # The library looks through the file's form; what takes it apart does not.
    interpreter_class()(model_content=landmarks)
    parts = taken_apart(landmarks, TILE_SIDES if outline else None)
    paint = None if parts.paint is None else Network(parts.paint, threads)
    # Each wants its pixels in another range: from -1 to 1, and from 0 to 1.
    return Networks(Network(detector, threads, 127.5, -1.0), Network(parts.look, threads, 255.0), paint)


class Network:
    """One network, ready to run."""

    def __init__(self, content: bytes, threads: int, divisor: float = 1.0, offset: float = 0.0) -> None:
        """Load it; a pixel of value v goes in as v / divisor + offset."""
        self._interpreter = interpreter_class()(model_content=content, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.tensor(self._interpreter.get_input_details()[0]["index"])
        self._outputs = [self._interpreter.tensor(output["index"]) for output in self._interpreter.get_output_details()]
        self._scale, self._offset = np.float32(1 / divisor), np.float32(offset)

    def run(self, given: NDArray[np.uint8] | NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for a crop or for features, in the network's own order, without the batch.

        Input and outputs are the network's own memory: no name may hold on to them when it runs again.
        """
        np.multiply(given, self._scale, out=self._input()[0])
        if self._offset:
            self._input()[0] += self._offset
        self._interpreter.invoke()
        return [output()[0] for output in self._outputs]
