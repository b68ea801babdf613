"""Notices that the camera sends pictures and nothing can be seen in them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pi_coach.core.sight.darkness import is_black

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.core.types import Frame
    from pi_coach.ports import FrameSource

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
"""How often a picture is looked at."""
DARK_S = 3.0
"""Black for this long, it is told: a light that flickers, or a hand before the lens, is no trouble."""
DARK = "The picture is black: switch on the light, or uncover the lens."


class DarkWatch:
    """A FrameSource around the camera that tells when it has seen nothing but black for a while."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.trouble: str | None = None
        """What is wrong, one sentence; None while something can be seen, and while there is no picture."""

    def frames(self) -> Iterator[Frame]:
        """Yield the camera's frames, the black ones too."""
        looked_s = float("-inf")
        since_s: float | None = None
        for frame in self._source.frames():
            if frame.t - looked_s >= LOOK_EVERY_S:
                looked_s = frame.t
                black = not frame.blind and is_black(frame.image)
                since_s = (frame.t if since_s is None else since_s) if black else None
                self._tell(DARK if since_s is not None and frame.t - since_s >= DARK_S else None)
            yield frame

    def close(self) -> None:
        """Stop the camera."""
        self._source.close()

    def _tell(self, trouble: str | None) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            log.warning("%s", trouble or "The picture is bright again.")
