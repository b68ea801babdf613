"""SQLite's log of changes beside the book (`-wal`): whether all of it can still be read.

SQLite takes the first frame with a wrong checksum for the end of the log and says nothing of those behind it. See
https://www.sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_BIG_ENDIAN = 0x377F0683
"""The log's first number where its sums were made on a computer of the other kind."""
PAGE_BYTES = 4096
"""As the book has them."""
_WORDS = 2**32 - 1


class Frame(NamedTuple):
    """One page in the log."""

    commits: bool
    """Whether a transaction ends with it."""
    whole: bool
    """Whether its checksum holds, and those of all before it."""


def lost_commits(book: Path) -> int | None:
    """Return how many transactions the log of changes lost; None where it is whole, or where there is none.

    0 where only the last one was cut off or damaged: a process that is killed while it writes leaves such an end.
    """
    log = book.with_name(f"{book.name}-wal")
    content = log.read_bytes() if log.exists() else b""
    if len(content) < _HEADER.size:
        return None
    frames = list(_frames(content))
    broken = next((place for place, frame in enumerate(frames) if not frame.whole), None)
    if broken is None:
        return None
    # Of a damaged frame nobody knows whether it ended a transaction.
    return sum(frame.commits for frame in islice(frames, broken + 1, None))


def _frames(content: bytes) -> Iterator[Frame]:
    """Yield the frames of the log's present generation, which share two numbers with its header."""
    magic, _, page_size, _, *salts, sum_0, sum_1 = _HEADER.unpack_from(content)
    order = ">" if magic == _BIG_ENDIAN else "<"
    sums = _sums(content[:24], (0, 0), order)
    whole = sums == (sum_0, sum_1)
    if not whole:
        # Without its header SQLite reads nothing of the log; what was in it shows in the frames.
        yield Frame(commits=False, whole=False)
        page_size, salts = PAGE_BYTES, list(_FRAME.unpack_from(content.ljust(100), _HEADER.size)[2:4])
    size = _FRAME.size + page_size
    for start in range(_HEADER.size, len(content) - _FRAME.size, size):
        _, pages, *frame_salts, sum_0, sum_1 = _FRAME.unpack_from(content, start)
        if frame_salts == salts:
            sums = _sums(content[start : start + 8] + content[start + _FRAME.size : start + size], sums, order)
            whole = whole and sums == (sum_0, sum_1)
            yield Frame(commits=pages != 0, whole=whole)
        elif frame_salts[0] == salts[0] or frame_salts[1] == salts[1]:
            # Both numbers change from one generation to the next.
            whole = False
            yield Frame(commits=False, whole=False)


def _sums(content: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """Return SQLite's checksum, continued over more content."""
    first, second = sums
    for even, odd in struct.iter_unpack(f"{order}2I", content[: len(content) // 8 * 8]):
        first = (first + even + second) & _WORDS
        second = (second + odd + first) & _WORDS
    return first, second
