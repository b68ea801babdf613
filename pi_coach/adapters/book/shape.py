"""Hold somebody's JSON against the shape that it must have, and say in one sentence where it differs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TEXT = 10_000
LARGEST = 2**31 - 1
"""What a database server's whole numbers hold; a larger one of the others is no measure of a person either."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but tab and new line: no database, page or terminal takes them as letters."""
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of things of one shape."""

    item: Shape
    most: int


Shape: TypeAlias = "type | tuple[type | None, ...] | ListOf | Mapping[str, Any]"
"""A type, several types (None for null), a list, or an object with these keys and no others."""

_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    dict: "an object",
    list: "a list",
}


def check(value: object, shape: Shape, where: str) -> None:
    """Return if a value has a shape. Raises UsageError that names the place where it has not."""
    if isinstance(shape, ListOf):
        _check_list(value, shape, where)
    elif isinstance(shape, type | tuple):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        if not any(_is(value, kind) for kind in kinds):
            raise UsageError(f"{where} must be {_words(kinds)}")
        _check_bounds(value, where, DEEPEST)
    else:
        _check_object(value, shape, where)


def _check_object(value: object, shape: Mapping[str, Any], where: str) -> None:
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be an object")
    for key in (*shape.keys() - value.keys(), *value.keys() - shape.keys()):
        raise UsageError(f"{where} {'lacks' if key in shape else 'has the unknown key'} {key[:40]!r}")
    for key, inner in shape.items():
        check(value[key], inner, f"{where}.{key}")


def _check_list(value: object, shape: ListOf, where: str) -> None:
    if not isinstance(value, list) or len(value) > shape.most:
        raise UsageError(f"{where} must be a list of at most {shape.most}")
    for place, item in enumerate(value):
        check(item, shape.item, f"{where}[{place}]")


def _is(value: object, kind: type | None) -> bool:
    if kind is None or value is None:
        return kind is value
    # In Python true is a number too, and 1 is a fine number of seconds.
    return type(value) is kind or (kind is float and type(value) is int)


def _words(kinds: tuple[type | None, ...]) -> str:
    return " or ".join("null" if kind is None else _NAMES[kind] for kind in kinds)


def _check_bounds(value: object, where: str, depth: int) -> None:
    """Refuse what a database cannot hold."""
    if depth == 0:
        raise UsageError(f"{where} is nested too deeply")
    match value:
        case str() if len(value) > LONGEST_TEXT or _CONTROL.search(value) or not _is_utf8(value):
            raise UsageError(f"{where} is no text of at most {LONGEST_TEXT} printable characters")
        case int() | float() if not abs(value) <= LARGEST:
            raise UsageError(f"{where} is too large")
        case list():
            for item in value:
                _check_bounds(item, where, depth - 1)
        case dict():
            for key, item in value.items():
                _check_bounds(key, where, depth - 1)
                _check_bounds(item, where, depth - 1)
        case _:
            pass


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
