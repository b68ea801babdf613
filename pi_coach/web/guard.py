"""Stands before every page: who asks, for whom, from where, how much, and what a browser may do with the answer.

Middleware of plain ASGI, because it has to see every answer, a live one and that of an error too.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers, MutableHeaders

from pi_coach.web import origins
from pi_coach.web.pages import trouble

if TYPE_CHECKING:
    from fastapi.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pi_coach.latest_setting import LatestSetting
    from pi_coach.web.doorkeeper import Doorkeeper
    from pi_coach.web.pin import Pin

log = logging.getLogger(__name__)

COOKIE = "pi_coach"

MOST_BYTES = 64 * 1024
"""The longest form of these pages has a few kilobytes."""

BODY_S = 10.0
"""So long may a form be under way; a phone at the edge of the network sends it in a second or two."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing for others; "no-referrer" would take the Origin from our own forms too.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What a browser is told with every answer."""

PRIVATE = "no-store"
"""Nothing of a body's history stays in a browser's cache, and nothing is shown by going back after logging out."""

FOR_GOOD = "public, max-age=31536000, immutable"
"""The address of a static file changes with the file."""

OPEN = ("/login", "/static/")
"""What is shown before the PIN was entered: the question for it, and how that looks."""

AT_THE_DOOR = ("/login", "/logout")
"""What a hub's page takes too, which changes nothing else."""


class Guard:
    """Lets through what may pass, and adds to every answer what a browser has to know."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, setting: LatestSetting) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._setting = setting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        # Scripts name each other without the mark of their content, so those are asked for anew.
        answer = _Answer(send, static=scope["path"].startswith("/static/"), marked="v" in request.query_params)
        try:
            refused = self._refusal(request)
            if refused is not None:
                await refused(scope, receive, answer.send)
            else:
                await self._app(scope, _bounded(receive), answer.send)
        except HTTPException as error:
            await trouble(request, error.status_code, error.detail)(scope, receive, answer.send)
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            if answer.begun:
                raise
            await trouble(request, 500, "This page failed; the coach goes on.")(scope, receive, answer.send)

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to who may not pass. Raises HTTPException for what nobody may."""
        pin = self._doorkeeper.pin
        if pin is None and not origins.is_loopback(request):
            raise HTTPException(HTTPStatus.FORBIDDEN, "Without a PIN this page is for the coach's own machine only.")
        if not origins.is_own_name(request, self._setting.known.config.settings.web.names):
            raise HTTPException(HTTPStatus.MISDIRECTED_REQUEST, "This is not the name of this machine.")
        if _length(request.headers) > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is more than these pages ask for.")
        if request.method not in origins.SAFE_METHODS and not origins.is_own_page(request):
            raise HTTPException(HTTPStatus.FORBIDDEN, "Only this site's own pages may change something.")
        if self._is_hubs(request):
            raise HTTPException(HTTPStatus.FORBIDDEN, "This is the gym's hub: things are changed at a station.")
        request.state.login = None
        return None if pin is None else self._unknown(request, pin)

    def _is_hubs(self, request: Request) -> bool:
        """Tell whether something is to be changed in a book that only stations change."""
        at_the_door = request.url.path in AT_THE_DOOR
        return bool(self._setting.known.places.hub) and request.method not in origins.SAFE_METHODS and not at_the_door

    def _unknown(self, request: Request, pin: Pin) -> Response | None:
        """Return the way to the PIN for who has not entered it."""
        request.state.login = self._doorkeeper.login(pin, request.cookies.get(COOKIE))
        path = request.url.path
        if request.state.login is not None or path == OPEN[0] or path.startswith(OPEN[1]):
            return None
        if request.method in origins.SAFE_METHODS and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"{OPEN[0]}?next={quote(origins.place_of(request))}", HTTPStatus.SEE_OTHER)
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Enter the PIN first.")


class _Answer:
    """An answer on its way out, which gets the headers that all have."""

    def __init__(self, send: Send, *, static: bool, marked: bool) -> None:
        self._send = send
        self._kept = PRIVATE if not static else FOR_GOOD if marked else "no-cache"
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            good = message["status"] in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
            headers["Cache-Control"] = self._kept if good else PRIVATE
        await self._send(message)


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "0")
    # Python refuses to read a number of thousands of digits.
    return int(told) if told.isascii() and told.isdigit() and len(told) < 20 else MOST_BYTES + 1  # noqa: PLR2004


def _bounded(receive: Receive) -> Receive:
    """Return the way in, closed where somebody sends more than they told, or takes too long about it."""
    left, due_s, whole = MOST_BYTES, asyncio.get_running_loop().time() + BODY_S, False

    async def take() -> Message:
        nonlocal left, whole
        try:
            # Once all is there, only the end of the line is waited for: a live page does so for hours.
            async with asyncio.timeout_at(None if whole else due_s):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "That took too long to arrive: send it again.") from error
        whole = not message.get("more_body", False)
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is more than these pages ask for.")
        return message

    return take
