"""Sessions as lines of text for a terminal.

Points in time are shown in `zone`; None is the machine's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from pi_coach.adapters.book.rows import CueRow, SessionDetail, SessionRow, SetRow
    from pi_coach.core.events import Rep

UNSEEN = "-"
"""Stands for what could not be seen or is not known."""

_REP_MEASURES = {
    "hip": ("hip_flexion_deg", "°"),
    "knee": ("knee_flexion_deg", "°"),
    "down": ("down_s", " s"),
    "up": ("up_s", " s"),
}
"""Heading, measure and unit of the columns that a lifter asks for first; the export has all."""


def list_lines(rows: Sequence[SessionRow], zone: dt.tzinfo | None = None) -> list[str]:
    """Return one line a session under a heading, or one sentence where there is none."""
    if not rows:
        return ["No sessions yet: `pi-coach run` begins the first."]
    heading = ("id", "when", "athlete", "drills", "sets", "reps", "clean", "score", "length", "ending")
    return _table(
        heading, [_list_cells(row, zone) for row in rows], right=("id", "sets", "reps", "clean", "score", "length")
    )


def show_lines(session: SessionDetail, zone: dt.tzinfo | None = None) -> list[str]:
    """Return everything a lifter wants to know about one session."""
    row = session.row
    lines = [
        f"Session {row.id}, {row.athlete}, {_when(row, zone, '%A %d %B %Y, %H:%M')}",
        f"{_ending(row).capitalize()}; length {_length(row.length_s)}; from {row.source}; pi-coach {row.version}",
    ]
    for one in session.sets:
        lines += ["", *_set_lines(one, [cue for cue in session.cues if cue.set_number == one.number])]
    if not session.sets:
        lines += ["", "No set was done."]
    return lines


def recovered_lines(rows: Iterable[SessionRow], zone: dt.tzinfo | None = None) -> list[str]:
    """Return one sentence for each session that the last start left without an end."""
    return [
        f"The session of {_when(row, zone, '%a %d %b, %H:%M')} was interrupted; {_counted(row.reps, 'rep')} saved "
        f"(`pi-coach sessions show {row.id}`)."
        for row in rows
    ]


def unsaved_lines(unsaved: int, trouble: str | None) -> list[str]:
    """Return what to tell at the end about rows that did not reach the disk; nothing where all did."""
    if not unsaved:
        return []
    return [f"{_counted(unsaved, 'record')} of this session not saved. {trouble or 'The disk was too slow.'}"]


def _list_cells(row: SessionRow, zone: dt.tzinfo | None) -> tuple[str, ...]:
    return (
        str(row.id),
        _when(row, zone, "%a %d %b %Y %H:%M"),
        row.athlete,
        ", ".join(_plain(drill) for drill in row.drills) or UNSEEN,
        str(row.sets),
        str(row.reps),
        str(row.quality_reps),
        _number(row.score),
        _length(row.length_s),
        _ending(row),
    )


def _set_lines(one: SetRow, cues: Sequence[CueRow]) -> list[str]:
    clean = sum(rep.quality for rep in one.reps)
    scores = [rep.score for rep in one.reps if rep.score is not None]
    mean = f", mean score {_number(sum(scores) / len(scores))}" if scores else ""
    seen = f", seen from the {one.view}" if one.view else ""
    lines = [
        f"Set {one.number}: {_plain(one.drill)}{seen}",
        f"  {len(one.reps)} of {_counted(one.target_reps, 'rep')}, {clean} clean{mean}",
    ]
    lines += [f"  {line}" for line in _rep_lines(one.reps)]
    if one.partials:
        lines.append(f"  not counted: {', '.join(_clock(partial.start_s) for partial in one.partials)}")
    if one.summary:
        lines.append(f"  {one.summary}")
    # The summary was said as well; once is enough.
    lines += [f"  {_clock(cue.t_s)}  said: {cue.text}" for cue in cues if cue.text != one.summary]
    return lines


def _rep_lines(reps: Sequence[Rep]) -> list[str]:
    if not reps:
        return []
    heading = ("rep", "at", "score", "clean", *_REP_MEASURES, "faults")
    return _table(heading, [_rep_cells(rep) for rep in reps], right=heading[:3] + tuple(_REP_MEASURES))


def _rep_cells(rep: Rep) -> tuple[str, ...]:
    measured = (_measure(rep.measures.get(name), unit) for name, unit in _REP_MEASURES.values())
    faults = ", ".join(_plain(fault) for fault in rep.faults)
    return (
        str(rep.number),
        _clock(rep.start_s),
        _number(rep.score),
        "yes" if rep.quality else "no",
        *measured,
        faults or UNSEEN,
    )


def _measure(value: float | None, unit: str) -> str:
    if value is None:
        return UNSEEN
    return f"{value:.0f}{unit}" if unit == "°" else f"{value:.1f}{unit}"


def _number(value: float | None) -> str:
    return UNSEEN if value is None else f"{value:.0f}"


def _plain(identifier: str) -> str:
    return identifier.replace("_", " ")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _when(row: SessionRow, zone: dt.tzinfo | None, pattern: str) -> str:
    return row.started_at.astimezone(zone).strftime(pattern)


def _ending(row: SessionRow) -> str:
    return row.ending or "running"


def _clock(t_s: float) -> str:
    """Return minutes and seconds since the session began."""
    minutes, seconds = divmod(int(t_s), 60)
    return f"{minutes}:{seconds:02d}"


def _length(length_s: float | None) -> str:
    if length_s is None:
        return UNSEEN
    minutes, seconds = divmod(round(length_s), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str]) -> list[str]:
    """Return the rows under their heading, each column as wide as its widest cell; numbers stand to the right."""
    table = [heading, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    to_right = [name in right for name in heading]
    return [
        "  ".join(
            cell.rjust(width) if at_right else cell.ljust(width)
            for cell, width, at_right in zip(line, widths, to_right, strict=True)
        ).rstrip()
        for line in table
    ]
