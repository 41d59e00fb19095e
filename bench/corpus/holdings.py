"""What a database holds, row by row and object by object, and what of it is gone afterwards. For small databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg

KEPT_BY_TRIGGERS = "updated_at"
"""A column of the base schema that every UPDATE changes, so that its old values say nothing."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Tables by oid (name, columns by number, rows as text), and the names of all other objects."""

    tables: dict[str, Any]
    objects: frozenset[str]

    def rows(self, table: str) -> list[list[str | None]] | None:
        """The rows of the table of this name, if there is one."""
        return next((one["rows"] for one in self.tables.values() if one["name"] == table), None)


def look(connection: psycopg.Connection[Any]) -> Holdings:
    """Read everything (the functions of witness.sql must be there)."""
    row = connection.execute("SELECT pg_temp.tables()").fetchone()
    assert row is not None  # a function call returns one row
    return Holdings(row[0], frozenset(name for (name,) in connection.execute("SELECT pg_temp.objects()")))


def lost(before: Holdings, after: Holdings) -> set[str]:
    """What was held before and is not afterwards: tables by oid, columns by number, values as text."""
    gone = set(before.objects - after.objects)
    for oid, table in before.tables.items():
        name, now = table["name"], after.tables.get(oid)
        if now is None:
            gone |= {f"table {name}"} | ({f"rows {name}"} if table["rows"] else set())
            continue
        columns = table["columns"]
        gone |= {f"column {name}.{column}" for number, column in columns.items() if number not in now["columns"]}
        if len(now["rows"]) < len(table["rows"]):
            gone.add(f"rows {name}")
        elif now["rows"] != table["rows"]:
            gone |= {f"values {name}.{column}" for column in _overwritten(table, now)}
    return gone


def _overwritten(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {
        column
        for number, column in before["columns"].items()
        if number in after["columns"]
        and column != KEPT_BY_TRIGGERS
        and _values(before, number) - _values(after, number)
    }


def _values(table: dict[str, Any], number: str) -> Counter[str]:
    at = sorted(table["columns"], key=int).index(number)
    return Counter(row[at] for row in table["rows"] if row[at] is not None)
