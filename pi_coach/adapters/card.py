"""How worn the memory card or disk is, as far as the kernel tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BLOCKS, FILE_SYSTEMS = Path("/sys/block"), Path("/sys/fs/ext4")
SECTOR = 512
"""Bytes, in /sys/block/*/stat, whatever the disk's own are."""
WRITTEN_FIELD = 6
"""Sectors written since the start; kernel documentation, block/stat."""
LIFE_STEP = 10
"""Percent in a step of life_time; JEDEC eMMC 5.0, DEVICE_LIFE_TIME_EST."""
EXCEEDED = 11
"""The step that stands for more than all of it."""
WARNING = 2
"""Of pre_eol_info: 1 is normal, 2 says that 80 % of the spare blocks are gone, 3 that nearly all are."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card or built-in memory."""

    device: str
    """Its name below /dev."""
    name: str
    """Its maker's name for it; empty where it does not tell."""
    made: str
    """Month and year; empty where it does not tell."""
    life_used_pct: int | None
    """Upper end of the range that it tells; None for most SD cards, which tell nothing."""
    near_end: bool | None
    """Whether its spare blocks run out; None where it does not tell."""
    written_mb: float | None
    """Since the machine was started."""
    written_ever_mb: float | None
    """To its largest ext4 file system since that was made; None where there is none."""


def cards(blocks: Path = BLOCKS, file_systems: Path = FILE_SYSTEMS) -> list[Card]:
    """Return the memory cards of this machine; none on one that boots from a disk."""
    return [_card(block, file_systems) for block in sorted(blocks.glob("mmcblk?"))]


def _card(block: Path, file_systems: Path) -> Card:
    life = [int(word, 16) for word in _text(block / "device" / "life_time").split() if _is_number(word)]
    spare = _text(block / "device" / "pre_eol_info")
    fields = _text(block / "stat").split()
    ever = [_text(path) for path in file_systems.glob(f"{block.name}p*/lifetime_write_kbytes")]
    return Card(
        block.name,
        _text(block / "device" / "name"),
        _text(block / "device" / "date"),
        # Two kinds of cells; 0 says that it was not measured.
        LIFE_STEP * max(life) if any(life) else None,
        int(spare, 16) >= WARNING if _is_number(spare) and int(spare, 16) else None,
        int(fields[WRITTEN_FIELD]) * SECTOR / 1e6 if len(fields) > WRITTEN_FIELD else None,
        max((int(text) / 1e3 for text in ever if text.isdigit()), default=None),
    )


def _is_number(word: str) -> bool:
    try:
        int(word, 16)
    except ValueError:
        return False
    return True


def _text(path: Path) -> str:
    """Return a file's text; empty where there is none or it may not be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
