"""Whether this user may use the camera, the sound and the pins that are there."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/dev")
NODES = {
    "camera": ("video*", "media*", "dma_heap/*"),
    "graphics": ("dri/renderD*",),
    "sound": ("snd/*",),
    "pins": ("gpiochip*",),
    "throttling": ("vcio",),
}
"""What is opened for each part, below /dev."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Nodes of one part that this user may not open, and the group that may."""

    part: str
    nodes: tuple[str, ...]
    group: str


def user_name() -> str:
    """Return who runs this; the number where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def group_names() -> list[str]:
    """Return the groups of this process, which may be fewer than its user's: new ones come with the next login."""
    return sorted(_group(number) for number in {os.getegid(), *os.getgroups()})


def present(devices: Path = DEVICES) -> list[str]:
    """Return the parts of which there is a node."""
    return [part for part in NODES if _nodes(devices, part)]


def closed(devices: Path = DEVICES) -> list[Closed]:
    """Return what is there and may not be opened, part by part and group by group."""
    found: dict[tuple[str, str], list[str]] = {}
    for part in NODES:
        for node in _nodes(devices, part):
            if not os.access(node, os.R_OK | os.W_OK, effective_ids=True):
                found.setdefault((part, _group(node.stat().st_gid)), []).append(str(node.relative_to(devices)))
    return [Closed(part, tuple(nodes), group) for (part, group), nodes in found.items()]


def _nodes(devices: Path, part: str) -> list[Path]:
    return [node for pattern in NODES[part] for node in sorted(devices.glob(pattern)) if not node.is_dir()]


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
