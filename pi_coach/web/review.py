"""A stored session as its pages show it: sets with their fatigue, a comparison of two, a chart of the scores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

from pi_coach.adapters.book.trail import Held
from pi_coach.core.planning import fatigue
from pi_coach.core.planning.fatigue import Tired
from pi_coach.web.charts import Chart, dots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from markupsafe import Markup

    from pi_coach.adapters.book.rows import CueRow, EventRow, SessionDetail, SetRow
    from pi_coach.core.events import Rep
    from pi_coach.core.planning.fatigue import FatigueLimits, Sign
    from pi_coach.core.reps.drill import Drill

UNSEEN = "-"
"""Stands for what was not seen."""

SCORES = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class SetView:
    """One set with what belongs to it."""

    row: SetRow
    name: str
    """Of the drill."""
    clean: int
    score: float | None
    """Mean of its scored reps; None where none was."""
    tired: tuple[str, ...]
    """Signs of fatigue in words."""
    cues: tuple[CueRow, ...]
    held: tuple[Held, ...]
    """What was seen and not named."""


def drill_name(drills: Mapping[str, Drill], drill: str) -> str:
    """Return what a drill is called; its id in words where the catalogue does not have it any more."""
    known = drills.get(drill)
    name = known.name if known else drill.replace("_", " ")
    return name[:1].upper() + name[1:]


def fault_title(drills: Mapping[str, Drill], drill: str, fault: str) -> str:
    """Return what a fault is called."""
    known = drills[drill].faults if drill in drills else ()
    return next((one.title for one in known if one.id == fault), fault.replace("_", " ").capitalize())


def set_views(session: SessionDetail, drills: Mapping[str, Drill], limits: FatigueLimits) -> list[SetView]:
    """Return the sets of a session."""
    held = held_by_set(session.events)
    return [
        SetView(
            row=one,
            name=drill_name(drills, one.drill),
            clean=sum(rep.quality for rep in one.reps),
            score=mean_score(one.reps),
            tired=tired(one.reps, limits),
            # The summary was said as well; once is enough.
            cues=tuple(cue for cue in session.cues if cue.set_number == one.number and cue.text != one.summary),
            held=tuple(held.get(one.number, ())),
        )
        for one in session.sets
    ]


def held_by_set(events: Iterable[EventRow]) -> dict[int, list[Held]]:
    """Return what was held back in each set, each reason once."""
    number, held = 0, dict[int, list[Held]]()
    for event in events:
        if event.kind == "SetStarted":
            number += 1
        elif event.kind == "CueHeld":
            one = Held(str(event.body["fault"]), str(event.body["reason"]))
            if one not in held.setdefault(number, []):
                held[number].append(one)
    return held


def mean_score(reps: Iterable[Rep]) -> float | None:
    """Return the mean of the scored reps; None where none was."""
    scores = [rep.score for rep in reps if rep.score is not None]
    return mean(scores) if scores else None


def tired(reps: Sequence[Rep], limits: FatigueLimits) -> tuple[str, ...]:
    """Return the signs of fatigue in words with their figures."""
    found = fatigue.signs(reps, limits)
    return tuple(_sign(sign) for sign in found.signs) if found else ()


def _sign(sign: Sign) -> str:
    match sign.kind:
        case Tired.SLOWER:
            figure = f"by {sign.value:.0%}"
        case Tired.FAULTS:
            figure = f"in {sign.value:.0%} of the last reps"
        case Tired.SCORES:
            figure = f"by {-sign.value:.0f} points each"
        case Tired.LOCKOUT:
            figure = f"by {sign.value:.0f}°"
    return f"{sign.kind.value.capitalize()}, {figure}"


def all_reps(session: SessionDetail) -> list[Rep]:
    """Return the reps of all sets."""
    return [rep for one in session.sets for rep in one.reps]


def scores_chart(session: SessionDetail) -> Markup | None:
    """Return the score of every rep in the order they were done; None where there is none."""
    reps = all_reps(session)
    if not any(rep.score is not None for rep in reps):
        return None
    points = list(enumerate(reps, start=1))
    starts: list[tuple[str, float]] = []
    at = 1
    for one in session.sets:
        if one.reps:
            starts.append((f"{'' if starts else 'set '}{one.number}", float(at)))
        at += len(one.reps)
    series = (
        ("clean", tuple((float(x), rep.score) for x, rep in points if rep.quality)),
        ("not clean", tuple((float(x), rep.score) for x, rep in points if not rep.quality)),
    )
    chart = Chart("Score of every rep", series, tuple(starts), SCORES, x_span=(0.0, len(reps) + 1.0))
    return dots(chart)


def both_charts(left: SessionDetail, right: SessionDetail) -> Markup | None:
    """Return the scores of two sessions in one drawing, rep by rep; None where neither has one."""
    reps = [all_reps(one) for one in (left, right)]
    if not any(rep.score is not None for rep in (*reps[0], *reps[1])):
        return None
    most = max(map(len, reps))
    series = tuple(
        (name, tuple((float(x), rep.score) for x, rep in enumerate(some, start=1)))
        for name, some in zip(("left", "right"), reps, strict=True)
    )
    marks = tuple((f"rep {x}", float(x)) for x in sorted({1, (most + 1) // 2, most}))
    return dots(Chart("Score of every rep of both sessions", series, marks, SCORES, x_span=(0.0, most + 1.0)))


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of two sessions."""

    name: str
    left: str
    right: str
    better: str
    """"left", "right" or empty: which one is better, as far as one can say."""


