"""A program in the coach's place, so small that installing it takes seconds, with a will to fail where it is told to.

MOOD is "good", "sick" (its self-check fails), "sick at work" (it fails beside the running service only), "crashing".
"""

import os
import shutil
import signal
import socket
import sqlite3
import sys
from pathlib import Path

from pi_coach import MOOD, __version__

STATE = Path(os.environ["STATE_DIRECTORY"])
BOOK = STATE / "sessions.db"


def main():
    words = sys.argv[1:]
    rehearsing = words[0] == "--data"
    while words[0] in {"--data", "--config"}:
        words = words[2:]
    return COMMANDS[words[0]](rehearsing, *words[1:])


def doctor(rehearsing, *_):
    sick = MOOD == "sick" or (MOOD == "sick at work" and not rehearsing)
    sys.stdout.write("Broken: small coach.\n" if sick else "All is well.\n")
    return int(sick)


def models(_, __):
    (STATE / "models").mkdir(exist_ok=True)


def run(_):
    if MOOD == "crashing":
        return 1
    with sqlite3.connect(BOOK) as book:
        book.execute("CREATE TABLE IF NOT EXISTS runs (version TEXT)")
        book.execute("INSERT INTO runs VALUES (?)", (__version__,))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    signal.pause()
    return 0


def backup(_, *file):
    shutil.copy(BOOK, *file)


def restore(_, file):
    shutil.copy(file, BOOK)


def pin(_, *asked):
    if asked == ("new", "--speak"):
        sys.stdout.write("PIN  123 456\n")


COMMANDS = {"doctor": doctor, "models": models, "run": run, "backup": backup, "restore": restore, "pin": pin}
