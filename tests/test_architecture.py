"""What the shape of the program promises, measured: imports, types, lint, sizes, names and words."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for folder in ("pi_coach", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
MODULES = {path: ast.parse(text) for path, text in SOURCES.items() if path.parts[0] == "pi_coach"}
TESTS = {path: ast.parse(text) for path, text in SOURCES.items() if path.parts[0] == "tests"}
OURS = ("pi_coach", "tests", "config", "docs", "systemd", ".ci", "*.md", "*.sh", "*.toml", "justfile")
TEXT_SUFFIXES = {".py", ".toml", ".md", ".sh", ".service", ".timer", ".html", ".css", ".js", ""}

HARDWARE = ("mediapipe", "ai_edge_litert", "gpiozero", "pyttsx3", "sounddevice", "picamera2", "videodev2")
PURE = {"collections", "dataclasses", "enum", "functools", "itertools", "math", "numpy", "statistics", "typing"}
"""What the core may import beside itself."""


def run(*command, timeout_s=240):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def tool(name):
    return Path(sys.executable).with_name(name)


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def roots(tree):
    return {name.split(".")[0] for name in imported(tree)}


def functions():
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}"


def calls(tree, name):
    """Return the calls of a function or class by its name, however it was imported."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in found if ast.unparse(call.func).split(".")[-1] == name]


def places(name):
    return [(f"{path}:{call.lineno}", call) for path, tree in MODULES.items() for call in calls(tree, name)]


@pytest.mark.slow
def test_imports_point_inwards_only_and_the_core_is_pure():
    run(tool("lint-imports"), "--no-cache")


@pytest.mark.slow
def test_the_linter_finds_nothing():
    run(sys.executable, "-m", "ruff", "check", "--no-cache")


@pytest.mark.slow
def test_the_formatter_would_change_nothing():
    run(sys.executable, "-m", "ruff", "format", "--check", "--no-cache")


@pytest.mark.slow
def test_types_hold_in_strict_mode(tmp_path):
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "mypy", "pi_coach")


@pytest.mark.parametrize("library", HARDWARE)
def test_a_hardware_library_is_imported_in_exactly_one_module(library):
    importers = [str(path) for path, tree in MODULES.items() if library in roots(tree)]
    assert len(importers) == 1, f"{library} is imported in {importers}"
    assert importers[0].startswith("pi_coach/adapters/")


def test_the_core_imports_nothing_but_itself_arithmetic_and_types():
    for path, tree in MODULES.items():
        if "core" in path.parts:
            foreign = {name for name in imported(tree) if name.split(".")[0] not in PURE | {"__future__"}}
            assert all(name.startswith("pi_coach.core") for name in foreign), f"{path} imports {foreign}"


def test_the_core_and_the_loop_do_not_know_whether_a_set_is_live_or_replayed():
    for path, tree in MODULES.items():
        if "core" in path.parts or path.name == "pipeline.py":
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert not [name for name in names if re.search(r"(^|_)(live|replay|replaying|offline)(_|$)", name)], path


NO_HARDWARE = """
import importlib, pkgutil, pytest, sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Nowhere())
"""
"""Makes a Python that lacks some libraries."""

IMPORT_ALL = """
import pi_coach
for module in pkgutil.walk_packages(pi_coach.__path__, "pi_coach."):
    if not module.name.endswith(("_worker", "__main__", ".env")) and ".versions." not in module.name:
        importlib.import_module(module.name)
"""
"""Imports every module, but for those that are programs of their own."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "works",
    [IMPORT_ALL, "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/core']))"],
    ids=["modules", "core"],
)
def test_a_laptop_without_camera_pins_sound_or_pose_engine_will_do(works):
    missing = {*HARDWARE, "libcamera", "lgpio", "RPi", "cv2"} - {"gpiozero", "videodev2"}
    run(sys.executable, "-c", NO_HARDWARE.format(missing=missing) + works)


HELP = """
import contextlib, sys
from pi_coach.cli import main

with contextlib.suppress(SystemExit):
    main(["--help"])
assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)
"""


def test_help_imports_nothing_heavy():
    heavy = {"numpy", "av", "PIL", "sqlalchemy", "alembic", "cattrs", "flatbuffers", *HARDWARE}
    run(sys.executable, "-c", HELP.format(heavy=heavy))


def test_functions_are_short():
    lengths = sorted(functions())
    assert lengths[-1][0] <= 40, lengths[-1]
    assert lengths[int(0.9 * len(lengths))][0] <= 24
    assert statistics.median(length for length, _ in lengths) <= 6


def test_modules_are_short():
    lengths = sorted((len(SOURCES[path].splitlines()), str(path)) for path in MODULES)
    assert lengths[-1][0] <= 300, lengths[-1]


def test_the_loop_can_be_read_aloud():
    (loop,) = [node for node in MODULES[Path("pi_coach/pipeline.py")].body if getattr(node, "name", "") == "run"]
    assert loop.end_lineno - loop.lineno + 1 <= 30


def test_values_are_frozen_unless_a_comment_says_why_not():
    for path, tree in MODULES.items():
        lines = SOURCES[path].splitlines()
        for node in ast.walk(tree):
            marks = [mark for mark in getattr(node, "decorator_list", []) if "dataclass" in ast.unparse(mark)]
            if marks and "frozen=True" not in ast.unparse(marks[0]):
                around = lines[marks[0].lineno - 2] + lines[marks[0].lineno - 1]
                assert "#" in around, f"{path}:{node.lineno} {node.name} is not frozen and no comment says why"


def test_every_thread_has_a_name():
    for place, thread in places("Thread"):
        assert "name" in {keyword.arg for keyword in thread.keywords}, place


def test_every_queue_has_a_bound():
    assert not places("SimpleQueue")
    for place, queue in places("Queue"):
        assert queue.args or "maxsize" in {keyword.arg for keyword in queue.keywords}, place


def test_types_are_only_ignored_with_a_code_and_at_the_edge():
    for path in MODULES:
        for line in SOURCES[path].splitlines():
            if "type: ignore" in line:
                assert "type: ignore[" in line, f"{path}: {line}"
                assert "adapters" in path.parts, f"{path}: {line}"


def test_no_test_sleeps():
    for path, tree in TESTS.items():
        assert not calls(tree, "sleep"), path


def test_tests_use_real_things_and_hardly_ever_a_patch():
    # A limit that is shortened (a name in capitals) replaces nothing that runs.
    patch = re.compile(r"\bmock\.patch|\bmonkeypatch\.setattr\((?![\w.]+, \"[A-Z_]+\")")
    patches = [str(path) for path in TESTS for _ in patch.finditer(SOURCES[path])]
    assert len(patches) <= 3, patches


def test_a_tests_name_is_a_sentence():
    for path in TESTS:
        names = re.findall(r"^ *def (test_\w+)", SOURCES[path], re.MULTILINE)
        assert [name for name in names if name.count("_") < 3] == [], path


def test_no_module_or_class_is_named_after_nothing_in_particular():
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)|(^|_)(data|info)$", re.IGNORECASE)
    for path, tree in MODULES.items():
        classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        words = [path.stem, *(re.sub(r"(?<!^)(?=[A-Z])", "_", name) for name in classes)]
        assert [word for word in words if vague.search(word)] == [], path


def texts():
    for pattern in OURS:
        for top in sorted(ROOT.glob(pattern)):
            for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
                if path.is_file() and path.suffix in TEXT_SUFFIXES:
                    yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.}\])~])/(work|root|Users|home/(?!pi\b|\$|USER)\w+|tmp/dev)/"),
    "a package server": re.compile(r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs|snapshot\.debian|find-links)\b"),
    "work that is left": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_names(kind):
    this = Path(__file__).relative_to(ROOT)
    elsewhere = [(path, text) for path, text in texts() if path != this]
    found = [(str(path), word.group()) for path, text in elsewhere for word in FORBIDDEN[kind].finditer(text)]
    assert found == [], kind
