"""Whole sessions with movement for the tests of backups, imports and deletes."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from book_story import POWER_ON_S, StillClock, play_a_set, rep_done, set_started, step

from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.core.session_events import AthleteChosen
from pi_coach.core.sight.measures import Measures
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"coach": {"athlete": "Ana", "athletes": ["Ana", "Zebedee Quince"]}}


@cache
def moving():
    """What a camera sees of four reps, ten times a second, in one piece or two a rep."""
    script = Script().hold(1.0).reps(4, hinged(84), down_s=3.0, up_s=1.2)
    return ScriptedBody(script, Filming(fps=10.0)).poses()


def train(path: Path, athlete: str = "Ana") -> int:
    """One session of two sets, the second with the athlete's movement; return its number."""
    clock = StillClock()
    start = SessionStart(athlete, "camera", "0.1.0", NAMES)
    with closing(SessionWriter(path, start, clock)) as writer:
        writer.show(step(0.2, AthleteChosen(POWER_ON_S + 0.2, athlete)))
        play_a_set(writer)
        writer.show(set_started(20.0))
        for t_s, pose in moving():
            ended = rep_done(round(t_s / 6.0)).events if t_s > 0 and round(t_s, 1) % 6 == 0 else ()
            now = Measures(t=0.0, hip_flexion_deg=t_s * len(athlete), trunk_deg=2.0 * t_s)
            writer.show(dataclasses.replace(step(20.0 + t_s, *ended), pose=pose, measures=now))
        clock.advance(60.0)
    assert writer.unsaved == 0
    return writer.session_id
