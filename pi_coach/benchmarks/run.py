"""What a run of the benchmark works with: the machine, the film, and how much is measured."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.types import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from pi_coach.assembly import Setting
    from pi_coach.clock import Clock

FPS = 30.0
FILM = Path(__file__).resolve().parents[2] / "fixtures" / "clips" / "wall_touch_faults_left.mp4"
"""What is measured where nobody names another film: five reps, four of them with faults."""
DRILL = "wall_touch"
"""What that film shows."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    blocks: int = 12
    frames: int = 15
    """Of each block; half a second, so that whatever else the machine does lies over several contenders."""
    rounds: int = 5
    """How often a program is started, a book copied, a page asked for."""
    plays: int = 3
    """How often the film is played as a whole."""
    played: int | None = None
    """Frames of the film that are played at most; None for all."""
    said: int = 40
    """Sentences for each figure of the voice."""
    rival_said: int = 10
    """pyttsx3 cannot be cut short, so each time lasts as long as its sentence."""
    loaded: bool = True
    """Whether the voice is measured on a loaded machine too."""
    active_s: float = 10.0
    empty_s: float = 8.0
    idle_s: float = 12.0
    """How long somebody trains, how long the empty place is looked at whole, and how long it is watched."""
    reps: int = 100
    """Stored one by one."""
    sessions: int = 1800
    """In the book that the web pages are read from: five years."""
    all_models: bool = True
    """Every model that is here, with one and with more threads, with and without the outline; else the chosen model."""


QUICK = Amount(
    blocks=5,
    frames=6,
    rounds=3,
    plays=1,
    played=330,
    said=5,
    rival_said=3,
    loaded=False,
    active_s=5.0,
    empty_s=4.0,
    idle_s=6.0,
    reps=15,
    sessions=120,
    all_models=False,
)
"""For a first look: under a minute on a machine that does nothing else."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    setting: Setting
    film: Path
    amount: Amount
    note: Callable[[str], None]
    """Takes down, as a sentence, what could not be measured and why."""

    @property
    def clock(self) -> Clock:
        """The clock of all measurements."""
        return self.setting.clock


def asked_film(film: Path | None) -> Path:
    """Return the film to measure on.

    Raises UsageError where none was named and the usual one is not here, SourceError where it is no film.
    """
    if film is None and not FILM.exists():
        raise UsageError("name a film of an athlete to measure on with --video FILE")
    asked = film or FILM
    in_memory(asked, 1)
    return asked


@dataclass(frozen=True, slots=True)
class Loop:
    """A film held in memory and played to and fro for ever, without the work of decoding it."""

    pictures: list[NDArray[np.uint8]]

    def block(self, number: int, frames: int) -> list[Frame]:
        """Return a stretch of it; stretches follow each other in time."""
        return [self._frame(seq) for seq in range(number * frames, (number + 1) * frames)]

    def _frame(self, seq: int) -> Frame:
        last = len(self.pictures) - 1
        place = seq % max(2 * last, 1)
        return Frame(seq, seq / FPS, self.pictures[min(place, 2 * last - place)])


def in_memory(film: Path, frames: int = 150) -> Loop:
    """Read the beginning of a film."""
    from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

    return Loop([frame.image for frame in islice(VideoFile(film).frames(), frames)])
