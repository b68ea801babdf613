"""What it costs to keep a rep, and to copy a year of training away."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach import __version__
from pi_coach.adapters.book.backups import back_up
from pi_coach.adapters.book.database import WRITING, make_engine
from pi_coach.adapters.book.digests import numbers, seal
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.benchmarks.figures import Against, Figure, figure, in_blocks
from pi_coach.core.errors import StoreError
from pi_coach.core.events import RepCompleted
from pi_coach.core.sessions.coach import Coach
from pi_coach.testing.body import ScriptedBody
from pi_coach.testing.five_years import Past, write_past
from pi_coach.testing.script import Script, hinged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.benchmarks.run import Run
    from pi_coach.core.step import Step

DRILL = "rdl"
PLAIN_BYTES = 4096
PLAIN = "4 kB written and synced"
"""What the disk itself needs for the least that it can be sure of."""
PATIENCE_S = 10.0
LOOK_S = 0.0002
"""How often it is looked whether the writer is done."""
A_YEAR = 312
"""Sessions: six a week."""


def measure(run: Run) -> Iterator[Figure]:
    """Yield what a rep costs the loop and the disk, and what a backup costs, on the disk of the data folder."""
    disk = run.setting.places.data_dir
    with tempfile.TemporaryDirectory(prefix="bench-", dir=disk if disk.exists() else None) as folder:
        yield from _reps(run, Path(folder))
        yield from _backup(run, Path(folder))


def _reps(run: Run, folder: Path) -> Iterator[Figure]:
    shown_s, stored_s, plain_s = [], [], []
    start = SessionStart("Ada", "camera", __version__, {})
    with closing(SessionWriter(folder / "sessions.db", start, run.clock)) as writer:
        for rep in _by_rep(run):
            began = run.clock.now()
            for step in rep:
                writer.show(step)
            shown_s.append((run.clock.now() - began) / len(rep))
            _wait(run, writer)
            stored_s.append(run.clock.now() - began)
            plain_s.append(_plain(run, folder / "plain"))
    blocks = run.amount.blocks
    plain = Against(PLAIN, in_blocks(plain_s, blocks))
    yield figure(PLAIN, "ms", plain.blocks)
    yield figure("a rep with its movement, to the disk", "ms", in_blocks(stored_s, blocks), plain)
    yield figure("the loop's share, a frame", "us", in_blocks(shown_s, blocks))


def _by_rep(run: Run) -> Iterator[list[Step]]:
    """Yield what the coach makes of an athlete's reps, frame by frame, cut after each rep's verdict."""
    coach = Coach(run.setting.config.assignment(DRILL))
    rep: list[Step] = []
    for t, pose in ScriptedBody(Script().hold(3.0).reps(run.amount.reps, hinged(70.0))).poses():
        step = coach.see(t, pose, speaking=False)
        rep.append(step)
        if any(isinstance(event, RepCompleted) for event in step.events):
            yield rep
            rep = []


def _wait(run: Run, writer: SessionWriter) -> None:
    until_s, pause = run.clock.now() + PATIENCE_S, threading.Event()
    while writer.waiting:
        if writer.trouble or run.clock.now() > until_s:
            raise StoreError(writer.trouble or "The disk does not answer; look at `pi-coach doctor`.")
        pause.wait(LOOK_S)


def _plain(run: Run, path: Path) -> float:
    began = run.clock.now()
    with path.open("ab") as file:
        file.write(bytes(PLAIN_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return run.clock.now() - began


def _backup(run: Run, folder: Path) -> Iterator[Figure]:
    book, copied_s, plain_s = folder / "year.db", [], []
    sessions = min(A_YEAR, run.amount.sessions)
    write_past(book, Past(run.clock.wall(), sessions=sessions), run.setting.config.drills)
    _seal(book)
    for number in range(run.amount.rounds):
        began = run.clock.now()
        back_up(book, folder / f"backup-{number}.db")
        copied_s.append([run.clock.now() - began])
        plain_s.append([_copied(run, book, folder / f"copy-{number}.db")])
    plain = Against("its file copied and synced", plain_s)
    yield figure(f"backup of {sessions} sessions, verified", "s", copied_s, plain)


def _seal(book: Path) -> None:
    """Seal the sessions as the coach does when they end; a backup refuses what does not fit its seal."""
    engine = make_engine(book, WRITING)
    with engine.begin() as connection:
        for session_id in numbers(connection):
            seal(connection, session_id)
    engine.dispose()


def _copied(run: Run, book: Path, target: Path) -> float:
    began = run.clock.now()
    shutil.copyfile(book, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return run.clock.now() - began
