"""The sessions of the past: calendar and list, one session, two side by side, one rep."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.book.rows import SessionDetail, SetRow
from pi_coach.core.events import Rep
from pi_coach.web import months, queries_sessions, replay, review, sheet
from pi_coach.web.given import GivenBook, GivenSetting
from pi_coach.web.numbers import MOST, RowId
from pi_coach.web.pages import page
from pi_coach.web.programme import rules
from pi_coach.web.queries_reps import Place, best_rep
from pi_coach.web.queries_sessions import Wanted
from pi_coach.web.reasons import reasons

router = APIRouter(prefix="/sessions")

OTHERS = 12
"""So many earlier sessions are offered for a comparison."""

Chosen = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Form:
    """What the list was asked for; a field that is empty asks for nothing."""

    drill: Chosen = ""
    athlete: Chosen = ""
    ending: Chosen = ""
    station: Chosen = ""
    since: Chosen = ""
    until: Chosen = ""

    def wanted(self, *, by_time: bool) -> Wanted:
        """Return the sessions that are asked for."""
        since, until = _day(self.since), _day(self.until)
        chosen = (self.drill or None, self.athlete or None, self.ending or None)
        return Wanted(*chosen, since, until, self.station or None, by_time=by_time)


@router.get("")
def sessions(
    request: Request,
    setting: GivenSetting,
    book: GivenBook,
    form: Annotated[Form, Depends()],
    month: Chosen = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """List sessions, under a calendar of a month."""
    wanted = form.wanted(by_time=bool(setting.places.hub))
    with book.asking() as connection:
        last = queries_sessions.last_day(connection) or setting.clock.wall()
        first = (_day(f"{month}-01") if month else None) or wanted.since or last.astimezone().date()
        days = queries_sessions.days(connection, _in_month(wanted, first.replace(day=1)))
        lines = queries_sessions.lines(connection, wanted, page_number)
        count = queries_sessions.count(connection, wanted)
        choices = queries_sessions.choices(connection)
    return page(
        request,
        "sessions.html",
        wanted=wanted,
        form=asdict(form),
        month=months.month(first.replace(day=1), days),
        lines=lines,
        count=count,
        page_number=page_number,
        pages=max(1, -(-count // queries_sessions.PAGE)),
        choices=choices,
        names=_names(setting, choices.drills),
        today=setting.clock.wall().astimezone().date(),
    )


def _in_month(wanted: Wanted, first: dt.date) -> Wanted:
    since, until = months.span(first)
    return replace(wanted, since=since, until=until)


def _day(text: str) -> dt.date | None:
    """Return a day of a form; None where the field is empty or no day."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _names(setting: GivenSetting, drills: Any) -> dict[str, str]:  # noqa: ANN401 - any collection of ids
    return {drill: review.drill_name(setting.config.drills, drill) for drill in drills}


@router.get("/{session_id}")
def session(request: Request, setting: GivenSetting, book: GivenBook, session_id: RowId) -> HTMLResponse:
    """Show one session."""
    detail = book.session(session_id)
    limits = rules(setting.config.owner_dir).fatigue
    with book.asking() as connection:
        same = Wanted(drill=detail.row.drills[0] if detail.row.drills else None, athlete=detail.row.athlete)
        others = queries_sessions.lines(connection, same)
    drills = setting.config.drills
    return page(
        request,
        "session.html",
        session=detail,
        sets=review.set_views(detail, drills, limits),
        chart=review.scores_chart(detail),
        score=review.mean_score(review.all_reps(detail)),
        faults=[
            (review.fault_title(drills, drill, fault), review.drill_name(drills, drill), reps)
            for drill, fault, reps in review.frequent_faults(detail)
        ],
        titles=_titles(setting),
        others=[line for line in others if line.id != session_id][:OTHERS],
    )


def _titles(setting: GivenSetting) -> dict[str, dict[str, str]]:
    return {drill.id: {fault.id: fault.title for fault in drill.faults} for drill in setting.config.drills.values()}


@router.get("/{session_id}/compare")
def compare(
    request: Request,
    setting: GivenSetting,
    book: GivenBook,
    session_id: RowId,
    other: Annotated[int, Query(alias="with", ge=1, le=MOST)],
) -> HTMLResponse:
    """Show two sessions side by side."""
    left, right = book.session(session_id), book.session(other)
    shared = review.shared_drills(left, right)
    return page(
        request,
        "compare.html",
        left=left,
        right=right,
        total=review.compare(left, right),
        drills=[
            (review.drill_name(setting.config.drills, drill), review.compare_drill(left, right, drill))
            for drill in shared
        ],
        chart=review.both_charts(left, right),
    )


