"""docs/faults.md and the tests of faults are one: each row names a test that there is, each test here has a row."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| fault ")
]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def sentences(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_fault_of_the_table_names_tests_that_there_are(row):
    fault, _, _, tests = row
    assert fault
    assert NAMED.findall(tests)
    assert NAMED.sub("", tests) in ("", ", "), "a row names one test or two"
    for path, name in NAMED.findall(tests):
        assert name in sentences(ROOT / path), name


def test_every_test_of_a_fault_has_its_row_in_the_table():
    named = {found for row in ROWS for found in NAMED.findall(row[3])}
    files = {path for path in HERE.glob("test_*.py") if path.name != Path(__file__).name}
    ours = {(str(path.relative_to(ROOT)), name) for path in files for name in sentences(path)}
    assert ours - named == set()
