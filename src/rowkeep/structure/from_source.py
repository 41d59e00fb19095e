"""Compares a database with a structure from another source, as far as that source says something about it."""

from __future__ import annotations

import re

from rowkeep.domain.schema.structure import CatalogItem, Difference, Structure
from rowkeep.domain.schema.structure_source import SourcedStructure
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.structure.compare import compare_structures
from rowkeep.structure.dumpable import as_if_filled, dumpable_part
from rowkeep.structure.make import make_structure

OWNER_LAST = frozenset({"function", "procedure", "statistics"})
"""Kinds whose owner is the last line of the definition."""

OWNER_FIRST = frozenset(
    {
        *("schema", "table", "partitioned table", "view", "materialized view", "foreign table", "composite type"),
        *("sequence", "aggregate", "operator", "operator class", "collation", "text search configuration"),
        *("text search dictionary", "event trigger", "publication", "language", "foreign-data wrapper"),
        *("foreign server", "database"),
    }
)
"""Kinds whose owner is the first line."""

OWN_COMMENT = "schema rowkeep"
"""The schema of our ledger is left out of every structure; the comment on it is not."""


def compare_with_source(
    sourced: SourcedStructure, present: Structure, *, history: tuple[str, str], rights: bool | None = None
) -> tuple[Difference, ...]:
    """What of `present` is not as the source says.

    history: schema and name of the table that records migrations: it is left out, unless the source is whole. rights:
    compare owners, grants and roles; None: as far as the source says something about them.
    """
    owners, grants = (sourced.owners, sourced.grants) if rights is None else (rights, rights)
    return compare_structures(
        *(
            comparable_structure(structure, whole=sourced.whole, owners=owners, grants=grants, history=history)
            for structure in (sourced.structure, present)
        )
    )


def comparable_structure(
    structure: Structure, *, whole: bool, owners: bool, grants: bool, history: tuple[str, str]
) -> Structure:
    """The part of `structure` that can be compared with a source."""
    if not whole:
        structure = without_history(as_if_filled(dumpable_part(structure)), *history)
    items = [_without_rights(item, owners=owners, grants=grants) for item in structure.items]
    return make_structure(structure.major, (item for item in items if item is not None))


def _without_rights(item: CatalogItem, *, owners: bool, grants: bool) -> CatalogItem | None:
    if not grants and (item.kind.endswith(" grant") or item.kind in ("default privileges", "role")):
        return None
    if owners:
        return item
    if item.kind == "type owner":
        return None
    if item.kind not in OWNER_FIRST | OWNER_LAST:
        return item
    lines = item.definition.split("\n")
    del lines[0 if item.kind in OWNER_FIRST else -1]
    return CatalogItem(item.kind, item.identity, "\n".join(lines))


def without_history(structure: Structure, schema: str, table: str) -> Structure:
    """The structure without the table that records migrations, and without what belongs to it."""
    names = _belongings(structure, f"{quote_name(schema)}.{quote_name(table)}")
    kept = (item for item in structure.items if not _belongs(item, names))
    return make_structure(structure.major, kept)


def _belongings(structure: Structure, table: str) -> tuple[str, ...]:
    """The table, its sequences and its indexes."""
    names = [table]
    for item in structure.items:
        owned = item.kind == "sequence" and re.search(
            rf"^(?:owned by|identity of) {re.escape(table)}\.", item.definition, re.MULTILINE
        )
        if owned or (item.kind == "index" and re.search(rf" ON (?:ONLY )?{re.escape(table)} ", item.definition)):
            names.append(item.identity)
    return tuple(names)


def _belongs(item: CatalogItem, names: tuple[str, ...]) -> bool:
    identity = item.identity
    if item.kind == "comment":
        if identity == OWN_COMMENT:
            return True
        identity = identity.partition(" ")[2].removeprefix("column ").removeprefix("constraint ")
    return any(identity == name or identity.startswith(f"{name}.") for name in names)
