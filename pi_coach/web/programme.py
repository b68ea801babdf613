"""The programme's rules, read again only where the owner's file has changed: pages ask for them at every turn."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from pi_coach import owner_files
from pi_coach.config import structured
from pi_coach.core.planning.rules import Rules

if TYPE_CHECKING:
    from pathlib import Path

NAME = "programme.toml"


def rules(owner_dir: Path) -> Rules:
    """Return the rules. Raises DrillError that names file and key."""
    try:
        status = (owner_dir / NAME).stat()
    except OSError:
        return _read(owner_dir, None)
    return _read(owner_dir, (status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=4)
def _read(owner_dir: Path, stamp: tuple[int, int] | None) -> Rules:  # noqa: ARG001 - another stamp reads anew
    return structured(owner_files.read(owner_dir, NAME), Rules, owner_files.blame(owner_dir, NAME))
