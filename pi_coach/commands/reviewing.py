"""What was done, why it was judged so, and what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pi_coach.commands import keeping, sheets
from pi_coach.commands.frame import setting_for, write_json
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from pi_coach.adapters.book.rows import SessionDetail
    from pi_coach.adapters.book.traces import Piece
    from pi_coach.assembly import Setting


def sessions(options: argparse.Namespace) -> None:
    """List, show, print, export or delete stored sessions."""
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.session_report import list_lines, show_lines

    if options.action == "import":
        keeping.import_session(options)
        return
    setting = setting_for(options)
    book_path = setting.places.book
    if options.action == "list":
        with SessionBook(book_path) as book:
            print("\n".join(list_lines(book.sessions())))
        return
    if not isinstance(options.id, int):
        raise UsageError(f"`sessions {options.action}` needs a session's number; `pi-coach sessions list` names them")
    if options.action == "delete":
        keeping.delete(options)
        return
    if options.action == "sheet":
        sheets.sheet(options)
        return
    with SessionBook(book_path) as book:
        session = book.session(options.id)
        movement = book.movement(options.id) if options.with_traces else None
    if options.action == "show":
        print("\n".join(show_lines(session)))
    else:
        _export(setting, session, options, movement)


def _export(
    setting: Setting, session: SessionDetail, options: argparse.Namespace, movement: list[Piece] | None
) -> None:
    from pi_coach.exports import export
    from pi_coach.places import write_whole

    form, to = options.format, options.to
    if to is None and form == "fit" and sys.stdout.isatty():
        raise UsageError("a FIT file is nothing to read: name a file for it with --to")
    content = export(setting.config, session, form, movement).content
    if to is None:
        sys.stdout.buffer.write(content)
    else:
        write_whole(to, content)
        print(f"Session {session.row.id} is in {to}.")


def plan(options: argparse.Namespace) -> None:
    """Print today's session, and why."""
    from pi_coach import plan as plans
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.core.planning.plan import Wish

    setting = setting_for(options)
    athlete = options.athlete or setting.config.settings.coach.athlete
    with SessionBook(setting.places.book) as book:
        past = book.history(athlete)
    wish = Wish(heavy_anyway=options.heavy_anyway)
    today = plans.todays(plans.read_syllabus(setting.config), past, setting.clock.wall(), wish)
    if options.json:
        write_json(plans.as_json(athlete, today), "-")
    else:
        print("\n".join(plans.lines(athlete, today, setting.config.drills)))


def explain(options: argparse.Namespace) -> None:
    """Print why a rep was judged as it was."""
    from pi_coach import explain as why
    from pi_coach.adapters.book.reader import SessionBook

    setting = setting_for(options)
    with SessionBook(setting.places.book) as book:
        session = book.session(options.session)
    asked = why.Asked(options.rep, options.set_number)
    print("\n".join(why.lines(session, asked, setting.config.drills)))


def athlete(options: argparse.Namespace) -> None:
    """Keep what was told about an athlete, and print what is known; or forget somebody."""
    if options.forget is not None:
        keeping.forget(options)
        return
    from pi_coach import plan as plans
    from pi_coach.adapters.book import edits
    from pi_coach.adapters.book.reader import SessionBook

    setting = setting_for(options)
    name, path = options.name or setting.config.settings.coach.athlete, setting.places.book
    with SessionBook(path) as book:
        known = book.history(name).profile
    told = plans.profile_told(known, options.body, options.stature, options.basics_only)
    if told != known:
        edits.save_profile(path, name, told)
    if options.screen is not None:
        screen, value = plans.screen_told(setting.config, *options.screen)
        edits.save_screen(path, name, edits.ScreenDone(screen, setting.clock.wall(), value))
    print("\n".join(plans.profile_lines(name, told)))


def answer(options: argparse.Namespace) -> None:
    """Keep how a session felt."""
    from pi_coach.adapters.book import edits
    from pi_coach.adapters.book.rows import Answers

    said = {None: None, "yes": True, "no": False}
    answers = Answers(said[options.comfortable], said[options.pain])
    edits.save_answers(setting_for(options).places.book, options.session, answers)
    print(f"Noted for session {options.session}.")
