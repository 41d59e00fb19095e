"""Compares two changes of structure: the one of a rehearsal on its copy, and the one made in production."""

from __future__ import annotations

from collections import Counter

from rowkeep.domain.schema.structure import CatalogItem, Difference, Structure
from rowkeep.structure.compare import items_by_name, make_difference
from rowkeep.structure.majors import without_version


def compare_changes(
    rehearsed: tuple[Structure, Structure], applied: tuple[Structure, Structure]
) -> tuple[Difference, ...]:
    """The differences between production and rehearsal. Each pair: the structure before and after.

    A copy never equals its original in everything (roles, settings, an invalid index …), so the *changes* are
    compared, line by line of an item: an item is the same if both have the same result, or both removed and added the
    same lines. This is stricter than comparing what a dump contains, and covers everything that a migration does.
    """
    before_r, after_r, before_a, after_a = (_known_change(structure) for structure in (*rehearsed, *applied))
    listed = []
    for name in sorted(before_r.keys() | after_r.keys() | before_a.keys() | after_a.keys()):
        in_rehearsal, in_production = after_r.get(name), after_a.get(name)
        if in_rehearsal == in_production:
            continue
        if _change(before_r.get(name), in_rehearsal) == _change(before_a.get(name), in_production):
            continue
        listed.append(make_difference(name, in_rehearsal, in_production))
    return tuple(listed)


def _known_change(structure: Structure) -> dict[tuple[str, str], CatalogItem]:
    """The items by name, without versions of extensions, which a scratch server may not have."""
    named = items_by_name(structure)
    return {name: without_version(item) if item.kind == "extension" else item for name, item in named.items()}


def _change(before: CatalogItem | None, after: CatalogItem | None) -> tuple[bool, bool, Counter[str], Counter[str]]:
    """Whether it was added, whether it was removed, and the lines removed and added."""
    old = Counter(before.definition.split("\n")) if before else Counter()
    new = Counter(after.definition.split("\n")) if after else Counter()
    return before is None and after is not None, before is not None and after is None, old - new, new - old
