"""A session on one page: what went well, the one thing to work on, two plots, and what comes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import mean, pstdev
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pi_coach.core.planning.history import DAY_S, History
from pi_coach.web import review
from pi_coach.web.charts import Chart, lines, styled
from pi_coach.web.pages import STATIC, text
from pi_coach.web.queries_progress import Scope, trained
from pi_coach.web.trends import clean_pct, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from pi_coach.adapters.book.rows import SessionDetail
    from pi_coach.core.events import Rep
    from pi_coach.core.planning.plan import Plan
    from pi_coach.core.reps.drill import Drill

MOST_STRENGTHS = 3

CLEAN_FROM = 0.8
"""As for the next rung of the ladder, see programme.toml."""
RATIO_FROM = 4.0
"""A good hinge has 4.7 to 5.6 in a simulated body, less one deviation of its measurement."""
DEPTH_FROM = 0.95
"""Of the drill's target."""
LEFT_BELOW_DEG = 6.0
"""Half the limit at which the lockout becomes a fault."""
SCATTER_BELOW = 0.12
"""People vary by a tenth of a second and more in a rep of two to three seconds: this is as even as it gets."""
RUN_FROM = 5

OFTEN = 0.2
"""A fault in fewer reps is no habit."""

TREND_DAYS = 56


@dataclass(frozen=True, slots=True)
class Task:
    """The one thing to work on."""

    title: str
    drill: str
    reps: int
    of_reps: int
    cue: str
    """What to think of; empty for a fault that is never spoken."""


def contents(connection: Connection, session: SessionDetail, drills: Mapping[str, Drill]) -> dict[str, Any]:
    """Return what the page's template needs."""
    reps = review.all_reps(session)
    return {
        "session": session,
        "names": {drill: review.drill_name(drills, drill) for drill in session.row.drills},
        "score": review.mean_score(reps),
        "run": longest_run(session),
        "plots": [
            ("Score of every rep", review.scores_chart(session)),
            ("Clean share, eight weeks", _trend(connection, session)),
        ],
        "strengths": strengths(session),
        "task": task(session, drills),
    }


def strengths(session: SessionDetail) -> list[str]:
    """Return what went well, the most important first; at least one sentence where there is a rep."""
    reps = review.all_reps(session)
    if not reps:
        return []
    return list(_strengths(session, reps))[:MOST_STRENGTHS] or [f"You did {len(reps)} reps: showing up is the start."]


def _strengths(session: SessionDetail, reps: Sequence[Rep]) -> Iterator[str]:
    """Yield what went well; nothing is praised of which there was a fault."""
    seen = {fault for rep in reps for fault in rep.faults}
    clean = sum(rep.quality for rep in reps)
    if clean >= CLEAN_FROM * len(reps):
        yield f"{clean} of {len(reps)} reps were clean."
    ratio, depth = _mean(reps, "hip_knee_ratio"), _mean(reps, "depth_share")
    if ratio is not None and ratio >= RATIO_FROM and "squatting" not in seen:
        yield f"You hinged at the hips: they bent {ratio:.1f} times as much as the knees."
    if depth is not None and depth >= DEPTH_FROM and "shallow" not in seen:
        yield f"Your depth was full: {min(depth, 1.0):.0%} of the target."
    left = _mean(reps, "lockout_residual_deg")
    if left is not None and left < LEFT_BELOW_DEG and "no_lockout" not in seen:
        yield "You stood all the way up, every time."
    if (scatter := _scatter(session)) is not None and scatter < SCATTER_BELOW and "too_fast" not in seen:
        yield "Your tempo was even from rep to rep."
    if (run := longest_run(session)) >= RUN_FROM:
        yield f"{run} clean reps came in a row."


def _mean(reps: Sequence[Rep], measure: str) -> float | None:
    return review.measured(measure)(reps)


def _scatter(session: SessionDetail) -> float | None:
    """Return how much the length of a rep varies within a set, as a share of it; None where too few were timed."""
    shares = []
    for one in session.sets:
        pairs = [(rep.measures.get("down_s"), rep.measures.get("up_s")) for rep in one.reps]
        lengths = [down + up for down, up in pairs if down is not None and up is not None]
        if len(lengths) >= RUN_FROM and mean(lengths) > 0:
            shares.append(pstdev(lengths) / mean(lengths))
    return mean(shares) if shares else None


def longest_run(session: SessionDetail) -> int:
    """Return the most clean reps in a row within a set."""
    best = run = 0
    for one in session.sets:
        run = 0
        for rep in one.reps:
            run = run + 1 if rep.quality else 0
            best = max(best, run)
    return best


def task(session: SessionDetail, drills: Mapping[str, Drill]) -> Task | None:
    """Return the frequent fault that the drills say matters most; None where none was frequent."""
    often = [
        (drills[drill].fault(fault).priority, -reps, drill, fault)
        for drill, fault, reps in review.frequent_faults(session)
        if drill in drills
        and fault in {one.id for one in drills[drill].faults}
        and reps >= OFTEN * len(review.of_drill(session, drill))
    ]
    if not often:
        return None
    _, less, drill, fault = min(often)
    cues = drills[drill].fault(fault).words.cues
    title, name = review.fault_title(drills, drill, fault), review.drill_name(drills, drill)
    return Task(title, name, -less, len(review.of_drill(session, drill)), cues[0] if cues else "")


def _trend(connection: Connection, session: SessionDetail) -> Markup | None:
    """Return the share of clean reps of the athlete's sessions up to this one; None where it is the only one."""
    end = session.row.started_at
    since = end - dt.timedelta(days=TREND_DAYS)
    found = trained(connection, Scope(session.row.athlete, since=since))
    past = [one for one in found if one.started_at <= end]
    if len(past) < 2:  # noqa: PLR2004 - one point is no trend
        return None
    points = tuple(((one.started_at - end).total_seconds() / 86_400, clean_pct(total([one]))) for one in past)
    marks = tuple((f"{(end + dt.timedelta(days=day)).astimezone():%d %b}", float(day)) for day in (-TREND_DAYS, -28, 0))
    chart = Chart("Share of clean reps in each session", (("clean", points),), marks, (0, 25, 50, 75, 100), "%",
                  x_span=(-float(TREND_DAYS), 2.0))  # fmt: skip
    return lines(chart)


def document(contents: Mapping[str, Any], plan: Plan | None, drills: Mapping[str, Drill]) -> str:
    """Return the sheet as a file of its own, which refers to nothing outside itself."""
    style = Markup((STATIC / "sheet.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    of_charts = (STATIC / "sheet_charts.css").read_text(encoding="utf-8")
    plots = [(title, plot and styled(plot, of_charts)) for title, plot in contents["plots"]]
    names = {drill: review.drill_name(drills, drill) for drill in drills}
    return text("sheet_file.html", style=style, plan=plan, plan_names=names, **{**contents, "plots": plots})


def until(history: History, session: SessionDetail) -> History:
    """Return the past as it was right after a session, so that an old sheet is not planned from what came later."""
    last = session.row.started_at.timestamp() / DAY_S
    return History(tuple(one for one in history.sessions if one.day <= last), history.screens, history.profile)
