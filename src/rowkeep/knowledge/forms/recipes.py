"""The safe way to write a change, as SQL with the user's names in it; one step a line."""

from __future__ import annotations

from rowkeep.domain.operation import Name
from rowkeep.knowledge.forms.batches import BATCH, batch_loop
from rowkeep.knowledge.forms.keywords import quote_name

NEXT = "-- in the next migration:"
_LONGEST = 63


def join_names(*parts: str) -> Name:
    """A name made of others, no longer than PostgreSQL keeps it."""
    name = "_".join(parts)[:_LONGEST]
    return Name(name, written=quote_name(name))


def backfill_batch(table: Name, column: Name, value: str, keys: str) -> str:
    """The rows that have no value yet, in batches. keys: as of Context.row_key.

    Along the key, because a value that is NULL for some rows would leave `IS NULL` true for ever.
    """
    if "," not in keys:
        return batch_loop(table, keys, f"UPDATE {table} SET {column} = {value}", f"{column} IS NULL")
    rows = f"SELECT {keys} FROM {table} WHERE {column} IS NULL LIMIT {BATCH}"
    return f"UPDATE {table} SET {column} = {value} WHERE ({keys}) IN ({rows});  -- again until it changes no row"


def not_null_steps(table: Name, column: Name, major: int) -> str:
    """NOT NULL without a scan under ACCESS EXCLUSIVE, for servers of `major` and newer."""
    if major >= 18:
        name = join_names(table.name, column.name, "not_null")
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {column} NOT VALID;\n"
            f"{NEXT}\n"
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
        )
    name = join_names(table.name, column.name, "present")
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID;\n"
        f"{NEXT}\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};\n"
        f"{NEXT}\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
        f"ALTER TABLE {table} DROP CONSTRAINT {name};"
    )


def index_on_partitions(table: Name, name: Name, columns: str, unique: str = "") -> str:
    """An index of a partitioned table, which takes no CONCURRENTLY: first the parent's, then each partition's."""
    return (
        f"CREATE {unique}INDEX IF NOT EXISTS {name} ON ONLY {table} ({columns});\n"
        f"{NEXT[:-1]}, for each partition:\n"
        f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS … ON … ({columns});\n"
        f"{NEXT[:-1]}, for each partition:\n"
        f"ALTER INDEX {name} ATTACH PARTITION …;"
    )


def numbered_column_steps(table: Name, column: Name, keys: str, major: int) -> str:
    """A column with numbers from a sequence, first for new rows and then for the old ones."""
    sequence = join_names(table.name, column.name, "seq")
    written = sequence.written if table.schema is None else f"{quote_name(table.schema)}.{sequence.written}"
    quote = written.replace("'", "''")
    return (
        f"ALTER TABLE {table} ADD COLUMN {column} bigint;\n"
        f"CREATE SEQUENCE {written} OWNED BY {table}.{column};\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{quote}');\n"
        f"{NEXT}\n{backfill_batch(table, column, 'DEFAULT', keys)}\n"
        f"{NEXT}\n{not_null_steps(table, column, major)}"
    )
