"""Serve the web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.commands.frame import setting_for

if TYPE_CHECKING:
    import argparse


def web(options: argparse.Namespace) -> None:
    """Serve the web page until stopped."""
    import uvicorn

    from pi_coach.web.app import create_app

    host, port = options.host or "127.0.0.1", options.port or 8080
    uvicorn.run(create_app(setting_for(options)), host=host, port=port, log_level="warning", server_header=False)
