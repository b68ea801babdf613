"""Whether somebody is there, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace

BLINK_S = 0.5
"""Out of sight for less than this, nobody has left."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """When the athlete was seen."""

    here_s: float | None = None
    """Since when somebody has been in sight without a break; None while nobody is."""
    last_s: float | None = None
    """When somebody was seen last; None before that."""
    waiting_s: float = 0.0
    """Since when the athlete is waited for: nobody is missed in a rest."""

    def after(self, t: float, *, seen: bool) -> Attendance:
        """Take in one frame."""
        if seen:
            return replace(self, here_s=t if self.here_s is None else self.here_s, last_s=t)
        gone = self.last_s is None or t - self.last_s > BLINK_S
        return replace(self, here_s=None) if gone else self

    def expect(self, t: float) -> Attendance:
        """Begin to wait for the athlete."""
        return replace(self, waiting_s=t)

    def missed_s(self, t: float) -> float:
        """Return for how long the athlete has been waited for without being in sight."""
        return t - max(self.last_s if self.last_s is not None else self.waiting_s, self.waiting_s)

    @property
    def present(self) -> bool:
        """Tell whether somebody is in sight."""
        return self.here_s is not None
