"""What every part of this machine makes of its check: good, worth knowing, or broken, and what to do about it."""

from __future__ import annotations

import logging
import textwrap
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pi_coach.checks import CHECKS, State, Verdict
from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pi_coach.assembly import Setting
    from pi_coach.checks import Check

log = logging.getLogger(__name__)

WIDTH = 100
"""Characters in a line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its outcome."""

    check: str
    state: State
    found: str
    remedy: str
    """What to do; empty where nothing need be done or `found` says it."""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain texts."""
        return asdict(self)


def examine(setting: Setting) -> list[Finding]:
    """Look at every part; takes a few seconds, mostly for the pose engine and the sound device."""
    with _unlogged():
        return [Finding(check.name, *_verdict(check, setting)) for check in CHECKS]


def _verdict(check: Check, setting: Setting) -> Verdict:
    try:
        return check.look(setting)
    except (CoachError, ImportError, OSError) as error:
        return Verdict(State.BROKEN if check.needed else State.NOTE, str(error))


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the parts' own warnings away: each would say what its finding says. `--debug` shows them."""
    if not log.isEnabledFor(logging.DEBUG):
        logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def lines(findings: Iterable[Finding]) -> list[str]:
    """Return the findings as text, and a last line that says what they come to."""
    findings = list(findings)
    wide = max(len(finding.check) for finding in findings)
    broken = [finding.check for finding in findings if finding.state is State.BROKEN]
    ending = f"Broken: {', '.join(broken)}." if broken else "Everything that coaching from a video needs is here."
    return [*(row for finding in findings for row in _rows(finding, wide)), "", ending]


def _rows(finding: Finding, wide: int) -> list[str]:
    head = f"{finding.state:6}  {finding.check:{wide}}  "
    text = f"{finding.found} {finding.remedy}".rstrip()
    return textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)
