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


@functools.cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that a browser may keep it for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@functools.cache
def _templates() -> Jinja2Templates:
    loader = FileSystemLoader(HERE / "templates")
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals["asset"] = asset
    return Jinja2Templates(env=env)