@router.get("/{session_id}/sheet")
def sheet_page(request: Request, setting: GivenSetting, book: GivenBook, session_id: RowId) -> HTMLResponse:
    """Show the session on one page, to be printed."""
    detail = book.session(session_id)
    with book.asking() as connection:
        contents = sheet.contents(connection, detail, setting.config.drills)
    return page(request, "sheet_page.html", plan=None, **contents)


@router.get("/{session_id}/sets/{set_number}/reps/{number}")
def rep(
    request: Request, setting: GivenSetting, book: GivenBook, session_id: RowId, set_number: RowId, number: RowId
) -> HTMLResponse:
    """Show one rep: its movement, and why it was judged so."""
    detail = book.session(session_id)
    one, done = _rep(detail, set_number, number)
    athlete, ghost, best = _movements(book, detail, one, done)
    drill = setting.config.drills.get(one.drill)
    drawn = [movement for movement in (athlete, ghost) if movement]
    return page(
        request,
        "rep.html",
        session=detail,
        set=one,
        rep=done,
        drill=review.drill_name(setting.config.drills, one.drill),
        why=reasons(detail, one, done, drill),
        titles=_titles(setting).get(one.drill, {}),
        neighbours=_neighbours(detail, one, done),
        best=best,
        athlete=athlete,
        ghost=ghost,
        stage=replay.stage(drawn) if athlete else None,
        curves=replay.curves(athlete, ghost) if athlete else None,
        still=_bottom(athlete) if athlete else None,
        length_s=done.end_s - done.start_s,
    )


@router.get("/{session_id}/sets/{set_number}/reps/{number}/movement.json")
def movement(book: GivenBook, session_id: RowId, set_number: RowId, number: RowId) -> JSONResponse:
    """Return what the page's script draws."""
    detail = book.session(session_id)
    one, done = _rep(detail, set_number, number)
    athlete, ghost, _ = _movements(book, detail, one, done)
    if athlete is None:
        raise HTTPException(404, "The movement of this rep is not kept any more.")
    return JSONResponse({"athlete": replay.as_json(athlete), "ghost": replay.as_json(ghost) if ghost else None})


def _rep(detail: SessionDetail, set_number: int, number: int) -> tuple[SetRow, Rep]:
    for one in detail.sets:
        for done in one.reps:
            if (one.number, done.number) == (set_number, number):
                return one, done
    raise HTTPException(404, f"Session {detail.row.id} has no rep {number} in a set {set_number}.")


Movements = tuple[replay.Movement | None, replay.Movement | None, Place | None]


def _movements(book: SessionBook, detail: SessionDetail, one: SetRow, done: Rep) -> Movements:
    """Return a rep's movement, and that of the best rep of the drill with its place; None where none is kept."""
    here = Place(detail.row.id, one.number, done.number, done.start_s, done.bottom_s, done.end_s, done.score)
    athlete = _kept(book, here)
    with book.asking() as connection:
        best = best_rep(connection, here, one.drill) if athlete else None
    if athlete is None or best is None or best == here:
        return athlete, None, best
    ghost = _kept(book, best)
    return athlete, replay.fitted(ghost, athlete) if ghost else None, best


def _kept(book: SessionBook, place: Place) -> replay.Movement | None:
    from_s, to_s = replay.Moment(place.start_s, place.bottom_s, place.end_s).span
    return replay.movement(book.trace(place.session_id, from_s, to_s), place.bottom_s)


def _bottom(athlete: replay.Movement) -> list[list[int]] | None:
    """Return the figure at the bottom, for a browser that runs no script."""
    seen = [(abs(t), points) for t, points in zip(athlete.times_s, athlete.points, strict=True) if points is not None]
    _, points = min(seen, key=lambda pair: pair[0])
    return replay.figure(points, athlete.near)


def _neighbours(detail: SessionDetail, one: SetRow, done: Rep) -> tuple[str | None, str | None]:
    """Return the addresses of the reps before and after."""
    places = [(row.number, each.number) for row in detail.sets for each in row.reps]
    here = places.index((one.number, done.number))

    def address(at: int) -> str | None:
        if not 0 <= at < len(places):
            return None
        return f"/sessions/{detail.row.id}/sets/{places[at][0]}/reps/{places[at][1]}"

    return address(here - 1), address(here + 1)
