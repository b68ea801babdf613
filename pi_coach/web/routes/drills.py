"""The drills in words."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pi_coach.web.given import GivenSetting
from pi_coach.web.pages import page

router = APIRouter()


@router.get("/drills")
def drills(request: Request, setting: GivenSetting) -> HTMLResponse:
    """List the drills."""
    return page(request, "drills.html", drills=sorted(setting.config.drills.values(), key=lambda drill: drill.name))
