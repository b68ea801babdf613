"""What a page is given with each request: the setting as it is now, and the session book to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.assembly import Setting
from pi_coach.web.doorkeeper import Doorkeeper
from pi_coach.web.errors import PinWantedError
from pi_coach.web.origins import SAFE_METHODS, place_of
from pi_coach.web.pasts import Pasts


def _setting(request: Request) -> Setting:
    setting: Setting = request.app.state.setting.now()
    return setting


GivenSetting = Annotated[Setting, Depends(_setting)]
"""A parameter of this type is the setting as the owner's files have it now."""


def _book(setting: GivenSetting) -> Iterator[SessionBook]:
    with SessionBook(setting.places.shown_book) as book:
        yield book


GivenBook = Annotated[SessionBook, Depends(_book)]
"""A parameter of this type is the session book, opened for reading, closed when the page was sent."""


def _doorkeeper(request: Request) -> Doorkeeper:
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    return doorkeeper


GivenDoorkeeper = Annotated[Doorkeeper, Depends(_doorkeeper)]
"""A parameter of this type is who lets people in."""


def _pasts(request: Request) -> Pasts:
    pasts: Pasts = request.app.state.pasts
    return pasts


GivenPasts = Annotated[Pasts, Depends(_pasts)]
"""A parameter of this type knows the athletes' pasts without reading all of the book."""


def pin_again(request: Request, doorkeeper: GivenDoorkeeper) -> None:
    """Ask for the PIN again unless it was entered a moment ago: for what leaves the machine or cannot be undone.

    Where there is no PIN, only this machine's own user comes here.
    """
    login = request.state.login
    if login is not None and not doorkeeper.is_fresh(login):
        # After a form the way leads back to the page that shows it.
        raise PinWantedError(place_of(request) if request.method in SAFE_METHODS else request.url.path)


PIN_AGAIN = Depends(pin_again)
