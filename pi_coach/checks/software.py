"""The program, what it is built on, and the owner's config."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import TYPE_CHECKING

from pi_coach import __version__
from pi_coach.checks.verdict import State, Verdict

if TYPE_CHECKING:
    from pi_coach.assembly import Setting

LIBRARIES = ("numpy", "mediapipe", "ai-edge-litert", "picamera2", "gpiozero", "lgpio", "sounddevice", "SQLAlchemy")
SYSTEM = ("libcamera0*", "python3-picamera2", "python3-lgpio", "espeak-ng", "libportaudio2")
"""Debian's packages, * for any ending."""


def program(_: Setting) -> Verdict:
    """Tell what this is and what it runs on."""
    from pi_coach.adapters.machine import board  # noqa: PLC0415

    system = f"{_system_name()}, kernel {platform.release()}, {platform.machine()}"
    where = board() or "a machine that does not tell its name"
    return Verdict(State.GOOD, f"pi-coach {__version__} on {where}: {system}.")


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def versions(_: Setting) -> Verdict:
    """Tell the versions of what the coach is built on: the first thing to know about a machine elsewhere."""
    from pi_coach.adapters.machine import packages  # noqa: PLC0415

    here = {name: version for name in LIBRARIES if (version := _version(name)) is not None}
    system = packages(*SYSTEM)
    told = ", ".join(f"{name} {version}" for name, version in {**here, **system}.items())
    return Verdict(State.GOOD, f"Python {platform.python_version()} in {sys.prefix}; {told}.")


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def config(setting: Setting) -> Verdict:
    """Tell where the owner's own config lies; one that cannot be used has refused to start before this."""
    found = setting.config
    own = sorted(str(path.relative_to(found.owner_dir)) for path in found.owner_dir.rglob("*.toml"))
    yours = f"your own: {', '.join(own)}" if own else "nothing of your own there yet"
    return Verdict(State.GOOD, f"{found.owner_dir} ({yours}); {len(found.drills)} drills.")
