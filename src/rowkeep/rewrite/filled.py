"""A new column whose default differs from row to row: empty first, then filled in batches."""

from __future__ import annotations

import re

from rowkeep.domain.act import AddColumn, ConstraintKind, Generated, Name
from rowkeep.domain.finding import Edit
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.recipe import Recipe, Step

_BATCH = 5000
_DEFAULT = re.compile(r"\s*(?P<early>\s+NOT\s+NULL)?\s+DEFAULT\s+\Z", re.IGNORECASE)
_REST = re.compile(r"\s*(?P<late>NOT\s+NULL)?\s*", re.IGNORECASE)


def filled(act: AddColumn, statement: Statement, told: Ground) -> Recipe | None:
    """The column, its default for new rows, the old rows batch by batch, and NOT NULL once all of them are filled.

    None where the table's key is not one known column, by which the batches go, and for other words in the column.
    """
    column, text = act.column, statement.source.text
    key = told.keys.get(act.table.name)
    if column.default is None or key is None or len(statement.acts) != 1 or column.generated is not Generated.BY_USER:
        return None
    if any(each.kind is not ConstraintKind.NOT_NULL for each in column.constraints):
        return None
    span = column.default.span
    before = _DEFAULT.search(text, column.span.start, span.start)
    after = _REST.fullmatch(text, span.end, column.span.end)
    if before is None or after is None:
        return None
    name = f"{act.table.name}_{column.name.name}_present"
    if column.is_not_null and (len(name.encode()) > 63 or not told.is_free(name)):
        return None
    end = statement.span.end
    kept = f";\nALTER TABLE {act.table} ALTER COLUMN {column.name} SET DEFAULT {text[span.start : span.end]}"
    edits = (Edit(Span(before.start(), column.span.end), ""), Edit(Span(end, end), kept))
    steps = [Step(_batches(act.table, column.name, quoted(key)), outside=True)]
    if column.is_not_null:
        alter = f"ALTER TABLE {act.table}"
        steps += [
            Step(f"{alter} ADD CONSTRAINT {quoted(name)} CHECK ({column.name} IS NOT NULL) NOT VALID;"),
            Step(f"{alter} VALIDATE CONSTRAINT {quoted(name)};"),
            Step(f"{alter} ALTER COLUMN {column.name} SET NOT NULL;\n{alter} DROP CONSTRAINT {quoted(name)};"),
        ]
    return Recipe(edits, later=tuple(steps))


def _batches(table: Name, column: Name, key: str) -> str:
    """Along the key, each batch committed; a second run takes up what is left."""
    return f"""\
DO $$
DECLARE
  batch_start {table}.{key}%TYPE := (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1);
  batch_end {table}.{key}%TYPE;
BEGIN
  WHILE batch_start IS NOT NULL LOOP
    batch_end := (SELECT {key} FROM {table} WHERE {key} >= batch_start ORDER BY {key} OFFSET {_BATCH} LIMIT 1);
    UPDATE {table} SET {column} = DEFAULT
     WHERE {key} >= batch_start AND (batch_end IS NULL OR {key} < batch_end) AND {column} IS NULL;
    COMMIT;
    batch_start := batch_end;
  END LOOP;
END
$$;"""
