"""Today's plan, and why."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pi_coach import plan as plans
from pi_coach.web.given import GivenBook, GivenSetting
from pi_coach.web.pages import page

router = APIRouter()


@router.get("/plan")
def plan(request: Request, setting: GivenSetting, book: GivenBook) -> HTMLResponse:
    """Show what to do today."""
    athlete = setting.config.settings.coach.athlete
    today = plans.todays(plans.read_syllabus(setting.config), book.history(athlete), setting.clock.wall())
    return page(request, "plan.html", athlete=athlete, plan=today, drills=setting.config.drills)
