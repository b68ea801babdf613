"""Recorded sets give exactly what they gave; `python -m tests.golden --write` changes that, as a diff to review."""

import golden
import pytest

NAMES = sorted(path.name.removesuffix(golden.SUFFIX) for path in golden.POSES.glob(f"*{golden.SUFFIX}"))
WITHIN = {"t": 0.001, "_s": 0.001, "_deg": 0.1}
"""Allowed difference by the end of a value's name; 0.005 for ratios and lengths."""


def allowed(key):
    return next((within for ending, within in WITHIN.items() if key == ending or key.endswith(ending)), 0.005)


def same(found, expected, key=""):
    """Compare plain values: floats within what is allowed, everything else exactly."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), key
        for name, part in expected.items():
            same(found[name], part, name)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=allowed(key)), key
    else:
        assert (list(found) if isinstance(expected, list) else found) == expected, key


def test_every_take_is_recorded_and_every_recording_has_its_golden_lines():
    assert set(NAMES) == set(golden.TAKES)
    assert set(NAMES) == {path.stem for path in golden.EVENTS.glob("*.jsonl")}


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_set_gives_exactly_what_it_gave_before(name):
    found, expected = golden.told(golden.replay(name)), golden.written(name)
    assert [line["kind"] for line in found] == [line["kind"] for line in expected]
    for one, other in zip(found, expected, strict=True):
        same(one, other)


@pytest.mark.parametrize("fps", [15, 10, 8])
@pytest.mark.parametrize("name", NAMES)
def test_a_slower_machine_counts_the_same(name, fps):
    kinds = [line["kind"] for line in golden.written(name)]
    assert golden.counts(golden.replay(name, fps)) == (kinds.count("RepCompleted"), kinds.count("RepAborted"))
