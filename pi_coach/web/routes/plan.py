"""Today's plan and why, the ladder, and what is missing for its next rung."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pi_coach import plan as plans
from pi_coach.adapters.book import edits
from pi_coach.core.planning.plan import Wish
from pi_coach.web import drill_words
from pi_coach.web.given import GivenBook, GivenPasts, GivenSetting
from pi_coach.web.pages import page

router = APIRouter(prefix="/plan")

Name = Annotated[str, Query(max_length=40)]


@router.get("")
def plan(
    request: Request,
    setting: GivenSetting,
    book: GivenBook,
    pasts: GivenPasts,
    athlete: Name = "",
    *,
    heavy_anyway: bool = False,
) -> HTMLResponse:
    """Show what to do today."""
    coach = setting.config.settings.coach
    name = athlete or coach.athlete
    outlook = pasts.outlook(setting, book, name, Wish(heavy_anyway=heavy_anyway))
    return page(
        request,
        "plan.html",
        athlete=name,
        athletes=coach.athletes,
        plan=outlook.plan,
        place=outlook.place,
        groups=drill_words.ladder(setting.config),
        tiers=drill_words.TIERS,
        drills=setting.config.drills,
        milestones=outlook.milestones,
        clean_reps=outlook.clean_reps,
    )


@router.post("/screens")
def log_screen(
    setting: GivenSetting,
    athlete: Annotated[str, Form(min_length=1, max_length=40)],
    screen: Annotated[str, Form(max_length=40)],
    value: Annotated[str, Form(max_length=20)],
) -> Response:
    """Keep what a self-test measured."""
    name, measured = plans.screen_told(setting.config, screen, value)
    edits.save_screen(setting.places.book, athlete, edits.ScreenDone(name, setting.clock.wall(), measured))
    return RedirectResponse("/plan", HTTPStatus.SEE_OTHER)
