"""What a page that cannot be shown says instead."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from pi_coach.core.errors import CoachError, StoreError, UsageError
from pi_coach.web.origins import SAFE_METHODS
from pi_coach.web.pages import trouble

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import Response

SENTENCES = {404: "There is no such page.", 405: "That cannot be done here."}
"""Instead of the bare phrases of the protocol."""


class PinWantedError(Exception):
    """The PIN has to be entered again before this."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place
        """Where to go on afterwards."""


def add_to(app: FastAPI) -> None:
    """Let the application answer errors with pages."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(CoachError, _coach)
    app.add_exception_handler(PinWantedError, _pin_wanted)


def _http(request: Request, error: Exception) -> Response:
    code, told = getattr(error, "status_code", 500), str(getattr(error, "detail", ""))
    return trouble(request, code, SENTENCES.get(code, told) if told == HTTPStatus(code).phrase else told)


def _not_understood(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    names = ", ".join(dict.fromkeys(str(problem["loc"][-1]) for problem in problems))
    return trouble(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"This was not understood: {names}.")


def _coach(request: Request, error: Exception) -> Response:
    if isinstance(error, StoreError):
        code = HTTPStatus.SERVICE_UNAVAILABLE
    elif isinstance(error, UsageError):
        code = HTTPStatus.BAD_REQUEST
    else:
        # What is asked for is not there, or what is to be changed is in use.
        code = HTTPStatus.NOT_FOUND if request.method in SAFE_METHODS else HTTPStatus.CONFLICT
    return trouble(request, code, str(error))


def _pin_wanted(_: Request, error: Exception) -> Response:
    place = getattr(error, "place", "/")
    return RedirectResponse(f"/login?next={quote(place)}", HTTPStatus.SEE_OTHER)
