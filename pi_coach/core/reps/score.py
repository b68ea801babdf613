"""The rep score, 0 to 100: pattern, spine, depth, lockout, base and tempo; what was not seen is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.reps.fault import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.reps.drill import SquatLimits
    from pi_coach.core.reps.reading import Reading

QUALITY_FROM = 80
"""A quality rep scores at least this and has no major or critical fault."""

CAPS = {Severity.CRITICAL: 40, Severity.MAJOR: 69}
"""A rep with such a fault scores no more than this."""

PATTERN, SPINE, DEPTH, LOCKOUT, BASE, TEMPO = 30, 25, 15, 15, 10, 5
"""Weights; what was not seen leaves its weight to the others."""


def rise(x: float, low: float, high: float) -> float:
    """Return 0 at `low` and below, 1 at `high` and above, straight between."""
    return min(max((x - low) / (high - low), 0.0), 1.0)


def fall(x: float, low: float, high: float) -> float:
    """Return 1 at `low` and below, 0 at `high` and above, straight between."""
    return 1.0 - rise(x, low, high)


def pattern(reading: Reading, limits: SquatLimits) -> float | None:
    """Score hinge against squat; the drill's own squat limits lie in the middle of each ramp."""
    share, index, knee = reading.hip_knee_ratio, reading.stoop_squat_index, reading.knee_flexion_deg
    if share is None or knee is None:
        return None
    parts = [
        (0.5, rise(share, 0.6 * limits.ratio_below, 1.2 * limits.ratio_below)),
        (0.25, fall(knee, limits.knee_above_deg - 8.0, limits.knee_above_deg + 12.0)),
    ]
    if index is not None:
        parts.append((0.25, rise(index, limits.index_below - 16.0, limits.index_below + 6.0)))
    return sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)


def lockout(reading: Reading) -> float | None:
    """Score standing tall, neither short of it nor beyond."""
    if reading.lockout_residual_deg is None:
        return None
    beyond = 1.0 if reading.lean_back_deg is None else fall(reading.lean_back_deg, 8.0, 20.0)
    return fall(reading.lockout_residual_deg, 8.0, 25.0) * beyond


def tempo(reading: Reading) -> float | None:
    """Score a descent of 1.2 to 4 s and an ascent that is not thrown."""
    if reading.down_s is None or reading.up_s is None:
        return None
    return min(rise(reading.down_s, 0.5, 1.2), fall(reading.down_s, 4.0, 8.0), rise(reading.up_s, 0.3, 0.7))


def score(reading: Reading, limits: SquatLimits | None, severities: Iterable[Severity]) -> int | None:
    """Score a rep; None where its pattern or its depth was not seen.

    `limits` is None for a drill in which nobody can squat, kneeling or lying: pattern and shins are left out there.

    The weighted mean is scaled by the weakest of pattern, spine, depth and lockout: a plain sum gave squats 60 of 100.
    """
    shape = pattern(reading, limits) if limits else None
    depth = None if reading.depth_share is None else rise(reading.depth_share, 0.5, 1.0)
    top = lockout(reading)
    if depth is None or (limits and shape is None):
        return None
    spine = None if reading.back_curve_pct is None else fall(reading.back_curve_pct, 3.0, 8.0)
    base = None if not limits or reading.shank_forward_deg is None else fall(reading.shank_forward_deg, 5.0, 15.0)
    parts = ((PATTERN, shape), (SPINE, spine), (DEPTH, depth), (LOCKOUT, top), (BASE, base), (TEMPO, tempo(reading)))
    seen = [(weight, part) for weight, part in parts if part is not None]
    mean = sum(weight * part for weight, part in seen) / sum(weight for weight, _ in seen)
    weakest = min(part for part in (shape, spine, depth, top) if part is not None)
    cap = min((CAPS.get(severity, 100) for severity in severities), default=100)
    return min(round(100 * mean * (0.5 + 0.5 * weakest)), cap)


def is_quality(points: int | None, severities: Iterable[Severity]) -> bool:
    """Tell whether a rep was a quality rep."""
    return points is not None and points >= QUALITY_FROM and not any(severity in CAPS for severity in severities)
