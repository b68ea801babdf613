"""Why a rep was judged as it was, and why the coach said what it said: one stored rep as lines of text.

Limits are those of today's drill files; values, reasons and words are those of the session.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.adapters.book.trail import trail
from pi_coach.core.errors import CoachError
from pi_coach.core.reps.fault import Judged, Severity
from pi_coach.core.types import View
from pi_coach.core.units import NAMES, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pi_coach.adapters.book.rows import CueRow, SessionDetail, SetRow
    from pi_coach.adapters.book.trail import Held, Raised
    from pi_coach.core.events import Rep
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault, Limit

WIDTH = 88
"""Characters in a line."""

NEAR, CLEAR = 1.0, 2.0
"""So many deviations of a measure from its limit is near, so many is clear: the limits speak from two on."""

NEAR_SHARE, CLEAR_SHARE = 0.1, 0.3
"""The same as a share of the limit, for a measure whose scatter is not known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rep of a session."""

    rep: int
    set_number: int | None = None
    """None for the last set that has a rep of this number."""


def lines(session: SessionDetail, asked: Asked, drills: Mapping[str, Drill]) -> list[str]:
    """Return the explanation. Raises CoachError that names the reps there are."""
    one, rep = _find(session, asked)
    drill = drills.get(one.drill)
    found = trail(session, one, rep.number)
    parts = [
        _head(session, one, rep),
        _measured(drill, one, rep),
        _faults(drill, rep, found.raised),
        _said(_cues_after(session.cues, one, rep)),
        _held_back(drill, found.held),
    ]
    return [line for part in parts for line in (*part, "")][:-1]


def _find(session: SessionDetail, asked: Asked) -> tuple[SetRow, Rep]:
    sets = [one for one in session.sets if asked.set_number in (None, one.number)]
    for one in reversed(sets):
        for rep in one.reps:
            if rep.number == asked.rep:
                return one, rep
    have = ", ".join(f"set {one.number} has {len(one.reps)}" for one in session.sets) or "it has no set"
    wanted = f"set {asked.set_number} with a rep {asked.rep}" if asked.set_number is not None else f"rep {asked.rep}"
    raise CoachError(f"Session {session.row.id} has no {wanted}; reps there: {have}.")


def _head(session: SessionDetail, one: SetRow, rep: Rep) -> list[str]:
    seen = f", seen from the {one.view}" if one.view else ""
    silent = ", a silent set" if one.silent else ""
    load = f", {one.load_kg:g} kg" if one.load_kg is not None else ""
    minutes, seconds = divmod(int(rep.start_s), 60)
    where = f"Session {session.row.id}, set {one.number} of {len(session.sets)}, rep {rep.number} of {len(one.reps)}"
    score = "not scored: too little was seen" if rep.score is None else f"score {rep.score}"
    return [
        f"{where}: {_plain(one.drill)}{load}{seen}{silent}, at {minutes}:{seconds:02d}",
        f"{score.capitalize()}, {'clean' if rep.quality else 'not clean'}.",
    ]


def _measured(drill: Drill | None, one: SetRow, rep: Rep) -> list[str]:
    rows = [
        (_name(name), told(name, value), _beside(drill, one.view, name, value))
        for name, value in rep.measures.items()
        if value is not None
    ]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    table = [f"  {name:{wide[0]}}  {value:>{wide[1]}}  {beside}".rstrip() for name, value, beside in rows]
    unseen = ", ".join(_name(name) for name, value in rep.measures.items() if value is None)
    left_out = _wrapped(f"Not seen: {unseen}.", "  ") if unseen else []
    known = [] if drill else ["  The drill is not in the catalogue any more: no limits are known."]
    return ["Measured", *known, *table, *left_out]


def _beside(drill: Drill | None, view: str | None, name: str, value: float) -> str:
    """Return the limits that a measure is held against, each with how far from it the value is."""
    faults = [fault for fault in drill.faults if fault.measure == name] if drill else []
    return "; ".join(_against(fault, view, value) for fault in faults)


def _against(fault: Fault, view: str | None, value: float) -> str:
    limit = f"{_plain(fault.id)} {_side(fault)} {told(fault.measure, fault.limit)}"
    if view is not None and View(view) not in fault.views:
        return f"{limit}: not judged from here"
    if fault.judged is Judged.FRAME:
        limit += f" for {fault.for_s:g} s" if fault.for_s else ""
    return f"{limit}: {distance(fault, value)}"


def _side(limit: Fault | Limit) -> str:
    return "above" if limit.above is not None else "below"


def distance(fault: Fault, value: float) -> str:
    """Return in words how far a value is from the fault's limit, and on which side."""
    away = abs(value - fault.limit)
    scale = fault.noise or None
    near = NEAR * scale if scale else NEAR_SHARE * abs(fault.limit)
    clear = CLEAR * scale if scale else CLEAR_SHARE * abs(fault.limit)
    how = "just" if away < near else "clearly" if away < clear else "far"
    return f"{how} {'beyond' if fault.crossed_by(value) else 'within'}"


