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
    runtime_dir: Path | None = None
    """What lives no longer than the service; None where nobody gave such a place."""
    hub: str = ""
    """The address of a gym's book, where that is the one to show; empty: this machine's own."""

    @property
    def models_dir(self) -> Path:
        """Pose models."""
        return self.data_dir / "models"

    @property
    def book(self) -> Path:
        """The session book."""
        return self.data_dir / "sessions.db"

    @property
    def shown_book(self) -> Path | str:
        """The session book that the web page shows."""
        return self.hub or self.book

    @property
    def choices(self) -> Path:
        """What was chosen on the web page."""
        return self.data_dir / "choices.toml"

    @property
    def live_socket(self) -> Path:
        """Where a session can be followed."""
        return (self.runtime_dir or self.data_dir) / "live.sock"

    @property
    def pin(self) -> Path:
        """The PIN of the web page, hashed."""
        return self.data_dir / "pin.json"

    @property
    def doorkeeping(self) -> Path:
        """Who is logged in to the web page, and how often a wrong PIN was tried."""
        return self.data_dir / "logins.json"


def find_places(config: Path | None, data: Path | None) -> Places:
    """Return the places: as asked for, as the service manager says, or as the desktop has them."""
    from platformdirs import PlatformDirs  # noqa: PLC0415  only commands that touch the disk pay for it

    dirs = PlatformDirs("pi-coach", appauthor=False)
    state = os.environ.get("STATE_DIRECTORY")
    own = os.environ.get("CONFIGURATION_DIRECTORY")
    cache = os.environ.get("CACHE_DIRECTORY")
    # Whoever names another data folder means another coach.
    runtime = None if data else os.environ.get("RUNTIME_DIRECTORY")
    return Places(
        config or Path(own or dirs.user_config_dir),
        data or Path(state or dirs.user_data_dir),
        Path(cache or dirs.user_cache_dir),
        Path(runtime) if runtime else None,
    )


def write_whole(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a file, whole or not at all, for its owner's eyes only if it is private.

    Raises StoreError where the disk does not take it.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
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
