"""Five years of daily training, written into a real session book in less than a minute: for trying pages on it.

Nobody trained so: the numbers are drawn at random around a learner who gets better, with a lapse now and then.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from pi_coach.adapters.book import schema
from pi_coach.adapters.book.database import WRITING, make_engine
from pi_coach.adapters.book.edits import athlete_number
from pi_coach.adapters.book.opening import Presence, bring_up_to_date
from pi_coach.adapters.book.rows import FINISHED, INTERRUPTED
from pi_coach.core.events import Phase
from pi_coach.core.reps.reading import Reading
from pi_coach.core.reps.score import QUALITY_FROM
from pi_coach.testing.movement import traced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from pi_coach.core.reps.drill import Drill

REP_S, PAUSE_S, REST_S = 3.0, 1.5, 60.0
BROKEN_SHARE, COMFORTABLE_SHARE = 0.01, 0.9
AT_ONCE = 60
"""So many sessions are written at once."""

COURSE = (
    (0.0, ("hip_thrust", "kneeling_dowel", "wall_touch")),
    (0.1, ("wall_touch", "standing_dowel", "half_kneeling_hinge")),
    (0.3, ("standing_dowel", "rdl", "half_kneeling_hinge")),
    (0.5, ("standing_dowel", "kettlebell_deadlift", "rdl")),
    (0.75, ("standing_dowel", "conventional_deadlift", "rdl", "half_kneeling_hinge")),
)
"""From which share of the time on which drills are trained."""


@dataclass(frozen=True, slots=True)
class Past:
    """How much training there was."""

    until: dt.datetime
    """When the last session began."""
    sessions: int = 1800
    traced: int = 28
    """So many of the last sessions still have their movement."""
    athletes: tuple[str, ...] = ("Ada", "Ben")
    """The first trains six days a week, the last on the seventh."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Kept with every session, as the coach does."""
    seed: int = 5


@dataclass(slots=True)  # not frozen: filled session by session, then written at once
class _Rows:
    by_table: defaultdict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: Table, **values: object) -> None:
        self.by_table[table].append(values)

    def write(self, connection: Connection) -> None:
        for table in (schema.sessions, schema.sets, schema.reps, schema.cues, schema.events, schema.traces):
            if self.by_table[table]:
                connection.execute(insert(table), self.by_table[table])
        self.by_table.clear()


