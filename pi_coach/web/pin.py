"""The PIN without which nothing is shown beyond this machine: random, and kept as a hash that costs memory to guess.

Eight digits: with the lock-out of `doorkeeper.py`, who guesses all year long finds it with a chance of 1 in 10,000.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from pi_coach.core.errors import StoreError
from pi_coach.places import make_dir, write_whole

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = 8

HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
"""RFC 9106's second choice, for machines with little memory: 64 MiB."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN as it is kept."""

    id: str
    """Another one for each PIN: what was allowed under the last one is not under the next."""
    hash: str
    """Empty where the file cannot be read: then no PIN fits."""


def new(path: Path) -> str:
    """Set a new PIN at random and return it: it is nowhere else. Raises StoreError."""
    pin = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    make_dir(path.parent)
    write_whole(path, json.dumps(asdict(Pin(secrets.token_hex(8), HASHER.hash(pin)))) + "\n", private=True)
    return pin


def clear(path: Path) -> bool:
    """Take the PIN away; return whether there was one. Raises StoreError."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{path} cannot be deleted ({error.strerror}): delete it as its owner.") from error
    return True


def known(path: Path) -> Pin | None:
    """Return the PIN that is set; None where there is none. One that cannot be read is one that nothing fits."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Pin(str(kept["id"]), str(kept["hash"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Pin("unreadable", "")


def fits(pin: Pin, tried: str) -> bool:
    """Tell whether a PIN was tried that fits; takes about a tenth of a second and 64 MiB."""
    try:
        return HASHER.verify(pin.hash, tried)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def grouped(pin: str) -> str:
    """Return a PIN as people read it: in two halves."""
    return f"{pin[: DIGITS // 2]} {pin[DIGITS // 2 :]}"
