"""What was chosen on the web page, laid over the owner's files: few keys, and none can keep the coach from starting.

A key that is unknown, of the wrong kind or out of range is left out by itself, with a sentence; the others hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tomli_w

from pi_coach import config as configs
from pi_coach.core.errors import UsageError
from pi_coach.owner_files import names, overlaid, parse
from pi_coach.places import make_dir, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pi_coach.config import Config
    from pi_coach.places import Places

Tables = dict[str, Any]

ALLOWED: Mapping[str, frozenset[str]] = {
    "coach": frozenset({"athlete", "athletes", "button_drills"}),
    "speech": frozenset({"language", "volume"}),
    "tones": frozenset({"volume"}),
}
"""What may be chosen of coach.toml: nothing that a wrong hand could harm the machine with."""

TARGETS = "targets"
"""The table of drills, whose keys are those of a drill's plan."""

ALLOWED_TARGETS = frozenset({"sets", "reps"})


def load(places: Places) -> Config:
    """Read the owner's config with what was chosen over it. Raises UsageError for the owner's own mistakes only."""
    try:
        chosen = read(places.choices)
    except UsageError as error:
        return replace(configs.load(places.owner_dir), refused=(str(error),))
    if not chosen:
        return configs.load(places.owner_dir)
    try:
        return configs.load(places.owner_dir, _layer(places, chosen))
    except UsageError:
        return _one_by_one(places, chosen)


def read(path: Path) -> Tables:
    """Return what was chosen; empty where nothing was. Raises UsageError where the file is no TOML."""
    try:
        return parse(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} is not readable, so nothing of it holds: {error}") from error


def choose(places: Places, more: Tables) -> Config:
    """Keep some choices beside the earlier ones, and return the config with them.

    Raises UsageError, and keeps nothing, where one of them is not allowed.
    """
    try:
        known = read(places.choices)
    except UsageError:
        known = {}  # a file that cannot be read is replaced by one that can
    chosen = overlaid(known, more)
    for key, value in _leaves(more):
        configs.load(places.owner_dir, _layer(places, _tables(key, value)))
    make_dir(places.data_dir)
    write_whole(places.choices, tomli_w.dumps(chosen))
    return load(places)


def why(error: UsageError) -> str:
    """Return the reason without the file that the error blames: what is wrong was chosen elsewhere."""
    place, _, reason = str(error).partition(".toml: ")
    return reason or place


def _one_by_one(places: Places, chosen: Tables) -> Config:
    """Lay over what holds, key by key."""
    config, good, refused = configs.load(places.owner_dir), Tables(), []
    for key, value in _leaves(chosen):
        wider = overlaid(good, _tables(key, value))
        try:
            config, good = configs.load(places.owner_dir, _layer(places, wider)), wider
        except UsageError as error:
            refused.append(f"{places.choices}: {'.'.join(key)} is left out: {why(error)}.")
    return replace(config, refused=tuple(refused))


def _layer(places: Places, chosen: Tables) -> dict[str, Tables]:
    """Return what was chosen by the file that it is laid over. Raises UsageError for a key that may not be chosen."""
    layer: dict[str, Tables] = {}
    drills = [name.removesuffix(".toml") for name in names(places.owner_dir, "drills")]
    for key, value in _leaves(chosen):
        match key:
            case (section, name) if name in ALLOWED.get(section, ()):
                over = "coach.toml", {section: {name: value}}
            case ("targets", drill, name) if name in ALLOWED_TARGETS and drill in drills:
                over = f"drills/{drill}.toml", {"plan": {name: value}}
            case _:
                raise UsageError(f"{'.'.join(key)} cannot be chosen; what can is {', '.join(_choosable())}")
        layer[over[0]] = overlaid(layer.get(over[0], {}), over[1])
    return layer


def _choosable() -> Iterator[str]:
    for section, keys in ALLOWED.items():
        yield from (f"{section}.{name}" for name in sorted(keys))
    yield from (f"{TARGETS}.DRILL.{name}" for name in sorted(ALLOWED_TARGETS))


def _leaves(tables: Tables, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _tables(key: tuple[str, ...], value: object) -> Tables:
    """Return a value under its key, as nested tables."""
    name, *below = key
    return {name: _tables(tuple(below), value) if below else value}
