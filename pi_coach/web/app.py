"""The application: its pages and its guard, put together."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from pi_coach import __version__
from pi_coach.latest_setting import LatestSetting
from pi_coach.web import errors
from pi_coach.web.doorkeeper import Doorkeeper
from pi_coach.web.guard import Guard
from pi_coach.web.pages import STATIC
from pi_coach.web.routes import drills, login, plan, progress, sessions, setup, takeaway, today

if TYPE_CHECKING:
    from pi_coach.assembly import Setting

REFUSALS = (303, 400, 401, 403, 404, 405, 409, 413, 421, 422, 503)
"""What any page may answer instead of itself."""


def create_app(setting: Setting) -> FastAPI:
    """Return the web application."""
    app = FastAPI(
        title="pi-coach",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        default_response_class=HTMLResponse,
        responses={code: {"description": HTTPStatus(code).phrase} for code in REFUSALS},
    )
    app.state.setting = LatestSetting(setting)
    app.state.doorkeeper = Doorkeeper(setting.places, setting.clock)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for group in (today, takeaway, sessions, progress, plan, drills, setup, login):
        app.include_router(group.router)
    errors.add_to(app)
    app.add_middleware(Guard, doorkeeper=app.state.doorkeeper, setting=app.state.setting)
    return app
