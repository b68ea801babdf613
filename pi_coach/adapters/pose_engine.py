"""What the pose engines share: how sure they must be, the bundle they read, and silence."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.adapters import model_bundle
from pi_coach.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

STDERR = 2


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model must be, 0 to 1; with these it sees nobody in noise and in empty rooms."""

    detection: float = 0.5
    """That there is a person, where none was followed before."""
    presence: float = 0.5
    """That the landmarks are a person's."""


SURE = Confidence()
UNSURE = Confidence(0.0, 0.0)


def read_bundle(model: Path) -> tuple[bytes, bytes]:
    """Return the detector and the landmark model; raise ModelError where the bundle is missing or damaged."""
    try:
        return model_bundle.unpack(model.read_bytes())
    except ModelError as error:
        raise ModelError(damaged(model)) from error
    except FileNotFoundError as error:
        raise ModelError(f"There is no pose model at {model}: get it with `pi-coach models get`.") from error
    except OSError as error:
        raise ModelError(f"The pose model {model} cannot be read ({error.strerror}): check its permissions.") from error


def damaged(model: Path) -> str:
    """Return what to say of a bundle that cannot be used."""
    return f"The pose model {model} is damaged: get it again with `pi-coach models get`."


def unloadable(library: str, error: Exception) -> str:
    """Return what to say of a library that should have been there."""
    return f"{library} cannot be loaded ({error}): run `./deploy.sh install` again."


@contextmanager
def quiet() -> Iterator[None]:
    """Lead standard error into the debug log: the engines' C++ parts write to it, and no setting stops them."""
    with tempfile.TemporaryFile() as heard:
        usual = os.dup(STDERR)
        os.dup2(heard.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(usual, STDERR)
            os.close(usual)
            heard.seek(0)
            for line in heard.read().decode(errors="replace").splitlines():
                log.debug("%s", line)
