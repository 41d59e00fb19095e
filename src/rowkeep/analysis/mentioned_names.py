"""Which names migrations mention: what is queried from the database before they are analyzed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.operation import Name, SetVariable, TypeName
from rowkeep.domain.schema.live_facts import LiveFacts, ObjectQuery
from rowkeep.domain.source import Span
from rowkeep.parse import parse_section


def find_mentioned_names(migrations: Iterable[Migration]) -> ObjectQuery:
    """Every name in both parts of the migrations, of whatever kind: one too many costs nothing."""
    found: set[tuple[str | None, str]] = set()
    for migration in migrations:
        if migration.language is Language.SQL:
            for direction in Direction:
                section = migration.section(direction)
                if section is not None:
                    found.update(_names_of(section))
    return ObjectQuery(frozenset(found))


def find_called_names(live: LiveFacts) -> ObjectQuery:
    """Every name that the bodies of the database's own functions mention."""
    found: set[tuple[str | None, str]] = set()
    for function in live.functions:
        found.update(_names_of(function.section))
    return ObjectQuery(frozenset(found))


def _names_of(section: Section) -> Iterator[tuple[str | None, str]]:
    operations = [operation for statement in parse_section(section).statements for operation in statement.operations]
    paths = [
        operation.value
        for operation in operations
        if isinstance(operation, SetVariable) and operation.name == "search_path" and operation.value
    ]
    schemas = {part.strip().strip('"') for path in paths for part in path.split(",")}
    for operation in operations:
        for schema, name in _names_in(operation):
            yield schema, name
            if schema is None:
                # SET search_path in the text: the name may be in one of these schemas, too.
                yield from ((other, name) for other in schemas)


def _names_in(thing: Any) -> Iterator[tuple[str | None, str]]:
    if isinstance(thing, Name):
        if thing.name and not thing.is_unknown:
            yield thing.schema, thing.name
    elif isinstance(thing, TypeName):
        yield thing.schema, thing.name
    elif isinstance(thing, tuple | frozenset):
        for item in thing:
            yield from _names_in(item)
    else:
        for name in _parts(thing.__class__):
            yield from _names_in(getattr(thing, name))


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The fields of a value that may hold names; none of a text, a number or a place."""
    if not is_dataclass(kind) or kind is Span:
        return ()
    return tuple(part.name for part in fields(kind))
