"""A change of many rows in batches along the key, each committed, with the same result as the single statement."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import Delete, Name, Update

BATCH = 5000
BATCH_BY_BATCH = "-- batch by batch along a unique key, each in a transaction of its own:"
_MORE = compile_later(r"\b(?:FROM|RETURNING|WITH|CURRENT)\b|\$\$", re.IGNORECASE)


def batch_loop(table: Name, key: str, change: str, where: str = "") -> str:
    """A DO block. key: one column of a unique key, as SQL writes it. change: `UPDATE … SET …` without WHERE.

    Rows with NULL in the key are not changed.
    """
    also = f" AND ({where})" if where else ""
    return f"""\
DO $$
DECLARE
  batch_start {table}.{key}%TYPE := (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1);
  batch_end {table}.{key}%TYPE;
BEGIN
  WHILE batch_start IS NOT NULL LOOP
    batch_end := (SELECT {key} FROM {table} WHERE {key} >= batch_start ORDER BY {key} OFFSET {BATCH} LIMIT 1);
    {change}
     WHERE {key} >= batch_start AND (batch_end IS NULL OR {key} < batch_end){also};
    COMMIT;
    batch_start := batch_end;
  END LOOP;
END
$$;"""


def in_batches(operation: Update | Delete, context: Context) -> str:
    """The statement in batches; with placeholders where its text or the table's key is not known well enough."""
    plain = _plain(operation, context)
    key = single_key(operation.table, context)
    changed = {column.name for column in operation.columns} if isinstance(operation, Update) else set()
    if plain is None or key is None or key.name in changed:
        return one_batch(operation)
    change, where = plain
    once = (
        "-- run it only once: a second run would change the rows again\n"
        if isinstance(operation, Update) and operation.adds_up
        else ""
    )
    return once + batch_loop(operation.table, str(key), change, where)


def one_batch(operation: Update | Delete) -> str:
    """A form of one batch, for a person to complete."""
    if isinstance(operation, Update):
        values = ", ".join(f"{column} = <value>" for column in operation.columns) or "<column> = <value>"
        head = f"UPDATE {operation.table} SET {values}"
    else:
        head = f"DELETE FROM {operation.table}"
    return f"{BATCH_BY_BATCH}\n{head} WHERE <key> >= <from> AND <key> < <to> AND (<condition>);"


def single_key(table: Name, context: Context) -> Name | None:
    """The column of the table's primary key; None if it is unknown or has several columns."""
    names = context.key_columns(table)
    return names[0] if len(names) == 1 else None


def _plain(operation: Update | Delete, context: Context) -> tuple[str, str] | None:
    """The statement up to its WHERE, and the condition; None for a statement with other clauses."""
    if operation.inside or context.statement is None:
        return None
    text, condition = context.statement.source.text, operation.where.expression
    end = context.statement.span.end
    if condition is None:
        head, where = text[context.statement.span.start : end], ""
    else:
        head, where = text[context.statement.span.start : condition.span.start].rstrip(), condition.text
        if text[condition.span.end : end].strip() or not head.upper().endswith("WHERE"):
            return None
        head = head[: -len("WHERE")].rstrip()
    word = r"UPDATE\s+(?:ONLY\s+)?" if isinstance(operation, Update) else r"DELETE\s+FROM\s+(?:ONLY\s+)?"
    found = re.match(
        f"{word}{re.escape(str(operation.table))}(?P<rest>\\s+SET\\s.*)?$", head, re.IGNORECASE | re.DOTALL
    )
    if found is None or _MORE.search(found["rest"] or "") or "$$" in where or "--" in head:
        return None
    return head, where
