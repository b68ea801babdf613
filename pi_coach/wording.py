"""What the coach says, in one language: a file each in config/voice, English where a sentence is missing."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pi_coach import owner_files
from pi_coach.core.errors import UsageError
from pi_coach.core.phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ENGLISH = "en"
"""The language that has every sentence."""

Tables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's sentences."""

    language: str
    """As its speakers call it: "Deutsch"."""
    voice: str
    """The espeak-ng voice that speaks it."""
    phrases: Phrases
    drills: Mapping[str, Tables]
    """Name and set-up prompt by drill, and what is said otherwise there about a fault."""
    faults: Mapping[str, Tables]
    """What is said about each fault."""


def languages(owner_dir: Path) -> list[str]:
    """Return the languages there are: "en" and the like."""
    return [name.removesuffix(".toml") for name in owner_files.names(owner_dir, "voice")]


def read(owner_dir: Path, language: str) -> Wording:
    """Read a language; what it lacks is said in English. Raises UsageError that names file, key and what is allowed."""
    if language not in languages(owner_dir):
        place, allowed = owner_files.blame(owner_dir, "coach.toml"), ", ".join(languages(owner_dir))
        raise UsageError(f"{place}: speech.language is {language!r}; allowed are {allowed}")
    english = owner_files.read(owner_dir, f"voice/{ENGLISH}.toml")
    own = owner_files.read(owner_dir, f"voice/{language}.toml")
    place = owner_files.blame(owner_dir, f"voice/{language}.toml")
    standard = owner_files.default(f"voice/{ENGLISH}.toml")
    known = dict(sentences(standard))
    for tables, file in ((english, owner_files.blame(owner_dir, f"voice/{ENGLISH}.toml")), (own, place)):
        _check_shape(tables, standard, file)
        for key, text in sentences(tables):
            _check(key, text, known, file)
    tables = owner_files.overlaid(english, own)
    said = {key.removeprefix("say."): text for key, text in sentences(tables) if key.startswith("say.")}
    phrases = Phrases(said, tuple(tables["numbers"]))
    return Wording(tables["language"], tables["voice"], phrases, tables["drills"], tables["faults"])


def sentences(tables: Tables, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every sentence with its key: "say.framing.feet"."""
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from sentences(value, f"{prefix}{key}.")
        elif prefix:
            yield f"{prefix}{key}", value


def _check_shape(tables: Tables, standard: Tables, place: str) -> None:
    for key, value in tables.items():
        if key not in standard:
            raise UsageError(f"{place}: unknown key {key!r}; known keys: {', '.join(standard)}")
        if type(value) is not type(standard[key]):
            raise UsageError(f"{place}: {key} must be {_KINDS[type(standard[key])]}, not {value!r:.60}")
    if not all(isinstance(word, str) for word in tables.get("numbers", ())):
        raise UsageError(f"{place}: numbers must be a list of texts")
    drills = {f"drills.{name}": words for name, words in tables.get("drills", {}).items()}
    told = {key: words for key, words in drills.items() if isinstance(words, dict) and "faults" in words}
    worded = {f"{key}.faults": words["faults"] for key, words in told.items()}
    faults = [("faults", tables.get("faults", {})), *worded.items()]
    each = {f"{key}.{name}": words for key, found in faults if isinstance(found, dict) for name, words in found.items()}
    for key, words in (drills | worded | each).items():
        if not isinstance(words, dict):
            raise UsageError(f"{place}: {key} must be a table such as [{key}]")


_KINDS: Mapping[type, str] = MappingProxyType({str: "a text", list: "a list", dict: "a table"})


def _check(key: str, text: object, english: Mapping[str, object], place: str) -> None:
    if not isinstance(text, str):
        raise UsageError(f"{place}: {key} must be a text, not {text!r}")
    if not key.startswith("say."):
        return
    if key not in english:
        raise UsageError(f"{place}: unknown sentence {key!r}; known are those of voice/{ENGLISH}.toml")
    unknown = _blanks(text, place, key) - _blanks(str(english[key]), place, key)
    if unknown:
        raise UsageError(f"{place}: {key} has {{{min(unknown)}}}, which is not filled in: English has {english[key]!r}")


def _blanks(text: str, place: str, key: str) -> set[str]:
    try:
        parts = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise UsageError(f"{place}: {key} is not a sentence with {{blanks}}: {error}") from error
    # "{count:s}" and "{count!z}" would only fail when they are said.
    return {str(name) + (f":{form}" if form else "") + (f"!{how}" if how else "") for _, name, form, how in parts}
