"""The part of a structure that a dump contains.

It does not contain (PostgreSQL manual, pg_dump): roles, settings and grants of the database itself, subscriptions, the
state of the triggers that enforce foreign keys, invalid indexes, and the versions of extensions.
"""

from __future__ import annotations

from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.structure.majors import without_version
from rowkeep.structure.make import make_structure

LEFT_BEHIND = frozenset(
    {"database", "database grant", "role", "setting", "subscription", "unenforced foreign key", "user mapping"}
)


def dumpable_part(structure: Structure) -> Structure:
    """The part of `structure` that a restored dump must have too."""
    kept = (_keep(item) for item in structure.items)
    return make_structure(structure.major, (item for item in kept if item is not None))


def as_if_filled(structure: Structure) -> Structure:
    """The structure with every materialized view populated."""
    return make_structure(structure.major, (_fill(item) for item in structure.items))


def _fill(item: CatalogItem) -> CatalogItem:
    if item.kind != "materialized view":
        return item
    lines = [line for line in item.definition.split("\n") if line != "not populated"]
    return CatalogItem(item.kind, item.identity, "\n".join(lines))


def _keep(item: CatalogItem) -> CatalogItem | None:
    if item.kind in LEFT_BEHIND:
        return None
    if item.kind == "index" and "invalid" in item.definition.split("\n")[1:]:
        return None
    if item.kind == "extension":
        return without_version(item)
    return item
