"""The owner's choices: TOML files to frozen settings and drills; an unknown key refuses to start."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from pi_coach import owner_files
from pi_coach import wording as wordings
from pi_coach.core.errors import DrillError, UsageError
from pi_coach.core.reps.drill import Drill
from pi_coach.core.reps.fault import Fault
from pi_coach.core.sessions.coach import Assignment
from pi_coach.core.speaking.cue_rules import CuePolicy, CueRules
from pi_coach.owner_files import blame, overlaid
from pi_coach.settings import CHOICES, LIMITS, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cattrs import Converter

    from pi_coach.wording import Wording

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings and drills, and where they came from."""

    settings: Settings
    drills: Mapping[str, Drill]
    wording: Wording
    cues: CueRules
    """How much is said, and when."""
    owner_dir: Path = field(compare=False)
    refused: tuple[str, ...] = ()
    """What was chosen on the web page and cannot be had, a sentence each."""

    def drill(self, drill_id: str) -> Drill:
        """Return a drill by id; UsageError names the known ones."""
        if drill_id not in self.drills:
            raise UsageError(f"unknown drill {drill_id!r}; known drills: {', '.join(sorted(self.drills))}")
        return self.drills[drill_id]

    def assignment(self, drill_id: str, **more: Any) -> Assignment:  # noqa: ANN401  whatever an assignment takes
        """Return what the coach is asked to do with a drill, in the owner's language."""
        return Assignment(self.drill(drill_id), self.wording.phrases, policy=CuePolicy(self.cues), **more)


def load(owner_dir: Path, chosen: Mapping[str, dict[str, Any]] = MappingProxyType({})) -> Config:
    """Read the defaults and lay the owner's files over them, key by key, and then what was chosen, by file.

    Raises UsageError that names file, key and allowed values.
    """
    place = blame(owner_dir, "coach.toml")
    settings = _settings(overlaid(owner_files.read(owner_dir, "coach.toml"), chosen.get("coach.toml", {})), place)
    wording = wordings.read(owner_dir, settings.speech.language)
    settings = replace(settings, speech=replace(settings.speech, voice=settings.speech.voice or wording.voice))
    faults = overlaid(_worded(wording.faults), _tables(owner_dir, "faults.toml"))
    drills: dict[str, Drill] = {}
    for name in owner_files.names(owner_dir, "drills"):
        drill = _drill_file(owner_dir, name, wording, faults, chosen.get(f"drills/{name}", {}))
        drills[drill.id] = drill
    for wanted in (settings.coach.drill, *settings.coach.button_drills):
        if wanted not in drills:
            raise UsageError(f"{place}: unknown drill {wanted!r}; known drills: {', '.join(sorted(drills))}")
    cues = structured(owner_files.read(owner_dir, "coaching.toml"), CueRules, blame(owner_dir, "coaching.toml"))
    return Config(settings, drills, wording, cues, owner_dir)


def _drill_file(owner_dir: Path, name: str, wording: Wording, faults: dict[str, Any], chosen: dict[str, Any]) -> Drill:
    place = blame(owner_dir, f"drills/{name}")
    words = wording.drills.get(name.removesuffix(".toml"), {})
    said = overlaid(words, {"faults": _worded(words["faults"])}) if "faults" in words else words
    told = overlaid(owner_files.read(owner_dir, f"drills/{name}"), chosen)
    drill = _drill(overlaid(said, told), faults, place)
    if f"{drill.id}.toml" != name:
        raise DrillError(f"{place}: id is {drill.id!r}, so the file must be named {drill.id}.toml")
    return drill


def _tables(owner_dir: Path, name: str) -> dict[str, Any]:
    """Read a file that has nothing but tables. Raises UsageError."""
    found = owner_files.read(owner_dir, name)
    for key, value in found.items():
        if not isinstance(value, dict):
            raise UsageError(f"{blame(owner_dir, name)}: {key} must be a table such as [{key}]")
    return found


