"""The performance page: its numbers are those of the run that lies beside it."""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.performance import page  # noqa: E402
from docs.performance.__main__ import main  # noqa: E402
from pi_coach.benchmarks import history, order  # noqa: E402

DOCS = ROOT / "docs"


def test_the_page_holds_the_figures_of_the_run_beside_it():
    found = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page.page(found)


def test_every_group_was_measured_for_the_page_and_can_be_held_against():
    found = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
    assert {row["group"] for row in found["figures"]} == set(order.GROUPS)
    assert len(history.of_document(DOCS / "performance.json")) > 20


def test_the_engine_that_is_usual_is_the_quicker_smaller_and_sooner_one_in_these_figures():
    figures = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))["figures"]
    values = {row["name"]: row["value"] for row in figures}
    for model in ("lite", "full", "heavy"):
        theirs = values[f"{model} mediapipe, outline"]
        assert values[f"{model} litert, 1 thread, outline"] <= theirs
        assert values[f"{model} litert, 2 threads, outline"] < theirs / 1.8
        for what in ("to the first pose", "peak memory"):
            assert values[f"litert {model}, {what}"] < values[f"mediapipe {model}, {what}"]


def test_the_page_is_written_from_any_run(tmp_path):
    run = shutil.copy(DOCS / "performance.json", tmp_path / "run.json")
    main([str(run), "--out", str(tmp_path / "docs")])
    text = (tmp_path / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "$" not in text
    assert page.NOTHING not in text
    assert json.loads((tmp_path / "docs" / "performance.json").read_text()) == json.loads(run.read_text())


def test_the_estimate_for_a_pi_is_its_stated_arithmetic():
    # 1000 / 44 fps * 46 / 28 = 37 ms; over 2.0 and 2.3 that is 19 and 16.
    assert "| lite | 23 ms, 44 a second | 37 ms, 27 a second | 16 to 19 ms, 54 to 62 a second |" in page.estimate()