def write_past(path: Path, past: Past, drills: Mapping[str, Drill]) -> None:
    """Write the training into a new session book."""
    with Presence(path) as presence:
        bring_up_to_date(path, alone=presence.alone)
    engine = make_engine(path, WRITING)
    chance = random.Random(past.seed)  # noqa: S311 - a story, not a secret
    with engine.begin() as connection:
        athletes = [athlete_number(connection, name) for name in past.athletes]
        rows = _Rows()
        for number in range(past.sessions):
            athlete = (
                athletes[0] if number % 7 or len(athletes) == 1 else athletes[1 + number // 7 % (len(athletes) - 1)]
            )
            _Day(number, past, drills, chance, rows).train(athlete)
            if number % AT_ONCE == AT_ONCE - 1 or number == past.sessions - 1:
                rows.write(connection)
    engine.dispose()


class _Day:
    """One session of the story."""

    def __init__(
        self, number: int, past: Past, drills: Mapping[str, Drill], chance: random.Random, rows: _Rows
    ) -> None:
        self._id, self._drills, self._chance, self._rows = number + 1, drills, chance, rows
        self._settings = past.settings
        self._began = past.until - dt.timedelta(days=past.sessions - 1 - number, minutes=chance.randrange(90))
        self._traced = number >= past.sessions - past.traced
        share = number / past.sessions
        self._skill = 1.0 - 0.75 * 0.05**share + 0.04 * chance.gauss(0, 1)
        self._course = next(names for since, names in reversed(COURSE) if share >= since)
        self._share, self._t_s, self._set = share, 5.0, 0

    def train(self, athlete: int) -> None:
        """Do two sets of each drill of the course."""
        for name in self._course:
            for side in ("first", "second") if self._drills[name].plan.per_side else (None, None):
                self._one_set(self._drills[name], side)
        broken = self._chance.random() < BROKEN_SHARE
        self._rows.add(
            schema.sessions,
            id=self._id,
            uuid=str(uuid.UUID(int=self._chance.getrandbits(128))),
            athlete_id=athlete,
            started_at=self._began,
            ended_at=None if broken else self._began + dt.timedelta(seconds=self._t_s),
            length_s=None if broken else self._t_s,
            ending=INTERRUPTED if broken else FINISHED,
            source="camera",
            version="0.0",
            settings=dict(self._settings),
            comfortable=self._chance.random() < COMFORTABLE_SHARE,
            pain=False,
        )

    def _one_set(self, drill: Drill, side: str | None) -> None:
        self._set += 1
        began_s, reps = self._t_s, min(drill.plan.reps, 10)
        load_kg = round(16 + 60 * self._share + 4 * self._chance.random()) if drill.loaded else None
        start = {"drill": drill.id, "target_reps": reps, "side": side, "silent": False, "load_kg": load_kg}
        self._event("SetStarted", began_s, **start)
        clean = sum(self._rep(drill, number, side) for number in range(1, reps + 1))
        summary = f"{reps} reps, {clean} clean."
        self._event("SetCompleted", self._t_s, drill=drill.id, summary=summary)
        self._rows.add(
            schema.sets,
            session_id=self._id,
            number=self._set,
            view="left",
            started_s=began_s,
            ended_s=self._t_s,
            summary=summary,
            **start,
        )
        self._t_s += REST_S

    def _rep(self, drill: Drill, number: int, side: str | None) -> bool:
        """Do a rep and tell whether it was clean."""
        skill = self._skill - 0.01 * number - (0.05 if side == "second" else 0.0)
        slip = self._chance.random() > skill
        faults = [self._chance.choice(drill.faults).id] if slip else []
        score = max(20, min(100, round(self._chance.gauss(93 - 30 * slip - 8 * (1 - skill), 4))))
        clean = score >= QUALITY_FROM and not slip
        start_s, bottom_s, end_s = self._t_s, self._t_s + REP_S / 2, self._t_s + REP_S
        depth = drill.target_deg * (0.8 + 0.25 * skill + 0.03 * self._chance.gauss(0, 1))
        self._timeline(number, faults, start_s, end_s)
        self._rows.add(
            schema.reps,
            session_id=self._id,
            set_number=self._set,
            number=number,
            start_s=start_s,
            bottom_s=bottom_s,
            end_s=end_s,
            score=score,
            quality=clean,
            measures=self._measures(depth, skill),
            faults=faults,
            severe=[],
        )
        if self._traced:
            self._rows.add(schema.traces, session_id=self._id, **traced(depth, start_s, REP_S))
        self._t_s = end_s + PAUSE_S
        return clean

    def _measures(self, depth_deg: float, skill: float) -> dict[str, float]:
        chance = self._chance
        known = {
            "hip_flexion_deg": depth_deg,
            "knee_flexion_deg": depth_deg / (2.5 + 2.5 * skill),
            "hip_knee_ratio": 2.5 + 2.5 * skill + 0.2 * chance.gauss(0, 1),
            "lockout_residual_deg": max(0.0, 12 - 9 * skill + chance.gauss(0, 1)),
            "down_s": 1.7 + 0.4 * (1 - skill) * chance.gauss(0, 1),
            "up_s": 1.2 + 0.3 * (1 - skill) * chance.gauss(0, 1),
        }
        # The others are only there to weigh as much as they do in life.
        return {part.name: round(known.get(part.name, chance.random()), 6) for part in fields(Reading)}

    def _timeline(self, number: int, faults: list[str], start_s: float, end_s: float) -> None:
        for phase, t_s in zip(Phase, (0, start_s, start_s + 0.1, start_s + 1.3, start_s + 1.7, end_s), strict=True):
            if phase is not Phase.SETUP:
                self._event("PhaseEntered", t_s, phase=phase.value)
        for fault in faults:
            self._event("FaultRaised", start_s + 1.6, fault=fault, value=0.0, severe=False)
            if number % 2:
                said = self._drills[self._course[0]].setup_prompt
                self._rows.add(
                    schema.cues,
                    session_id=self._id,
                    set_number=self._set,
                    t_s=end_s + 0.2,
                    text=said,
                    fault=fault,
                    slot="top",
                    reason="it matters most of what was seen",
                )
            else:
                self._event("CueHeld", end_s + 0.2, rep=number, fault=fault, reason="one correction every other rep")
        self._event("RepCounted", end_s, number=number)
        self._event("RepCompleted", end_s + 0.3, number=number)

    def _event(self, kind: str, t_s: float, **body: object) -> None:
        self._rows.add(schema.events, session_id=self._id, t_s=t_s, kind=kind, body=body)
