"""Sessions in the forms that other programs take: JSON, a spreadsheet's table, a FIT activity."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  cattrs reads it
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pi_coach import owner_files
from pi_coach.adapters.book.export_fit import Exercise
from pi_coach.adapters.book.rows import DAMAGED
from pi_coach.config import structured
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.adapters.book.rows import SessionDetail
    from pi_coach.adapters.book.traces import Piece
    from pi_coach.config import Config

MEDIA = {"json": "application/json", "csv": "text/csv; charset=utf-8", "fit": "application/vnd.ant.fit"}
"""The forms there are, and what each is called on the web."""


@dataclass(frozen=True, slots=True)
class Export:
    """One session, ready to be kept or sent."""

    content: bytes
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class ForeignName:
    """What FIT calls a drill."""

    category: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ForeignNames:
    """Everything in exports.toml."""

    fit: Mapping[str, ForeignName] = field(default_factory=dict)


def export(config: Config, session: SessionDetail, form: str, movement: Iterable[Piece] | None = None) -> Export:
    """Return the session in one of the forms of `MEDIA`; JSON holds the movement too, if it is given.

    Raises UsageError where exports.toml is wrong.
    """
    started = f"{session.row.started_at:%Y-%m-%d}"
    warning = f"-{DAMAGED}" if session.row.ending == DAMAGED else ""
    name = f"pi_coach-{started}-{session.row.id}{warning}.{form}"
    return Export(_content(config, session, form, movement), MEDIA[form], name)


def _content(config: Config, session: SessionDetail, form: str, movement: Iterable[Piece] | None) -> bytes:
    if form == "csv":
        from pi_coach.adapters.book.export_csv import export_csv  # noqa: PLC0415

        return export_csv(session)
    if form == "fit":
        from pi_coach.adapters.book.export_fit import export_fit  # noqa: PLC0415

        return export_fit(session, exercises(config))
    from pi_coach.adapters.book.export import export_json  # noqa: PLC0415

    return (json.dumps(export_json(session, movement), indent=1, allow_nan=False) + "\n").encode()


def exercises(config: Config) -> dict[str, Exercise]:
    """Return what others call each drill. Raises UsageError that names file and key."""
    place = owner_files.blame(config.owner_dir, "exports.toml")
    known = structured(owner_files.read(config.owner_dir, "exports.toml"), ForeignNames, place).fit
    strange = sorted(set(known) - set(config.drills))
    if strange:
        raise UsageError(f"{place}: fit: unknown drill {strange[0]!r}; `pi-coach drills` lists them")
    plain = ForeignName("unknown")
    found = {drill_id: known.get(drill_id, plain) for drill_id in config.drills}
    return {
        drill_id: Exercise(config.drills[drill_id].name, foreign.category, foreign.name)
        for drill_id, foreign in found.items()
    }
