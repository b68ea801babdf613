"""TOML files: the defaults, with the owner's laid over them key by key."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pi_coach.core.errors import UsageError


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
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path}: not readable as TOML: {error}") from error
