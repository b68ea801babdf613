"""Messages that could not be read, in a folder of bounded size: an update may teach the program to read them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.places import make_dir, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST = 200
MOST_BYTES = 100_000_000
"""Together. A station that sends nonsense must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One message that was kept."""

    file: Path
    topic: str
    payload: bytes


class Aside:
    """The folder; a message that comes again is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, topic: str, payload: bytes, reason: str) -> bool:
        """Keep a message, and tell whether there was room. Raises StoreError where the disk does not take it."""
        make_dir(self._folder).chmod(0o700)
        file = self._folder / f"{hashlib.sha256(topic.encode() + b'/' + payload).hexdigest()[:32]}.message"
        sizes = [one.stat().st_size for one in self._files() if one != file]
        if len(sizes) >= MOST or sum(sizes) + len(payload) > MOST_BYTES:
            return False
        head = json.dumps({"topic": topic, "reason": reason})
        write_whole(file, head.encode() + b"\n" + payload, private=True)
        return True

    def kept(self) -> Iterator[Kept]:
        """Yield what is kept."""
        for file in self._files():
            head, _, payload = file.read_bytes().partition(b"\n")
            yield Kept(file, json.loads(head)["topic"], payload)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.message"))
