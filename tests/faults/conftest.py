"""Lets the tests of faults share the rigs that lie beside them, and those of the adapters."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "adapters")]
