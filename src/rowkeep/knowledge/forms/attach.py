"""A partition attached without a scan: what proves its bounds, and the bounds as SQL writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import UNKNOWN, AttachPartition, Bound, CreateTable, Name
from rowkeep.domain.schema.schema_state import KnownTable
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.recipes import NEXT, join_names

_PARENS = r"\((?:[^()']|'(?:[^']|'')*'|\([^()]*\))*\)"
_VALUES = compile_later(
    rf"\bFOR\s+VALUES\s+(?:FROM\s*{_PARENS}\s*TO\s*{_PARENS}|IN\s*{_PARENS}|WITH\s*{_PARENS})", re.IGNORECASE
)


def attach_statement(parent: Name, partition: Name, bounds: str) -> str:
    """ALTER TABLE … ATTACH PARTITION. bounds: as of `write_bounds`."""
    return f"ALTER TABLE {parent} ATTACH PARTITION {partition} {bounds};"


def write_bounds(operation: AttachPartition | CreateTable, context: Context) -> str:
    """`FOR VALUES …` or `DEFAULT` as the statement has it; a placeholder where its text cannot be copied."""
    if operation.is_default:
        return "DEFAULT"
    statement = context.statement
    if statement is None or operation.inside:
        return "FOR VALUES <bounds>"
    found = _VALUES.search(statement.text)
    return found[0] if found is not None and not re.search(r"--|/\*", found[0]) else "FOR VALUES <bounds>"


def condition_within(bound: Bound | None, partition_by: Sequence[str | None] | None) -> str:
    """The condition of a CHECK that keeps every row within the bounds."""
    if bound is None or not (bound.lower or bound.values) or max(len(bound.lower), len(partition_by or ())) > 1:
        return "<condition>"
    column = _write_column(partition_by)
    if bound.values:
        if None in bound.values:
            return "<condition>"
        parts = [f"{column} IN ({', '.join(_literal(value) for value in bound.values)})"]
    else:
        low, high = bound.lower[0], bound.upper[0]
        parts = [f"{column} >= {_literal(low)}"] if low is not None else []
        parts += [f"{column} < {_literal(high)}"] if high is not None else []
    return " AND ".join((*parts, f"{column} IS NOT NULL"))


def condition_outside(bound: Bound | None, partition_by: Sequence[str | None] | None) -> str:
    """The condition of a CHECK that keeps every row out of the bounds: for the DEFAULT partition."""
    if bound is None or not (bound.lower or bound.values) or max(len(bound.lower), len(partition_by or ())) > 1:
        return "<condition>"
    column = _write_column(partition_by)
    if bound.values:
        if None in bound.values:
            return "<condition>"
        return f"{column} NOT IN ({', '.join(_literal(value) for value in bound.values)})"
    low, high = bound.lower[0], bound.upper[0]
    parts = [f"{column} < {_literal(low)}"] if low is not None else []
    parts += [f"{column} >= {_literal(high)}"] if high is not None else []
    return " OR ".join(parts) or "<condition>"


def prove_check(table: Name, name: Name, condition: str) -> str:
    """A CHECK that is validated while the table is in use."""
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n"
        f"{NEXT}\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )


def prove_default(default: KnownTable, partition: Name, bound: Bound | None, by: Sequence[str | None] | None) -> str:
    """The steps which prove that the DEFAULT partition holds no row of the new one."""
    schema, name = default.key
    table = Name(name, schema if schema != "public" else None)
    return prove_check(table, join_names(name, "without", partition.name), condition_outside(bound, by))


def default_partition(parent: KnownTable, context: Context) -> KnownTable | None:
    """The DEFAULT partition of a table, as far as the text tells."""
    tables = context.known.tables.values()
    return next((table for table in tables if table.is_default and table.partition_of == parent.key), None)


def _write_column(partition_by: Sequence[str | None] | None) -> str:
    name = partition_by[0] if partition_by else None
    return quote_name(name) if name is not None else "<column>"


def _literal(value: str | None) -> str:
    if value is None or value == UNKNOWN:
        return "<value>"
    return "'" + value.replace("'", "''") + "'"
