"""A table or column goes out of the way with its rows, instead of being dropped."""

from __future__ import annotations

import re

from rowkeep.domain.act import Act, DropColumn, DropObject, ObjectKind
from rowkeep.domain.finding import Edit
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.back import column_back, table_back
from rowkeep.rewrite.clause import bare, clause, remarks
from rowkeep.rewrite.naming import LONGEST
from rowkeep.rewrite.recipe import Recipe

SCHEMA = "retired"
_LATER = "-- later, when nobody has missed it:"


def retire(act: Act, statement: Statement, down: Parsed | None = None) -> Recipe | None:
    """DROP TABLE and DROP COLUMN that stand by themselves and say no CASCADE; None for all others.

    down: the down part of the same file, which then brings back what was retired.
    """
    if len(statement.acts) != 1:
        return None
    if isinstance(act, DropObject) and act.kind is ObjectKind.TABLE and not act.cascade:
        return _table(act, statement, down)
    if isinstance(act, DropColumn) and not act.cascade and not act.if_exists:
        return _column(act, statement, down)
    return None


def _table(act: DropObject, statement: Statement, down: Parsed | None) -> Recipe | None:
    table = act.name
    pattern = rf"DROP\s+TABLE\s+(?P<if>IF\s+EXISTS\s+)?{re.escape(str(table))}(?:\s+RESTRICT)?"
    found = re.fullmatch(pattern, bare(statement.source.text, statement.span.start, statement.span.end), re.IGNORECASE)
    if found is None or table.schema == SCHEMA:
        return None
    moved = f"{SCHEMA}.{quoted(table.name)}"
    text = [
        *remarks(statement),
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};",
        f"ALTER TABLE {'IF EXISTS ' if found['if'] else ''}{table} SET SCHEMA {SCHEMA};",
    ]
    # REVOKE knows no IF EXISTS; without rights on the schema nobody but its owner reaches the table either way.
    revoked = f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC" if found["if"] else f"REVOKE ALL ON {moved} FROM PUBLIC"
    text += [f"{_LATER} DROP TABLE {moved}", revoked]
    back = table_back(act, down, moved) if down is not None else ()
    return Recipe((Edit(statement.span, "\n".join(text)),), below=back)


def _column(act: DropColumn, statement: Statement, down: Parsed | None) -> Recipe | None:
    column, only = act.column, clause(statement, act)
    kept = f"{column.name}_{SCHEMA}"
    if only is None or only.if_exists or len(kept.encode()) > LONGEST:
        return None
    text = (
        # Rows that the application writes from now on do not name it.
        f"{only.head} ALTER COLUMN {column} DROP NOT NULL;",
        f"{_LATER} {only.head} DROP COLUMN {quoted(kept)}",
        f"{only.head} RENAME COLUMN {column} TO {quoted(kept)}",
    )
    back = column_back(act, down, quoted(kept)) if down is not None else ()
    return Recipe((Edit(statement.span, only.led("\n".join(text))),), below=back)
