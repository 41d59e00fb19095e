"""The part of a structure that SQL can change: without the order of columns."""

from __future__ import annotations

from rowkeep.domain.schema.structure import Structure
from rowkeep.structure.from_source import comparable_structure
from rowkeep.structure.make import make_structure


def migratable_part(
    structure: Structure, *, history: tuple[str, str], owners: bool = True, grants: bool = True
) -> Structure:
    """What migrations change. history: schema and name of the table that records them, which no migration creates.

    The order of columns is left out: PostgreSQL cannot change it. owners, grants: whether they count.
    """
    part = comparable_structure(structure, whole=False, owners=owners, grants=grants, history=history)
    return make_structure(part.major, (item for item in part.items if item.kind != "column order"))
