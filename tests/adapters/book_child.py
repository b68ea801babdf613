"""A coach to be killed: does a rep for each line it is told, and says which it has done."""

from __future__ import annotations

import sys
from pathlib import Path

from book_story import open_writer, rep_done, set_started


def say(*words: object) -> None:
    """Tell the test at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


writer = open_writer(Path(sys.argv[1]))
writer.show(set_started())
alembic = "with" if "alembic" in sys.modules else "without"
say("ready", [(row.id, row.reps) for row in writer.recovered], alembic, "alembic")
for number, _ in enumerate(sys.stdin, start=1):
    writer.show(rep_done(number))
    say(number)
writer.close()
