"""Two observations of a copy -> the tables in which existing values may have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.table_contents import DatabaseContents, TableContents


@dataclass(frozen=True, slots=True)
class ChangedTable:
    """A table, or the partitions of one, that a run updated or rewrote.

    name: before the run. before: its members that changed, by oid; after: the members that may hold their rows now.
    deleted: how many of its rows were deleted, those that moved to another partition included. names: all names of the
    table and its partitions, before and after.
    """

    name: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    deleted: int
    names: frozenset[str]


def find_changed_tables(before: DatabaseContents, after: DatabaseContents) -> tuple[ChangedTable, ...]:
    """The tables whose rows were updated, deleted and inserted again, or written to a new file, by name."""
    return tuple(sorted(_find_all(before, after), key=lambda table: table.name))


def _find_all(before: DatabaseContents, after: DatabaseContents) -> Iterator[ChangedTable]:
    now = {table.oid: table for table in after.tables}
    known = {table.oid for table in before.tables}
    families: dict[int, list[TableContents]] = defaultdict(list)
    for table in before.tables:
        families[table.root].append(table)
    for root, members in families.items():
        pairs = [(member, now[member.oid]) for member in members if member.oid in now and member.rows]
        changed = [(old, new) for old, new in pairs if _has_other_rows(old, new)]
        arrivals = [
            table for table in after.tables if table.root == root and table.oid not in known and table.rows
        ] + [now[old.oid] for old in members if old.oid in now and now[old.oid].inserted > old.inserted]
        if not changed or not (arrivals or any(_has_other_values(old, new) for old, new in changed)):
            continue  # where rows were only deleted, no other value took their place
        holders = [new for _, new in changed] + arrivals
        names = {name for table in (*members, *holders) for name in (table.name, table.family)}
        yield ChangedTable(
            members[0].family,
            tuple(old.oid for old, _ in changed),
            tuple(dict.fromkeys(table.oid for table in holders)),
            sum(max(new.deleted - old.deleted, 0) for old, new in changed),
            frozenset(names),
        )


def _has_other_values(old: TableContents, new: TableContents) -> bool:
    return new.updated > old.updated or new.file != old.file


def _has_other_rows(old: TableContents, new: TableContents) -> bool:
    return new.deleted > old.deleted or _has_other_values(old, new)


def find_changed_relations(before: DatabaseContents, after: DatabaseContents) -> frozenset[int]:
    """The tables whose rows are not the same as before, and the partitioned tables above them, by oid."""
    now = {table.oid: table for table in after.tables}
    changed = [table for table in before.tables if table.oid not in now or _has_other_rows(table, now[table.oid])]
    return frozenset(oid for table in changed for oid in (table.oid, table.root))
