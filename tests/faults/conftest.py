"""Lets the tests of faults share the rigs that lie beside them, and those of the adapters."""

import signal
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "adapters")]


@pytest.fixture(autouse=True)
def heeding_a_closed_terminal():
    """Whoever started the suite with nohup has taught it, and its children, to ignore one."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
