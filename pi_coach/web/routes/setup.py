"""Set-up: standing in the picture, the wall, people, voice, targets, the button."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pi_coach import choices, plan, wording
from pi_coach.adapters.book import edits
from pi_coach.adapters.book.rows import Calibration
from pi_coach.core.errors import CoachError
from pi_coach.core.planning.history import Profile
from pi_coach.web import people
from pi_coach.web.following import camera_place
from pi_coach.web.given import GivenBook, GivenDoorkeeper, GivenSetting
from pi_coach.web.pages import page

router = APIRouter(prefix="/setup")

Name = Annotated[
    str, Form(min_length=1, max_length=40, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
]
"""As the coach calls somebody."""

Percent = Annotated[float, Form(ge=0, le=100)]
DrillIds = Annotated[list[str], Form(max_length=40)]
BodyKg = Annotated[float | None, Form(ge=plan.LIMITS["--body"][0], le=plan.LIMITS["--body"][1])]
StatureCm = Annotated[float | None, Form(ge=plan.LIMITS["--stature"][0], le=plan.LIMITS["--stature"][1])]
WallX = Annotated[float, Form(ge=0, le=4)]
"""Image heights from the left; no picture is wider than four heights."""


@router.get("")
def setup(
    request: Request,
    setting: GivenSetting,
    book: GivenBook,
    doorkeeper: GivenDoorkeeper,
    saved: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show everything that can be set up here."""
    config = setting.config
    wall = book.latest_calibration("wall")
    return page(
        request,
        "setup.html",
        saved=saved,
        refused=config.refused,
        wall=wall,
        people=people.known(setting, book),
        languages={code: wording.read(config.owner_dir, code).language for code in wording.languages(config.owner_dir)},
        settings=config.settings,
        drills=sorted(config.drills.values(), key=lambda drill: drill.name),
        pin_set=doorkeeper.pin is not None,
        limits=plan.LIMITS,
    )


@router.post("/wall")
async def save_wall(setting: GivenSetting, wall_x: WallX) -> Response:
    """Keep where the wall is, with what the camera sees now: it holds until the camera moves."""
    place = await camera_place(setting.places.live_socket)
    if place is None:
        raise CoachError("The wall is kept with where the camera stands: start the coach with its camera, then save.")
    kept = Calibration("wall", {"wall_x": wall_x}, place, setting.clock.wall())
    await run_in_threadpool(edits.save_calibration, setting.places.book, kept)
    return _done("wall")


@router.post("/voice")
def save_voice(
    setting: GivenSetting, language: Annotated[str, Form(max_length=20)], volume: Percent, tones: Percent
) -> Response:
    """Keep what is heard."""
    speech = {"language": language, "volume": volume / 100}
    choices.choose(setting.places, {"speech": speech, "tones": {"volume": tones / 100}})
    return _done("voice")


@router.post("/button")
def save_button(setting: GivenSetting, drill: DrillIds) -> Response:
    """Keep which drills a short press goes round, those that it knew in their order."""
    before = [name for name in setting.config.settings.coach.button_drills if name in drill]
    choices.choose(setting.places, {"coach": {"button_drills": list(dict.fromkeys([*before, *drill]))}})
    return _done("button")


@router.post("/people")
def save_person(
    setting: GivenSetting,
    name: Name,
    *,
    body_kg: BodyKg = None,
    stature_cm: StatureCm = None,
    basics_only: Annotated[bool, Form()] = False,
    trains: Annotated[bool, Form()] = False,
) -> Response:
    """Keep what the plan should know of somebody, and whether the coach asks for them."""
    choices.choose(setting.places, {"coach": people.training(setting, name, trains=trains)})
    edits.save_profile(setting.places.book, name, Profile(body_kg, stature_cm, basics_only))
    return _done("people")


def _done(section: str) -> Response:
    return RedirectResponse(f"/setup?saved={section}#{section}", HTTPStatus.SEE_OTHER)
