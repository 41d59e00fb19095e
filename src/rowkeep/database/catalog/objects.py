"""Reads facts about the objects that pending migrations name, and nothing else: sizes, structure, dependents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from rowkeep.database.connection.session import Question, Session, run_queries
from rowkeep.domain.schema.live_facts import (
    CATALOG,
    Key,
    LiveFacts,
    LiveFunction,
    LiveIndex,
    LiveTable,
    LiveTrigger,
    LiveView,
    ObjectQuery,
)

LOCK_MS = 1_000
"""How long a catalog function may wait for a table that is locked exclusively."""
STATEMENT_MS = 30_000
_BEGIN = b"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SETTINGS = Question("objects.settings", {"lock_ms": str(LOCK_MS), "statement_ms": str(STATEMENT_MS)})
"""Names are printed qualified and no lock is waited for long, until the end of the transaction."""

_QUERIES = {
    "types": "domains and enums",
    "columns": "columns",
    "constraints": "constraints",
    "indexes": "indexes",
    "triggers": "triggers",
    "views": "views",
    "functions": "functions",
    "sizes": "sizes",
    "statistics_age": "write rates",
}
"""The queries about the relations once they are found, all sent at once; and the words for what cannot be seen."""
COUNTED_S = 3600.0
"""Write rates are computed over at least an hour: in less, one import would be all of it."""
_NOT_STRUCTURE = {"sizes", "statistics_age"}
"""The queries that say nothing about the structure."""
_TABLES = ("r", "p", "m", "f")
Rows = Mapping[str, Sequence[TupleRow]]
_UNSEEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)


def read_live_facts(session: Session, query: ObjectQuery, path: tuple[str, ...]) -> LiveFacts:
    """The facts about the objects of `query` on the search path `path`.

    What the role may not see, or a lock hides, is named in `LiveFacts.unseen`. Raises Failed if even the relations
    cannot be read, Unreachable if the server is gone.
    """
    values: dict[str, Any] = {"names": query.words, "schemas": query.schemas(path)}
    database = session.connection.info.dbname
    with run_queries("the database could not be looked at", database):
        _, relations = session.ask_together(_SETTINGS, Question("objects.relations", values), begin=_BEGIN)
        # That a table of the catalog exists is all that has to be known about it.
        own = [row for row in relations if row[1] != CATALOG]
        tables = [row for row in own if row[3] in _TABLES and row[5] is not None]
        whole = [row[0] for row in own if row[4]]
        queries = {name: {**values, "oids": whole} for name in _QUERIES}
        queries["sizes"] = {"oids": [row[0] for row in tables]}
        rows, unseen = _run_queries(session, queries)
    return LiveFacts(
        database,
        session.major,
        path,
        tuple(_tables(tables, rows)),
        tuple(row[0] for name in ("types", "columns", "constraints") for row in rows.get(name, ())),
        tuple(LiveIndex((row[0], row[1]), row[3], row[2]) for row in rows.get("indexes", ())),
        _views(rows.get("views", ())),
        tuple(LiveTrigger((row[0], row[1]), row[2], row[4], row[3]) for row in rows.get("triggers", ())),
        tuple(LiveFunction(f"{row[0]}.{row[1]}({row[2]})", row[3]) for row in rows.get("functions", ())),
        _find_absent(query, path, {(row[1], row[2]) for row in relations}),
        unseen,
        _QUERIES.keys() - rows.keys() <= _NOT_STRUCTURE,
    )


def _run_queries(session: Session, queries: Mapping[str, Mapping[str, Any]]) -> tuple[Rows, tuple[str, ...]]:
    """Run all queries at once; if one is denied, each by itself. Returns rows, and what cannot be seen, in words."""
    questions = {name: Question(f"objects.{name}", values) for name, values in queries.items()}
    try:
        _, *answers = session.ask_together(_SETTINGS, *questions.values(), begin=_BEGIN)
        return dict(zip(questions, answers, strict=True)), ()
    except _UNSEEN:
        pass
    rows: dict[str, Sequence[TupleRow]] = {}
    unseen = []
    for name, question in questions.items():
        try:
            _, rows[name] = session.ask_together(_SETTINGS, question, begin=_BEGIN)
        except _UNSEEN as error:
            unseen.append(f"{_QUERIES[name]}: {error.diag.message_primary}")
    return rows, tuple(unseen)


def _tables(relations: Iterable[TupleRow], facts: Rows) -> Iterator[LiveTable]:
    sizes = {oid: sums for oid, *sums in facts.get("sizes", ())}
    age = next((row[0] for row in facts.get("statistics_age", ())), 0.0)
    for oid, schema, name, kind, whole, partitions, count, writes, indexes, secured, *above in relations:
        parent_schema, parent, is_default, has_default = above
        heap, table, index_bytes, is_foreign = sizes.get(oid, (None, None, None, True))
        is_empty = heap == 0 and not is_foreign
        yield LiveTable(
            (schema, name),
            kind,
            table + index_bytes if table is not None and index_bytes is not None else None,
            heap,
            index_bytes,
            0 if is_empty else count,
            indexes,
            partitions,
            writes / age if age >= COUNTED_S and writes is not None else None,
            is_empty,
            whole and "columns" in facts,
            secured,
            (parent_schema, parent) if parent is not None else None,
            is_default,
            has_default,
        )


def _views(rows: Iterable[TupleRow]) -> tuple[LiveView, ...]:
    """Each row is a view and one thing that it depends on."""
    views: dict[Key, tuple[bool, tuple[str, ...]]] = {}
    needs: dict[Key, list[tuple[Key, str | None]]] = {}
    for schema, name, materialized, columns, below_schema, below, column in rows:
        views[schema, name] = (materialized, tuple(columns))
        if below is not None:
            needs.setdefault((schema, name), []).append(((below_schema, below), column))
    return tuple(
        LiveView(
            key,
            materialized,
            columns,
            tuple(dict.fromkeys(below for below, _ in needs.get(key, ()))),
            frozenset((below, column) for below, column in needs.get(key, ()) if column is not None),
        )
        for key, (materialized, columns) in views.items()
    )


def _find_absent(query: ObjectQuery, path: tuple[str, ...], present: set[Key]) -> frozenset[Key]:
    """The named objects that do not exist, in their schema or anywhere on the path."""
    absent = set()
    for schema, name in query.names:
        places = [(schema, name)] if schema is not None else [(other, name) for other in path]
        if not any(place in present for place in (*places, (CATALOG, name))):
            absent.update(places)
    return frozenset(absent)
