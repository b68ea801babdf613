"""Progress over weeks and months."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
