"""Differences between majors of PostgreSQL although the structure is the same.

Measured with one schema on 14 to 18: the owner and the grants of schema `public` (15), the text of views, rules and
SQL-bodied functions (16 prints fewer table names), and the versions of extensions.
"""

from __future__ import annotations

from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.structure.make import make_structure


def comparable_part(structure: Structure) -> Structure:
    """The part of `structure` that a server of another major describes identically."""
    kept = (_portable(item) for item in structure.items)
    return make_structure(structure.major, (item for item in kept if item is not None))


def _portable(item: CatalogItem) -> CatalogItem | None:
    if item.kind in ("view definition", "rule"):
        return None
    if item.kind in ("schema", "schema grant") and item.identity == "public":
        return None
    if item.kind in ("function", "procedure") and "\nBEGIN ATOMIC\n" in item.definition:
        return None
    if item.kind == "extension":
        return without_version(item)
    if item.kind.endswith(" grant") or item.kind == "default privileges":
        return CatalogItem(item.kind, item.identity, item.definition.replace(", MAINTAIN", ""))
    return item


def without_version(item: CatalogItem) -> CatalogItem:
    """An extension without its version: CREATE EXTENSION installs the version that the server has."""
    lines = (line for line in item.definition.split("\n") if not line.startswith("version "))
    return CatalogItem(item.kind, item.identity, "\n".join(lines))
