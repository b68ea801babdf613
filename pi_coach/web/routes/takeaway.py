"""What leaves the machine or cannot be undone: both want the PIN again."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pi_coach import exports
from pi_coach.adapters.book import edits
from pi_coach.web.given import PIN_AGAIN, GivenBook, GivenSetting
from pi_coach.web.numbers import RowId
from pi_coach.web.pages import page

router = APIRouter(dependencies=[PIN_AGAIN])


class Form(StrEnum):
    """The forms in which a session can be had."""

    JSON = "json"
    CSV = "csv"
    FIT = "fit"


@router.get("/sessions/{session_id}/export")
def export(session_id: RowId, setting: GivenSetting, book: GivenBook, format: Form = Form.JSON) -> Response:  # noqa: A002  its name in the address
    """Hand out a session as a file."""
    made = exports.export(setting.config, book.session(session_id), format)
    headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.get("/sessions/{session_id}/delete")
def ask_to_delete(request: Request, session_id: RowId, book: GivenBook) -> HTMLResponse:
    """Ask whether a session is really to be deleted."""
    return page(request, "delete.html", session=book.session(session_id).row)


@router.post("/sessions/{session_id}/delete")
def delete(session_id: RowId, setting: GivenSetting) -> Response:
    """Delete a session, and what is left of it in the file."""
    edits.delete_session(setting.places.book, session_id)
    return RedirectResponse("/sessions", HTTPStatus.SEE_OTHER)
