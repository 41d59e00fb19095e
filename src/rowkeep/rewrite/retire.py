"""A table or column goes out of the way with its rows, instead of being dropped."""

from __future__ import annotations

import re

from rowkeep.domain.act import Act, DropColumn, DropObject, Name, ObjectKind
from rowkeep.domain.finding import Edit
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.recipe import Recipe

SCHEMA = "retired"
_LATER = "-- later, when nobody has missed it:"


def retire(act: Act, statement: Statement) -> Recipe | None:
    """DROP TABLE and DROP COLUMN that stand by themselves and say no CASCADE; None for all others."""
    if len(statement.acts) != 1:
        return None
    if isinstance(act, DropObject) and act.kind is ObjectKind.TABLE and not act.cascade:
        return _table(act.name, statement)
    if isinstance(act, DropColumn) and not act.cascade and not act.if_exists:
        return _column(act.table, act.column, statement)
    return None


def _table(table: Name, statement: Statement) -> Recipe | None:
    pattern = rf"DROP\s+TABLE\s+(?P<if>IF\s+EXISTS\s+)?{re.escape(str(table))}(?:\s+RESTRICT)?"
    found = re.fullmatch(pattern, statement.text, re.IGNORECASE)
    if found is None or table.schema == SCHEMA:
        return None
    moved = f"{SCHEMA}.{quoted(table.name)}"
    text = [
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};",
        f"ALTER TABLE {'IF EXISTS ' if found['if'] else ''}{table} SET SCHEMA {SCHEMA};",
    ]
    # REVOKE knows no IF EXISTS; without rights on the schema nobody but its owner reaches the table either way.
    revoked = f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC" if found["if"] else f"REVOKE ALL ON {moved} FROM PUBLIC"
    text += [f"{_LATER} DROP TABLE {moved}", revoked]
    return Recipe((Edit(statement.span, "\n".join(text)),))


def _column(table: Name, column: Name, statement: Statement) -> Recipe | None:
    pattern = rf"ALTER\s+TABLE\s+{re.escape(str(table))}\s+DROP\s+(?:COLUMN\s+)?{re.escape(str(column))}"
    kept = f"{column.name}_{SCHEMA}"
    if re.fullmatch(pattern + r"(?:\s+RESTRICT)?", statement.text, re.IGNORECASE) is None or len(kept.encode()) > 63:
        return None
    text = (
        # Rows that the application writes from now on do not name it.
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;",
        f"{_LATER} ALTER TABLE {table} DROP COLUMN {quoted(kept)}",
        f"ALTER TABLE {table} RENAME COLUMN {column} TO {quoted(kept)}",
    )
    return Recipe((Edit(statement.span, "\n".join(text)),))