def compare(left: SessionDetail, right: SessionDetail) -> list[Compared]:
    """Return the figures of two sessions side by side."""
    return [_row(name, unit, sign, (of(all_reps(left)), of(all_reps(right)))) for name, unit, sign, of in FIGURES]


def shared_drills(left: SessionDetail, right: SessionDetail) -> list[str]:
    """Return the drills that both sessions have, in the order of the first."""
    others = {one.drill for one in right.sets}
    return list(dict.fromkeys(one.drill for one in left.sets if one.drill in others))


def of_drill(session: SessionDetail, drill: str) -> list[Rep]:
    """Return the reps of a drill."""
    return [rep for one in session.sets if one.drill == drill for rep in one.reps]


def compare_drill(left: SessionDetail, right: SessionDetail, drill: str) -> list[Compared]:
    """Return the figures of one drill in two sessions."""
    reps = of_drill(left, drill), of_drill(right, drill)
    load, other = _loads(left, drill), _loads(right, drill)
    weight = [Compared("Load", load, other, "")] if load or other else []
    return [*weight, *(_row(name, unit, sign, (of(reps[0]), of(reps[1]))) for name, unit, sign, of in FIGURES)]


def _loads(session: SessionDetail, drill: str) -> str:
    known = sorted({one.load_kg for one in session.sets if one.drill == drill and one.load_kg is not None})
    return ", ".join(f"{load:g}" for load in known) + " kg" if known else ""


def _row(name: str, unit: str, sign: int, values: tuple[float | None, float | None]) -> Compared:
    left, right = values
    better = ""
    if left is not None and right is not None and sign and f"{left:.0f}" != f"{right:.0f}":
        better = "left" if (left > right) == (sign > 0) else "right"
    return Compared(name, _told(left, unit), _told(right, unit), better)


def _told(value: float | None, unit: str) -> str:
    if value is None:
        return UNSEEN
    return f"{value:.1f}{unit}" if unit in {"", " s"} and value != int(value) else f"{value:.0f}{unit}"


def measured(name: str) -> Callable[[Sequence[Rep]], float | None]:
    """Return what takes the mean of a measure over reps; None where none shows it."""

    def of(reps: Sequence[Rep]) -> float | None:
        seen = [value for value in (rep.measures.get(name) for rep in reps) if value is not None]
        return mean(seen) if seen else None

    return of


def clean_pct(reps: Sequence[Rep]) -> float | None:
    """Return the share of quality reps, %; None without reps."""
    return 100 * sum(rep.quality for rep in reps) / len(reps) if reps else None


FIGURES: tuple[tuple[str, str, int, Callable[[Sequence[Rep]], float | None]], ...] = (
    ("Reps", "", 0, lambda reps: float(len(reps))),
    ("Clean", "%", 1, clean_pct),
    ("Score", "", 1, lambda reps: None if (score := mean_score(reps)) is None else round(score)),
    ("Hip bend", "°", 1, measured("hip_flexion_deg")),
    ("Knee bend", "°", 0, measured("knee_flexion_deg")),
    ("Hip to knee", "", 1, measured("hip_knee_ratio")),
    ("Left at the top", "°", -1, measured("lockout_residual_deg")),
    ("Way down", " s", 0, measured("down_s")),
    ("Way up", " s", 0, measured("up_s")),
)
"""Name, unit, whether more is better (1), worse (-1) or neither (0), and how it is found."""


def frequent_faults(session: SessionDetail) -> list[tuple[str, str, int]]:
    """Return drill, fault and in how many reps, the most frequent first."""
    found = Counter((one.drill, fault) for one in session.sets for rep in one.reps for fault in rep.faults)
    return [(drill, fault, reps) for (drill, fault), reps in found.most_common()]
