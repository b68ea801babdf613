"""Writes docs/performance.md and docs/performance.json: `python -m docs.performance RUN.json`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from . import page

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCS = Path(__file__).resolve().parent.parent


def main(words: Sequence[str] | None = None) -> None:
    """Keep the run's figures, and write the page from them."""
    parser = argparse.ArgumentParser(prog="python -m docs.performance", description=__doc__)
    parser.add_argument("run", type=Path, help="what `pi-coach bench --json` wrote")
    parser.add_argument("--out", type=Path, default=DOCS)
    asked = parser.parse_args(words)
    found = json.loads(asked.run.read_text(encoding="utf-8"))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "performance.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (asked.out / "performance.md").write_text(page.page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
