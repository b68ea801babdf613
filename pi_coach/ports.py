"""What the coach needs from the world outside, worded by the one who needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pi_coach.core.signals.presses import Press

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pi_coach.core.signals.tones import Tone
    from pi_coach.core.step import Step
    from pi_coach.core.types import Frame, Pose


__all__ = ["Buttons", "FrameSource", "LiveCamera", "Output", "PoseEstimator", "Press", "Speaker", "Throttled"]


class FrameSource(Protocol):
    """A camera, a video file or a pose recording."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames in the order of their time until the source ends or is closed.

        Raises SourceError with one sentence where the source fails.
        """

    def close(self) -> None:
        """Stop; a running `frames` ends soon after. May be called from any thread."""


class Throttled(Protocol):
    """Something that can go slower."""

    def set_rate(self, fps: float) -> None:
        """Ask for another frame rate; takes effect within a few frames. Returns at once, from any thread."""


class LiveCamera(FrameSource, Throttled, Protocol):
    """A camera that is open."""

    @property
    def model(self) -> str:
        """Name it, as its maker does."""


class PoseEstimator(Protocol):
    """Finds the athlete in a picture."""

    def find(self, frame: Frame) -> Pose | None:
        """Return the athlete's pose, or None where nobody is seen. Frames must come in the order of their time."""

    def close(self) -> None:
        """Free the model."""


class Speaker(Protocol):
    """Says one sentence at a time, and sounds tones meanwhile."""

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said."""

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Start to say the sentence and return at once.

        While another is being said it waits, in place of any older one; an urgent one cuts what is being said.
        """

    def hush(self) -> None:
        """Stop what is being said, forget what waits, and return at once."""

    def tone(self, tone: Tone) -> None:
        """Sound a tone, over a sentence if one is being said, and return at once."""

    def close(self) -> None:
        """Let the sentence that is being said end, within a bound, and free the device."""


class Buttons(Protocol):
    """The button, or what stands in for it."""

    def presses(self) -> Iterable[Press]:
        """Return the presses since the last call, oldest first; never wait."""

    def held_on(self) -> bool:
        """Wait, within a bound, while the button is still held, and tell whether that asks to shut the computer down.

        For the end of a session: the press that ended it may go on.
        """

    def close(self) -> None:
        """Free the pins or the keyboard."""


class Output(Protocol):
    """Whatever shows or keeps what happened: lights, terminal, store."""

    def show(self, step: Step) -> None:
        """Take one frame's outcome; return at once."""

    def close(self) -> None:
        """Finish what was begun and free what was held."""
