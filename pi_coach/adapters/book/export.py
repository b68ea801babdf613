"""A session as JSON for other programs.

Schema 1: times named `_s` are seconds since the session's first frame, points in time ISO 8601 in UTC, and what could
not be seen or is not known is null. `reps`, `partials` and `cues` are those of `pi-coach analyze --json`, with more.

    {
      "schema": 1, "id": 3, "uuid": "...", "athlete": "Ana", "source": "camera", "version": "0.1.0",
      "started_at": "2026-05-12T16:04:00+00:00", "ended_at": "2026-05-12T16:13:12+00:00" | null,
      "ending": "finished" | "interrupted" | ... | null, "length_s": 552.0, "settings": {...},
      "answers": {"comfortable": true | false | null, "pain": false | true | null},
      "sets": [
        {"number": 1, "drill": "rdl", "view": "left" | "right" | "front" | "oblique" | null,
         "started_s": 4.0, "ended_s": 61.5 | null, "target_reps": 10, "summary": "..." | null,
         "side": "first" | "second" | null, "silent": false, "load_kg": 40.0 | null,
         "reps": [{"number": 1, "start_s": 5.1, "bottom_s": 6.4, "end_s": 7.5, "score": 88 | null, "quality": true,
                   "faults": ["overextension"], "severe": [], "measures": {"hip_flexion_deg": 84.1, ...}}],
         "partials": [{"start_s": 20.1, "bottom_s": 20.6, "end_s": 21.2}]}
      ],
      "cues": [{"set": 1 | null, "t_s": 7.9, "text": "...", "fault": "overextension" | null, "slot": "top",
                "reason": "..."}],
      "events": [{"t_s": 4.0, "kind": "SetStarted", "body": {"drill": "rdl", "target_reps": 10, ...}}],
      "trace": [{"aspect": 1.333 | null, "samples": [
        {"t_s": 4.1, "hip_flexion_deg": 12.3 | null, "knee_flexion_deg": ..., "trunk_deg": ...,
         "points": [[x, y, visibility], ...] | null}]}]
    }

`trace` is only there where it was asked for: the movement, about ten times a second while a set ran. Its points are the
landmarks 0, 7, 8 and 11 to 32 of BlazePose in that order, x and y in image heights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.adapters.book.rows import CueRow, SessionDetail, SessionRow, SetRow
    from pi_coach.adapters.book.traces import Piece
    from pi_coach.core.events import Partial, Rep

SCHEMA = 1


def export_json(session: SessionDetail, trace: Iterable[Piece] | None = None) -> dict[str, object]:
    """Return the session as a dict that `json.dumps` takes, in the schema above."""
    movement = {} if trace is None else {"trace": [_piece(piece) for piece in trace]}
    return {
        "schema": SCHEMA,
        **_head(session.row),
        "settings": dict(session.settings),
        "answers": {"comfortable": session.answers.comfortable, "pain": session.answers.pain},
        "sets": [_set(one) for one in session.sets],
        "cues": [_cue(cue) for cue in session.cues],
        "events": [{"t_s": event.t_s, "kind": event.kind, "body": dict(event.body)} for event in session.events],
        **movement,
    }


def _head(row: SessionRow) -> dict[str, object]:
    return {
        "id": row.id,
        "uuid": row.uuid,
        "athlete": row.athlete,
        "source": row.source,
        "version": row.version,
        "started_at": row.started_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "ending": row.ending,
        "length_s": row.length_s,
    }


def _set(one: SetRow) -> dict[str, object]:
    return {
        "number": one.number,
        "drill": one.drill,
        "view": one.view,
        "started_s": one.started_s,
        "ended_s": one.ended_s,
        "target_reps": one.target_reps,
        "summary": one.summary,
        "side": one.side,
        "silent": one.silent,
        "load_kg": one.load_kg,
        "reps": [_rep(rep) for rep in one.reps],
        "partials": [_span(partial) for partial in one.partials],
    }


def _rep(rep: Rep) -> dict[str, object]:
    return {
        "number": rep.number,
        **_span(rep),
        "score": rep.score,
        "quality": rep.quality,
        "faults": list(rep.faults),
        "severe": list(rep.severe),
        "measures": dict(rep.measures),
    }


def _span(attempt: Rep | Partial) -> dict[str, object]:
    return {"start_s": attempt.start_s, "bottom_s": attempt.bottom_s, "end_s": attempt.end_s}


def _cue(cue: CueRow) -> dict[str, object]:
    return {
        "set": cue.set_number,
        "t_s": cue.t_s,
        "text": cue.text,
        "fault": cue.fault,
        "slot": cue.slot,
        "reason": cue.reason,
    }


def _piece(piece: Piece) -> dict[str, object]:
    from pi_coach.adapters.book.traces import ANGLES, KEPT, unpack  # noqa: PLC0415  few exports have movement

    samples = [
        {
            "t_s": sample.t_s,
            **{name: getattr(sample, name) for name in ANGLES},
            "points": None if sample.points is None else np.round(sample.points[KEPT].astype(float), 3).tolist(),
        }
        for sample in unpack(piece)
    ]
    return {"aspect": piece.aspect, "samples": samples}
