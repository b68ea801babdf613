"""Where things lie on this machine, and how a file is put there whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pi_coach.core.errors import StoreError


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie on this machine."""

    owner_dir: Path
    """The owner's own config."""
    data_dir: Path
    """Sessions and models: what must not be lost."""
    cache_dir: Path
    """Rendered sentences: what can be made again."""

    @property
    def models_dir(self) -> Path:
        """Pose models."""
        return self.data_dir / "models"

    @property
    def book(self) -> Path:
        """The session book."""
        return self.data_dir / "sessions.db"


def find_places(config: Path | None, data: Path | None) -> Places:
    """Return the places: as asked for, as the service manager says, or as the desktop has them."""
    from platformdirs import PlatformDirs  # noqa: PLC0415  only commands that touch the disk pay for it

    dirs = PlatformDirs("pi-coach", appauthor=False)
    state = os.environ.get("STATE_DIRECTORY")
    own = os.environ.get("CONFIGURATION_DIRECTORY")
    cache = os.environ.get("CACHE_DIRECTORY")
    return Places(
        config or Path(own or dirs.user_config_dir),
        data or Path(state or dirs.user_data_dir),
        Path(cache or dirs.user_cache_dir),
    )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, whole or not at all; StoreError where the disk does not take it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written ({error.strerror}): name another place.") from error


def make_dir(path: Path) -> Path:
    """Make a folder of ours; StoreError where the disk does not allow it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be made ({error.strerror}): name another folder with --data.") from error
    return path
