"""One entry in the session book for each session, however many the coach leads in a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import Stage, StageEntered

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.adapters.book.rows import Calibration
    from pi_coach.adapters.book.writer import SessionWriter
    from pi_coach.core.step import Step

CLOSE_S = 20.0
"""An entry is closed this long after its session ended: by then the last sentence was said."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is left of an entry once it is closed: a coach that runs for months keeps no more of each session."""

    session_id: int
    unsaved: int
    """Rows that the disk did not take."""
    trouble: str | None
    """Why not."""


class Logbook:
    """An Output that opens the book for each session and closes it behind."""

    def __init__(self, open_book: Callable[[], SessionWriter]) -> None:
        """Open the book for the first session; raises what opening raises."""
        self._open_book = open_book
        self._writer: SessionWriter | None = open_book()
        self._ended_s: float | None = None
        self.written: list[Written] = []
        """Every session that is over, oldest first."""

    @property
    def trouble(self) -> str | None:
        """What keeps the session from being saved, as a sentence; None while all is well."""
        return None if self._writer is None else self._writer.trouble

    @property
    def waiting(self) -> int:
        """How many rows wait for the disk."""
        return 0 if self._writer is None else self._writer.waiting

    @property
    def attempts(self) -> int:
        """How often writing was tried to an end, well or badly; each session counts anew."""
        return 0 if self._writer is None else self._writer.attempts

    def show(self, step: Step) -> None:
        """Keep what happened in a frame."""
        for event in step.events:
            if isinstance(event, StageEntered):
                self._follow(event)
        if self._writer is not None:
            self._writer.show(step)
        if self._ended_s is not None and step.t - self._ended_s >= CLOSE_S:
            self.close()

    def save_calibration(self, calibration: Calibration) -> None:
        """Keep a calibration that was made during the session."""
        if self._writer is not None:
            self._writer.save_calibration(calibration)

    def close(self) -> None:
        """Close the session that is under way."""
        writer, self._writer, self._ended_s = self._writer, None, None
        if writer is not None:
            writer.close()
            self.written.append(Written(writer.session_id, writer.unsaved, writer.trouble))

    def _follow(self, event: StageEntered) -> None:
        if event.stage is Stage.GREETING:
            if self._ended_s is not None:
                self.close()
            if self._writer is None:
                self._writer = self._open_book()
        self._ended_s = event.t if event.stage is Stage.DONE else None
