"""Gather the sessions of a gym's stations, and forget who asks for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pi_coach.adapters.stop_signals import stopped_by_signals
from pi_coach.commands.frame import setting_for
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse


def hub(options: argparse.Namespace) -> None:
    """Take what comes until stopped, or delete an athlete."""
    setting = setting_for(options)
    settings = setting.config.settings
    if not settings.hub.database_url:
        print("No database is named under [hub] in coach.toml, so this machine is no hub.")
        return

    from pi_coach.hub import forget, keep_gathering

    if options.forget is not None:
        count = forget(setting, options.forget)
        print(f"{options.forget} is forgotten here, with {count} sessions. Each station still has its own.")
        return
    if not settings.publish.mqtt_host:
        raise UsageError("a hub needs a broker: name it as publish.mqtt_host in coach.toml")
    stop = threading.Event()
    with stopped_by_signals(stop.set):
        keep_gathering(setting, stop)
