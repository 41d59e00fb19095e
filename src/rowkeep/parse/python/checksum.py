"""The checksum of a migration in Python, which ignores comments and layout."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rowkeep.parse.python.module import NotPython, parse_module
from rowkeep.parse.text.checksum import token_checksum

SENDING = frozenset({"execute", "query", "execute_many", "batched"})
"""The methods of `rowkeep.Database` whose first argument is SQL."""

_UNSAID = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def python_checksum(text: str) -> str:
    """SHA-256 (hex) over the meaning of a module, without its function `down`, which was not applied.

    Comments, blank lines, line breaks, quotes, docstrings and annotated layout do not count; SQL constants in
    calls count by their `token_checksum`. It is recorded in the ledger of every database, so the checksum of a text
    must never change, under any Python. Empty fields are left out, so that a field of a later Python changes nothing.
    """
    from hashlib import sha256

    try:
        tree, _ = parse_module(text)
        words = "\0".join(_module(tree))
    except (NotPython, RecursionError):
        words = text
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _module(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if not (isinstance(node, ast.FunctionDef) and node.name == "down"):
            yield from _node(node)


def _node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return
    yield f"({type(node).__name__}"
    sent = _constant_sql(node)
    for name, value in ast.iter_fields(node):
        if name not in _UNSAID and value is not None and value != []:
            yield name
            yield from _value(value, sent, node)
    yield ")"


def _constant_sql(node: ast.AST) -> ast.Constant | None:
    """The SQL that a call sends, if it is one constant."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SENDING and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return first
    return None


def _value(value: object, sent: ast.Constant | None, node: ast.AST) -> Iterator[str]:
    if value is sent and sent is not None:
        yield f"sql {token_checksum(str(sent.value))}"
    elif isinstance(value, ast.AST):
        yield from _node(value)
    elif isinstance(value, list):
        for each in value:
            # Python 3.12.0 and 3.12.1 add an empty text at the end of an f-string's format.
            if not (isinstance(node, ast.JoinedStr) and isinstance(each, ast.Constant) and each.value == ""):
                yield from _value(each, sent, node)
    else:
        yield f"{type(value).__name__} {value!a}"
