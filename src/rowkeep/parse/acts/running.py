"""Functions of PostgreSQL and its extensions that run the SQL they are given as a text."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, CallFunction, FrameKind, Opaque
from rowkeep.parse.expression import constant
from rowkeep.parse.library import Node
from rowkeep.parse.literal import string_at
from rowkeep.parse.reader import Reader
from rowkeep.parse.statements import inner_acts
from rowkeep.parse.tree import tagged

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
"""Which of its arguments is the text (manual, 9.13.2, 9.15.2, F.43). Those of dblink run it in another session."""


def run_text(reader: Reader, act: CallFunction, node: Node) -> Iterator[Act]:
    """What the text does where it is a literal; Opaque where it is not."""
    arguments = node.get("args", ())
    place = RUN_TEXT[act.call.name.name]
    if len(arguments) <= place or (act.call.name.name == "ts_rewrite" and len(arguments) != 2):
        return
    known, value = constant(arguments[place])
    if not known or value is None:
        yield Opaque(act.span, reader.inside, f"the query of {act.call.name}()", "it is put together while it runs")
        return
    text = string_at(reader, _location(arguments[place]), value)
    yield from inner_acts(text, reader.within(FrameKind.EXECUTE, act.span, value).inside)


def _location(tree: Node) -> int | None:
    kind, node = tagged(tree)
    while kind in ("TypeCast", "CollateClause"):
        kind, node = tagged(node.get("arg"))
    location = node.get("location")
    return location if isinstance(location, int) else None
