"""Items to a Structure: sorted, so that the order in which a server answers does not matter, and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rowkeep.domain.schema.structure import CatalogItem, Structure


def make_structure(major: int, items: Iterable[CatalogItem]) -> Structure:
    """The structure of these items, told by a server of `major`."""
    # By key: a third of the time that the items' own comparison takes.
    ordered = tuple(sorted(set(items), key=lambda item: (item.kind, item.identity, item.definition)))
    return Structure(major=major, items=ordered, digest=structure_digest(ordered))


def structure_digest(items: Iterable[CatalogItem]) -> str:
    """SHA-256 over the items in their order, in hexadecimal. The separators occur in no catalog text."""
    summed = hashlib.sha256()
    for item in items:
        line = f"{item.kind}\x1f{item.identity}\x1f{item.definition}\x1e"
        summed.update(line.encode("utf-8", "surrogatepass"))
    return summed.hexdigest()
