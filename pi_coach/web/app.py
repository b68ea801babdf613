"""The application: its pages and its guard, put together."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from pi_coach import __version__
from pi_coach.core.errors import StoreError
from pi_coach.latest_setting import LatestSetting
from pi_coach.web import errors
from pi_coach.web.doorkeeper import Doorkeeper
from pi_coach.web.guard import Guard
from pi_coach.web.pages import STATIC
from pi_coach.web.pasts import Pasts
from pi_coach.web.routes import drills, login, plan, progress, sessions, setup, takeaway, today

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pi_coach.assembly import Setting

log = logging.getLogger(__name__)

REFUSALS = (303, 400, 401, 403, 404, 405, 408, 409, 413, 421, 422, 503)
"""What any page may answer instead of itself."""


@asynccontextmanager
async def _read_ahead(app: FastAPI) -> AsyncIterator[None]:
    """Read the athletes' pasts while the first pages are being asked for."""
    reading = asyncio.create_task(run_in_threadpool(_read_pasts, app))
    yield
    await reading


def _read_pasts(app: FastAPI) -> None:
    try:
        app.state.pasts.read_ahead(app.state.setting.now())
    except StoreError as error:
        log.warning("%s", error)  # the pages say it too, once somebody asks for them


def create_app(setting: Setting) -> FastAPI:
    """Return the web application."""
    app = FastAPI(
        title="pi-coach",
        lifespan=_read_ahead,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        default_response_class=HTMLResponse,
        responses={code: {"description": HTTPStatus(code).phrase} for code in REFUSALS},
    )
    app.state.setting = LatestSetting(setting)
    app.state.doorkeeper = Doorkeeper(setting.places, setting.clock)
    app.state.pasts = Pasts()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for group in (today, takeaway, sessions, progress, plan, drills, setup, login):
        app.include_router(group.router)
    errors.add_to(app)
    app.add_middleware(Guard, doorkeeper=app.state.doorkeeper, setting=app.state.setting)
    return app
