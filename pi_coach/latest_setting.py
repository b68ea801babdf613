"""The setting as the owner's choices have it by now, without a restart."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach import choices
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pi_coach.assembly import Setting

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int] | None, ...]


class LatestSetting:
    """Reads the config again where coach.toml or what was chosen has changed; one that cannot be read changes nothing.

    May be asked from several threads.
    """

    def __init__(self, setting: Setting) -> None:
        self._lock = threading.Lock()
        self._stamp = _stamp(setting)
        self.known = setting
        """What `now` returned last."""

    def now(self) -> Setting:
        """Return the setting as it is now."""
        with self._lock:
            stamp = _stamp(self.known)
            if stamp != self._stamp:
                self._stamp = stamp
                self._read()
            return self.known

    def _read(self) -> None:
        try:
            self.known = replace(self.known, config=choices.load(self.known.places))
        except UsageError as error:
            log.warning("The changed config is left out: %s", error)


def _stamp(setting: Setting) -> Stamp:
    """Return what changes with the files: size and time of writing."""
    return tuple(_written(path) for path in (setting.places.owner_dir / "coach.toml", setting.places.choices))


def _written(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
