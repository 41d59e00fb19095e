"""Renames a table or column out of the way with its data instead of dropping it. Used by the rules and by `--fix`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

SCHEMA = "retired"
_LONGEST = 63


def archive_schema(is_taken: Callable[[str], bool]) -> str:
    """`retired`, or `retired_2` … if that has a relation with the name of the table or of one of its indexes."""
    names = (f"{SCHEMA}_{number}" if number > 1 else SCHEMA for number in count(1))
    return next(name for name in names if not is_taken(name))


def retired_column(column: str, is_taken: Callable[[str], bool]) -> str:
    """`email_retired`, or `email_retired_2` … if the table has that column; '' if it would be longer than 63 bytes."""
    names = (f"{column}_{SCHEMA}_{number}" if number > 1 else f"{column}_{SCHEMA}" for number in count(1))
    name = next(name for name in names if not is_taken(name))
    return name if len(name.encode()) <= _LONGEST else ""


def retire_table(table: str, schema: str, parents: Sequence[str] = (), *, if_exists: bool = False) -> tuple[str, ...]:
    """Statements without `;`. table: as SQL writes it. parents: tables that it inherits from, which show its rows."""
    maybe = "IF EXISTS " if if_exists else ""
    return (
        f"CREATE SCHEMA IF NOT EXISTS {schema}",
        *(f"ALTER TABLE {maybe}{table} NO INHERIT {parent}" for parent in parents),
        f"ALTER TABLE {maybe}{table} SET SCHEMA {schema}",
        f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
    )


def retire_column(head: str, column: str, kept: str, *, is_required: bool) -> tuple[str, ...]:
    """Statements without `;`. head: `ALTER TABLE …`. kept: its new name. is_required: it must stay NOT NULL,
    like a column of the primary key or an identity column.
    """
    # New rows of the application do not set it.
    loose = () if is_required else (f"{head} ALTER COLUMN {column} DROP NOT NULL",)
    return (*loose, f"{head} RENAME COLUMN {column} TO {kept}")
