"""Two pose models behind one estimator: the usual one, and a lighter one that is loaded when it is first asked for."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pi_coach.core.errors import CoachError, StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.core.types import Frame, Pose
    from pi_coach.ports import PoseEstimator

log = logging.getLogger(__name__)

JOIN_S = 8.0
"""A model is loaded in half a second to a second here; on a Pi it may take some."""


class TwoModels:
    """A PoseEstimator that changes its model between two frames; whoever follows the athlete around it notices nothing.

    The lighter model is loaded in a thread while the usual one goes on, so that no frame waits for it. One that cannot
    be loaded is logged once, and the usual model goes on for good.
    """

    def __init__(self, usual: PoseEstimator, open_light: Callable[[], PoseEstimator]) -> None:
        self._usual = usual
        self._open_light = open_light
        self._light: PoseEstimator | None = None
        self._wanted = False
        self._thread: threading.Thread | None = None

    @property
    def uses_light(self) -> bool:
        """Whether the next frame goes to the lighter model."""
        return self._wanted and self._light is not None

    def use_light(self, wanted: bool) -> None:  # noqa: FBT001  its name says what is wanted
        """Ask for a model and return at once; the lighter one comes in as soon as it is loaded."""
        self._wanted = wanted
        if wanted and self._thread is None:
            self._thread = threading.Thread(target=self._load, name="light-model", daemon=True)
            self._thread.start()

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose, as the model in use sees it."""
        light = self._light
        return (light if self._wanted and light is not None else self._usual).find(frame)

    def close(self) -> None:
        """Free both models. Raises StuckThreadError where one is still being loaded after JOIN_S."""
        self._usual.close()
        if self._thread is not None:
            self._thread.join(timeout=JOIN_S)
            if self._thread.is_alive():
                raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s.")
        if self._light is not None:
            self._light.close()

    def _load(self) -> None:
        try:
            self._light = self._open_light()
        except CoachError as error:
            log.warning("the usual model goes on: %s", error)
        except Exception:
            log.exception("%s failed, the usual model goes on", threading.current_thread().name)
