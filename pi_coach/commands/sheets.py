"""A session on one page, as a file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pi_coach.commands.frame import setting_for
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def sheet(options: argparse.Namespace) -> None:
    """Write the sheet of a session as HTML, PDF or a picture."""
    from pi_coach import plan as plans
    from pi_coach.adapters import paper
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.places import write_whole
    from pi_coach.web import sheet as sheets

    to: Path | None = options.to
    if to is None or to.suffix.lower() not in paper.SUFFIXES:
        raise UsageError("`sessions sheet` needs --to FILE whose name ends in .html, .png or .pdf")
    setting = setting_for(options)
    drills = setting.config.drills
    with SessionBook(setting.places.book) as book:
        session = book.session(options.id)
        past = sheets.until(book.history(session.row.athlete), session)
        with book.asking() as connection:
            contents = sheets.contents(connection, session, drills)
    next_time = session.row.started_at + dt.timedelta(days=1)
    plan = plans.todays(plans.read_syllabus(setting.config), past, next_time)
    write_whole(to, paper.rendered(sheets.document(contents, plan, drills), to.suffix))
    print(f"{to} shows session {session.row.id}.")
