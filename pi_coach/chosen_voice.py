"""A voice that is changed between two sessions, where another language or volume was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pi_coach.adapters.speech import SpeechThread
    from pi_coach.core.signals.tones import Tone
    from pi_coach.settings import Settings


class ChosenVoice:
    """A Speaker around the one that speaks as was chosen; used by the loop alone."""

    def __init__(self, open_voice: Callable[[Settings], SpeechThread], settings: Settings) -> None:
        self._open_voice = open_voice
        self._voice = open_voice(settings)
        self._chosen = _heard(settings)

    def follow(self, settings: Settings, texts: Iterable[str]) -> None:
        """Speak as is chosen by now, and let what the coming session says be rendered ahead.

        Called between two sessions, when nothing is being said; opening a voice takes about a second.
        """
        if _heard(settings) != self._chosen:
            self._voice.close()
            self._voice, self._chosen = self._open_voice(settings), _heard(settings)
        self._voice.prepare(dict.fromkeys(texts))

    def where(self, timeout_s: float) -> str:
        """Return where the sound goes; waits until the sound device was looked for."""
        return self._voice.where(timeout_s)

    @property
    def speaking(self) -> bool:
        """Tell whether a sentence is being said."""
        return self._voice.speaking

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Start to say the sentence and return at once."""
        self._voice.say(text, urgent=urgent)

    def hush(self) -> None:
        """Stop what is being said."""
        self._voice.hush()

    def tone(self, tone: Tone) -> None:
        """Sound a tone."""
        self._voice.tone(tone)

    def close(self) -> None:
        """Let the last sentence end, and free the device."""
        self._voice.close()


def _heard(settings: Settings) -> tuple[object, float]:
    """Return all of the settings that can be heard."""
    return settings.speech, settings.tones.volume
