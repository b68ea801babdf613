"""Opens the pose engine that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pi_coach.ports import PoseEstimator
    from pi_coach.settings import PoseSettings


def pose_engine(pose: PoseSettings, model: Path, *, outline: bool, sure: bool = True) -> PoseEstimator:
    """Load the model into the engine; one that is not `sure` sees somebody everywhere, which shows its speed.

    Raises ModelError where the model, the engine's library or this machine's processor does not serve.
    """
    from pi_coach.adapters.pose_engine import SURE, UNSURE  # noqa: PLC0415

    confidence = SURE if sure else UNSURE
    if pose.backend == "litert":
        from pi_coach.adapters.litert_pose import LiteRTPose  # noqa: PLC0415

        return LiteRTPose(model, outline=outline, confidence=confidence, threads=pose.threads)
    from pi_coach.adapters.mediapipe_pose import MediaPipePose  # noqa: PLC0415

    return MediaPipePose(model, outline=outline, confidence=confidence)
