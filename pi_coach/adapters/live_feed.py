"""Shows the session to whoever looks on: JSON lines over a socket of this machine, at most ten a second."""

from __future__ import annotations

import contextlib
import json
import logging
import selectors
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.errors import StuckThreadError
from pi_coach.core.signals.onscreen import Onscreen, after, sight

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pi_coach.clock import Clock
    from pi_coach.core.events import Rep
    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose

log = logging.getLogger(__name__)

SCHEMA = 1

EVERY_S = 0.1
"""Ten lines a second: the page draws the movement between two of them."""

DEAD_S = 5.0
"""Who has not read one line for this long is let go."""

MOST = 16
"""So many may look on at once."""

JOIN_S = 2.0


@dataclass(slots=True)  # not frozen: what is left to send shrinks with each send
class _Reader:
    """Somebody who looks on."""

    link: socket.socket
    since_s: float
    """When what is left was begun."""
    rest: bytes
    """What of a line is left to send."""


class LiveFeed:
    """An Output that never waits: a thread sends the newest moment, and who reads slowly misses some."""

    def __init__(self, path: Path, clock: Clock, fingerprint: Callable[[], str | None] = lambda: None) -> None:
        """Listen on a socket; where that fails the session goes on unseen.

        `fingerprint` tells where the camera stands, for a wall that is calibrated on the page; None without a camera.
        """
        self._path = path
        self._clock = clock
        self._fingerprint = fingerprint
        self._seen = Onscreen()
        self._sent: Onscreen | None = None
        self._readers: list[_Reader] = []
        self._listener = _listen(path)
        self._waker, self._woken = socket.socketpair()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._listener,), name="live-feed", daemon=True)
        if self._listener is not None:
            self._thread.start()

    def show(self, step: Step) -> None:
        """Take in one frame; return at once, whoever looks on."""
        self._seen = after(self._seen, step)

    def close(self) -> None:
        """Let everybody go. Raises StuckThreadError where the thread does not end in time."""
        self._stop.set()
        self._waker.send(b"x")
        if self._listener is not None:
            self._thread.join(timeout=JOIN_S)
            if self._thread.is_alive():
                raise StuckThreadError(f"The thread {self._thread.name} did not end within {JOIN_S:g} s.")
            self._path.unlink(missing_ok=True)
        for link in (self._waker, self._woken):
            link.close()

    def _run(self, listener: socket.socket) -> None:
        try:
            with listener, selectors.DefaultSelector() as selector:
                selector.register(listener, selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                self._serve(selector, listener)
        except Exception:
            log.exception("%s ended", self._thread.name)
        finally:
            for reader in self._readers:
                reader.link.close()

    def _serve(self, selector: selectors.BaseSelector, listener: socket.socket) -> None:
        due_s = 0.0
        while not self._stop.is_set():
            # While nobody looks on there is nothing to do.
            wait_s = max(due_s - self._clock.now(), 0.0) if self._readers else None
            for key, _ in selector.select(wait_s):
                if key.fileobj is listener:
                    self._greet(selector, listener)
                elif isinstance(key.data, _Reader):
                    # Readers say nothing, so there is only one thing that can be heard of them.
                    self._let_go(selector, key.data)
            if self._clock.now() >= due_s:
                due_s = self._clock.now() + EVERY_S
                self._send_newest(selector)

    def _greet(self, selector: selectors.BaseSelector, listener: socket.socket) -> None:
        link, _ = listener.accept()
        if len(self._readers) >= MOST:
            link.close()
            return
        link.setblocking(False)
        hello = {"schema": SCHEMA, "kind": "hello", "fingerprint": self._fingerprint()}
        reader = _Reader(link, self._clock.now(), _line(hello) + _line(as_json(self._seen)))
        selector.register(link, selectors.EVENT_READ, reader)
        self._readers.append(reader)

    def _let_go(self, selector: selectors.BaseSelector, reader: _Reader) -> None:
        selector.unregister(reader.link)
        reader.link.close()
        self._readers.remove(reader)

    def _send_newest(self, selector: selectors.BaseSelector) -> None:
        seen = self._seen
        line = b"" if seen is self._sent or not self._readers else _line(as_json(seen))
        self._sent = seen
        now_s = self._clock.now()
        for reader in tuple(self._readers):
            if not reader.rest:
                # A line that was begun is sent to its end; those that come meanwhile are left out.
                reader.rest, reader.since_s = line, now_s
            if not _sent_on(reader) or (reader.rest and now_s - reader.since_s > DEAD_S):
                self._let_go(selector, reader)


def _sent_on(reader: _Reader) -> bool:
    """Send as much as the reader takes; return False for one that is gone."""
    try:
        reader.rest = reader.rest[reader.link.send(reader.rest) :] if reader.rest else b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def _listen(path: Path) -> socket.socket | None:
    """Return a listening socket; None where another coach listens there or the place does not allow it."""
    if _answers(path):
        log.warning("The live page follows another coach, not this one: %s", path)
        return None
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(MOST)
    except OSError as error:
        listener.close()
        log.warning("The live page cannot follow this session: %s: %s", path, error)
        return None
    return listener


def _answers(path: Path) -> bool:
    """Tell whether somebody listens: a socket's file outlives a coach that was killed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link, contextlib.suppress(OSError):
        link.connect(str(path))
        return True
    return False


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def as_json(seen: Onscreen) -> dict[str, object]:
    """Return a moment as `json.dumps` takes it; lengths in image heights, what is not known null."""
    stands = sight(seen)
    return {
        "schema": SCHEMA,
        "kind": "moment",
        "t": round(seen.t, 3),
        "drill": seen.drill,
        "athlete": seen.athlete,
        "stage": seen.stage,
        "phase": seen.phase,
        "set_number": seen.set_number,
        "reps": seen.reps,
        "target_reps": seen.target_reps,
        "hold_s": _rounded(seen.hold_s),
        "rest_left_s": _rounded(seen.rest_left_s),
        "cue": None if seen.cue is None else {"t": seen.cue.t, "text": seen.cue.text, "slot": seen.cue.slot},
        "last": [_rep(rep) for rep in seen.last],
        "view": seen.view,
        "missing": seen.missing,
        "sight": stands
        and {"head": stands.head, "feet": stands.feet, "side": stands.side, "far": stands.far, "near": stands.near},
        "pose": None if seen.pose is None else _pose(seen.pose),
    }


def _rep(rep: Rep) -> dict[str, object]:
    return {"number": rep.number, "score": rep.score, "quality": rep.quality, "faults": list(rep.faults)}


def _pose(pose: Pose) -> dict[str, object]:
    points = zip(
        pose.points.astype(float).round(4).tolist(), pose.visibility.astype(float).round(2).tolist(), strict=True
    )
    return {"aspect": round(pose.aspect, 4), "points": [[x, y, seen] for (x, y), seen in points]}


def _rounded(value_s: float | None) -> float | None:
    return None if value_s is None else round(value_s, 2)
