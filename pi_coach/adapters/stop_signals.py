"""The system's word to end, from Ctrl-C or the service manager, is acted on beside whatever it interrupts."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

from pi_coach.core.errors import StuckThreadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on Ctrl-C and SIGTERM, in a thread of its own.

    Python runs a handler in the middle of what the main thread does, with the locks that it holds there: whoever waits
    in a handler for a lock, or for a thread that needs one, may wait for ever. So it writes a byte and no more.
    """
    ear, mouth = os.pipe()
    # A camera that does not let go must not keep the program from ending.
    threading.Thread(target=_listen, args=(ear, stop), name="stop-signals", daemon=True).start()
    before = {number: signal.signal(number, lambda *_: os.write(mouth, b".")) for number in NUMBERS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(mouth)


def _listen(ear: int, stop: Callable[[], None]) -> None:
    """Stop at each byte; the end of the pipe ends it."""
    with open(ear, "rb", buffering=0) as signals:
        while signals.read(1):
            # Whoever opened a thread closes it as well, and tells there that it is stuck.
            with contextlib.suppress(StuckThreadError):
                stop()
