"""What is read from the session book.

Times named `_s` are seconds since the session's first frame; points in time are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from pi_coach.core.events import Partial, Rep

FINISHED = "finished"
"""The ending of a session that was closed in order."""
INTERRUPTED = "interrupted"
"""The ending of a session whose process died, found by the next start."""
DAMAGED = "damaged"
"""The ending of a session that is not any more as it was written, and of which there is no good copy."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in a few numbers."""

    id: int
    uuid: str
    """The same on whichever machine the session is copied to."""
    athlete: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    """None while it runs and for an interrupted one."""
    ending: str | None
    """"finished", "interrupted" or what went wrong; None while it runs."""
    length_s: float | None
    """Up to its end or, where that is unknown, to its last event; None where nothing happened."""
    source: str
    version: str
    """Of the program that wrote it."""
    drills: tuple[str, ...]
    """Drill ids in the order of their first set."""
    sets: int
    reps: int
    quality_reps: int
    score: float | None
    """Mean score of its reps, 0 to 100; None where none was scored."""
    station: str | None = None
    """At a gym's hub, where it was held; None for this machine's own."""


@dataclass(frozen=True, slots=True)
class SetRow:
    """One set with its reps."""

    number: int
    drill: str
    view: str | None
    """From where the athlete was seen; None where that was not yet known."""
    started_s: float
    ended_s: float | None
    """None where the set did not come to its end."""
    target_reps: int
    summary: str | None
    reps: tuple[Rep, ...]
    partials: tuple[Partial, ...]
    side: str | None = None
    """"first" or "second"; None for a drill that is done on both sides at once."""
    silent: bool = False
    """Whether nothing was corrected in it."""
    load_kg: float | None = None
    """None where it was not told."""


@dataclass(frozen=True, slots=True)
class CueRow:
    """One sentence that was said, or was to be said."""

    set_number: int | None
    """The set it belongs to; None before the first."""
    t_s: float
    text: str
    fault: str | None
    slot: str
    reason: str = ""
    """Why this one, then; empty where it was not kept."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One fact of the session's timeline."""

    t_s: float
    kind: str
    """Name of the event's type in pi_coach.core.events."""
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the athlete said after a session; None where not asked."""

    comfortable: bool | None = None
    """Whether it felt under control."""
    pain: bool | None = None
    """Whether anything hurt."""


@dataclass(frozen=True, slots=True)
class SessionDetail:
    """One session with all that is known of it."""

    row: SessionRow
    settings: Mapping[str, object]
    sets: tuple[SetRow, ...]
    cues: tuple[CueRow, ...]
    events: tuple[EventRow, ...]
    answers: Answers


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The athlete at one moment of a set, to be drawn and to be followed along curves."""

    t_s: float
    points: NDArray[np.float32] | None
    """Shape (33, 3): x, y in image heights, visibility; None where nobody was seen. Landmarks 1 to 6, 9 and 10, which
    are the eyes and the mouth, are never kept: they are 0, 0 with visibility 0."""
    hip_flexion_deg: float | None
    knee_flexion_deg: float | None
    """Both beyond the tall stance; None where not seen."""
    trunk_deg: float | None
    """Inclination from vertical, forward positive; None where not seen."""
    aspect: float | None = None
    """Image width over image height: x runs from 0 to this; None where nobody was seen."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Something measured once and used until the camera moves."""

    kind: str
    """What was measured, such as "wall"."""
    value: Mapping[str, object]
    fingerprint: str
    """Tells the camera's place and settings apart: with another one the value is void."""
    made_at: dt.datetime


def back_of(athlete: str) -> str:
    """Return the kind of calibration that is an athlete's own range of the back."""
    return f"back of {athlete}"
