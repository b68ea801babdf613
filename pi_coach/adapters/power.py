"""Shuts the computer down, through the service that manages it."""

from __future__ import annotations

import shutil
import subprocess

from pi_coach.core.errors import CoachError

COMMAND = ("systemctl", "--no-ask-password", "poweroff")
"""Without root it asks logind, and logind asks polkit whether this user may."""
ANSWER_S = 10.0
"""It answers at once; one that says nothing for this long has hung."""


def power_off() -> None:
    """Ask for the computer to be shut down and return at once; call it when all is saved and closed.

    Raises CoachError with one sentence where the system does not allow it.
    """
    refusal = _refusal()
    if refusal is not None:
        raise CoachError(f"The computer cannot be shut down from here ({refusal}): use `sudo poweroff`.")


def _refusal() -> str | None:
    """Run the command and return why it did not work; None where it did."""
    tool = shutil.which(COMMAND[0])
    if tool is None:
        return f"there is no {COMMAND[0]}"
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command)
            (tool, *COMMAND[1:]), check=False, capture_output=True, text=True, timeout=ANSWER_S
        )
    except subprocess.TimeoutExpired:
        return f"{COMMAND[0]} does not answer"
    except OSError as error:
        return f"{COMMAND[0]} does not run: {error.strerror}"
    if done.returncode == 0:
        return None
    complaints = done.stderr.strip().splitlines() or [f"{COMMAND[0]} ended with {done.returncode}"]
    return complaints[-1].rstrip(".")
