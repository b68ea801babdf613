"""Who trains here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from pi_coach.adapters.book.schema import athletes
from pi_coach.core.errors import UsageError
from pi_coach.core.planning.history import Profile

if TYPE_CHECKING:
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.assembly import Setting

MOST = 30
"""The coach asks one after the other who trains; nobody waits for longer."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the coach knows."""

    name: str
    profile: Profile
    trains: bool
    """Whether a session may be theirs."""


def known(setting: Setting, book: SessionBook) -> list[Person]:
    """Return who trains here, and then who has only trained here once."""
    with book.asking() as connection:
        rows = connection.execute(select(athletes).order_by(athletes.c.name)).all()
    profiles = {row.name: Profile(row.body_kg, row.stature_cm, row.basics_only) for row in rows}
    training = _training(setting)
    names = dict.fromkeys([*training, *profiles])
    return [Person(name, profiles.get(name, Profile()), name in training) for name in names]


def training(setting: Setting, name: str, *, trains: bool) -> dict[str, Any]:
    """Return who trains, as coach.toml has it, once somebody has joined or left.

    Raises UsageError where nobody would be left, or there are too many.
    """
    names = [one for one in _training(setting) if one != name or trains]
    if trains and name not in names:
        names.append(name)
    if not names:
        raise UsageError(f"Somebody has to train: let another one train before {name} stops.")
    if len(names) > MOST:
        raise UsageError(f"No more than {MOST} people can train with one coach.")
    return {"athlete": names[0], "athletes": names if len(names) > 1 else []}


def _training(setting: Setting) -> tuple[str, ...]:
    coach = setting.config.settings.coach
    return coach.athletes or (coach.athlete,)
