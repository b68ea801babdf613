"""TOML files: the defaults, with the owner's laid over them key by key."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pi_coach.core.errors import UsageError

LARGEST_BYTES = 200_000
"""The longest file of ours has 12,000."""
MOST_DOTS = 60
"""In a line: Python takes a time with the square of a key's parts to read it, and minutes for one of 50,000."""
DEEPEST = 30
"""Tables and lists within each other; ours go four deep."""


def defaults_dir() -> Path:
    """Return where the default config lies: inside an installed package, or beside it in a checkout."""
    packaged = Path(str(files("pi_coach"))) / "defaults"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "config"


def read(owner_dir: Path, name: str) -> dict[str, Any]:
    """Return one file's tables, the owner's keys laid over the defaults; empty where neither has it.

    Raises UsageError that names the file where it is no TOML.
    """
    return overlaid(default(name), _read(owner_dir / name))


def default(name: str) -> dict[str, Any]:
    """Return one default file's tables; empty where there is none."""
    return _read(defaults_dir() / name)


def overlaid(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of `base` with those of `own` laid over them; anything but a table is replaced whole."""
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = overlaid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def blame(owner_dir: Path, name: str) -> str:
    """Name the file that an owner would look at: their own if there is one."""
    own = owner_dir / name
    return str(own) if own.exists() else str(defaults_dir() / name)


def names(owner_dir: Path, folder: str) -> list[str]:
    """Return the names of the TOML files that a folder has, the owner's and the defaults' together, in order."""
    return sorted({path.name for place in (defaults_dir(), owner_dir) for path in (place / folder).glob("*.toml")})


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return parse(path)
    except (ValueError, OSError) as error:
        raise UsageError(f"{path}: not readable as TOML: {error}") from error


def parse(path: Path) -> dict[str, Any]:
    """Return a TOML file's tables, within a second whatever is in it. Raises ValueError, OSError."""
    # A pipe or a device would be read for ever.
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    with path.open("rb") as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"it has more than {LARGEST_BYTES:,} bytes")
    for number, line in enumerate(content.splitlines(), start=1):
        if line.count(b".") > MOST_DOTS:
            raise ValueError(f"line {number} has more than {MOST_DOTS} dots")
    try:
        tables = tomllib.loads(content.decode())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _check_depth(tables)
    return tables


def _check_depth(tables: dict[str, Any]) -> None:
    level: list[Any] = [tables]
    for _ in range(DEEPEST):
        lists = [one for one in level if isinstance(one, list)]
        dicts = [one for one in level if isinstance(one, dict)]
        level = [value for one in dicts for value in one.values()] + [value for one in lists for value in one]
    if level:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
