"""Two structures, item by item."""

from __future__ import annotations

from rowkeep.domain.structure import Change, Difference, Item, Structure
from rowkeep.structure.majors import comparable


def compare(expected: Structure, found: Structure) -> tuple[Difference, ...]:
    """Everything that differs, sorted by kind and identity; empty when the two are the same.

    Strict: for one database at two times. A restored copy is compared through `carried`, a rehearsal through
    `compare_changes`. Where the majors differ, what only the server's version explains is left out (`majors`).
    """
    if expected.digest == found.digest:
        return ()
    if expected.major != found.major:
        expected, found = comparable(expected), comparable(found)
    return differences(by_name(expected), by_name(found))


def by_name(structure: Structure) -> dict[tuple[str, str], Item]:
    """The items under (kind, identity), which names an item once."""
    return {(item.kind, item.identity): item for item in structure.items}


def differences(expected: dict[tuple[str, str], Item], found: dict[tuple[str, str], Item]) -> tuple[Difference, ...]:
    """What `found` lacks, what it has too much, and what it has otherwise."""
    listed = []
    for name in sorted(expected.keys() | found.keys()):
        wanted, there = expected.get(name), found.get(name)
        if wanted == there:
            continue
        listed.append(difference(name, wanted, there))
    return tuple(listed)


def difference(name: tuple[str, str], expected: Item | None, found: Item | None) -> Difference:
    """One item of which at least one side exists."""
    if expected is None:
        change = Change.UNEXPECTED
    elif found is None:
        change = Change.MISSING
    else:
        change = Change.DIFFERENT
    kind, identity = name
    return Difference(
        change=change,
        kind=kind,
        identity=identity,
        expected=expected.definition if expected else None,
        found=found.definition if found else None,
    )
