"""The library: every public name is there, lazily, readable, and on the page; old names work and warn."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import rowkeep
from rowkeep import errors

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
OLD = ("Consent", "Options", "Wish", "change", "deploy", "lint", "load", "named", "planned", "read")


def test_every_public_name_is_what_it_says() -> None:
    for name in rowkeep.__all__:
        value = getattr(rowkeep, name)
        if inspect.isclass(value) and name != "Database":
            assert value.__name__ == name
            assert value.__doc__, name
    with pytest.raises(AttributeError, match="nothing"):
        _ = rowkeep.nothing


def test_dir_lists_the_public_names_and_no_other() -> None:
    assert dir(rowkeep) == sorted(rowkeep.__all__)
    assert not [name for name in dir(rowkeep) if name in OLD or (name.startswith("_") and name != "__version__")]


def test_type_checkers_and_python_know_the_same_names() -> None:
    tree = ast.parse(Path(rowkeep.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.asname: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == rowkeep._HOMES
    assert {*imported, "__version__"} == set(rowkeep.__all__)


def test_every_error_is_public() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.RowkeepError)
    }
    assert tree <= set(rowkeep.__all__)


def test_every_type_that_a_method_names_is_public() -> None:
    """What stands in a signature of Project can be imported from rowkeep; what remains is Python's own."""
    builtin = {"Any", "Callable", "Collection", "None", "Target", "bool", "float", "int", "os", "str", "tuple"}
    for name, method in inspect.getmembers(rowkeep.Project, inspect.isfunction):
        if name.startswith("_"):
            continue
        signature = inspect.signature(method)
        for text in (signature.return_annotation, *(each.annotation for each in signature.parameters.values())):
            if text is inspect.Parameter.empty:
                continue
            names = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
            assert names <= builtin | set(rowkeep.__all__), name


def test_signatures_are_readable() -> None:
    methods = [method for _, method in inspect.getmembers(rowkeep.Project, inspect.isfunction)]
    for value in (rowkeep.Settings, rowkeep.Plan, *methods):
        assert " object at 0x" not in str(inspect.signature(value))
    start = str(inspect.signature(rowkeep.Project)).replace("'", "")
    assert start.startswith("(root: str | os.PathLike[str] = ., database: str | None = None, *, environment")


def test_every_method_is_documented_and_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, method in inspect.getmembers(rowkeep.Project, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.getdoc(method), name
            assert f"`{name}(" in page or f"{name}(" in page, name


def test_importing_it_imports_nothing() -> None:
    code = "import sys, rowkeep; print([m for m in sys.modules if m.startswith('rowkeep.') or m == 'psycopg'])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "['rowkeep.version']"


@pytest.mark.parametrize("name", OLD)
def test_an_old_name_works_and_names_the_new_one(name: str) -> None:
    module, attribute, new = rowkeep._OLD[name]
    with pytest.warns(DeprecationWarning, match=rf"rowkeep\.{name} is deprecated: use ") as caught:
        value = getattr(rowkeep, name)
    assert value is getattr(import_module(module), attribute)
    assert str(caught[0].message).endswith(new)
    assert caught[0].filename == __file__
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_there_is_no_other_old_name() -> None:
    assert set(rowkeep._OLD) == set(OLD)


def test_pytest_finds_the_fixtures_where_rowkeep_is_installed() -> None:
    """By a name that is the module's: `-p rowkeep.pytest_plugin` beside it then registers nothing twice."""
    project = tomllib.loads((PAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"rowkeep.pytest_plugin": "rowkeep.pytest_plugin"}
    plugin = import_module("rowkeep.pytest_plugin")
    page = PAGE.read_text(encoding="utf-8")
    for fixture in ("rowkeep_database", "rowkeep_template", "rowkeep_server", "rowkeep_project"):
        assert getattr(plugin, fixture).__doc__
        assert f"`{fixture}`" in page
