"""What every command begins and ends with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pi_coach.assembly import Setting

DONE, FAILED = 0, 1
"""Exit codes."""


def setting_for(options: argparse.Namespace, tell: Callable[[str], None] = print) -> Setting:
    """Return what every command gets, from the options that all share."""
    from pi_coach import choices
    from pi_coach.assembly import Setting
    from pi_coach.clock import SystemClock
    from pi_coach.places import find_places

    places = find_places(options.config, options.data)
    config = choices.load(places)
    for line in config.refused:
        complain(line)
    return Setting(config, places, SystemClock(), tell)


def complain(line: str) -> None:
    """Say on standard error what is not part of the answer."""
    print(f"pi-coach: {line}", file=sys.stderr)


def write_json(value: object, where: str) -> None:
    """Write JSON into a file, or on standard output where that is "-"."""
    text = json.dumps(value, indent=1, allow_nan=False)
    if where == "-":
        print(text)
        return
    from pi_coach.places import write_whole

    write_whole(Path(where), text + "\n")
