"""BlazePose run by LiteRT on as many threads as wanted: from a picture to a pose."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_coach.adapters.blazepose import warp
from pi_coach.adapters.blazepose.follower import Follower
from pi_coach.adapters.pose_engine import SURE, Confidence, damaged, quiet, read_bundle, unloadable
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
                # Each wants its pixels in another range: from -1 to 1, and from 0 to 1.
                detect, look = Network(detector, count, 127.5, -1.0), Network(landmarks, count, 255.0, 0.0)
        except (ValueError, RuntimeError) as error:
            raise ModelError(damaged(model)) from error
        sure = {"detection": confidence.detection, "presence": confidence.presence}
        self._follower: Follower | None = Follower(detect, look, outline=outline, **sure)

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


class Network:
    """One network, ready to run."""

    def __init__(self, content: bytes, threads: int, divisor: float, offset: float) -> None:
        """Load it; a pixel of value v goes in as v / divisor + offset."""
        self._interpreter = _interpreter_class()(model_content=content, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.tensor(self._interpreter.get_input_details()[0]["index"])
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self._scale, self._offset = np.float32(1 / divisor), np.float32(offset)

    def run(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the outputs for a crop, in the network's own order, without the batch."""
        # Straight into the network's memory; no name may hold on to it while it runs.
        np.multiply(pixels, self._scale, out=self._input()[0])
        if self._offset:
            self._input()[0] += self._offset
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


def _interpreter_class() -> Any:  # noqa: ANN401 (the library has no types)
    try:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 (only those who look at pictures need it)
    except (ImportError, OSError) as error:
        raise ModelError(unloadable("LiteRT", error)) from error
    return Interpreter
