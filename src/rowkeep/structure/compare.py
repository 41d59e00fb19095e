"""Compares two structures, item by item."""

from __future__ import annotations

from rowkeep.domain.schema.structure import CatalogItem, Difference, DifferenceKind, Structure
from rowkeep.structure.majors import comparable_part


def compare_structures(expected: Structure, found: Structure) -> tuple[Difference, ...]:
    """Everything that differs, sorted by kind and identity; empty when the two are the same.

    Strict: for one database at two times. For a restored copy use `dumpable_part`, for a rehearsal `compare_changes`.
    If the majors differ, differences caused by the version are ignored (`comparable_part`).
    """
    if expected.digest == found.digest:
        return ()
    if expected.major != found.major:
        expected, found = comparable_part(expected), comparable_part(found)
    return find_differences(items_by_name(expected), items_by_name(found))


def items_by_name(structure: Structure) -> dict[tuple[str, str], CatalogItem]:
    """The items by (kind, identity), which is unique."""
    return {(item.kind, item.identity): item for item in structure.items}


def find_differences(
    expected: dict[tuple[str, str], CatalogItem], found: dict[tuple[str, str], CatalogItem]
) -> tuple[Difference, ...]:
    """Missing, unexpected and changed items of `found`."""
    listed = []
    for name in sorted(expected.keys() | found.keys()):
        expected_item, found_item = expected.get(name), found.get(name)
        if expected_item == found_item:
            continue
        listed.append(make_difference(name, expected_item, found_item))
    return tuple(listed)


def make_difference(name: tuple[str, str], expected: CatalogItem | None, found: CatalogItem | None) -> Difference:
    """The difference of one item. At least one side exists."""
    if expected is None:
        change = DifferenceKind.UNEXPECTED
    elif found is None:
        change = DifferenceKind.MISSING
    else:
        change = DifferenceKind.DIFFERENT
    kind, identity = name
    return Difference(
        change=change,
        kind=kind,
        identity=identity,
        expected=expected.definition if expected else None,
        found=found.definition if found else None,
    )
