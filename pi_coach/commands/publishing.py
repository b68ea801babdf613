"""Tell others of finished sessions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pi_coach.adapters.stop_signals import stopped_by_signals
from pi_coach.commands.frame import setting_for

if TYPE_CHECKING:
    import argparse


def publish(options: argparse.Namespace) -> None:
    """Send what waits; without `--once` go on until stopped."""
    from pi_coach.publishing import keep_publishing, publish_waiting, targets

    setting = setting_for(options)
    places = targets(setting.config.settings.publish, setting.places.owner_dir)
    if not places:
        print("Nobody is named under [publish] in coach.toml, so nobody is told.")
        return
    if options.once:
        taken = publish_waiting(setting, places)
        print(f"{taken} messages were taken; nothing waits.")
        return
    stop = threading.Event()
    with stopped_by_signals(stop.set):
        keep_publishing(setting, places, stop)
