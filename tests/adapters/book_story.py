"""A training session told frame by frame, for the tests of the session book."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.core.events import (
    Cue,
    CueHeld,
    FaultRaised,
    Partial,
    Phase,
    PhaseEntered,
    Rep,
    RepAborted,
    RepCompleted,
    SetCompleted,
    SetStarted,
    Side,
    Slot,
    ViewLatched,
)
from pi_coach.core.step import Step
from pi_coach.core.types import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pi_coach.core.events import Event

POWER_ON_S = 5000.0
"""The camera's clock at the session's first frame: the book must not show it."""
SUMMARY = "Two reps, one clean. Sit back further."
START = SessionStart(athlete="Ana", source="camera", version="0.1.0", settings={"speech": {"volume": 0.8}})


class StillClock:
    """Time that moves when the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.utc = dt.datetime(2026, 5, 12, 16, 4, tzinfo=dt.UTC)

    def now(self) -> float:
        return self.now_s

    def wall(self) -> dt.datetime:
        return self.utc

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        self.utc += dt.timedelta(seconds=seconds)


def open_writer(path: Path, clock: StillClock | None = None, **more) -> SessionWriter:
    return SessionWriter(path, START, clock or StillClock(), **more)


def step(t_s: float, *events: Event, cue: Cue | None = None) -> Step:
    return Step(
        t=POWER_ON_S + t_s,
        drill="rdl",
        phase=Phase.TALL,
        pose=None,
        measures=None,
        events=events,
        cue=cue,
        reps=0,
        target_reps=10,
    )


def set_started(t_s: float = 1.0, drill: str = "rdl") -> Step:
    return step(t_s, SetStarted(POWER_ON_S + t_s, drill, 10, Side.FIRST, silent=True, load_kg=24.0))


def a_rep(number: int, *, start_s: float = 0.0, score: int | None = 88, faults: tuple[str, ...] = ()) -> Rep:
    return Rep(
        number=number,
        start_s=POWER_ON_S + start_s,
        bottom_s=POWER_ON_S + start_s + 1.0,
        end_s=POWER_ON_S + start_s + 2.0,
        score=score,
        quality=score is not None and score >= 80,
        faults=faults,
        severe=faults,
        measures={"hip_flexion_deg": 84.0, "knee_flexion_deg": None, "down_s": 1.0, "up_s": 1.0},
    )


def rep_done(number: int, **more) -> Step:
    rep = a_rep(number, start_s=3.0 * number, **more)
    return step(3.0 * number + 2.5, RepCompleted(rep.end_s, rep))


def play_a_set(writer: SessionWriter) -> None:
    """One set of two reps with a fault, an attempt that does not count, two cues and a summary."""
    in_front = Cue(POWER_ON_S + 0.5, "Show me your feet", None, Slot.FRAMING)
    too_low = Cue(POWER_ON_S + 8.4, "Soft knees", "squatting", Slot.TOP, "matters most")
    said = Cue(POWER_ON_S + 14.0, SUMMARY, None, Slot.SUMMARY)
    attempt = Partial(POWER_ON_S + 10.0, POWER_ON_S + 10.5, POWER_ON_S + 11.0)
    writer.show(step(0.0))
    writer.show(step(0.5, cue=in_front))
    writer.show(set_started(1.0))
    writer.show(step(2.0, ViewLatched(POWER_ON_S + 2.0, View.LEFT)))
    writer.show(step(3.0, PhaseEntered(POWER_ON_S + 3.0, Phase.DESCENT)))
    writer.show(rep_done(1))
    writer.show(step(7.0, FaultRaised(POWER_ON_S + 7.0, "squatting", 41.5)))
    writer.show(rep_done(2, score=61, faults=("squatting",)))
    writer.show(step(8.6, CueHeld(POWER_ON_S + 8.4, 2, "shallow", "one correction a rep"), cue=too_low))
    writer.show(step(11.0, RepAborted(POWER_ON_S + 11.0, attempt)))
    writer.show(step(14.0, SetCompleted(POWER_ON_S + 14.0, "rdl", SUMMARY), cue=said))


def stored_reps(path: Path) -> list[int]:
    """The numbers of all reps that another program finds in the file."""
    with closing(sqlite3.connect(path)) as book:
        return [number for (number,) in book.execute("SELECT number FROM reps ORDER BY session_id, number")]


def eventually(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Ask until it holds; False if it never did."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.02) for _ in range(int(within_s / 0.02))) or holds()
