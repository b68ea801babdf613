"""LiteRT itself: only those who look at pictures need it, so it is loaded where it is first asked for."""

from __future__ import annotations

from typing import Any

from pi_coach.adapters.pose_engine import unloadable
from pi_coach.core.errors import ModelError


def interpreter_class() -> Any:  # noqa: ANN401 (the library has no types)
    """Return what runs networks; raise ModelError where the library is not there."""
    try:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise ModelError(unloadable("LiteRT", error)) from error
    return Interpreter


def file_format() -> Any:  # noqa: ANN401 (as above)
    """Return the classes that a network's file is read into; raise ModelError where the library is not there."""
    try:
        from ai_edge_litert import schema_py_generated  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise ModelError(unloadable("LiteRT", error)) from error
    return schema_py_generated
