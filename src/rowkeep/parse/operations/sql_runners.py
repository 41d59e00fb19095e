"""Functions of PostgreSQL and its extensions that run a text as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import CallFunction, FrameKind, Opaque, Operation
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.statements import operations_of_inner_sql
from rowkeep.parse.text.literal import find_string
from rowkeep.parse.tree import node_kind

RUN_TEXT = {
    "query_to_xml": 0,
    "query_to_xmlschema": 0,
    "query_to_xml_and_xmlschema": 0,
    "ts_stat": 0,
    "crosstab": 0,
    "crosstab2": 0,
    "crosstab3": 0,
    "crosstab4": 0,
    "ts_rewrite": 1,
}
"""The position of the argument with the SQL (manual, 9.13.2, 9.15.2, F.43).

Those of dblink run it in another session.
"""


def run_text(reader: StatementReader, operation: CallFunction, node: Node) -> Iterator[Operation]:
    """What the SQL does if it is a literal; else Opaque."""
    arguments = node.get("args", ())
    place = RUN_TEXT[operation.call.name.name]
    if len(arguments) <= place or (operation.call.name.name == "ts_rewrite" and len(arguments) != 2):
        return
    known, value = constant(arguments[place])
    if not known or value is None:
        yield Opaque(
            operation.span, reader.inside, f"the query of {operation.call.name}()", "it is put together while it runs"
        )
        return
    text = find_string(reader, _location(arguments[place]), value)
    yield from operations_of_inner_sql(text, reader.within(FrameKind.EXECUTE, operation.span, value).inside)


def _location(tree: Node) -> int | None:
    kind, node = node_kind(tree)
    while kind in ("TypeCast", "CollateClause"):
        kind, node = node_kind(node.get("arg"))
    location = node.get("location")
    return location if isinstance(location, int) else None
