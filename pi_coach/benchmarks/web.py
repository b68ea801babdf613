"""How long the main pages take over five years of training, and what they weigh: the real program, over loopback."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.benchmarks.figures import Against, Figure, figure, take_turns
from pi_coach.core.errors import CoachError
from pi_coach.testing.five_years import Past, write_past

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.benchmarks.run import Run

HOST = "127.0.0.1"
PATIENCE_S = 60.0
ASK_AGAIN_S = 0.05
AT_A_TIME = 3
"""Requests for a page in each block."""
DRILLS = "/drills"
"""A page without the book; what the others are compared with."""
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
"""What a browser loads with a page."""


def measure(run: Run) -> Iterator[Figure]:
    """Yield the time of each page against a page that needs no book, and its weight with all that it loads."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        write_past(
            folder / "sessions.db", Past(run.clock.wall(), sessions=run.amount.sessions), run.setting.config.drills
        )
        with _served(run, folder) as port:
            pages = {page: lambda _, page=page: _times(run, port, page) for page in _pages(run.amount.sessions)}
            found = take_turns(pages, run.amount.rounds)
            weights = {page: _weight_kb(port, page) for page in found}
    for page, blocks in found.items():
        yield figure(page, "ms", blocks, None if page == DRILLS else Against(DRILLS, found[DRILLS]))
    for page, weight_kb in weights.items():
        yield figure(f"{page}: weight", "kB", [[weight_kb]])


def _pages(last: int) -> list[str]:
    """Return the main pages of a book with so many sessions."""
    return [DRILLS, "/", "/sessions", f"/sessions/{last}", f"/sessions/{last}/sets/1/reps/1", "/progress", "/setup"]


@contextmanager
def _served(run: Run, folder: Path) -> Iterator[int]:
    """Start the web page for the time of the block; yield its port."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pi_coach", "--config", str(folder / "config"), "--data", str(folder)]
    process = subprocess.Popen([*command, "web", "--port", str(port)], stdout=subprocess.DEVNULL)  # noqa: S603  our own interpreter
    try:
        _wait(run, process, port)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait(run: Run, process: subprocess.Popen[bytes], port: int) -> None:
    until_s, pause = run.clock.now() + PATIENCE_S, threading.Event()
    while process.poll() is None and run.clock.now() < until_s:
        try:
            socket.create_connection((HOST, port), timeout=1.0).close()
        except OSError:
            pause.wait(ASK_AGAIN_S)
        else:
            return
    raise CoachError("The web page does not start; look at `pi-coach web`.")


def _times(run: Run, port: int, page: str) -> list[float]:
    took_s = []
    for _ in range(AT_A_TIME):
        began = run.clock.now()
        _get(port, page)
        took_s.append(run.clock.now() - began)
    return took_s


def _get(port: int, page: str) -> bytes:
    with closing(http.client.HTTPConnection("localhost", port, timeout=PATIENCE_S)) as link:
        link.request("GET", page, headers={"accept": "text/html"})
        answer = link.getresponse()
        body = answer.read()
    if answer.status != http.client.OK:
        raise CoachError(f"The page {page} answers {answer.status} instead of itself; look at `pi-coach web`.")
    return body


def _weight_kb(port: int, page: str) -> float:
    """Return what a browser with an empty cache loads for a page, kilobytes."""
    body = _get(port, page)
    linked = set(LINKED.findall(body.decode()))
    return (len(body) + sum(len(_get(port, file)) for file in linked)) / 1e3
