"""The application: its pages, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from pi_coach import __version__
from pi_coach.web.pages import STATIC
from pi_coach.web.routes import drills, plan, progress, sessions, setup, today

if TYPE_CHECKING:
    from pi_coach.assembly import Setting


def create_app(setting: Setting) -> FastAPI:
    """Return the web application."""
    app = FastAPI(title="pi-coach", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.setting = setting
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for group in (today, sessions, progress, plan, drills, setup):
        app.include_router(group.router)
    return app
