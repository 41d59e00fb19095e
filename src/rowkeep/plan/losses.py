"""Two observations of one database -> what was lost in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.loss import ChangedRows, Loss, LossKind
from rowkeep.domain.frozen import replace
from rowkeep.domain.schema.table_contents import DatabaseContents, TableContents

SHOWN = 10
"""How many losses an error describes; the others are counted by table."""
SHOWN_OWNERS = 20


def find_losses(before: DatabaseContents, after: DatabaseContents) -> tuple[Loss, ...]:
    """Tables, rows, columns and values that are there before and not after, by table name.

    Tables are matched by oid and columns by number, so a rename is no loss and a replacement is one. Partitions count
    as one table with their root: a row that moves to another partition is not lost. An empty table that goes is no
    loss of rows and is left to the structure.
    """
    return tuple(_find_all(before, after))


def _find_all(before: DatabaseContents, after: DatabaseContents) -> Iterator[Loss]:
    left = {table.oid: table for table in after.tables}
    rows_after: dict[int, int] = defaultdict(int)
    for table in after.tables:
        rows_after[table.root] += table.rows
    families: dict[int, list[TableContents]] = defaultdict(list)
    for table in before.tables:
        families[table.root].append(table)
    for root, members in families.items():
        rows = sum(member.rows for member in members)
        kept = [left[member.oid] for member in members if member.oid in left]
        name = members[0].family
        # A partition that was detached is now its own root: its rows are still there.
        remain = rows_after[root] + sum(table.rows for table in kept if table.root != root)
        if rows and not kept:
            yield Loss(LossKind.TABLE, name, rows)
            continue
        if remain < rows:
            yield Loss(LossKind.ROWS, name, rows - remain)
        if remain >= rows:
            yield from _find_lost_columns(members, left, name)
        else:
            yield from (loss for loss in _find_lost_columns(members, left, name) if loss.kind is LossKind.COLUMN)
    if after.large_objects < before.large_objects:
        yield Loss(LossKind.LARGE_OBJECTS, "large objects", before.large_objects - after.large_objects)


def _find_lost_columns(members: list[TableContents], left: dict[int, TableContents], name: str) -> Iterator[Loss]:
    """Columns of one family that are gone, or that hold fewer values. Counted over all members that still exist."""
    gone: dict[str, int] = defaultdict(int)
    emptied: dict[str, int] = defaultdict(int)
    for member in members:
        now = left.get(member.oid)
        if now is None:
            continue
        numbers = {column.number: column for column in now.columns}
        for column in member.columns:
            if column.number not in numbers:
                gone[column.name] += column.filled
            else:
                emptied[column.name] += column.filled - numbers[column.number].filled
    for column_name, count in gone.items():
        if count:
            yield Loss(LossKind.COLUMN, f"{name}.{column_name}", count)
    for column_name, count in emptied.items():
        if count > 0:
            yield Loss(LossKind.VALUES, f"{name}.{column_name}", count)


def find_missing(before: DatabaseContents, after: DatabaseContents) -> tuple[Loss, ...]:
    """As `losses`, but what was dropped and made again under its old name counts as back: for a way there and back."""
    tables = {table.name: table for table in before.tables}
    roots = {table.family: table.root for table in before.tables}
    renumbered = []
    for number, table in enumerate(after.tables, 1):
        old = tables.get(table.name)
        numbers = {column.name: column.number for column in old.columns} if old else {}
        columns = tuple(replace(column, number=numbers.get(column.name, -column.number)) for column in table.columns)
        # No oid is below zero: what is new stays apart from all that was there.
        own = old.oid if old else -number
        renumbered.append(replace(table, oid=own, root=roots.get(table.family, own), columns=columns))
    return find_losses(before, replace(after, tables=tuple(renumbered)))


def find_changed_rows(before: DatabaseContents, after: DatabaseContents) -> tuple[ChangedRows, ...]:
    """Rows updated and deleted between two observations of the same server, for tables where there were any."""
    start = {table.oid: table for table in before.tables}
    found = []
    for table in after.tables:
        first = start.get(table.oid)
        if first is None:
            continue
        updated, deleted = table.updated - first.updated, table.deleted - first.deleted
        if updated > 0 or deleted > 0:
            found.append(ChangedRows(table.name, max(updated, 0), max(deleted, 0)))
    return tuple(sorted(found, key=lambda one: one.table))


def merge_losses(counted: tuple[Loss, ...], guarded: tuple[Loss, ...]) -> tuple[Loss, ...]:
    """What a rehearsal counted, and what the guard saw beside it; what both saw has the exact count."""
    known = {loss.name for loss in counted}
    return (*counted, *(loss for loss in dict.fromkeys(guarded) if loss.name not in known))


def find_unaccepted(found: tuple[Loss, ...], accepted: Collection[str]) -> tuple[Loss, ...]:
    """The losses that nobody has accepted by name; accepting a table accepts what belongs to it."""
    return tuple(loss for loss in found if loss.names.isdisjoint(accepted))


def find_names_to_offer(losses: tuple[Loss, ...]) -> tuple[str, ...]:
    """The names that accept all of these losses: their own, or, where these are many, those of their tables."""
    names = tuple(dict.fromkeys(loss.name for loss in losses))
    return names if len(names) <= SHOWN else tuple(dict.fromkeys(loss.owner for loss in losses))


def summarize_losses(losses: tuple[Loss, ...], lines: Sequence[str]) -> list[str]:
    """The lines of an error. lines: one for each loss; the first ones are shown, the others are counted by table."""
    if len(losses) <= SHOWN:
        return list(lines)
    others: dict[str, int] = defaultdict(int)
    for loss in losses[SHOWN:]:
        others[loss.owner] += 1
    named = [f"{owner} ({count:,})" if count > 1 else owner for owner, count in list(others.items())[:SHOWN_OWNERS]]
    if len(others) > SHOWN_OWNERS:
        named.append(f"and {count_text(len(others) - SHOWN_OWNERS, 'other')}")
    rest = f"… and {len(losses) - SHOWN:,} more ({len(losses):,} losses in all): {', '.join(named)}"
    return [*lines[:SHOWN], rest]
