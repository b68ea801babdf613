"""Pages from templates: every value in them is escaped, and one that is missing is an error."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


def page(request: Request, name: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    """Return the page that a template makes of the values."""
    return _templates().TemplateResponse(request, name, values, status_code=status_code)


def text(name: str, **values: object) -> str:
    """Return what a template makes of values without a request: a file, not a page."""
    made: str = _templates().env.get_template(name).render(values)
    return made


def trouble(request: Request, status_code: int, sentence: str) -> HTMLResponse:
    """Return the page of an error: one sentence, nothing of the program's insides."""
    return page(request, "trouble.html", status_code=status_code, sentence=sentence)


@functools.cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that a browser may keep it for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def begun(text: str) -> str:
    """Return a text with a capital letter in front; the rest stays, for a name may stand in it."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text as a sentence."""
    return begun(text) if text.endswith((".", "!", "?")) else f"{begun(text)}."


def _logged_in(request: Request) -> bool:
    """Tell whether there is somebody who could log out."""
    return getattr(request.state, "login", None) is not None


def _is_hub(request: Request) -> bool:
    """Tell whether these are the pages of a gym's hub, where nobody trains and nothing is changed."""
    return bool(request.app.state.setting.known.places.hub)


@functools.cache
def _templates() -> Jinja2Templates:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["sentence"] = sentence
    env.filters["begun"] = begun
    env.globals["asset"] = asset
    env.globals["logged_in"] = _logged_in
    env.globals["is_hub"] = _is_hub
    return Jinja2Templates(env=env)
