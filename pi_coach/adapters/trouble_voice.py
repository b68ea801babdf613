"""Says once that something does not work, and once that it works again; coaching goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.events import Stage, StageEntered

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.core.step import Step
    from pi_coach.ports import Speaker


class TroubleVoice:
    """An Output that watches one thing, the session book or the camera."""

    def __init__(
        self, trouble: Callable[[], str | None], speaker: Speaker, broken: str, mended: str, *, after_hours: bool = True
    ) -> None:
        """`trouble` tells what is wrong, None for nothing; the two sentences are said when that changes.

        Without `after_hours` nothing is said once a session is over: who switches off the light then knows it.
        """
        self._trouble = trouble
        self._after_hours = after_hours
        self._over = False
        self._speaker = speaker
        self._broken = broken
        self._mended = mended
        self._told = False

    def show(self, step: Step) -> None:
        """Look whether it has changed, and say so in a pause."""
        for event in step.events:
            if isinstance(event, StageEntered):
                self._over = event.stage is Stage.DONE
        trouble = self._trouble() is not None
        if self._over and not self._after_hours:
            self._told = trouble
        if trouble is not self._told and step.cue is None and not self._speaker.speaking:
            self._told = trouble
            self._speaker.say(self._broken if trouble else self._mended)

    def close(self) -> None:
        """Leave the voice to its owner."""
