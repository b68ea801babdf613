"""What a page is given with each request: the setting as it is now, and the session book to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from pi_coach.adapters.book.reader import SessionBook
from pi_coach.assembly import Setting


def _setting(request: Request) -> Setting:
    setting: Setting = request.app.state.setting
    return setting


GivenSetting = Annotated[Setting, Depends(_setting)]
"""A parameter of this type is the setting as the owner's files have it now."""


def _book(setting: GivenSetting) -> Iterator[SessionBook]:
    with SessionBook(setting.places.book) as book:
        yield book


GivenBook = Annotated[SessionBook, Depends(_book)]
"""A parameter of this type is the session book, opened for reading, closed when the page was sent."""
