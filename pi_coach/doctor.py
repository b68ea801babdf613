"""What every part of this machine makes of its check: good, worth knowing, or broken, and what to do about it."""

from __future__ import annotations

import logging
import textwrap
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pi_coach.checks.verdict import State, Verdict
from pi_coach.core.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pi_coach.assembly import Setting
    from pi_coach.checks.verdict import Check

log = logging.getLogger(__name__)

WIDTH = 100
"""Characters in a line."""
HUNG = "Switch the machine off and on; if it hangs again, unplug what this part needs and ask again."
LIVE_PARTS = ("camera", "sound", "panel")
"""What coaching before a camera needs beside what coaching from a film does."""


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


def examine(setting: Setting, checks: Sequence[Check]) -> Iterator[Finding]:
    """Look at every part, one after the other, and yield each finding as soon as it is there."""
    for check in checks:
        with _unlogged():
            verdict = _bounded(check, setting)
        yield Finding(check.name, *verdict)


def _bounded(check: Check, setting: Setting) -> Verdict:
    """Look in a thread, for a driver that hangs would hang the doctor too."""
    found: list[Verdict] = []
    looking = threading.Thread(target=lambda: found.append(_verdict(check, setting)), name="check", daemon=True)
    looking.start()
    looking.join(check.patience_s)
    if found:
        return found[0]
    return Verdict(_worst(check), f"No answer within {check.patience_s:g} s: it hangs.", HUNG)


def _verdict(check: Check, setting: Setting) -> Verdict:
    try:
        return check.look(setting)
    except (CoachError, ImportError, OSError) as error:
        return Verdict(_worst(check), str(error))
    except Exception as error:
        log.debug("the check %s failed", check.name, exc_info=True)
        unforeseen = f"{type(error).__name__}: {error}."
        return Verdict(_worst(check), unforeseen, "Run `pi-coach --debug doctor` and report what it says.")


def _worst(check: Check) -> State:
    return State.BROKEN if check.needed else State.NOTE


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the parts' own warnings away: each would say what its finding says. `--debug` shows them."""
    if not log.isEnabledFor(logging.DEBUG):
        logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def rows(finding: Finding, wide: int) -> list[str]:
    """Return one finding as text; `wide` is how many characters the longest name of a check has."""
    head = f"{finding.state:6}  {finding.check:{wide}}  "
    text = f"{finding.found} {finding.remedy}".rstrip()
    return textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)


def ending(findings: Iterable[Finding]) -> list[str]:
    """Return what the findings come to, and what to do next: what is broken first, else as they came."""
    findings = list(findings)
    broken = [finding for finding in findings if finding.state is State.BROKEN]
    asks = [finding for finding in findings if finding.state is State.NOTE]
    to_do = [f"{finding.check}: {finding.remedy or finding.found}" for finding in (*broken, *asks)]
    told = [f"Broken: {', '.join(finding.check for finding in broken)}."] if broken else [_use(asks)]
    return told + (["To do, the most important first:"] if to_do else []) + _numbered(to_do)


def _numbered(lines: Sequence[str]) -> list[str]:
    return [
        row
        for number, line in enumerate(lines, 1)
        for row in textwrap.wrap(
            line, WIDTH, initial_indent=f"{number:2}. ", subsequent_indent=" " * 4, break_on_hyphens=False
        )
    ]


def _use(asks: Sequence[Finding]) -> str:
    missing = [finding.check for finding in asks if finding.check in LIVE_PARTS]
    if not missing:
        return "Ready: `pi-coach run` coaches live."
    return f"Everything that coaching from a video needs is here; coaching live lacks: {', '.join(missing)}."
