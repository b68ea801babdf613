"""Today: what the coach sees, counts and says now."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from pi_coach.web.following import moments, named
from pi_coach.web.given import GivenBook, GivenDoorkeeper, GivenSetting
from pi_coach.web.guard import COOKIE
from pi_coach.web.pages import page

router = APIRouter()

AGAIN_MS = 2000
"""So long a page waits before it asks again for a coach that was not there."""

LOOK_EVERY = 100
"""After so many moments, ten seconds, it is seen whether the PIN still opens the page."""


@router.get("/")
def today(request: Request, book: GivenBook) -> HTMLResponse:
    """Show the live page; without a coach it tells of the last session."""
    latest = book.sessions(1)
    return page(request, "today.html", last=latest[0] if latest else None)


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request, setting: GivenSetting, doorkeeper: GivenDoorkeeper) -> AsyncIterator[ServerSentEvent]:
    """Send each moment while the coach is there; then tell that nobody trains, and let the browser come again."""
    count = 0
    async for moment in moments(setting.places.live_socket):
        yield ServerSentEvent(data=named(setting.config, moment), event="moment")
        count += 1
        pin = doorkeeper.pin if count % LOOK_EVERY == 0 else None
        if pin is not None and doorkeeper.login(pin, request.cookies.get(COOKIE)) is None:
            return
    yield ServerSentEvent(data={}, event="away", retry=AGAIN_MS)
