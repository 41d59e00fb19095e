"""CREATE TABLE AS, CREATE MATERIALIZED VIEW."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import CreateTable, Operation
from rowkeep.parse.conditions.overwritten_values import copied_columns
from rowkeep.parse.conditions.row_selection import read_condition
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.data import operations_of_query, tables_read
from rowkeep.parse.operations.objects import materialized_view
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.operations.statement_options import persistence
from rowkeep.parse.reader import StatementReader


def create_from_query(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    into = node["into"]
    if node.get("objtype") == "OBJECT_MATVIEW":
        yield materialized_view(reader, node)
    else:
        query = node["query"].get("SelectStmt", {}) if not into.get("skipData") else {}
        yield CreateTable(
            reader.whole,
            reader.inside,
            reader.name(into["rel"]),
            if_not_exists=bool(node.get("if_not_exists")),
            persistence=persistence(into["rel"]),
            from_query=True,
            drops_on_commit=into.get("onCommit") == "ONCOMMIT_DROP",
            reads=tables_read(reader, {"SelectStmt": query}),
            takes=copied_columns(query),
            where=read_condition(reader, query),
        )
    if not into.get("skipData"):
        yield from operations_of_query(reader, node["query"])


HANDLERS: dict[str, Handler] = {"CreateTableAsStmt": create_from_query}
