"""Values of our own dataclasses as JSON, and back. What does not have exactly the declared types is refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from rowkeep.domain.enumeration import Enum

LARGEST_INTEGER = 2**63
LONGEST_SECONDS = 1e15
"""No number of ours is larger, and infinity is."""


class WrongType(ValueError):
    """A JSON value that is not what was expected, and where it is."""


def to_json(value: Any) -> Any:
    """The value as JSON: dataclasses as objects, enums by their value, tuples and sets as lists."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, frozenset):
        return sorted(to_json(item) for item in value)
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def from_json(kind: Any, value: Any, where: str) -> Any:
    """The value of type `kind` that `to_json` wrote. where: the path to it, for the message. Raises WrongType."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union or origin is types.UnionType:
        return _read_optional(arguments, value, where)
    if origin in (tuple, frozenset):
        return _read_items(origin, arguments, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        found = next((member for member in kind if member.value == value and isinstance(value, str)), None)
        if found is None:
            raise _wrong(where, f"one of {', '.join(str(member.value) for member in kind)}", value)
        return found
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, where)
    return _read_plain(kind, value, where)


def _read_optional(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    (kind,) = (kind for kind in kinds if kind is not type(None))
    return None if value is None else from_json(kind, value, where)


def _read_items(origin: Any, kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    if origin is tuple and kinds[-1] is not Ellipsis:
        if len(value) != len(kinds):
            raise _wrong(where, f"a list of {len(kinds)}", value)
        pairs = zip(kinds, value, strict=True)
        return tuple(from_json(kind, item, f"{where}[{at}]") for at, (kind, item) in enumerate(pairs))
    return origin(from_json(kinds[0], item, f"{where}[{at}]") for at, item in enumerate(value))


def _read_object(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(where, "an object", value)
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    if missing := [name for name in names if name not in value]:
        raise WrongType(f"{where}.{missing[0]} is missing")
    if unknown := sorted(str(name) for name in value if name not in names):
        raise WrongType(f"{where}.{unknown[0]} is not known")
    return kind(**{name: from_json(hints[name], value[name], f"{where}.{name}") for name in names})


def _read_plain(kind: Any, value: Any, where: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is str and isinstance(value, str):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and is_number and isinstance(value, int) and -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        return value
    if kind is float and is_number and -LONGEST_SECONDS < value < LONGEST_SECONDS:
        return float(value)
    words = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
    raise _wrong(where, words.get(kind, str(kind)), value)


def _wrong(where: str, expected: str, value: Any) -> WrongType:
    text = repr(value)
    return WrongType(f"{where} must be {expected}, not {text if len(text) <= 40 else text[:40] + '…'}")
