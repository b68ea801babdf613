"""What the coach needs from the world outside, worded by the one who needs it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose


class FrameSource(Protocol):
    """A camera, a video file or a pose recording."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames in the order of their time until the source ends or is closed.

        Raises SourceError with one sentence where the source fails.
        """

    def close(self) -> None:
        """Stop; a running `frames` ends soon after."""


class PoseEstimator(Protocol):
    """Finds the athlete in a picture."""

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose, or None where nobody is seen. Frames must come in the order of their time."""

    def close(self) -> None:
        """Free the model."""


class Speaker(Protocol):
    """Says one sentence at a time."""

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said."""

    def say(self, text: str) -> None:
        """Start to say the sentence and return at once."""

    def close(self) -> None:
        """Let the sentence that is being said end, within a bound, and free the device."""


class Press(StrEnum):
    """What the button asks for."""

    NEXT = "next"
    """A short press: the next drill."""
    END = "end"
    """A long press: end the session and hear the summary."""


class Buttons(Protocol):
    """The button, or what stands in for it."""

    def presses(self) -> Iterable[Press]:
        """Return the presses since the last call, oldest first; never wait."""

    def close(self) -> None:
        """Free the pins or the keyboard."""


class Output(Protocol):
    """Whatever shows or keeps what happened: lights, terminal, store."""

    def show(self, step: Step) -> None:
        """Take one frame's outcome; return at once."""

    def close(self) -> None:
        """Finish what was begun and free what was held."""
