"""Tones for what just happened, as an output of the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.signals import tones

if TYPE_CHECKING:
    from pi_coach.core.signals.tones import ToneSettings
    from pi_coach.core.step import Step
    from pi_coach.ports import Speaker


class ToneOutput:
    """Lets the speaker sound the tones of each frame; the metronome is silent while it speaks."""

    def __init__(self, speaker: Speaker, settings: ToneSettings) -> None:
        self._speaker = speaker
        self._settings = settings
        self._state = tones.ToneState()

    def show(self, step: Step) -> None:
        """Sound what this frame asks for, and return at once."""
        self._state, wanted = tones.after(self._state, step, self._settings)
        for tone in wanted:
            if tone not in tones.METRONOME or not self._speaker.speaking:
                self._speaker.tone(tone)

    def close(self) -> None:
        """Leave the speaker to its owner."""
