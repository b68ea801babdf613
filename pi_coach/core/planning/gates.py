"""One rung up, one rung down: what the last sessions say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median, pstdev
from typing import TYPE_CHECKING

from pi_coach.core.planning.history import quality_share
from pi_coach.core.reps.fault import Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from pi_coach.core.planning.history import PastRep, PastSession, PastSet
    from pi_coach.core.planning.rules import DownGate, UpGate
    from pi_coach.core.planning.syllabus import Syllabus
    from pi_coach.core.reps.drill import Drill


class Lack(StrEnum):
    """What is still missing for the next rung."""

    SESSIONS = "sessions"
    REPS = "reps"
    QUALITY = "quality"
    MEDIAN = "median"
    STEADY = "steady"
    GOAL_FAULT = "goal fault"
    SILENT = "silent set"
    COMFORT = "comfort"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One condition that does not hold yet."""

    lack: Lack
    text: str
    """In plain words, with the figures."""


def shortfalls(syllabus: Syllabus, sessions: Sequence[PastSession], wait_days: float) -> tuple[Shortfall, ...]:
    """Return what is missing for the next rung; empty where all is there.

    `sessions` are those since the athlete came to this rung, with nothing but its drills; `wait_days` is how long the
    rung has to be kept yet.
    """
    gate = syllabus.rules.up
    recent = sessions[-gate.sessions :]
    reps = [rep for session in recent for rep in session.scored]
    found = (
        _sessions(gate, recent),
        _reps(gate, reps),
        *_scores(gate, reps),
        _goal(gate, syllabus.drills, sessions, reps),
        _silent(gate, recent) if syllabus.rules.silent.first_set else None,
        _comfort(recent),
        _time(wait_days),
    )
    return tuple(shortfall for shortfall in found if shortfall is not None)


def _sessions(gate: UpGate, recent: Sequence[PastSession]) -> Shortfall | None:
    more = gate.sessions - len(recent)
    return Shortfall(Lack.SESSIONS, f"{more} more session{'s' if more > 1 else ''}") if more > 0 else None


def _reps(gate: UpGate, reps: Sequence[PastRep]) -> Shortfall | None:
    more = gate.reps - len(reps)
    return Shortfall(Lack.REPS, f"{more} more scored rep{'s' if more > 1 else ''}") if more > 0 else None


def _scores(gate: UpGate, reps: Sequence[PastRep]) -> Iterator[Shortfall]:
    scores = [rep.score for rep in reps if rep.score is not None]
    if not scores:
        return
    share = quality_share(tuple(reps)) or 0.0
    if share < gate.quality_share:
        yield Shortfall(Lack.QUALITY, f"clean reps are {share:.0%}, wanted {gate.quality_share:.0%}")
    if median(scores) < gate.median_score:
        yield Shortfall(Lack.MEDIAN, f"the median score is {median(scores):.0f}, wanted {gate.median_score:.0f}")
    if pstdev(scores) > gate.score_sd:
        yield Shortfall(Lack.STEADY, f"scores scatter by {pstdev(scores):.0f}, wanted {gate.score_sd:.0f} at most")


def _goal(
    gate: UpGate, drills: Mapping[str, Drill], sessions: Sequence[PastSession], reps: Sequence[PastRep]
) -> Shortfall | None:
    goal = goal_fault(gate, drills, sessions)
    if goal is None or not reps:
        return None
    share = sum(goal in rep.faults for rep in reps) / len(reps)
    if share <= gate.goal_fault_share:
        return None
    name = goal.replace("_", " ")
    return Shortfall(Lack.GOAL_FAULT, f"{name} in {share:.0%} of reps, wanted {gate.goal_fault_share:.0%} at most")


def goal_fault(gate: UpGate, drills: Mapping[str, Drill], sessions: Sequence[PastSession]) -> str | None:
    """Return the fault that is being worked on: the most important frequent one of the latest session that had one."""
    for session in reversed(sessions):
        frequent = [
            (fault.priority, fault.id)
            for drill in dict.fromkeys(one.drill for one in session.sets)
            for fault in (drills[drill].faults if drill in drills else ())
            if _share(session, drill, fault.id) >= gate.goal_from_share
        ]
        if frequent:
            return min(frequent)[1]
    return None


def _share(session: PastSession, drill: str, fault: str) -> float:
    reps = [rep for one in session.sets if one.drill == drill for rep in one.reps]
    return sum(fault in rep.faults for rep in reps) / len(reps) if reps else 0.0


def _silent(gate: UpGate, recent: Sequence[PastSession]) -> Shortfall | None:
    tests = [one for session in recent for one in session.sets if one.silent and len(one.scored) >= gate.silent_reps]
    if not tests:
        return Shortfall(Lack.SILENT, "a set without corrections")
    share = quality_share(tests[-1].scored) or 0.0
    if share >= gate.silent_share:
        return None
    return Shortfall(Lack.SILENT, f"the silent set was {share:.0%} clean, wanted {gate.silent_share:.0%}")


def _comfort(recent: Sequence[PastSession]) -> Shortfall | None:
    if recent and recent[-1].comfortable is False:
        return Shortfall(Lack.COMFORT, "a session that feels comfortable")
    return None


def _time(wait_days: float) -> Shortfall | None:
    days = ceil(wait_days)
    return Shortfall(Lack.TIME, f"{days} more day{'s' if days > 1 else ''} on this rung") if days > 0 else None


def relapse(gate: DownGate, drills: Mapping[str, Drill], session: PastSession, at_rung: Container[str]) -> str | None:
    """Return why a session leads one rung down, in plain words; None where it does not.

    A critical fault counts in any drill, all else in those of the rung and above: a bad warm-up costs nothing.
    """
    critical = next(_of_severity(drills, session, Severity.CRITICAL), None)
    if critical is not None:
        return f"{_named(drills, *critical)}, severe and under load"
    session = session.only(at_rung)
    for one in session.sets:
        fault = _repeated(gate, drills, one)
        if fault is not None:
            return f"{_named(drills, one.drill, fault)}, {gate.same_major_reps} reps in a row"
    bad = [one for one in session.sets if (quality_share(one.scored) or 0.0) < gate.quality_share and one.scored]
    if len(bad) >= gate.bad_sets:
        return f"{len(bad)} sets with less than {gate.quality_share:.0%} clean reps"
    return None


def severity(drills: Mapping[str, Drill], drill: str, rep: PastRep, fault: str) -> Severity | None:
    """Return how much a fault of a rep mattered; None for one that the drill does not know any more."""
    for known in drills[drill].faults if drill in drills else ():
        if known.id == fault:
            return known.severe_as if fault in rep.severe else known.severity
    return None


def _of_severity(drills: Mapping[str, Drill], session: PastSession, wanted: Severity) -> Iterator[tuple[str, str]]:
    for one in session.sets:
        for rep in one.reps:
            yield from ((one.drill, f) for f in rep.faults if severity(drills, one.drill, rep, f) is wanted)


def _repeated(gate: DownGate, drills: Mapping[str, Drill], one: PastSet) -> str | None:
    """Return a major fault that showed in so many reps in a row."""
    row: dict[str, int] = {}
    for rep in one.reps:
        majors = [fault for fault in rep.faults if severity(drills, one.drill, rep, fault) is Severity.MAJOR]
        row = {fault: row.get(fault, 0) + 1 for fault in majors}
        for fault, times in row.items():
            if times >= gate.same_major_reps:
                return fault
    return None


def _named(drills: Mapping[str, Drill], drill: str, fault: str) -> str:
    return drills[drill].fault(fault).title.lower()