def _faults(drill: Drill | None, rep: Rep, raised: Sequence[Raised]) -> list[str]:
    if not rep.faults:
        return ["Faults", "  None."]
    found = ["Faults"]
    for name in rep.faults:
        value = next((one.value for one in reversed(raised) if one.fault == name), None)
        found += _fault_lines(drill, name, value, severe=name in rep.severe)
    return found


def _fault_lines(drill: Drill | None, name: str, value: float | None, *, severe: bool) -> list[str]:
    fault = next((one for one in drill.faults if one.id == name), None) if drill else None
    if fault is None:
        return [f"  {_plain(name).capitalize()}: the drill has no such fault any more."]
    worth = fault.severe_as if severe else fault.severity
    lines_of = [f"  {fault.title} ({worth.value}{', severe' if severe else ''}){_what_it_means(worth)}"]
    if value is not None:
        lines_of.append(f"    {_crossing(fault, value)}")
    if fault.supports:
        signs = " or ".join(_sign(limit) for limit in fault.supports)
        lines_of.append(f"    and {signs}")
    return lines_of + _wrapped(fault.reason, "    ")


def _what_it_means(worth: Severity) -> str:
    return ": no clean rep with it" if worth in (Severity.CRITICAL, Severity.MAJOR) else ""


def _crossing(fault: Fault, value: float) -> str:
    if not fault.crossed_by(value) and fault.instead:
        return f"another sign made it: {' or '.join(_sign(limit) for limit in fault.instead)}; it read {value:.3g}"
    return (
        f"{_name(fault.measure)} was {told(fault.measure, value)}; "
        f"the limit is {_side(fault)} {told(fault.measure, fault.limit)}: {distance(fault, value)}"
    )


def _sign(limit: Limit) -> str:
    value = limit.above if limit.above is not None else limit.below or 0.0
    return f"{_name(limit.measure)} {_side(limit)} {told(limit.measure, value)}"


def _cues_after(cues: Sequence[CueRow], one: SetRow, rep: Rep) -> list[CueRow]:
    """Return what was said from the rep's start to the start of the next one of its set."""
    until_s = min((other.start_s for other in one.reps if other.start_s > rep.start_s), default=float("inf"))
    return [cue for cue in cues if cue.set_number == one.number and rep.start_s <= cue.t_s < until_s]


def _said(cues: Sequence[CueRow]) -> list[str]:
    if not cues:
        return ["Said", "  Nothing."]
    said = ["Said"]
    for cue in cues:
        about = f" about {_plain(cue.fault)}" if cue.fault else ""
        said += _wrapped(f'"{cue.text}"{about} ({_plain(cue.slot)})', "  ")
        said += _wrapped(f"because: {cue.reason}", "    ") if cue.reason else []
    return said


def _held_back(drill: Drill | None, held: Sequence[Held]) -> list[str]:
    if not held:
        return ["Held back", "  Nothing."]
    titles = {fault.id: fault.title for fault in drill.faults} if drill else {}
    said = [_wrapped(f"{titles.get(one.fault, _plain(one.fault))}: {one.reason}", "  ") for one in held]
    return ["Held back", *(line for part in said for line in part)]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _name(measure: str) -> str:
    return NAMES.get(measure) or _plain(measure)


def _plain(identifier: str) -> str:
    return identifier.replace("_", " ")
