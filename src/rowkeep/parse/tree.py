"""Traverses parse trees. A tree may be thousands of levels deep, so nothing here is recursive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rowkeep.parse.libpg_query import Node


def node_kind(node: Any) -> tuple[str, Node]:
    """The kind of a node and its fields: `{"A_Const": {…}}` is ("A_Const", {…}); ("", {}) if it is not a node."""
    if isinstance(node, dict) and len(node) == 1:
        ((kind, fields),) = node.items()
        if isinstance(fields, dict) and kind[:1].isupper():
            return kind, fields
    return "", {}


_LEAVES = frozenset({"String", "A_Star", "A_Const"})
"""Kinds of nodes that contain no other node."""
_LEAVES_AND_COLUMNS = _LEAVES | {"ColumnRef"}
"""A column reference contains only strings and stars."""


def collect_nodes(tree: Any, kinds: frozenset[str]) -> list[tuple[str, Node]]:
    """Every node of one of `kinds` in `tree` with its kind, ordered by place in the text."""
    found: list[tuple[str, Node]] = []
    stack: list[Any] = [tree]
    leaves = _LEAVES_AND_COLUMNS if kinds.isdisjoint(_LEAVES) else _LEAVES
    # This visits every node of every statement, so it is optimized: type comparisons, no generator, no leaves.
    while stack:
        value = stack.pop()
        if type(value) is list:
            stack.extend(value)
            continue
        for key, inner in value.items():
            if type(inner) is dict:
                if key in kinds:
                    found.append((key, inner))
                if key not in leaves:
                    stack.append(inner)
            elif type(inner) is list:
                stack.extend(inner)
    if len(found) > 1:
        found.sort(key=_location)
    return found


def _location(found: tuple[str, Node]) -> int:
    location = found[1].get("location", 0)
    return location if type(location) is int else 0


def string_values(items: Iterable[Node] | None) -> list[str]:
    """The texts of a list of String nodes."""
    return [item["String"].get("sval", "") for item in items or () if "String" in item]
