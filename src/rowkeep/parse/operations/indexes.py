"""Indexes, REINDEX, CLUSTER, VACUUM, REFRESH."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import Analyze, Cluster, CreateIndex, Operation, Refresh, Reindex, Vacuum
from rowkeep.parse.expression import expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.reader import StatementReader, as_name
from rowkeep.parse.transaction import read_boolean_option


def create_index(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE INDEX."""
    keys = [item["IndexElem"] for item in node.get("indexParams", ())]
    word = next(token for token in reader.tokens() if reader.words[token.start : token.end].lower() == "index")
    included = [item["IndexElem"] for item in node.get("indexIncludingParams", ())]
    where = expression(reader, node["whereClause"]) if "whereClause" in node else None
    written = [expression(reader, key["expr"]) for key in keys if "expr" in key]
    yield CreateIndex(
        reader.whole,
        reader.inside,
        reader.name(node["relation"]),
        as_name(node["idxname"]) if "idxname" in node else None,
        tuple(as_name(key["name"]) if "name" in key else None for key in keys),
        tuple(as_name(key["name"]) for key in included if "name" in key),
        bool(node.get("unique")),
        bool(node.get("concurrent")),
        bool(node.get("if_not_exists")),
        not node["relation"].get("inh"),
        node.get("accessMethod", "btree"),
        where,
        reader.text.span(word.start, word.end),
        tuple(dict.fromkeys(name for each in (*written, where) if each for name in each.columns)),
        tuple(call for each in (*written, where) if each for call in each.calls),
    )


def reindex(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """REINDEX."""
    kind = node.get("kind", "").removeprefix("REINDEX_OBJECT_")
    name = reader.name(node["relation"]) if "relation" in node else as_name(node["name"]) if "name" in node else None
    yield Reindex(
        reader.whole, reader.inside, kind, name, read_boolean_option(node.get("params"), "concurrently", absent=False)
    )


def cluster(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CLUSTER."""
    table = reader.name(node["relation"]) if "relation" in node else None
    yield Cluster(reader.whole, reader.inside, table, as_name(node["indexname"]) if "indexname" in node else None)


def vacuum(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """VACUUM and ANALYZE, one operation per table."""
    named_tables = [item["VacuumRelation"] for item in node.get("rels", ())]
    tables = [reader.name(item["relation"]) for item in named_tables if "relation" in item]
    for table in tables or (None,):
        if node.get("is_vacuumcmd"):
            full = read_boolean_option(node.get("options"), "full", absent=False)
            yield Vacuum(reader.whole, reader.inside, table, full)
        else:
            yield Analyze(reader.whole, reader.inside, table)


def refresh(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """REFRESH MATERIALIZED VIEW."""
    view = reader.name(node["relation"])
    yield Refresh(reader.whole, reader.inside, view, bool(node.get("concurrent")), not node.get("skipData"))


HANDLERS: dict[str, Handler] = {
    "IndexStmt": create_index,
    "ReindexStmt": reindex,
    "ClusterStmt": cluster,
    "VacuumStmt": vacuum,
    "RefreshMatViewStmt": refresh,
}
