"""The arguments of a call, put in where the body names a table by a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from rowkeep.domain.act import UNKNOWN, Act, CallFunction, Name
from rowkeep.domain.known import KnownFunction
from rowkeep.knowledge.keywords import quoted

A = TypeVar("A")
_NAME = re.compile(r"(?:(\w+)\.)?(\w+)", re.ASCII)


def told(act: Act, function: KnownFunction) -> dict[str, Name]:
    """What the call `act` says about the parameters of `function`, as names: constants that can be one."""
    if not isinstance(act, CallFunction):
        return {}
    found: dict[str, Name] = {}
    for parameter, value in zip(function.parameters, act.call.arguments, strict=False):
        match = _NAME.fullmatch(value) if value is not None else None
        if parameter and match is not None:
            schema, name = match.groups()
            written = f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)
            found[UNKNOWN + parameter] = Name(name, schema, written)
    return found


def put_in(thing: A, names: Mapping[str, Name]) -> A:
    """The same act with the names in the place of the parameters."""
    if not names:
        return thing
    changed: Any = _put_in(thing, names)
    return changed  # type: ignore[no-any-return]


def _put_in(thing: Any, names: Mapping[str, Name]) -> Any:
    if isinstance(thing, Name):
        return names.get(thing.name, thing) if thing.is_unknown else thing
    if isinstance(thing, tuple):
        return tuple(_put_in(each, names) for each in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        changes = {}
        for field in fields(thing):
            before = getattr(thing, field.name)
            after = _put_in(before, names)
            if after != before:
                changes[field.name] = after
        return replace(thing, **changes) if changes else thing
    return thing
