"""Smoothing and speed over a span of time, whatever the frame rate."""

from __future__ import annotations

from statistics import median

Samples = tuple[tuple[float, float], ...]
"""Pairs of time (s) and value, oldest first."""


CLOCK_GRAIN_S = 0.001
"""Frame times are floats: whether a span of three frames holds three or four must not depend on a rounding."""


def push(samples: Samples, t: float, value: float, span_s: float) -> Samples:
    """Return the samples with one more, without those older than `span_s` before it."""
    oldest = t - span_s + CLOCK_GRAIN_S
    return (*(sample for sample in samples if sample[0] > oldest), (t, value))


def middle(samples: Samples) -> float | None:
    """Return the median of the values; None where there are none."""
    return median([value for _, value in samples]) if samples else None


def slope_per_s(samples: Samples) -> float | None:
    """Return the change per second by least squares; None before there are two moments."""
    count = len(samples)
    if count < 2:  # noqa: PLR2004  a line needs two points
        return None
    mean_t = sum(t for t, _ in samples) / count
    mean_value = sum(value for _, value in samples) / count
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    if spread == 0.0:
        return None
    return sum((t - mean_t) * (value - mean_value) for t, value in samples) / spread


def spread(samples: Samples) -> float:
    """Return the largest minus the smallest value; 0 where there are none."""
    values = [value for _, value in samples]
    return max(values) - min(values) if values else 0.0


def span_s(samples: Samples) -> float:
    """Return the time from the first sample to the last, seconds."""
    return samples[-1][0] - samples[0][0] if samples else 0.0
