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
      "events": [{"t_s": 4.0, "kind": "SetStarted", "body": {"drill": "rdl", "target_reps": 10, ...}}]
    }
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.adapters.book.rows import CueRow, SessionDetail, SessionRow, SetRow
    from pi_coach.core.events import Partial, Rep

SCHEMA = 1


def export_json(session: SessionDetail) -> dict[str, object]:
    """Return the session as a dict that `json.dumps` takes, in the schema above."""
    return {
        "schema": SCHEMA,
        **_head(session.row),
        "settings": dict(session.settings),
        "answers": {"comfortable": session.answers.comfortable, "pain": session.answers.pain},
        "sets": [_set(one) for one in session.sets],
        "cues": [_cue(cue) for cue in session.cues],
        "events": [{"t_s": event.t_s, "kind": event.kind, "body": dict(event.body)} for event in session.events],
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
