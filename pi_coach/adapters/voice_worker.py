"""The speech engine in a process of its own: a request a line in, an answer a line out.

pyttsx3 and espeak-ng can hang or crash (the end of a sentence is told by a callback that may never come); here they
can be killed without harm to the coach. A request is `{"text", "voice", "rate_wpm", "path"}`; the answer is
`{"error"}`, null once the sound is in the WAV file at `path`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

import pyttsx3
from pyttsx3.drivers import _espeak

FINISH_S = 60.0
"""More than any sentence takes; the coach's own limit is shorter and kills this process."""


class Renderer:
    """One pyttsx3 engine, used for one file at a time: the only use of 2.99 that is reliable."""

    def __init__(self) -> None:
        self._engine = pyttsx3.init("espeak")
        self._finished = threading.Event()
        self._errors: list[str] = []
        self._engine.connect("finished-utterance", self._on_finished)
        self._engine.connect("error", self._on_error)
        # Until its loop has run once, pyttsx3 puts off every setting.
        _espeak.Synchronize()
        self._engine.runAndWait()

    def render(self, request: dict[str, Any]) -> str | None:
        """Write the sentence to its file; return what went wrong, or None."""
        self._finished.clear()
        self._errors.clear()
        self._engine.setProperty("voice", request["voice"])
        self._engine.setProperty("rate", request["rate_wpm"])
        # pyttsx3 cancels the sentence if espeak is still busy, and be it with a setting.
        _espeak.Synchronize()
        self._engine.save_to_file(request["text"], request["path"])
        self._engine.runAndWait()
        # runAndWait of 2.99 does not wait for espeak's thread; this notice comes after the file was written.
        if not self._finished.wait(FINISH_S):
            return "it never finished"
        return self._errors[0] if self._errors else None

    def _on_finished(self, *, completed: bool, **_: object) -> None:
        if not completed:
            self._errors.append("it was interrupted")
        self._finished.set()

    def _on_error(self, exception: Exception, **_: object) -> None:
        self._errors.append(str(exception))


def main() -> None:
    """Answer requests until standard input ends."""
    # The coach decides when this ends: after a Ctrl-C it still has a summary to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # pyttsx3 prints a line for each file; only answers may reach the coach.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    renderer = Renderer()
    for line in sys.stdin:
        answers.write(json.dumps({"error": renderer.render(json.loads(line))}) + "\n")


if __name__ == "__main__":
    main()
