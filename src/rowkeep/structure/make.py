"""Items to a Structure: sorted, so that the order in which a server answers does not matter, and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rowkeep.domain.structure import Item, Structure


def make(major: int, items: Iterable[Item]) -> Structure:
    """The structure of these items, told by a server of `major`."""
    # By key: a third of the time that the items' own comparison takes.
    ordered = tuple(sorted(set(items), key=lambda item: (item.kind, item.identity, item.definition)))
    return Structure(major=major, items=ordered, digest=digest(ordered))


def digest(items: Iterable[Item]) -> str:
    """SHA-256 over the items in their order, in hexadecimal. The separators occur in no catalog text."""
    summed = hashlib.sha256()
    for item in items:
        line = f"{item.kind}\x1f{item.identity}\x1f{item.definition}\x1e"
        summed.update(line.encode("utf-8", "surrogatepass"))
    return summed.hexdigest()
