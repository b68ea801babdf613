"""The sentences that belong to no drill and no fault, in one language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Phrases:
    """Looks sentences up and fills them in."""

    sentences: Mapping[str, str] = field(default_factory=dict)
    """By group and name: "framing.feet"."""
    numbers: tuple[str, ...] = ()
    """As spoken at the beginning of a sentence, from nought."""

    def say(self, key: str, **values: object) -> str:
        """Return a sentence, filled in; KeyError for an unknown one."""
        return self.sentences[key].format(**values)

    def number(self, count: int) -> str:
        """Return a count as it is spoken at the beginning of a sentence."""
        return self.numbers[count] if 0 <= count < len(self.numbers) else str(count)

    def group(self, name: str) -> tuple[str, ...]:
        """Return the sentences of a group that need no filling in, for rendering ahead."""
        found = (text for key, text in self.sentences.items() if key.startswith(f"{name}."))
        return tuple(text for text in found if "{" not in text)
