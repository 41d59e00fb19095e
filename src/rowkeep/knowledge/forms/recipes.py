"""Safe forms of changes as SQL with the user's names, one step per line."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Name
from rowkeep.knowledge.forms.batches import BATCH, batch_loop
from rowkeep.knowledge.forms.keywords import KEPT, quote_name

NEXT = "-- in the next migration:"
FOR_EACH_PARTITION = "-- in the next migration, for each partition:"
_LONGEST = 63
_COLUMN = compile_later(r"[a-z_][a-z0-9_]*|\"(?:[^\"]|\"\")+\"", re.IGNORECASE | re.ASCII)


def join_names(*parts: str) -> Name:
    """Join names to one that is no longer than PostgreSQL keeps it."""
    name = "_".join(parts)[:_LONGEST]
    return Name(name, written=quote_name(name))


def backfill_batch(table: Name, column: Name, value: str, keys: str) -> str:
    """Fill the rows that have no value yet, in batches. keys: as of Context.row_key.

    The loop goes along the key: if the value is NULL for some rows, they would match `IS NULL` forever.
    """
    if "," not in keys:
        return batch_loop(table, keys, f"UPDATE {table} SET {column} = {value}", f"{column} IS NULL")
    rows = f"SELECT {keys} FROM {table} WHERE {column} IS NULL LIMIT {BATCH}"
    return f"-- repeat until it changes no row:\nUPDATE {table} SET {column} = {value} WHERE ({keys}) IN ({rows});"


def not_null_steps(table: Name, column: Name, major: int) -> str:
    """Set NOT NULL without a scan under ACCESS EXCLUSIVE, for servers of `major` and newer."""
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


def index_on_partitions(table: Name, name: Name | str, definition: str, unique: str = "") -> str:
    """An index of a partitioned table, which does not allow CONCURRENTLY: first on the parent, then on each partition.

    definition: what stands after the table, `(a, b)`. unique: `UNIQUE ` or nothing.
    """
    return (
        f"CREATE {unique}INDEX IF NOT EXISTS {name} ON ONLY {table} {definition};\n"
        f"{FOR_EACH_PARTITION}\n"
        f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS <index> ON <partition> {definition};\n"
        f"{FOR_EACH_PARTITION}\n"
        f"ALTER INDEX {name} ATTACH PARTITION <index>;"
    )


def key_on_partitions(table: Name, name: Name | str, key: str, columns: str) -> str:
    """A key of a partitioned table, which takes no USING INDEX. key: `PRIMARY KEY` or `UNIQUE`. columns: `a, b`."""
    return (
        f"ALTER TABLE ONLY {table} ADD CONSTRAINT {name} {key} ({columns});\n"
        f"{FOR_EACH_PARTITION}\n"
        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS <index> ON <partition> ({columns});\n"
        f"{FOR_EACH_PARTITION}\n"
        f"ALTER TABLE <partition> ADD CONSTRAINT <index> {key} USING INDEX <index>;\n"
        f"ALTER INDEX {name} ATTACH PARTITION <index>;"
    )


def foreign_key_on_partitions(table: Name, key: str) -> str:
    """Before PostgreSQL 18 a partitioned table takes no NOT VALID key; it adopts those of its partitions unread.

    key: `FOREIGN KEY (…) REFERENCES …`.
    """
    return (
        "-- for each partition:\n"
        f"ALTER TABLE <partition> ADD CONSTRAINT <constraint> {key} NOT VALID;\n"
        f"{FOR_EACH_PARTITION}\n"
        "ALTER TABLE <partition> VALIDATE CONSTRAINT <constraint>;\n"
        "-- in the next migration, which adopts the keys of the partitions and reads nothing:\n"
        f"ALTER TABLE {table} ADD {key};"
    )


def trigger_steps(table: Name, column: Name, value: str) -> str:
    """A trigger that computes the column whenever a row is written. value: an expression over the row's columns."""
    name = join_names(table.name, "set", column.name)
    function = name.written if table.schema is None else f"{quote_name(table.schema)}.{name.written}"
    is_column = _COLUMN.fullmatch(value) is not None and value.lower() not in KEPT
    computed = f"NEW.{value}" if is_column else f"(SELECT {value} FROM (SELECT NEW.*) AS {quote_name(table.name)})"
    return (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $set$\n"
        "BEGIN\n"
        f"  NEW.{column} := {computed};\n"
        "  RETURN NEW;\n"
        "END\n"
        "$set$;\n"
        f"CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}\n"
        f"  FOR EACH ROW EXECUTE FUNCTION {function}();"
    )


def numbered_column_steps(table: Name, column: Name, keys: str, major: int) -> str:
    """Add a column with numbers from a sequence, first for new rows and then for the old ones."""
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
