"""The drills in words, and how much of each the athlete wants."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pi_coach import choices
from pi_coach.core.reps.drill import Drill
from pi_coach.web import drill_words
from pi_coach.web.given import GivenSetting
from pi_coach.web.pages import page

router = APIRouter(prefix="/drills")

DrillId = Annotated[str, Path(max_length=60)]


@router.get("")
def drills(request: Request, setting: GivenSetting) -> HTMLResponse:
    """List the drills, in the order of the ladder."""
    return page(request, "drills.html", groups=drill_words.ladder(setting.config))


@router.get("/{drill_id}")
def drill(request: Request, setting: GivenSetting, drill_id: DrillId, *, saved: bool = False) -> HTMLResponse:
    """Show how a drill goes, and what is judged."""
    one = _known(setting, drill_id)
    faults = [drill_words.judged(fault) for fault in sorted(one.faults, key=lambda fault: fault.priority)]
    return page(request, "drill.html", drill=one, faults=faults, saved=saved)


@router.post("/{drill_id}")
def save_target(
    setting: GivenSetting,
    drill_id: DrillId,
    sets: Annotated[int, Form(ge=1, le=10)],
    reps: Annotated[int, Form(ge=1, le=50)],
) -> Response:
    """Keep how many sets and reps are wanted."""
    one = _known(setting, drill_id)
    choices.choose(setting.places, {choices.TARGETS: {one.id: {"sets": sets, "reps": reps}}})
    return RedirectResponse(f"/drills/{one.id}?saved=true#target", HTTPStatus.SEE_OTHER)


def _known(setting: GivenSetting, drill_id: str) -> Drill:
    if drill_id not in setting.config.drills:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such drill.")
    return setting.config.drills[drill_id]
