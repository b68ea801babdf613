"""Today: the live page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pi_coach.web.pages import page

router = APIRouter()


@router.get("/")
def today(request: Request) -> HTMLResponse:
    """Show what the coach sees and says now."""
    return page(request, "today.html")
