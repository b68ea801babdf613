"""Serve the web page, and set the PIN that opens it to others."""

from __future__ import annotations

import socket
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.commands.frame import setting_for
from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    import argparse

    from pi_coach.assembly import Setting

LOOPBACK = "127.0.0.1"

MOST_AT_ONCE = 48
"""Requests in hand, live pages among them; more are told to come back."""

LAST_WORDS_S = 3
"""How long a page that is being sent may take when the program is to end; live pages never end by themselves."""


def web(options: argparse.Namespace) -> None:
    """Serve the web page until stopped."""
    import uvicorn

    from pi_coach.web import pin
    from pi_coach.web.app import create_app
    from pi_coach.web.patience import PatientProtocol

    setting = shown(setting_for(options), options.database)
    chosen = setting.config.settings.web
    wanted, port = options.host or chosen.host, options.port or chosen.port
    open_to_others = pin.known(setting.places.pin) is not None
    host = wanted if open_to_others else LOOPBACK
    _check_free(host, port)
    name = f"{socket.gethostname()}.local" if open_to_others else "localhost"
    print(f"The web page is at http://{name}:{port}", flush=True)
    if not open_to_others:
        print("Without a PIN it is for this machine alone: `pi-coach pin new` sets one.", flush=True)
    uvicorn.run(
        create_app(setting),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        http=PatientProtocol,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=LAST_WORDS_S,
        forwarded_allow_ips=LOOPBACK,
    )


def shown(setting: Setting, database: str | None) -> Setting:
    """Return the setting with a gym's book to show, where this machine is its hub, or one was asked for."""
    from pi_coach.hub import database_url

    hub = setting.config.settings.hub
    named = hub if database is None else replace(hub, database_url=database)
    return replace(setting, places=replace(setting.places, hub=database_url(named, setting.places.owner_dir)))


def _check_free(host: str, port: int) -> None:
    """Raise CoachError where the port is taken: the server itself would only log it."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise CoachError(f"{host}:{port} cannot be listened at ({error.strerror}): name another --port.") from error


def pin(options: argparse.Namespace) -> None:
    """Set a new PIN and tell it once, or take it away."""
    from pi_coach.web import pin as pins

    setting = setting_for(options)
    if options.action == "clear":
        gone = pins.clear(setting.places.pin)
        print("The PIN is gone; this machine alone can see the web page." if gone else "There was no PIN.")
        return
    fresh = pins.new(setting.places.pin)
    print(f"PIN  {pins.grouped(fresh)}")
    print("Write it down: it is shown this once. Everybody has to log in with it now.")
    print("If the web page was open to this machine alone until now, start it again.")
    if options.speak:
        _speak(setting, fresh)


def _speak(setting: Setting, fresh: str) -> None:
    """Say the PIN digit by digit; what was rendered for it is deleted at once."""
    from pi_coach.assembly import open_speaker

    with tempfile.TemporaryDirectory() as scratch:
        passing = replace(setting.places, cache_dir=Path(scratch))
        voice = open_speaker(setting.config.settings, passing, None, setting.clock)
        try:
            voice.where(timeout_s=5.0)
            voice.say(f"PIN: {', '.join(fresh[:4])}. {', '.join(fresh[4:])}.")
        finally:
            voice.close()
