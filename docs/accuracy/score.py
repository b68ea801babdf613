"""One clip, one model, one frame rate: what the coach told, held against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import peers, tracks
from .truth import DEEP_SHARE, FAULTS, FLAT_DEG, NEVER, ROUNDED_DEG, SAID_BY, SHALLOW_SHARE, STANDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pi_coach.analysis import Report
    from pi_coach.config import Config
    from pi_coach.core.events import Rep
    from pi_coach.core.reps.drill import Drill

    from .tracks import Track
    from .truth import Clip, TrueRep

OURS = "pi_coach"
JUDGED = tuple(sorted({*FAULTS.values(), *NEVER, "back_rounding", "shallow"}))
MATCH_S = 0.5
"""A counted rep belongs to a true one if its bottom lies within it, give or take this."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the coach made of one fault in one true rep."""

    clip: str
    rep: int
    asked: str
    true: str | None
    """The athlete's own number, as text."""
    fault: str
    outcome: str
    """hit, missed, false alarm, clean; abstained where the drill or the view does not judge a fault that was there."""
    value: float | None
    """The measure that is held against the limit; None where it was not seen."""
    limit: float | None
    """None where the drill does not judge the fault."""


@dataclass(frozen=True, slots=True)
class JudgedRep:
    """A true rep and what was measured of it, by the coach and by the peers' rules."""

    rep: TrueRep
    told: Rep | None
    """None where it was not counted."""
    off_s: float | None
    """How far the coach's bottom lies outside the true one, seconds."""
    trunk_ratio: float | None
    height_ratio: float | None
    least_knee_deg: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One clip, seen through one model at one frame rate."""

    clip: Clip
    model: str
    fps: float
    counted: Mapping[str, int]
    """By the coach, and by each peer's rule."""
    view: str | None
    """From where the coach thought it looked."""
    judges: frozenset[str]
    """The faults of the drill."""
    told: tuple[Rep, ...]
    reps: tuple[JudgedRep, ...]
    """True reps of a rendered athlete, one entry each."""
    verdicts: tuple[Verdict, ...]


def trial(clip: Clip, model: str, fps: float, track: Track, config: Config) -> Trial:
    """Coach a clip and score it."""
    thinned = track.at(fps)
    report = tracks.coached(thinned, clip, config)
    counted = {OURS: len(report.reps)} | {name: count(thinned) for name, count in peers.COUNTERS.items()}
    reps = tuple(_judged(thinned, rep, report) for rep in clip.reps)
    hinges = [] if clip.squats is not None else reps
    drill = config.drill(clip.drill)
    judges = frozenset(fault.id for fault in drill.faults)
    verdicts = tuple(
        verdict for judged in hinges if judged.told for verdict in _verdicts(clip, drill, report.view, judged)
    )
    return Trial(clip, model, fps, counted, report.view, judges, tuple(report.reps), reps, verdicts)


def _judged(track: Track, rep: TrueRep, report: Report) -> JudgedRep:
    near = [told for told in report.reps if rep.start_s - MATCH_S <= told.bottom_s <= rep.end_s + MATCH_S]
    told = min(near, key=lambda told: abs(told.bottom_s - rep.bottom_s), default=None)
    off_s = None if told is None else max(rep.bottom_s - told.bottom_s, told.bottom_s - rep.bottom_end_s, 0.0)
    ratios = peers.trunk_ratio(track, rep), peers.height_ratio(track, rep)
    return JudgedRep(rep, told, off_s, *ratios, peers.least_knee_deg(track, rep))


def _verdicts(clip: Clip, drill: Drill, view: str | None, judged: JudgedRep) -> Iterator[Verdict]:
    assert judged.told is not None  # noqa: S101  the caller asks for counted reps only
    rules = {fault.id: fault for fault in drill.faults}
    for fault in JUDGED:
        wanted = _wanted(clip, drill, judged.rep, fault)
        rule = rules.get(fault)
        able = rule is not None and view in rule.views
        if wanted is None or not (able or wanted):
            continue
        got = fault in judged.told.faults
        outcome = {(1, 1): "hit", (1, 0): "missed", (0, 1): "false alarm", (0, 0): "clean"}[wanted, got]
        yield Verdict(
            clip.name,
            judged.rep.number,
            judged.rep.asked,
            _true(judged.rep, fault),
            fault,
            outcome if able else "abstained",
            judged.told.measures.get(rule.measure) if rule else None,
            (rule.above if rule.above is not None else rule.below) if rule else None,
        )


def _true(rep: TrueRep, fault: str) -> str | None:
    name, text = SAID_BY.get(fault, ("", ""))
    return text.format(rep.measured[name]) if name in rep.measured else None


def _wanted(clip: Clip, drill: Drill, rep: TrueRep, fault: str) -> bool | None:
    """Tell whether a fault should be told; None where either is right, or it cannot be known."""
    if fault == "back_rounding":
        return None if FLAT_DEG < rep.lumbar_deg < ROUNDED_DEG else rep.lumbar_deg >= ROUNDED_DEG
    if fault == "shallow":
        return _shallow(clip, drill, rep)
    if (fault == "wall_missed" and not drill.uses_wall) or (fault == "knees_in" and clip.view != "front"):
        return None
    return fault in rep.faults


def _shallow(clip: Clip, drill: Drill, rep: TrueRep) -> bool | None:
    share = rep.peaks_deg["hip_flexion_deg"] / drill.target_deg
    if clip.exercise not in STANDING or SHALLOW_SHARE <= share <= DEEP_SHARE:
        return None
    return share < SHALLOW_SHARE and not (drill.uses_wall and rep.touched)
