"""No module compiles a regular expression while it is imported: `domain/late_regex.py` compiles it later."""

import ast
import importlib
import re
from collections.abc import Iterator

import pytest
from tests.layout.source_tree import modules

from rowkeep.domain.late_regex import LateRegex

COMPILING = {"compile", "match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn"}
LATER = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def compiled_at_import(tree: ast.AST) -> Iterator[int]:
    """The lines outside of functions that compile one, or import a function of `re` that does."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, LATER):
            for now in (*node.decorator_list, node.args) if not isinstance(node, ast.Lambda) else ():
                yield from compiled_at_import(now)
            continue
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "re"
            and node.func.attr in COMPILING
        ):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "re" and {name.name for name in node.names} & COMPILING:
            yield node.lineno
        yield from compiled_at_import(node)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import re\nA = re.compile('a')", [2]),
        ("class A:\n    b = re.compile('a')", [2]),
        ("A = {1: (re.match('a', 'b'),)}", [1]),
        ("def a(b=re.compile('a')):\n    re.compile('b')", [1]),
        ("from re import compile", [1]),
        ("A = compile_later(re.escape('a'), re.I)\nb = lambda: re.compile('c')", []),
    ],
)
def test_the_check_finds_them(text: str, lines: list[int]) -> None:
    assert list(compiled_at_import(ast.parse(text))) == lines


def test_no_module_compiles_one() -> None:
    others = [module for module in modules() if module.name != "domain.late_regex"]
    found = [f"{module.name}:{line}" for module in others for line in compiled_at_import(module.tree)]
    assert not found, "compile_later of rowkeep.domain.late_regex compiles at the first use"


def test_every_one_can_be_compiled() -> None:
    """An error in one shows here, and not when somebody needs it."""
    users = [module for module in modules() if "compile_later(" in ast.unparse(module.tree)]
    found = [
        value
        for module in users
        for value in vars(importlib.import_module(f"rowkeep.{module.name}")).values()
        if isinstance(value, LateRegex)
    ]
    assert all(re.compile(value.pattern, value._flags).pattern == value.pattern for value in found)
    assert len(found) > 150
