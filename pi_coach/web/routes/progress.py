"""Progress over weeks and months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from pi_coach.web import queries_progress, queries_sessions, review, trends
from pi_coach.web.charts import Chart, area, lines
from pi_coach.web.given import GivenBook, GivenSetting
from pi_coach.web.pages import page
from pi_coach.web.programme import rules
from pi_coach.web.queries_progress import Part, Scope, Trained

if TYPE_CHECKING:
    from markupsafe import Markup
    from sqlalchemy.engine import Connection

router = APIRouter(prefix="/progress")

Chosen = Annotated[str, Query(max_length=80)]

MARKS = 4
"""So many dates find room under a chart on a phone."""

MOST_FAULTS = 8


@router.get("")
def progress(
    request: Request,
    setting: GivenSetting,
    book: GivenBook,
    athlete: Chosen = "",
    drill: Chosen = "",
    period: Chosen = "12w",
) -> HTMLResponse:
    """Show how training goes on, of one drill or of all."""
    chosen = next((one for one in trends.PERIODS if one.id == period), trends.PERIODS[0])
    now = setting.clock.wall()
    with book.asking() as connection:
        choices = queries_sessions.choices(connection)
        who = athlete or _usual(setting.config.settings.coach.athlete, choices.athletes)
        since = None if chosen.days is None else now - dt.timedelta(days=chosen.days)
        found = _found(connection, Scope(who, drill or None, since))
    return page(
        request,
        "progress.html",
        form={"athlete": who, "drill": drill, "period": chosen.id},
        choices=choices,
        names={name: review.drill_name(setting.config.drills, name) for name in choices.drills},
        periods=trends.PERIODS,
        period=chosen,
        milestone=trends.milestone(found.lifetime, rules(setting.config.owner_dir).milestones),
        faults=[(_title(setting, fault), reps) for fault, reps in found.faults[:MOST_FAULTS]],
        streak=trends.streak(found.days, now.astimezone().date()),
        bests=trends.bests(found.parts),
        dates=found.dates,
        loads=trends.loads(found.parts) if drill else [],
        sides=trends.sides(found.parts),
        **_curves(found.trained, chosen),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the book says."""

    trained: list[Trained]
    lifetime: list[Part]
    """Of all drills."""
    parts: list[Part]
    """Of the chosen drill."""
    faults: list[tuple[str, int]]
    days: list[dt.datetime]
    dates: dict[int, dt.datetime]
    """When the sessions with the bests began."""


def _found(connection: Connection, scope: Scope) -> _Found:
    lifetime = queries_progress.parts(connection, scope.athlete)
    parts = [part for part in lifetime if scope.drill in (None, part.drill)]
    return _Found(
        trained=queries_progress.trained(connection, scope),
        lifetime=lifetime,
        parts=parts,
        faults=queries_progress.faults(connection, scope),
        days=queries_progress.days(connection, scope.athlete),
        dates=queries_progress.began(connection, trends.bests(parts).session_ids),
    )


def _curves(trained: Sequence[Trained], period: trends.Period) -> dict[str, Any]:
    figures, buckets = trends.total(trained), trends.buckets(trained, by_month=period.by_month)
    return {
        "figures": figures,
        "buckets": buckets,
        "trends": [(trend, trend.of(figures), _line(trend, buckets)) for trend in trends.TRENDS],
        "volume": _volume(buckets, period),
    }


def _usual(name: str, athletes: Sequence[str]) -> str:
    """Return the owner's athlete, or the first there is."""
    return name if name in athletes or not athletes else athletes[0]


def _title(setting: GivenSetting, fault: str) -> str:
    titles = (one.title for drill in setting.config.drills.values() for one in drill.faults if one.id == fault)
    return next(titles, fault.replace("_", " ").capitalize())


def _line(trend: trends.Trend, buckets: Sequence[trends.Bucket]) -> Markup | None:
    points = tuple((float(bucket.start.toordinal()), trend.of(bucket.figures)) for bucket in buckets)
    seen = [value for _, value in points if value is not None]
    if len(seen) < 2:  # noqa: PLR2004 - one point is no curve
        return None
    marks = (0, 25, 50, 75, 100) if trend.id == "clean" else _scale(seen)
    return lines(Chart(trend.title, ((trend.id, points),), _dates(buckets), marks, trend.unit))


def _volume(buckets: Sequence[trends.Bucket], period: trends.Period) -> Markup | None:
    if len(buckets) < 2:  # noqa: PLR2004 - as above
        return None
    points = tuple((float(bucket.start.toordinal()), float(bucket.figures.reps)) for bucket in buckets)
    label = f"Reps a {'month' if period.by_month else 'week'}"
    return area(Chart(label, (("reps", points),), _dates(buckets), _scale([0.0, *(y for _, y in points)])))


def _dates(buckets: Sequence[trends.Bucket]) -> tuple[tuple[str, float], ...]:
    first, last = buckets[0].start.toordinal(), buckets[-1].start.toordinal()
    pattern = "%b %Y" if last - first > MANY_DAYS else "%d %b"
    places = [first + round((last - first) * (part + 0.5) / MARKS) for part in range(MARKS)]
    return tuple((f"{dt.date.fromordinal(place):{pattern}}", float(place)) for place in places)


MANY_DAYS = 300
"""Over more days than this the month is told, not the day."""


def _scale(values: Sequence[float]) -> tuple[float, ...]:
    """Return four or five round numbers around values."""
    low, high = min(values), max(values)
    rough = max(high - low, 0.05 * abs(high), 0.1) / 3
    step = next(size for size in STEPS if size >= rough)
    first = int(low // step)
    return tuple(step * place for place in range(first, int(high // step) + 2))


STEPS = tuple(figure * 10.0**power for power in range(-2, 7) for figure in (1, 2, 5))
