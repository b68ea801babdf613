"""Draws rig.svg and wiring.svg from the default config: `python docs/draw.py [FOLDER]`."""  # noqa: INP001

from __future__ import annotations

import sys
from pathlib import Path

from rig import draw_rig
from wiring import draw_wiring

from pi_coach import config


def main(folder: Path) -> None:
    """Write both drawings into a folder."""
    settings = config.load(folder / "no config of an owner")
    draw_rig(settings).write(folder / "rig.svg")
    draw_wiring(settings.settings.panel).write(folder / "wiring.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
