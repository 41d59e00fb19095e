"""Ways through a parse tree. A tree may be thousands of levels deep, so nothing here calls itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rowkeep.parse.library import Node

_UNTAGGED = {"relation": "RangeVar", "typeName": "TypeName", "rel": "RangeVar", "viewRel": "RangeVar"}


def tagged(node: Any) -> tuple[str, Node]:
    """The kind of a node and its fields: `{"A_Const": {…}}` is ("A_Const", {…}); ("", {}) for no node."""
    if isinstance(node, dict) and len(node) == 1:
        ((kind, fields),) = node.items()
        if isinstance(fields, dict) and kind[:1].isupper():
            return kind, fields
    return "", {}


def walk(tree: Any) -> Iterator[tuple[str, Node]]:
    """Every node under `tree` (and itself) with its kind, parents first, in the order of the fields."""
    stack: list[tuple[str, Any]] = [("", tree)]
    while stack:
        label, value = stack.pop()
        if isinstance(value, list):
            stack.extend(("", item) for item in reversed(value))
        elif isinstance(value, dict):
            if label in _UNTAGGED:
                yield _UNTAGGED[label], value
            elif label[:1].isupper():
                yield label, value
            stack.extend((key, inner) for key, inner in reversed(value.items()) if isinstance(inner, (dict, list)))


def strings(items: Iterable[Node] | None) -> list[str]:
    """The texts of a list of String nodes."""
    return [item["String"].get("sval", "") for item in items or () if "String" in item]


def kinds(tree: Any) -> set[str]:
    """The kinds of all nodes under `tree`."""
    return {kind for kind, _ in walk(tree)}
