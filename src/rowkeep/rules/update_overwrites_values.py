"""Many values are overwritten, and nothing keeps the old ones.

## When

An `UPDATE` with a `WHERE`, a `MERGE`, or an `INSERT … SELECT … ON CONFLICT DO UPDATE` changes the values of a column
of a table that existed before this migration, in more rows than a key selects. It is not a finding where no value is
lost: the column is new or was never filled; the `WHERE` only matches rows without a value (`IS NULL`) or with one
literal value; the old value can be computed from the new one (`coalesce(note, …)`, `amount + 1`); or the migration has
first copied the values into another column or table. Without a `WHERE`, see `update-all-rows`.

## Harm

The old values are gone when the migration commits; only a backup has them.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, name text, plan text, seen_at timestamptz);
CREATE TABLE imported (id bigint PRIMARY KEY, name text);
```

## Unsafe

```sql
UPDATE users SET name = '' WHERE seen_at < '2020-01-01';
```

```sql
UPDATE users SET name = imported.name FROM imported WHERE imported.id = users.id;
```

```sql
INSERT INTO users (id, name) SELECT id, name FROM imported ON CONFLICT (id) DO UPDATE SET name = excluded.name;
```

```sql
-- since 15
MERGE INTO users USING imported ON imported.id = users.id WHEN MATCHED THEN UPDATE SET name = imported.name;
```

## Safe

Keep the old values first, until you are sure that nobody needs them.

```sql
CREATE TABLE IF NOT EXISTS users_before AS SELECT id, name FROM users WHERE seen_at < '2020-01-01';
UPDATE users SET name = '' WHERE seen_at < '2020-01-01';
```

```sql
UPDATE users SET plan = 'free' WHERE plan IS NULL AND id BETWEEN 1 AND 5000;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import FrameKind, Insert, Merge, Name, RowReach, Update
from rowkeep.knowledge.forms import recipes

RULE = Rule(__name__, code="D611", category=Category.DATA, severity=Severity.WARNING, stored=False)
_PLAIN = compile_later(r"update\s+(?:only\s+)?(?:[\w$]+\.)?[\w$]+\s+set\b", re.IGNORECASE)
"""An UPDATE without an alias, so that its WHERE means the same in a SELECT."""


@RULE.on(Update)
def check_update(operation: Update, context: Context) -> Iterator[Violation]:
    """Rows that match a WHERE."""
    if operation.where.reach is not RowReach.SOME and not operation.limited:
        return
    lost = [
        column
        for column in _find_lost(operation.table, operation.loses, context)
        if not context.has_kept(operation.table, column, operation.where)
        and all(old != column for _, old in operation.copies)
    ]
    if lost and not (context.is_key(operation.table, operation.fixed) and not operation.is_within(FrameKind.LOOP)):
        columns = ", ".join(str(column) for column in lost)
        yield Violation(
            operation.span,
            f"overwrites {columns} in the rows of {operation.table} that match its WHERE, and nothing "
            "keeps the old values",
            _copy_first(operation, columns, context),
            doubtful=context.is_doubtful(operation.table),
        )


@RULE.on(Insert)
def check_upsert(operation: Insert, context: Context) -> Iterator[Violation]:
    """ON CONFLICT DO UPDATE with rows of a query, or one by one in a loop."""
    lost = [
        column
        for column in _find_lost(operation.table, operation.loses, context)
        if not context.has_kept(operation.table, column, operation.where)
    ]
    many = operation.reads or operation.is_within(FrameKind.LOOP)
    if (
        operation.on_conflict == "update"
        and many
        and lost
        and not any(context.same(operation.table, column) for column in operation.reads)
    ):
        yield _report(operation, operation.table, lost, "in the rows that conflict", context)


@RULE.on(Merge)
def check_merge(operation: Merge, context: Context) -> Iterator[Violation]:
    """WHEN MATCHED THEN UPDATE."""
    lost = _find_lost(operation.table, operation.loses, context)
    kept = all(context.has_kept(operation.table, column, operation.on) for column in lost)
    few = operation.few_rows and not operation.is_within(FrameKind.LOOP)
    if lost and not kept and not few and operation.on.reach is RowReach.SOME:
        yield _report(operation, operation.table, lost, "in the rows that match", context)


def _find_lost(table: Name, columns: Sequence[Name], context: Context) -> list[Name]:
    """Find the columns that may have values which somebody else has written."""
    if context.is_new(table):
        return []
    return [column for column in columns if not context.is_fresh(table, column)]


def _report(operation: Insert | Merge, table: Name, lost: Sequence[Name], where: str, context: Context) -> Violation:
    columns, keys = ", ".join(str(column) for column in lost), context.row_key(table)
    return Violation(
        operation.span,
        f"overwrites {columns} of {table} {where}, and nothing keeps the old values",
        f"CREATE TABLE {recipes.join_names(table.name, 'before')} AS SELECT {keys}, {columns} FROM {table};\n"
        "-- then this statement, unchanged",
        doubtful=context.is_doubtful(table),
    )


def _copy_first(operation: Update, columns: str, context: Context) -> str:
    """Copy the rows first, with the WHERE of the statement where that means the same in a SELECT."""
    statement, where = context.statement, operation.where.words
    plain = statement is not None and not operation.inside and operation.span == statement.span
    if not plain or statement is None or where in ("", "?") or operation.limited or not _PLAIN.match(statement.text):
        where = "<condition>"
    if where.count("(") != where.count(")"):
        # The text of a condition ends before the last bracket of a subquery.
        where = "<condition>"
    keys, before = context.row_key(operation.table), recipes.join_names(operation.table.name, "before")
    return (
        f"CREATE TABLE {before} AS SELECT {keys}, {columns} FROM {operation.table} WHERE {where};\n"
        "-- then this statement, unchanged"
    )
