"""Where sessions are kept: disk, memory card, session book and backups."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

from pi_coach.checks.verdict import State, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pi_coach.adapters.card import Card
    from pi_coach.assembly import Setting

ROOM_MB = 500.0
"""With less free space it is time to tidy up: fetching a model takes 200, a session little."""
WORN_PCT = 90
"""Of its life, as its maker counts it."""
LOOK_S = 5.0
"""So long the sessions are looked through: some hundreds of them on a Pi. A backup looks at all."""
SHOWN = 10
OLD_BACKUP_DAYS = 8.0
"""One is made every day at which the machine runs; after a week without, something is wrong."""


def disk(setting: Setting) -> Verdict:
    """Write into the data folder, and see how much room is left and whether it stays."""
    from pi_coach.adapters.machine import free_mb, mount_of  # noqa: PLC0415

    folder = setting.places.data_dir
    mount = mount_of(folder)
    room_mb = free_mb(folder)
    found = f"{folder} can be written; {room_mb / 1000:.1f} GB are free."
    if mount is not None and mount.forgets:
        remedy = "Give the data folder a partition of its own, or switch the overlay off with `sudo raspi-config`."
        return Verdict(
            State.NOTE, f"{found} It lies in memory ({mount.kind}): sessions are gone with the power.", remedy
        )
    if room_mb < ROOM_MB:
        return Verdict(State.NOTE, found, f"Make room: {ROOM_MB:.0f} MB should be free.")
    return Verdict(State.GOOD, found)


def card(_: Setting) -> Verdict:
    """Tell how worn the memory card is, and what the root file system allows."""
    from pathlib import Path  # noqa: PLC0415

    from pi_coach.adapters.card import cards  # noqa: PLC0415
    from pi_coach.adapters.machine import mount_of  # noqa: PLC0415

    root = mount_of(Path("/"))
    guarded = "The root file system is read-only. " if root is not None and root.read_only else ""
    return card_verdict(cards(), guarded)


def card_verdict(found: list[Card], before: str = "") -> Verdict:
    """Say what the cards of a machine tell."""
    if not found:
        return Verdict(State.GOOD, f"{before}No memory card.")
    worn = [card for card in found if card.near_end or (card.life_used_pct or 0) >= WORN_PCT]
    told = f"{before}{' '.join(_told(card) for card in found)}"
    if worn:
        remedy = "Make a backup (`pi-coach backup`), and replace the card: a worn one fails without a warning."
        return Verdict(State.NOTE, told, remedy)
    return Verdict(State.GOOD, told)


def _told(card: Card) -> str:
    parts = [f"{card.device} {card.name}".rstrip() + (f" of {card.made}" if card.made else "")]
    if card.life_used_pct is not None:
        over = card.life_used_pct > 100  # noqa: PLR2004  per cent
        parts.append("all of its life used" if over else f"at most {card.life_used_pct} % of its life used")
    if card.near_end:
        parts.append("its spare blocks run out")
    if card.life_used_pct is None and card.near_end is None:
        parts.append("does not tell how worn it is")
    if card.written_mb is not None:
        parts.append(f"{card.written_mb / 1000:.1f} GB written since the start")
    if card.written_ever_mb is not None:
        parts.append(f"{card.written_ever_mb / 1000:.0f} GB since it was set up")
    return ", ".join(parts) + "."


def session_book(setting: Setting) -> Verdict:
    """Open the session book, and see whether its sessions are as they were written, the newest first."""
    from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415

    path, until_s = setting.places.book, setting.clock.now() + LOOK_S
    with SessionBook(path) as book:
        known = book.numbers()
        seen: dict[int, bool] = {}
        for number in itertools.takewhile(lambda _: setting.clock.now() < until_s, known):
            seen[number] = book.is_intact(number)
    return book_verdict(path, seen, len(known) - len(seen))


def book_verdict(path: Path, seen: Mapping[int, bool], unseen: int) -> Verdict:
    """Say what the sessions of a book come to; `seen` tells which are as they were written, the newest first."""
    if not seen:
        return Verdict(State.GOOD, f"{path}, no session yet.")
    damaged = [str(number) for number, intact in seen.items() if not intact]
    if damaged:
        found = f"{path}: damaged by the disk: session {', '.join(damaged[:SHOWN])}{', ...' * (len(damaged) > SHOWN)}."
        return Verdict(State.BROKEN, found, "Run `pi-coach backup`: it brings them back from an earlier backup.")
    older = f", {unseen} older ones not looked at" if unseen else ""
    return Verdict(State.GOOD, f"{path}, newest session {max(seen)}; {len(seen)} as they were written{older}.")


def backups(setting: Setting) -> Verdict:
    """Tell how old the newest backup is."""
    from pi_coach.adapters.book.backups import backups_in  # noqa: PLC0415

    folder = setting.places.data_dir / "backups"
    return backup_verdict(backups_in(folder), setting.places.book.exists(), setting.clock.wall())


def backup_verdict(made: list[Path], has_book: bool, now: dt.datetime) -> Verdict:  # noqa: FBT001  a fact
    """Say what the backups of a book come to, the newest first."""
    remedy = "Make one now: `pi-coach backup`; each day: `sudo systemctl enable --now pi-coach-backup.timer`."
    if not made:
        return (
            Verdict(State.NOTE, "There is none.", remedy)
            if has_book
            else Verdict(State.GOOD, "Nothing to back up yet.")
        )
    days = (now - dt.datetime.fromtimestamp(made[0].stat().st_mtime, dt.UTC)).total_seconds() / 86400
    found = (
        f"{len(made)}, the newest {max(days, 0.0):.1f} days old: {made[0]}. Copy it to another machine now and then."
    )
    return Verdict(State.GOOD, found) if days <= OLD_BACKUP_DAYS else Verdict(State.NOTE, found, remedy)
