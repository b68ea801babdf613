"""A sentence as sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUIET = 64
"""Samples nearer to zero than this, of 32767, are silence in a room where somebody trains."""
TAIL_S = 0.03
"""How much of the silence at the end stays, so that the last sound can fade."""


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """Sound of one channel, held in memory."""

    samples: NDArray[np.int16]
    """Shape (n,)."""
    rate_hz: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """Tell how long it sounds."""
        return len(self.samples) / self.rate_hz

    def trimmed(self) -> Pcm:
        """Return the sound without the silence around it: espeak-ng adds up to 50 ms before and 300 ms after."""
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > QUIET)
        if not len(loud):
            return self
        return Pcm(self.samples[loud[0] : loud[-1] + round(TAIL_S * self.rate_hz)], self.rate_hz)

    def at_rate(self, rate_hz: int) -> Pcm:
        """Return the same sound in `rate_hz` samples a second, for a device that takes no other."""
        if rate_hz == self.rate_hz:
            return self
        count = round(self.seconds * rate_hz)
        wanted = np.arange(count) * (self.rate_hz / rate_hz)
        samples = np.interp(wanted, np.arange(len(self.samples)), self.samples)
        return Pcm(samples.astype(np.int16), rate_hz)

    def at_volume(self, volume: float) -> Pcm:
        """Return the same sound at `volume` (0 to 1) times its loudness."""
        return Pcm((self.samples * volume).astype(np.int16), self.rate_hz)
