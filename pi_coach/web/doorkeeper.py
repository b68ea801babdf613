"""Who may come in: wrong PINs are counted for all together, and a login lasts a fortnight.

Both are kept in a file, so that neither a restart nor a power cut gives anybody a fresh set of tries.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cattrs import structure, unstructure
from cattrs.errors import BaseValidationError

from pi_coach.places import make_dir, write_whole
from pi_coach.web import pin as pins

if TYPE_CHECKING:
    from pi_coach.clock import Clock
    from pi_coach.places import Places
    from pi_coach.web.pin import Pin

log = logging.getLogger(__name__)

LIFE_S = 14 * 86_400.0
"""A login lasts a fortnight: longer than a pause between two sessions, shorter than a phone is lost unnoticed."""

FRESH_S = 5 * 60.0
"""What cannot be undone, or leaves the machine, wants a PIN entered no longer ago than this."""

FREE_TRIES = 5
"""So many wrong PINs in a row cost nothing but the time to type them."""

FIRST_LOCK_S, LONGEST_LOCK_S = 30.0, 3600.0
"""The next one locks the door for everybody, each one after that for twice as long, up to an hour."""

MOST_LOGINS = 20
"""The oldest of more is logged out."""


class LockedError(Exception):
    """Too many wrong PINs: nobody can try before `wait_s` is over."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"locked for {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who entered the PIN; points in time are seconds since 1970."""

    since_s: float
    pin_s: float
    """When the PIN was entered last."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is kept."""

    pin: str
    """The id of the PIN that all of it is about."""
    wrong: int
    """Wrong PINs since the last right one."""
    tried_s: float
    """When the last one was tried."""
    logins: dict[str, Login]
    """By the hash of the token that the browser has."""


class Doorkeeper:
    """Lets in who knows the PIN; may be asked from several threads."""

    def __init__(self, places: Places, clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def pin(self) -> Pin | None:
        """The PIN that is set by now; None where there is none."""
        return pins.known(self._places.pin)

    def enter(self, pin: Pin, tried: str) -> str | None:
        """Return a token for a browser; None where the PIN is wrong. Raises LockedError, and StoreError."""
        with self._lock:
            ledger, now_s = self._read(pin), self._now_s()
            wait_s = locked_s(ledger.wrong, now_s - ledger.tried_s)
            if wait_s > 0:
                raise LockedError(wait_s)
            # Counted before it is looked at: who pulls the plug meanwhile has had this try.
            self._write(Ledger(pin.id, ledger.wrong + 1, now_s, ledger.logins))
            if not pins.fits(pin, tried):
                log.warning("A wrong PIN was tried, %d in a row", ledger.wrong + 1)
                return None
            token = secrets.token_urlsafe(32)
            valid = sorted(self._valid(ledger, now_s).items(), key=lambda one: one[1].since_s)[-(MOST_LOGINS - 1) :]
            self._write(Ledger(pin.id, 0, 0.0, {**dict(valid), _hashed(token): Login(now_s, now_s)}))
            return token

    def tries_left(self, pin: Pin) -> int:
        """Return how many more wrong PINs lock the door."""
        return max(FREE_TRIES - self._read(pin).wrong, 0)

    def login(self, pin: Pin, token: str | None) -> Login | None:
        """Return who has a token; None where it is none, not any more, or of an earlier PIN."""
        if token is None:
            return None
        return self._valid(self._read(pin), self._now_s()).get(_hashed(token))

    def is_fresh(self, login: Login) -> bool:
        """Tell whether the PIN was entered a moment ago."""
        return 0 <= self._now_s() - login.pin_s < FRESH_S

    def leave(self, pin: Pin, token: str) -> None:
        """Log out. Raises StoreError."""
        with self._lock:
            ledger = self._read(pin)
            logins = {key: login for key, login in ledger.logins.items() if key != _hashed(token)}
            self._write(Ledger(ledger.pin, ledger.wrong, ledger.tried_s, logins))

    def _valid(self, ledger: Ledger, now_s: float) -> dict[str, Login]:
        return {key: login for key, login in ledger.logins.items() if 0 <= now_s - login.since_s < LIFE_S}

    def _now_s(self) -> float:
        return self._clock.wall().timestamp()

    def _read(self, pin: Pin) -> Ledger:
        nothing = Ledger(pin.id, 0, 0.0, {})
        try:
            kept: Any = json.loads(self._places.doorkeeping.read_text(encoding="utf-8"))
            ledger = structure(kept, Ledger)
        except FileNotFoundError:
            return nothing
        except (OSError, ValueError, RecursionError, BaseValidationError):
            log.warning("%s is not readable: everybody has to log in again", self._places.doorkeeping)
            return nothing
        return ledger if ledger.pin == pin.id else nothing

    def _write(self, ledger: Ledger) -> None:
        make_dir(self._places.data_dir)
        write_whole(self._places.doorkeeping, json.dumps(unstructure(ledger)) + "\n", private=True)


def locked_s(wrong: int, since_s: float) -> float:
    """Return for how long nobody may try after so many wrong PINs, the last one `since_s` ago; 0 where all may."""
    if wrong < FREE_TRIES:
        return 0.0
    lock_s = min(FIRST_LOCK_S * 2.0 ** min(wrong - FREE_TRIES, 20), LONGEST_LOCK_S)
    # A clock that was set back must not lock the door for longer than that.
    return lock_s if since_s < 0 else max(lock_s - since_s, 0.0)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
