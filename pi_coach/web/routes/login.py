"""The PIN: the way in, and out."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pi_coach.web.doorkeeper import LIFE_S, LockedError
from pi_coach.web.given import GivenDoorkeeper
from pi_coach.web.guard import COOKIE
from pi_coach.web.origins import safe_place
from pi_coach.web.pages import page

router = APIRouter()

Place = Annotated[str, Query(max_length=400)]


@router.get("/login")
def ask(request: Request, doorkeeper: GivenDoorkeeper, next: Place = "/") -> HTMLResponse:  # noqa: A002  its name in the address
    """Ask for the PIN."""
    return _asked(request, doorkeeper, safe_place(next))


@router.post("/login")
def enter(
    request: Request,
    doorkeeper: GivenDoorkeeper,
    pin: Annotated[str, Form(max_length=40)] = "",
    next: Annotated[str, Form(max_length=400)] = "/",  # noqa: A002  its name in the form
) -> Response:
    """Let in who knows the PIN."""
    place, wanted = safe_place(next), doorkeeper.pin
    if wanted is None:
        return RedirectResponse(place, HTTPStatus.SEE_OTHER)
    try:
        token = doorkeeper.enter(wanted, "".join(pin.split()))
    except LockedError as locked:
        answer = _asked(request, doorkeeper, place, code=HTTPStatus.TOO_MANY_REQUESTS, wait_s=math.ceil(locked.wait_s))
        answer.headers["Retry-After"] = str(math.ceil(locked.wait_s))
        return answer
    if token is None:
        return _asked(request, doorkeeper, place, code=HTTPStatus.UNAUTHORIZED)
    earlier = request.cookies.get(COOKIE)
    if earlier is not None:
        doorkeeper.leave(wanted, earlier)
    return _let_in(request, place, token)


@router.post("/logout")
def leave(request: Request, doorkeeper: GivenDoorkeeper) -> Response:
    """Log this browser out."""
    wanted, token = doorkeeper.pin, request.cookies.get(COOKIE)
    if wanted is not None and token is not None:
        doorkeeper.leave(wanted, token)
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer


def _asked(
    request: Request,
    doorkeeper: GivenDoorkeeper,
    place: str,
    *,
    code: HTTPStatus = HTTPStatus.OK,
    wait_s: int = 0,
) -> HTMLResponse:
    wanted = doorkeeper.pin
    return page(
        request,
        "login.html",
        status_code=code,
        place=place,
        pin_set=wanted is not None,
        wrong=code is HTTPStatus.UNAUTHORIZED,
        wait_s=wait_s,
        tries_left=0 if wanted is None else doorkeeper.tries_left(wanted),
        again=request.state.login is not None,
    )


def _let_in(request: Request, place: str, token: str) -> Response:
    answer = RedirectResponse(place, HTTPStatus.SEE_OTHER)
    # Secure only where a proxy in front speaks TLS: at home there is nobody to give out a certificate.
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, max_age=int(LIFE_S), secure=secure, httponly=True, samesite="strict")
    return answer
