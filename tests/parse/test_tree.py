"""`collect_nodes` skips what contains nothing; a plain recursive search must find the same nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rowkeep.parse.libpg_query import parse_statements
from rowkeep.parse.tree import collect_nodes

STATEMENTS = (
    "SELECT a.*, (b).c[1], 'x'::varchar(10), -1.5, true, NULL FROM a JOIN b USING (id) WHERE a.id = $1",
    "WITH old AS (DELETE FROM a WHERE at < now() RETURNING *) INSERT INTO b SELECT count(*), max(at) FROM old",
    "CREATE VIEW v AS SELECT CASE WHEN x IN (1, 2) THEN f(y) ELSE (SELECT z FROM t) END AS w FROM s, LATERAL g(s)",
    "UPDATE t SET (a, b) = (SELECT c, d FROM u WHERE u.id = t.id), e = ARRAY[1, 2] WHERE CURRENT OF cur",
    "CREATE TABLE t (a numeric(10, 2) DEFAULT f('x') CHECK (a > 0 AND b IS NOT NULL), b text COLLATE \"C\")",
    "SELECT x::public.geometry(Point, f(y)) FROM t",
)


def _all_nodes(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, inner in tree.items() if isinstance(tree, dict) else ():
        if isinstance(inner, dict) and key[:1].isupper():
            yield key, inner
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _all_nodes(inner)


@pytest.mark.parametrize("text", STATEMENTS)
def test_every_node_of_every_kind_is_collected(text: str) -> None:
    (statement,) = parse_statements(text)
    tree = statement["stmt"]
    nodes = list(_all_nodes(tree))
    kinds = {kind for kind, _ in nodes}
    assert len(kinds) >= 7
    for wanted in ({kind} for kind in kinds):
        expected = {id(node) for kind, node in nodes if kind in wanted}
        collected = collect_nodes(tree, frozenset(wanted))
        assert {id(node) for _, node in collected} == expected, wanted
        assert {kind for kind, _ in collected} == wanted
        assert len(collected) == len(expected)


def test_nodes_are_ordered_by_place() -> None:
    (statement,) = parse_statements("SELECT f(a, g(b)), h(c) FROM t WHERE i(d) AND j(e)")
    calls = collect_nodes(statement["stmt"], frozenset({"FuncCall"}))
    assert [node["funcname"][0]["String"]["sval"] for _, node in calls] == ["f", "g", "h", "i", "j"]
