"""Keep the session book, bring it back, and forget what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.commands.frame import complain, setting_for
from pi_coach.core.errors import CoachError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from pi_coach.assembly import Setting


def backup(options: argparse.Namespace) -> None:
    """Write the book and the owner's config into one file; without a name, prune the older ones."""
    from pi_coach.adapters.book import backups, healing

    setting = setting_for(options)
    folder = setting.places.book.parent / backups.BACKUPS
    target = options.file or folder / backups.backup_name(setting.clock.wall())
    for line in healing.heal_alone(setting.places.book, setting.clock.wall()):
        print(line)
    backups.back_up(setting.places.book, target, _owned(setting))
    print(f"The session book and your config are in {target}.")
    if options.file is None:
        gone = backups.prune(folder)
        print(f"{len(gone)} older backups were deleted; {len(backups.backups_in(folder))} are kept.")


def _owned(setting: Setting) -> dict[str, Path]:
    """Return the owner's own files by the name that they get inside a backup."""
    owner_dir, choices = setting.places.owner_dir, setting.places.choices
    owned = {f"config/{file.relative_to(owner_dir)}": file for file in sorted(owner_dir.rglob("*.toml"))}
    return owned | ({choices.name: choices} if choices.exists() else {})


def restore(options: argparse.Namespace) -> None:
    """Put a backup in the book's place, and the config in it where there is none."""
    from pi_coach.adapters.book import backups

    setting = setting_for(options)
    book = setting.places.book
    aside = book.with_name(f"{book.stem}.replaced-{setting.clock.wall():%Y%m%d-%H%M%S}{book.suffix}")
    backups.restore(book, options.file, aside)
    print(f"The session book is that of {options.file} again.")
    if aside.exists():
        print(f"The one before is kept as {aside}.")
    for name, text in backups.archived(options.file).items():
        _restore_config(setting, name, text)


def _restore_config(setting: Setting, name: str, text: str) -> None:
    from pi_coach.places import write_whole

    folder, _, inside = name.partition("/")
    target = setting.places.owner_dir / inside if folder == "config" and inside else setting.places.choices
    if name not in (setting.places.choices.name, f"config/{inside}"):
        return
    if target.exists():
        if target.read_text(encoding="utf-8") != text:
            complain(f"{target} stays as it is; the backup's differs.")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, text)
    print(f"{target} is back too.")


def import_session(options: argparse.Namespace) -> None:
    """Take an exported session into the book."""
    from pi_coach.adapters.book import edits, importing
    from pi_coach.adapters.book.opening import told

    book, file = setting_for(options).places.book, options.id
    if file is None:
        raise UsageError("`sessions import` needs a file: `pi-coach sessions export` writes one")
    try:
        with open(file, "rb") as source:  # noqa: PTH123 - a number is a name too
            session = importing.parse(source.read(importing.LARGEST_BYTES + 1))
    except UsageError as error:
        raise CoachError(f"{file} cannot be imported: {error}.") from error
    except OSError as error:
        raise CoachError(f"{file} cannot be read: {error.strerror}.") from error
    with told(book), edits.changing(book) as connection:
        number, new = importing.add(connection, session)
    print(f"It is session {number} now." if new else f"It is there already, as session {number}; nothing was changed.")


def delete(options: argparse.Namespace) -> None:
    """Delete a session, from the backups too where that was asked for."""
    from pi_coach.adapters.book import edits, erasing
    from pi_coach.adapters.book.reader import SessionBook

    path = setting_for(options).places.book
    with SessionBook(path) as book:
        uuid = book.session(options.id).row.uuid
    edits.delete_session(path, options.id)
    print(f"Session {options.id} is deleted.")
    found = erasing.with_session(erasing.copies(path), uuid)
    if options.backups_too:
        for copy, number in found.items():
            if number is not None:
                edits.delete_session(copy, number)
        found = {copy: number for copy, number in found.items() if number is None}
    _tell_copies(found)


def forget(options: argparse.Namespace) -> None:
    """Delete an athlete with everything, from the backups too where that was asked for."""
    from pi_coach.adapters.book import erasing

    path = setting_for(options).places.book
    count = erasing.forget_athlete(path, options.forget)
    print(f"{options.forget} is forgotten, with {count} sessions. The name may still be in your coach.toml.")
    found = erasing.with_athlete(erasing.copies(path), options.forget)
    if options.backups_too:
        found = [copy for copy in found if not _forgets(copy, options.forget)]
    _tell_copies(found)


def _forgets(copy: Path, name: str) -> bool:
    from pi_coach.adapters.book import erasing

    try:
        erasing.forget_athlete(copy, name)
    except CoachError:
        return False
    return True


def _tell_copies(found: Iterable[Path]) -> None:
    names = [copy.name for copy in found]
    if names:
        print(
            f"Copies that still hold it, or cannot be read: {', '.join(names)}. With --backups-too it goes from those"
        )
        print("that can be read; delete the others by hand. Backups are deleted after three months in any case.")