def _worded(faults: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Put what is said about each fault where a fault keeps it."""
    return {name: {"words": words} for name, words in faults.items()}


def _settings(raw: dict[str, Any], place: str) -> Settings:
    settings = structured(raw, Settings, place)
    for key, (low, high) in LIMITS.items():
        section, name = key.split(".")
        value = getattr(getattr(settings, section), name)
        if not low <= value <= high:
            raise UsageError(f"{place}: {key} is {value:g}; allowed are {low:g} to {high:g}")
    for key, words in CHOICES.items():
        section, name = key.split(".")
        word = getattr(getattr(settings, section), name)
        if word not in words:
            raise UsageError(f"{place}: {key} is {word!r}; allowed are {', '.join(map(str, words))}")
    return settings


def _drill(raw: dict[str, Any], faults: dict[str, Any], place: str) -> Drill:
    listed = raw.pop("faults", {})
    if not isinstance(listed, dict) or not all(isinstance(own, dict) for own in listed.values()):
        raise DrillError(f"{place}: faults must be tables such as [faults.squatting]")
    unknown = sorted(set(listed) - set(faults))
    if unknown:
        raise DrillError(f"{place}: unknown fault {unknown[0]!r}; known are {', '.join(sorted(faults))}")
    rules = tuple(
        structured({"id": name, **overlaid(faults[name], own)}, Fault, f"{place}: faults.{name}")
        for name, own in listed.items()
    )
    drill = structured({**raw, "faults": []}, Drill, place)
    try:
        return replace(drill, faults=rules)
    except DrillError as error:
        raise DrillError(f"{place}: {error}") from error


def structured(raw: dict[str, Any], kind: type[T], place: str) -> T:
    """Turn plain TOML into a frozen value; every key must be known and of the right type."""
    from cattrs import transform_error  # noqa: PLC0415  slow to import, and only commands with a config need it
    from cattrs.errors import BaseValidationError  # noqa: PLC0415

    try:
        return _converter().structure(raw, kind)
    except BaseValidationError as error:
        faults = transform_error(error, path="", format_exception=_complaint)
        # A misspelt key is also a missing one: the word that is there helps more than the one that is not.
        message, _, key = min(faults, key=lambda fault: not fault.startswith("unknown key")).rpartition(" @ ")
        raise DrillError(": ".join(part for part in (place, key.lstrip("."), message) if part)) from error


def _complaint(error: BaseException, kind: type | None) -> str:
    from cattrs.errors import ForbiddenExtraKeysError  # noqa: PLC0415

    if isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(part.name for part in fields(error.cl) if part.name != "id")
        return f"unknown key {', '.join(sorted(error.extra_fields))!r}; known keys: {known}"
    if isinstance(error, KeyError):
        return "the key is missing"
    return str(error) if isinstance(error, ValueError) else f"must be {TOML_NAMES.get(kind or dict, 'a table')}"


@functools.cache
def _converter() -> Converter:
    from cattrs import Converter  # noqa: PLC0415

    converter = Converter(forbid_extra_keys=True)
    for plain in TOML_NAMES:
        converter.register_structure_hook(plain, _strictly)
    usual: set[Any] = set()

    def lists(kind: Any) -> Callable[[Any, Any], Any]:  # noqa: ANN401  cattrs hands over any type
        usual.add(kind)
        structure = converter.get_structure_hook(kind, cache_result=False)
        usual.discard(kind)
        return lambda value, _: structure(_list(value), kind)

    converter.register_structure_hook_factory(lambda kind: _is_tuple(kind) and kind not in usual, lists)
    return converter


def _is_tuple(kind: Any) -> bool:  # noqa: ANN401  cattrs hands over any type
    origin: Any = get_origin(kind)
    return origin is tuple


def _list(value: object) -> list[Any]:
    """Take a list only: a text would do as a list of its letters."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list, not {value!r:.60}")  # noqa: TRY004  a TypeError is a mistake of ours
    return value


def _strictly(value: object, kind: type) -> object:
    """Take a value of the right type only: "12" is no number, and 1 is not true."""
    if issubclass(kind, StrEnum):
        return _one_of(value, kind)
    if kind is float and type(value) is int and abs(value) < LARGEST:
        return float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"must be {TOML_NAMES[kind]}, not {value!r:.60}")
    return value


def _one_of(value: object, kind: type[StrEnum]) -> StrEnum:
    for member in kind:
        if member.value == value:
            return member
    raise ValueError(f"{value!r} is not known; allowed are {', '.join(kind)}")


LARGEST = 1e300
"""Whole numbers in TOML have no bound, and Python's others have."""

TOML_NAMES: Mapping[type, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
