"""What the shape of the program promises, measured: imports, types, lint, sizes, names and words."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pi_coach"
MODULES = {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
TESTS = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}
OURS = ("pi_coach", "tests", "config", "docs", "systemd", ".ci", "*.md", "*.sh", "*.toml", "justfile")
TEXT_SUFFIXES = {".py", ".toml", ".md", ".sh", ".service", ".timer", ".html", ".css", ".js", ""}

HARDWARE = ("mediapipe", "gpiozero", "pyttsx3", "sounddevice", "picamera2")
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


# Tools


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


# Boundaries


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


WITHOUT_HARDWARE = """
import importlib, pkgutil, sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Nowhere())
import pi_coach
for module in pkgutil.walk_packages(pi_coach.__path__, "pi_coach."):
    if not module.name.endswith(("_worker", "__main__", ".env")) and ".versions." not in module.name:
        importlib.import_module(module.name)
"""
"""Imports every module, but for those that are programs of their own."""


@pytest.mark.slow
def test_every_module_can_be_imported_on_a_laptop_without_camera_pins_sound_or_pose_engine():
    missing = {*HARDWARE, "libcamera", "lgpio", "RPi", "cv2"} - {"gpiozero"}
    run(sys.executable, "-W", "error", "-c", WITHOUT_HARDWARE.format(missing=missing))


@pytest.mark.slow
def test_help_imports_nothing_heavy():
    heavy = {"numpy", "av", "PIL", "sqlalchemy", "alembic", "cattrs", "flatbuffers", *HARDWARE}
    ask = "import sys; from contextlib import suppress; from pi_coach.cli import main\n"
    ask += "with suppress(SystemExit): main(['--help'])\n"
    ask += f"sys.exit(str(sorted({heavy!r} & set(sys.modules)) or ''))"
    run(sys.executable, "-c", ask)


@pytest.mark.parametrize("suffix", [".service", ".timer"])
def test_a_unit_file_names_no_command_that_is_not_there(suffix):
    for unit in (ROOT / "systemd").glob(f"*{suffix}"):
        assert "pi-coach" in unit.read_text(encoding="utf-8")


# Size


def test_functions_are_short():
    lengths = sorted(functions())
    assert lengths[-1][0] <= 40, lengths[-1]
    assert lengths[int(0.9 * len(lengths))][0] <= 24
    assert statistics.median(length for length, _ in lengths) <= 6


def test_modules_are_short():
    lengths = sorted((len((ROOT / path).read_text(encoding="utf-8").splitlines()), str(path)) for path in MODULES)
    assert lengths[-1][0] <= 300, lengths[-1]


def test_the_loop_can_be_read_aloud():
    (loop,) = [node for node in MODULES[Path("pi_coach/pipeline.py")].body if getattr(node, "name", "") == "run"]
    assert loop.end_lineno - loop.lineno + 1 <= 30


# Values, threads and queues


def test_values_are_frozen_unless_a_comment_says_why_not():
    for path, tree in MODULES.items():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree):
            marks = [mark for mark in getattr(node, "decorator_list", []) if "dataclass" in ast.unparse(mark)]
            if marks and "frozen=True" not in ast.unparse(marks[0]):
                around = lines[marks[0].lineno - 2] + lines[marks[0].lineno - 1]
                assert "#" in around, f"{path}:{node.lineno} {node.name} is not frozen and no comment says why"


def test_every_thread_has_a_name():
    for place, thread in places("Thread"):
        assert "name" in {keyword.arg for keyword in thread.keywords}, place


def test_every_queue_has_a_bound():
    for place, queue in [*places("Queue"), *places("deque")]:
        bounds = [ast.unparse(queue.args[-1])] if queue.args else []
        bounds += [ast.unparse(keyword.value) for keyword in queue.keywords if keyword.arg in {"maxsize", "maxlen"}]
        assert bounds, f"{place}: {ast.unparse(queue)}"


def test_types_are_only_ignored_with_a_code_and_at_the_edge():
    for path in MODULES:
        for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
            if "type: ignore" in line:
                assert "type: ignore[" in line, f"{path}: {line}"
                assert "adapters" in path.parts, f"{path}: {line}"


# Tests


def test_no_test_sleeps():
    for path, text in TESTS.items():
        assert not calls(ast.parse(text), "sleep"), path


def test_tests_use_real_things_and_hardly_ever_a_patch():
    patches = [path for path, text in TESTS.items() for _ in re.finditer(r"\b(mock\.patch|monkeypatch\.setattr)\b", text)]
    assert len(patches) <= 3, patches


def test_a_tests_name_is_a_sentence():
    for path, text in TESTS.items():
        names = re.findall(r"^ *def (test_\w+)", text, re.MULTILINE)
        assert [name for name in names if name.count("_") < 3] == [], path


# Names and words


def test_no_module_or_class_is_named_after_nothing_in_particular():
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|data|info)(_|$)", re.IGNORECASE)
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
    "a package server": re.compile(r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|find-links)\b"),
    "work that is left": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_names(kind):
    this = Path(__file__).relative_to(ROOT)
    found = [(str(path), word.group()) for path, text in texts() if path != this for word in FORBIDDEN[kind].finditer(text)]
    assert found == [], kind


def test_every_default_of_the_config_says_what_it_is_for():
    for line in (ROOT / "config" / "coach.toml").read_text(encoding="utf-8").splitlines():
        if re.match(r"\w+ =", line):
            assert "#" in line or line.split(" =")[0] in {"volume", "height_px"}, line
