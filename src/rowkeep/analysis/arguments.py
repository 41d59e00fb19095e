"""The arguments of a call, put in where the body names a table by a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from rowkeep.domain.frozen import declared_attributes, is_value, replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import UNKNOWN, CallFunction, Name, Operation
from rowkeep.domain.schema.schema_state import KnownFunction
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms.keywords import quote_name

A = TypeVar("A")
_NAME = compile_later(r"(?:(\w+)\.)?(\w+)", re.ASCII)
_PLAIN = frozenset((str, bool, int, float, Span))
"""Types of values that hold no name."""


def known_arguments(operation: Operation, function: KnownFunction) -> dict[str, Name]:
    """The arguments of the call by parameter of `function`: those constants that can be a name."""
    if not isinstance(operation, CallFunction):
        return {}
    found: dict[str, Name] = {}
    for parameter, value in zip(function.parameters, operation.call.arguments, strict=False):
        match = _NAME.fullmatch(value) if value is not None else None
        if parameter and match is not None:
            schema, name = match.groups()
            written = f"{quote_name(schema)}.{quote_name(name)}" if schema else quote_name(name)
            found[UNKNOWN + parameter] = Name(name, schema, written)
    return found


def substitute_arguments(thing: A, names: Mapping[str, Name]) -> A:
    """The same operation with the names in place of the parameters."""
    if not names:
        return thing
    changed: Any = _substitute(thing, names)
    return changed  # type: ignore[no-any-return]


def _substitute(thing: Any, names: Mapping[str, Name]) -> Any:
    if isinstance(thing, Name):
        return names.get(thing.name, thing) if thing.is_unknown else thing
    if isinstance(thing, tuple):
        return tuple(_substitute(each, names) for each in thing)
    if is_value(thing):
        changes = {}
        for name in declared_attributes(type(thing)):
            before = getattr(thing, name)
            if before is None or type(before) in _PLAIN:
                continue
            after = _substitute(before, names)
            if after != before:
                changes[name] = after
        return replace(thing, **changes) if changes else thing
    return thing
